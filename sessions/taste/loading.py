"""Reads a listener's file, and names the line of everything that is wrong: ``taste.yaml:4: avoid.modes: ...``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from loop.errors import FileError, ProtocolError
from loop.intent import Taste
from sessions.protocol.document import Misread, parse
from sessions.protocol.faults import type_lines
from sessions.protocol.loading import Loaded, read_page, with_palette
from sessions.taste.schema import TasteFile

EMPTY = "the file is empty; start with `version: 1`, then likes and avoid"
KIND = "a taste"


@dataclass(frozen=True, slots=True)
class LoadedTaste:
    """A listener's file with the text it came from."""

    file: TasteFile
    text: str
    path: Path

    @property
    def taste(self) -> Taste:
        """The listener's own intent table."""
        return self.file.taste


def load_taste(path: Path) -> LoadedTaste:
    """Return a listener's file.

    Raises
    ------
    FileError
        With one line for each thing that is wrong: file, line, what was found, what was meant.
    """
    try:
        text = read_page(path, KIND)
        root = parse(text, path.name, EMPTY)
    except ProtocolError as error:
        raise FileError(error.what, error.remedy) from None
    except Misread as misread:
        raise FileError(f"{misread.place}: {misread.why}") from None
    try:
        file = TasteFile.model_validate(root.plain())
    except ValidationError as error:
        raise FileError("\n".join(type_lines(root, error, TasteFile))) from None
    return LoadedTaste(file, text, path)


def in_palette(loaded: Loaded, taste: LoadedTaste) -> Loaded:
    """Return the protocol in the palette that the listener likes, where it sets none itself."""
    palette = taste.file.palette
    if not palette or "palette" in loaded.protocol.music.model_fields_set:
        return loaded
    return with_palette(loaded, palette)
