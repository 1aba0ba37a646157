"""Ten-line stand-ins for what the loop stands between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from loop.clock import ManualClock
from loop.inputs import Chunk, Command, Input, Report
from loop.values import Affect, Block, Cycle, Features, Header, Hold, Moment, StreamCounts, Window, read_only

RATE_HZ = 100.0
HOP = 25


def header(n_channels: int = 2) -> Header:
    """A stream of EEG at 100 Hz."""
    labels = ("F3", "F4", "O1", "O2", "Pz", "Cz", "C3", "C4")[:n_channels]
    return Header("fake", "EEG", RATE_HZ, labels, ("microvolts",) * n_channels)


def chunk(n_times: int, time_s: float, *, value: float = 0.0, newest_s: float | None = None) -> Chunk:
    """Even stamps that end at `newest_s` (default: at the arrival)."""
    last_s = time_s if newest_s is None else newest_s
    stamps = last_s - np.arange(n_times)[::-1] / RATE_HZ
    return Chunk(read_only(np.full((n_times, 2), value)), read_only(stamps), 0.0, time_s)


class FakeRecut:
    """Blocks of 25 samples; every stamp is believed."""

    def __init__(self) -> None:
        self._rows: list[tuple[np.ndarray, float]] = []
        self._taken = 0
        self._count = 0

    @property
    def n_wanted(self) -> int:
        return HOP - len(self._rows)

    @property
    def counts(self) -> StreamCounts:
        return StreamCounts(self._count, 0, 0, 0)

    def take(self, chunk: Chunk) -> Iterable[Block]:
        for row, stamp in zip(chunk.samples, chunk.stamps_s, strict=True):
            self._rows.append((row, float(stamp) + chunk.offset_s))
            self._count += 1
            if len(self._rows) == HOP:
                block = Block(np.array([r for r, _ in self._rows]), self._taken, self._rows[-1][1])
                self._taken, self._rows = self._taken + HOP, []
                yield block


class FakeStages:
    """Cleaner, windower, grader and extractor in one: a window is one block; a value above 900 is an artefact."""

    def follow(self, moment: Moment) -> None:
        """Nothing is learned."""

    def clean(self, block: Block) -> Block:
        return block

    def window(self, raw: Block, clean: Block) -> Window:
        span_s = HOP / RATE_HZ
        return Window(clean.samples, clean.first_sample, span_s, clean.newest_s, read_only(np.ones(2)), (), span_s)

    def grade(self, window: Window) -> Window:
        bad = bool(np.abs(window.samples).max() > 900)
        return Window(window.samples, window.first_sample, window.span_s, window.newest_s,
                      read_only(np.full(2, 0.0 if bad else 1.0)), ("amplitude",) if bad else (), window.advance_s)

    def extract(self, window: Window) -> Features:
        return Features(("mean",), window.samples.mean(axis=0)[:1], window.first_sample, window.span_s)


class FakeDecoder:
    """Arousal is the mean sample; the uncertainty grows while held."""

    def __init__(self) -> None:
        self.arousal, self.sd, self.clean_s, self.held_s, self.ratings = 0.0, 0.1, 0.0, 0.0, []

    def decode(self, features: Features | None, moment: Moment, advance_s: float) -> Affect:
        self.clean_s = (self.clean_s + (advance_s if features else 0.0)) if moment.phase == "baseline" else 0.0
        self.arousal = float(features.values[0]) if features else self.arousal
        self.sd = 0.1 if features else self.sd + 0.01 * advance_s
        return Affect(0.0, self.arousal, self.sd, self.sd, 1.0, "fake", scaled=True)

    def rate(self, valence: float, arousal: float) -> None:
        self.ratings.append((valence, arousal))

    def hold(self, moment: Moment) -> Hold:
        return Hold.NONE


class FakeMusic:
    """Remembers what it was asked to play; reports what a test puts into `news`."""

    def __init__(self) -> None:
        self.played: list[Cycle] = []
        self.news: list[Report] = []

    def play(self, cycle: Cycle) -> None:
        self.played.append(cycle)

    def reports(self) -> Sequence[Report]:
        news, self.news = self.news, []
        return news

    def close(self) -> None:
        self.news = []


class FakeJournal:
    """Keeps what it is given, in order."""

    def __init__(self) -> None:
        self.items: list[Input] = []
        self.cycles: list[Cycle] = []

    def input(self, item: Input) -> None:
        self.items.append(item)

    def cycle(self, cycle: Cycle) -> None:
        self.cycles.append(cycle)

    def close(self) -> None:
        pass


class FakeSource:
    """A stream in step with a manual clock; `silent` are spans of time in which nothing comes."""

    def __init__(self, clock: ManualClock, silent: Sequence[tuple[float, float]] = (), value: float = 0.0) -> None:
        self.header = header()
        self._clock, self._silent, self._value, self._sent = clock, silent, value, 0

    def read(self, until_s: float, n_wanted: int) -> Sequence[Chunk]:
        self._clock.wait_until(min(until_s, self._clock.now_s() + n_wanted / RATE_HZ))
        now_s = self._clock.now_s()
        n_new = int(now_s * RATE_HZ) - self._sent
        if n_new <= 0 or any(low <= now_s < high for low, high in self._silent):
            return ()
        self._sent += n_new
        return (chunk(n_new, now_s, value=self._value),)

    def close(self) -> None:
        pass


class FakeDesk:
    """Hands out each command when its time has come."""

    def __init__(self, clock: ManualClock, commands: Sequence[Command]) -> None:
        self._clock, self._waiting = clock, list(commands)

    def commands(self) -> Sequence[Command]:
        due = [command for command in self._waiting if command.time_s <= self._clock.now_s()]
        self._waiting = [command for command in self._waiting if command not in due]
        return due
