"""Things that can be chosen by name: rows of a table, imported when one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from loop.errors import EuthymiaError, MissingPart


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that can be chosen."""

    name: str
    place: str                     # "module:name"
    extra: str                     # the optional dependencies that it needs; "" for none
    line: str                      # for a person


def find(rows: Sequence[Row], kind: str, name: str) -> Row:
    """Return the row of that name.

    Raises
    ------
    EuthymiaError
        No row has the name; the error lists the names, nearest first.
    """
    by_name = {row.name: row for row in rows}
    if name in by_name:
        return by_name[name]
    near = get_close_matches(name, by_name, n=1)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    raise EuthymiaError(f'there is no {kind} "{name}"', f"{hint}choose one of: {', '.join(sorted(by_name))}")


def load(row: Row, kind: str) -> Any:
    """Return what stands at the row's place.

    Raises
    ------
    MissingPart
        What the row needs is not installed.
    """
    module, name = row.place.split(":")
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if not row.extra:
            raise
        what = f'the {kind} "{row.name}" needs {error.name}, which is not installed'
        raise MissingPart(what, f"pip install 'euthymia[{row.extra}]'") from error
