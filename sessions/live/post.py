"""The session's side of the screen: an observer that keeps the newest snapshot in a mapped file.

It runs on the session's own thread, beside the path. It never waits for a reader and never raises into the
loop: whatever cannot be written is left out.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop.inputs import Chunk, Command, CommandKind, Input, Report, ReportKind, SideChunk
from loop.ports import Clock
from loop.safety import ALARMS, ENDINGS, HOLD_WORDS
from loop.schedule import Phase
from loop.values import NAN, Cycle, Header, Hold
from sensing.impedance import Impedance
from sensing.sides import SideState
from sessions.live.registry import Registry
from sessions.live.sheet import SheetShape, SheetWriter
from sessions.live.snapshot import (
    NOTE_COLUMNS,
    PATH_COLUMNS,
    Alarm,
    Course,
    PhaseCard,
    RatingMark,
    Snapshot,
    course_to_json,
    snapshot_to_json,
)
from sessions.live.sound_news import SoundNews
from sessions.live.thinner import SCREEN_CHANNELS, SCREEN_RATE_HZ, Thinner, screen_columns, thin_columns

LIVE = "live"
SHEET = "post.bin"
TRACE_S = 12.0                     # the window shows 10 s; none is overwritten while it is read
PATH_CAPACITY = 4 * 3600           # one point a second: longer than any session
NOTES_KEPT = 384                   # eight dense bars of three voices
SHAPE = SheetShape(math.ceil(TRACE_S * SCREEN_RATE_HZ), SCREEN_CHANNELS, PATH_CAPACITY, len(PATH_COLUMNS),
                   NOTES_KEPT, len(NOTE_COLUMNS))
LATENCY_KEPT = 240                 # decisions of one minute
RATINGS_KEPT = 64
STEP_S = 1.0                       # between two points of the path


class LivePost:
    """Shows a session to whoever looks: implements `loop.ports.Observer`.

    Parameters
    ----------
    folder : Path
        Where `live/` stands: the session's `eeg` folder.
    header : Header
        Of the stream.
    title, participant : str
        As the window's header line shows them.
    phases : sequence of Phase
        The course.
    clock : Clock
        The session's clock: for latency, and for the time of an input-free close.
    """

    def __init__(self, folder: Path, header: Header, title: str, participant: str,
                 phases: Sequence[Phase], clock: Clock) -> None:
        self._clock = clock
        self._header = header
        cards = tuple(PhaseCard(phase.kind, phase.length_s, phase.eyes) for phase in phases)
        self._course = Course(title, participant, cards, (), header.rate_hz, header.name, os.getpid(), clock.now_s())
        self._sound = SoundNews()
        self._latencies_ms: deque[float] = deque(maxlen=LATENCY_KEPT)
        self._ratings: deque[RatingMark] = deque(maxlen=RATINGS_KEPT)
        self._cycle: Cycle | None = None
        self._unattended = False
        self._ended = ""
        self._next_point_s = -math.inf
        self._held = False
        self._graded: tuple[int, ...] = ()
        self._sides: Callable[[], tuple[SideState, ...]] = tuple
        self._contacts: Callable[[], tuple[Impedance, ...]] = tuple
        self._dose_words: Callable[[], str] = str
        self.folder = folder / LIVE
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sheet = SheetWriter(self.folder / SHEET, SHAPE)
        self._choose(screen_columns(header), header.labels)
        self._registry = Registry()
        self._registry.enter(self.folder, os.getpid())

    def montage(self, columns: Sequence[int], labels: Sequence[str]) -> None:
        """Say which columns of a chunk are EEG, in the order of `Cycle.quality`, and their names."""
        picked = thin_columns(range(len(columns)))
        names = dict(zip(columns, labels, strict=True))
        self._graded = picked
        self._choose(tuple(columns[index] for index in picked),
                     [names.get(index, label) for index, label in enumerate(self._header.labels)])

    def beside(self, states: Callable[[], tuple[SideState, ...]]) -> None:
        """Say where the streams beside the EEG are counted."""
        self._sides = states

    def touching(self, contacts: Callable[[], tuple[Impedance, ...]]) -> None:
        """Say where the electrodes' impedance is kept."""
        self._contacts = contacts

    def hearing(self, words: Callable[[], str]) -> None:
        """Say where the sound dose is told in a few words."""
        self._dose_words = words

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Take what the loop took and made; well under 0.2 ms."""
        rows = notes = None
        if isinstance(item, Chunk):
            rows = self._thinner.thin(item.samples)
        elif isinstance(item, Report):
            notes = self._take_report(item)
        elif isinstance(item, Command):
            self._take_command(item)
        for cycle in cycles:
            self._take_cycle(cycle)
        quiet = isinstance(item, (Chunk, SideChunk)) and not cycles      # the next decision shows it
        text = None if quiet else self._text(item.time_s)
        self._sheet.write(text, rows, self._point(item.time_s) if cycles else None, notes)

    def end(self, why: str) -> None:
        """Take why the session is over: an input may end it between two cycles."""
        self._ended = ENDINGS.get(why, why)

    def close(self) -> None:
        """Say that the session is over; what was written stays for windows that are open."""
        self._ended = self._ended or "the session process was closed"
        self._sheet.write(self._text(self._clock.now_s()))
        self._registry.leave()

    def _choose(self, columns: Sequence[int], labels: Sequence[str]) -> None:
        self._thinner = Thinner(columns, self._header.rate_hz)
        self._course = replace(self._course, labels=tuple(labels[column] for column in columns),
                               rate_hz=self._thinner.rate_hz)
        self._course_text = course_to_json(self._course)
        self._sheet.write(self._text(self._clock.now_s()))

    def _take_report(self, report: Report) -> NDArray[np.float64] | None:
        if report.kind is ReportKind.BAR:
            return self._sound.bar_rows(report, self._cycle.intent.tempo_bpm if self._cycle else NAN)
        self._sound.take(report)
        return None

    def _take_command(self, command: Command) -> None:
        if command.kind is CommandKind.RATE:
            self._ratings.append(RatingMark(command.time_s, command.valence, command.arousal))
        elif command.kind is CommandKind.UNATTENDED:
            self._unattended = True

    def _take_cycle(self, cycle: Cycle) -> None:
        self._cycle = cycle
        self._held = self._held or cycle.status.hold is not Hold.NONE
        ended = cycle.status.moment.ended
        self._ended = ENDINGS.get(ended, ended)
        latency_s = self._clock.now_s() - cycle.newest_s
        if cycle.status.hold is Hold.NONE and math.isfinite(latency_s):
            self._latencies_ms.append(latency_s * 1000.0)

    def _point(self, now_s: float) -> NDArray[np.float64] | None:
        cycle = self._cycle
        if cycle is None or now_s < self._next_point_s:
            return None
        self._next_point_s = now_s + STEP_S
        held, self._held = self._held, False
        affect, target, control = cycle.affect, cycle.target, cycle.control
        known = 1.0 if affect.scaled else NAN          # before a baseline there is no state to draw
        return np.array((
            now_s, affect.valence * known, affect.arousal * known, affect.valence_sd, affect.arousal_sd,
            target.valence, target.arousal, target.tolerance, control.valence, control.arousal,
            held, cycle.status.moment.phase_index))

    def _text(self, now_s: float) -> bytes:
        return snapshot_to_json(self._snapshot(now_s), self._course_text)

    def _snapshot(self, now_s: float) -> Snapshot:
        sound, cycle = self._sound, self._cycle
        latency_ms, latency_p95_ms = _quantiles(self._latencies_ms)
        return Snapshot(
            course=self._course, time_s=now_s,
            cycle=cycle, quality=self._quality(),
            hold_words=HOLD_WORDS[cycle.status.hold] if cycle else "",
            alarms=tuple(_alarm(name) for name in cycle.status.alarms) if cycle else (),
            latency_ms=latency_ms, latency_p95_ms=latency_p95_ms,
            output=sound.output, generator=sound.generator, heard_db=sound.heard_db,
            heard_trail_db=tuple(sound.trail_db),
            ratings=tuple(self._ratings), unattended=self._unattended, beside=self._sides(),
            impedances=self._contacts(), dose_words=self._dose_words(), ended=self._ended)

    def _quality(self) -> tuple[float, ...]:
        n_traces = len(self._course.labels)
        quality = self._cycle.quality if self._cycle is not None else np.zeros(0)
        indices = list(self._graded) or list(range(n_traces))
        if not indices or len(quality) <= indices[-1]:
            return (NAN,) * n_traces
        return tuple(np.round(quality[indices], 2).tolist())


def _alarm(name: str) -> Alarm:
    return Alarm(name, ALARMS[name].line() if name in ALARMS else name)


def _quantiles(values: deque[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile; NaN where there is nothing."""
    if not values:
        return NAN, NAN
    ordered = sorted(values)
    last = len(ordered) - 1
    return ordered[last // 2], ordered[round(last * 0.95)]
