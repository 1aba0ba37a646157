"""The composers that can be chosen: a table, imported row by row when one is."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from generators.bars import Bar, Wish
from loop import catalog
from loop.catalog import Row

State = TypeVar("State")
KIND = "generator"


class Composer(Protocol[State]):
    """Makes bars; the caller holds its memory."""

    def begin(self, seed: int, index: int) -> State:
        """Return the memory before bar `index`, the first that is asked for."""

    def compose(self, wish: Wish, state: State) -> tuple[Bar, State]:
        """Return the next bar for the wish, and the memory after it."""


# The place is a function without arguments that returns a `Composer`.
ROWS = (
    Row("symbolic", "generators.symbolic.backend:symbolic", "",
        "a small trained model writes the lines within a planned form: no download, no GPU"),
    Row("rules", "generators.rules.backend:rules", "", "the algorithmic composer: modal harmony, varied motifs"),
)

# These make sound instead of bars: in a process of their own, while a composer stands by. `generators.musicgen`.
STREAMS = (
    Row("musicgen", "generators.musicgen.checkpoints:load_model", "musicgen",
        "MusicGen through audiocraft; needs weights of your own (CC-BY-NC 4.0) and a GPU"),
    Row("transformers-musicgen", "generators.musicgen.checkpoints:load_model", "musicgen",
        "the same model through transformers"),
)
STREAM_NAMES = frozenset(row.name for row in STREAMS)


def load(name: str, rows: tuple[Row, ...] = ROWS) -> Composer[Any]:
    """Return the composer of that name.

    Raises
    ------
    EuthymiaError
        No row has the name.
    MissingPart
        What the row needs is not installed.
    """
    composer: Composer[Any] = catalog.load(find(name, rows), KIND)()
    return composer


def find(name: str, rows: tuple[Row, ...] = ROWS) -> Row:
    """Return the row of that name; raises `EuthymiaError` where there is none."""
    return catalog.find(rows, KIND, name)
