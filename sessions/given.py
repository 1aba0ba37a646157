"""What a session was given beside its own protocol: written into `given/` before its first input, read by a replay.

A course that was worked out, a listener's taste, a learned decoder: each is copied, with its sha256 in the manifest, so
that the record is complete whatever becomes of the originals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copyfile

from loop.control.scripted import Course
from sessions.blind import courses_from_json, courses_to_json
from sessions.protocol.schema import Protocol
from sessions.taste.loading import LoadedTaste, load_taste

COURSES = "courses.json"
TASTE = "taste.yaml"


@dataclass(frozen=True, slots=True)
class Given:
    """All of it."""

    courses: Mapping[int, Course]      # of a scripted session
    taste: LoadedTaste | None
    decoder_files: tuple[Path, ...]    # of a learned decoder: its card first

    def write(self, folder: Path) -> dict[str, str]:
        """Write it into a folder; return each file's sha256."""
        names = [file.name for file in self.decoder_files]
        if self.courses:
            (folder / COURSES).write_text(courses_to_json(self.courses), encoding="utf-8")
            names.append(COURSES)
        if self.taste is not None:
            (folder / TASTE).write_bytes(self.taste.text.encode())
            names.append(TASTE)
        for file in self.decoder_files:
            copyfile(file, folder / file.name)
        return {name: sha256((folder / name).read_bytes()).hexdigest() for name in names}


def given_courses(folder: Path | None) -> dict[int, Course] | None:
    """Return the courses of a record; None where it was given none."""
    if folder is None or not (folder / COURSES).exists():
        return None
    return courses_from_json((folder / COURSES).read_text(encoding="utf-8"))


def given_taste(folder: Path) -> LoadedTaste | None:
    """Return the taste of a record; None where it was given none."""
    return load_taste(folder / TASTE) if (folder / TASTE).exists() else None


def card_of(protocol: Protocol, folder: Path | None, card: Path | None) -> Path:
    """Return the card of the decoder: of a record the copy that it was given."""
    if folder is not None:
        return folder / Path(protocol.decoder.file).name
    return card or Path(protocol.decoder.file)
