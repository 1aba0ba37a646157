"""What the engine and the runner need of the rooms above: small Protocols, owned by their consumer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from loop.inputs import Chunk, Command, Input, Report, Side, SourceEvent
from loop.values import Affect, Block, Control, Cycle, Features, Header, Hold, Moment, StreamCounts, Target, Window


class Clock(Protocol):
    """The time, in seconds of `pylsl.local_clock`."""

    def now_s(self) -> float: ...
    def wait_until(self, at_s: float) -> None: ...


class Source(Protocol):
    """Where EEG comes from, and what else is measured beside it."""

    @property
    def header(self) -> Header: ...

    def read(self, until_s: float, n_wanted: int) -> Sequence[Chunk | SourceEvent | Side]:
        """Wait until `n_wanted` samples are there or the clock shows `until_s`; return what came, oldest first."""

    def close(self) -> None: ...


class Recutter(Protocol):
    """Cuts the stream anew at decisions, so that nothing behind it can see how it was cut."""

    def take(self, chunk: Chunk) -> Iterable[Block]: ...

    @property
    def n_wanted(self) -> int:
        """Samples until the next decision."""

    @property
    def counts(self) -> StreamCounts: ...


class Cleaner(Protocol):
    """Filters a block; causal, with memory. Steps of it may learn while the person rests."""

    def follow(self, moment: Moment) -> None:
        """Hear where the session is, before the blocks of an input."""

    def clean(self, block: Block) -> Block: ...


class Windower(Protocol):
    """Keeps the last `window_s` and hands it over at each decision; None until it is full."""

    def window(self, raw: Block, clean: Block) -> Window | None: ...


class Grader(Protocol):
    """Says how good each channel of a window is, and whether the window may move the music."""

    def grade(self, window: Window) -> Window: ...


class Extractor(Protocol):
    """Turns a window into numbers."""

    def extract(self, window: Window) -> Features: ...


class Decoder(Protocol):
    """Turns numbers into a state. With None (a held decision) it only grows less sure."""

    def decode(self, features: Features | None, moment: Moment, advance_s: float) -> Affect: ...

    def rate(self, valence: float, arousal: float) -> None:
        """Take a person's SAM rating, 1..9 each: the anchor of the scale."""

    @property
    def clean_s(self) -> float:
        """Seconds of clean, non-overlapping data in the running baseline."""

    def hold(self, moment: Moment) -> Hold:
        """Say what of its own forbids a decision now: `NO_SCALE`, `DROWSY` or `NONE`."""


class Controller(Protocol):
    """Decides where the music should be."""

    def control(self, affect: Affect, target: Target, moment: Moment, hold: Hold, advance_s: float) -> Control: ...

    def plan(self, latency_s: float) -> None:
        """Take how long it is from a decision to its sound, s, as the music reported it."""


class Music(Protocol):
    """Composes and plays; never waits, never raises into the loop."""

    def play(self, cycle: Cycle) -> None: ...
    def reports(self) -> Sequence[Report]: ...
    def close(self) -> None: ...


class Desk(Protocol):
    """Where commands come from: a person at the terminal or the window, a test, a simulated listener."""

    def commands(self) -> Sequence[Command]: ...


class Journal(Protocol):
    """The record, in the path: an input is written before it is stepped."""

    def input(self, item: Input) -> None: ...
    def cycle(self, cycle: Cycle) -> None: ...
    def close(self) -> None: ...


class Observer(Protocol):
    """Something beside the path: it is shown cycles and chunks, and cannot hold the loop up."""

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None: ...
    def close(self) -> None: ...
