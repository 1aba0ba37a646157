"""The cleaning as one stage: filters, then the steps that learn from the person's own rest, in this order.

Filters -> EOG regression -> subspace reconstruction. After it come windows, the gate and the reference; see
`sensing.pipeline`. Steps that learn collect in `RESTS` (and in a stream that nobody comments on, as a file is) until
they know enough; the end of a baseline lets them make do with less; once steering begins nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from loop.values import Block, Moment, read_only
from sensing.cleaning.filters import Filters

BASELINE = "baseline"
RESTS = frozenset({"check_quality", BASELINE})


class Step(Protocol):
    """A step that learns: causal, without delay, a pure function of blocks and of when the person rested."""

    def clean(self, block: Block, resting: bool) -> Block:
        """Return the block, cleaned as far as is known; learn from it where the person rests."""

    def settle(self) -> None:
        """Make do with what was seen, where it is enough."""

    @property
    def note(self) -> str:
        """What a person should know of it: one sentence."""


class Chain:
    """Cleans block after block.

    Parameters
    ----------
    filters : Filters
        First of all.
    steps : Sequence[Step]
        In order.
    n_eeg : int
        Columns that are handed on; those behind them, the EOG channels, end here.
    said : str
        Why a step that was asked for is not among them.
    n_ears : int
        The last columns, handed on behind the EEG.
    """

    def __init__(self, filters: Filters, steps: Sequence[Step], n_eeg: int, said: str = "", n_ears: int = 0) -> None:
        self._filters = filters
        self._said = (said,) if said else ()
        self._steps = tuple(steps)
        self._n_eeg = n_eeg
        self._n_ears = n_ears
        self._where = (-2, "", False)
        self._resting = True
        self._steered = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know by now, one sentence each."""
        mains = (self._filters.mains.note,) if self._filters.mains is not None else ()
        return (*mains, *self._said, *(step.note for step in self._steps))

    def follow(self, moment: Moment) -> None:
        """Hear where the session is."""
        where = (moment.phase_index, moment.phase, moment.paused)
        if where == self._where:
            return
        if self._where[1] == BASELINE and where[:2] != self._where[:2] and not self._steered:
            for step in self._steps:
                step.settle()
        self._where = where
        self._steered = self._steered or moment.steering
        self._resting = moment.phase in RESTS and not (moment.paused or self._steered)

    def clean(self, block: Block) -> Block:
        """Return the cleaned EEG, and the ears behind it; empty while the filters owe their samples."""
        block = self._filters.clean(block)
        for step in self._steps:
            block = step.clean(block, self._resting)
        n_columns = block.samples.shape[1]
        if n_columns == self._n_eeg + self._n_ears:
            return block
        kept = block.samples[:, :self._n_eeg]
        if self._n_ears:
            kept = np.concatenate([kept, block.samples[:, n_columns - self._n_ears:]], axis=1)
        return Block(read_only(kept), block.first_sample, block.newest_s, block.broken)
