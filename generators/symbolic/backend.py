"""The model as a backend of the catalogue: loads the shipped weights, a wish in, a bar out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from threadpoolctl import ThreadpoolController

from generators.bars import Bar, Wish
from generators.symbolic.compose import SymbolicComposer
from generators.symbolic.memory import SymbolicState
from generators.symbolic.playing import Foreteller
from generators.symbolic.weights import read_weights
from loop.values import Presence

NAME = "symbolic"
WEIGHTS = Path(__file__).with_name("weights.safetensors")


class Symbolic:
    """The embedded model behind the catalogue's `Composer`.

    Parameters
    ----------
    weights : Path
        A file of `weights.write_weights`.

    Raises
    ------
    FileError
        Where the file cannot be read.
    """

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._composer = SymbolicComposer(Foreteller(read_weights(weights)))
        self._threads = ThreadpoolController()

    def begin(self, seed: int, index: int) -> SymbolicState:
        """Return the memory before bar `index`."""
        return self._composer.begin(seed, index)

    def compose(self, wish: Wish, state: SymbolicState) -> tuple[Bar, SymbolicState]:
        """Return the next bar for the wish; an ending resolves within two bars."""
        with self._threads.limit(limits=1, user_api="blas"):       # the other core is the sound's
            bar, state = self._composer.next_bar(wish.intent, state, wish.presence is Presence.ENDING, wish.calm)
        return replace(bar, generator=NAME), state


def symbolic() -> Symbolic:
    """Return the composer with the shipped weights."""
    return Symbolic()
