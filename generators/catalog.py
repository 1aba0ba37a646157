"""The composers that can be chosen: a table, imported row by row when one is."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Protocol, TypeVar

from generators.bars import Bar, Wish
from loop.errors import EuthymiaError, MissingPart

State = TypeVar("State")


class Composer(Protocol[State]):
    """Makes bars; the caller holds its memory."""

    def begin(self, seed: int, index: int) -> State:
        """Return the memory before bar `index`, the first that is asked for."""

    def compose(self, wish: Wish, state: State) -> tuple[Bar, State]:
        """Return the next bar for the wish, and the memory after it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One composer that can be chosen."""

    name: str
    factory: str                   # "module:function"; called without arguments it returns a `Composer`
    extra: str                     # the optional dependencies that it needs; "" for none
    line: str                      # for a person


ROWS = (
    Row("rules", "generators.rules.backend:rules", "", "the algorithmic composer: modal harmony, varied motifs"),
)


def load(name: str, rows: tuple[Row, ...] = ROWS) -> Composer[Any]:
    """Return the composer of that name.

    Raises
    ------
    EuthymiaError
        No row has the name.
    MissingPart
        What the row needs is not installed.
    """
    row = find(name, rows)
    module, function = row.factory.split(":")
    try:
        composer: Composer[Any] = getattr(import_module(module), function)()
    except ModuleNotFoundError as error:
        if not row.extra:
            raise
        raise MissingPart(
            f'the generator "{name}" needs {error.name}, which is not installed', f"pip install 'euthymia[{row.extra}]'"
        ) from error
    return composer


def find(name: str, rows: tuple[Row, ...] = ROWS) -> Row:
    """Return the row of that name; raises `EuthymiaError` where there is none."""
    by_name = {row.name: row for row in rows}
    if name in by_name:
        return by_name[name]
    near = get_close_matches(name, by_name, n=1)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    raise EuthymiaError(f'there is no generator "{name}"', f"{hint}choose one of: {', '.join(sorted(by_name))}")
