"""The engine: one ordered stream of inputs in, cycles out. `step` is the whole product as one sentence.

The engine decides only from the inputs that it is given, never from a clock or a queue read on the side; so the same
inputs in the same order give the same cycles, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loop.inputs import Chunk, Command, CommandKind, Input, Report, ReportKind, SideChunk, SideEvent
from loop.intent import IntentMap
from loop.ports import Cleaner, Controller, Decoder, Extractor, Grader, Recutter, Windower
from loop.safety import LIMITS
from loop.schedule import Progress, Schedule
from loop.status import Notes
from loop.values import NAN, Cycle, FloatArray, Hold, Moment, Status, StreamCounts, Window, read_only
from loop.watch import Watch

STALE = (Hold.NO_DATA, Hold.LATE, Hold.BAD, Hold.LOST)     # tuples: an enum's hash is slow
BLIND = (*STALE, Hold.RETURNING)
SIDE = (SideChunk, SideEvent)


@dataclass(frozen=True, slots=True)
class Stages:
    """What turns chunks into a state; built by `sensing.pipeline`, handed in by the builder."""

    recutter: Recutter
    cleaner: Cleaner
    windower: Windower
    grader: Grader
    extractor: Extractor
    decoder: Decoder


@dataclass(frozen=True, slots=True)
class Steering:
    """What decides: where the protocol is, who steers, how control becomes music."""

    schedule: Schedule
    controller: Controller
    intents: IntentMap


class Engine:
    """Steps inputs into cycles.

    Parameters
    ----------
    stages : Stages
        From chunk to state.
    steering : Steering
        From state to intent.
    watch : Watch
        The age of the source.
    """

    def __init__(self, stages: Stages, steering: Steering, watch: Watch) -> None:
        self._stages = stages
        self._steering = steering
        self._watch = watch
        self._notes = Notes()
        self._progress = Progress()
        self._quality: FloatArray = read_only(np.zeros(0))
        self._index = 0

    @property
    def ended(self) -> str:
        """Why the session is over; '' while it runs."""
        return self._steering.schedule.moment.ended

    @property
    def n_wanted(self) -> int:
        """Samples until the next decision."""
        return self._stages.recutter.n_wanted

    def step(self, item: Input) -> list[Cycle]:
        """Take one input; return the decisions that it made due, oldest first."""
        if isinstance(item, SIDE):         # what stands beside the EEG is recorded and shown: it moves nothing
            return []
        self._watch.take(item)
        self._notes.take(item)
        self._anchor(item)
        self._plan(item)
        moment = self._steering.schedule.take(item, self._look())
        self._stages.cleaner.follow(moment)
        cycles = []
        for raw in tuple(self._stages.recutter.take(item)) if isinstance(item, Chunk) else ():
            self._watch.trust(raw.newest_s)
            clean = self._stages.cleaner.clean(raw)
            window = self._stages.windower.window(raw, clean)
            if window is not None:
                cycles.append(self._decide(item, moment, self._stages.grader.grade(window)))
        if self._watch.silent(item):
            cycles.append(self._decide(item, moment, None))
        return cycles

    def _decide(self, item: Input, moment: Moment, window: Window | None) -> Cycle:
        """The second half of the sentence: window -> features -> affect -> control -> intent."""
        newest_s = self._newest_s(item, window)
        hold = self._held(item, moment, window, newest_s)
        advance_s = self._advance_s(hold, window)
        seen = window is not None and hold not in BLIND
        features = self._stages.extractor.extract(window) if window is not None and seen else None
        affect = self._stages.decoder.decode(features, moment, advance_s)
        hold = hold or self._stages.decoder.hold(moment)
        target = self._steering.schedule.target()
        control = self._steering.controller.control(affect, target, moment, hold, advance_s)
        intent = self._steering.intents.intent(control, target, moment.presence, advance_s)
        self._notes.decided(hold, advance_s, untrue_stamps=window is not None and window.newest_s != window.newest_s)
        self._quality = window.quality if window is not None else self._quality
        self._index += 1
        counts = self._stages.recutter.counts
        status = self._status(moment, hold, window, counts)
        return Cycle(self._index - 1, counts.samples, item.time_s, newest_s, affect, target, control, intent, status,
                     self._quality)

    def _anchor(self, item: Input) -> None:
        """A rating moves the scale's anchor; the decoder knows which one may."""
        if isinstance(item, Command) and item.kind is CommandKind.RATE:
            self._stages.decoder.rate(item.valence, item.arousal)

    def _plan(self, item: Input) -> None:
        """The music says how late a decision is heard; the controller plans with it."""
        if isinstance(item, Report) and item.kind is ReportKind.LATENCY:
            self._steering.controller.plan(item.number)

    def _look(self) -> Progress:
        """What the schedule may know: the last window's quality, the running baseline, the age of the source."""
        age = self._watch.check()
        decoder = self._stages.decoder
        return Progress(self._progress.quality, decoder.clean_s, age.lost, age.lost_for_s)

    def _held(self, item: Input, moment: Moment, window: Window | None, newest_s: float) -> Hold:
        """Why this decision may move nothing; a fresh and clean window also ends the wait for one."""
        hold = self._watch.hold(item, newest_s)
        bad = window is None or bool(window.faults)
        if bad or window is None or hold in STALE:
            quality = 0.0
        else:
            quality = float(np.add.reduce(window.quality)) / len(window.quality)
        self._progress = Progress(quality)
        if hold is Hold.RETURNING and not bad:
            self._watch.clean()
        if hold:
            return hold
        if bad:
            return Hold.BAD
        return Hold.PAUSED if moment.paused else Hold.NONE

    def _advance_s(self, hold: Hold, window: Window | None) -> float:
        """Time since the decision before; ticks have already counted the time of data that came late."""
        if window is None:
            return LIMITS.tick_s
        return 0.0 if hold is Hold.LATE else window.advance_s

    def _newest_s(self, item: Input, window: Window | None) -> float:
        """Corrected stamp of the newest sample; where stamps cannot be true, counted back from the arrival."""
        if window is None:
            return NAN
        if window.newest_s == window.newest_s:
            return window.newest_s
        n_times = len(window.samples)
        behind = self._stages.recutter.counts.samples - (window.first_sample + n_times)
        return item.time_s - behind * window.span_s / n_times

    def _status(self, moment: Moment, hold: Hold, window: Window | None, counts: StreamCounts) -> Status:
        age, notes = self._watch.check(), self._notes
        return Status(
            moment=moment, hold=hold, faults=window.faults if window is not None else (),
            alarms=notes.alarms(moment.time_s, age.alarms), age_s=age.age_s, gaps=counts.gaps,
            repeats=counts.repeats, backward=counts.backward, stalls=age.stalls, late=notes.late,
            underruns=notes.underruns, level_db=notes.level_db,
        )
