"""The schedule: where in the protocol the session is at each input, and when a phase ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from loop.frozen import frozen
from loop.inputs import Command, CommandKind, Input, Report, ReportKind
from loop.safety import mood_worsened
from loop.values import NAN, Moment, Presence, Target

NO_TARGET = Target(0.0, 0.0, 1.0)
ENDING_S = 18.0                    # two queued bars, a cadence and a last bar at the slowest tempo
ENDING_SHARE = 1 / 3               # of a short phase
BASELINE_EXTRA = 1.0               # a baseline short of clean data may last this much of its length longer
QUALITY_STEADY_S = 1.0             # the quality must stand for this long

PLAYS = frozenset({"regulate", "mirror", "return_to_alert"})
EXCERPT = "excerpt"                # of a calibration: music for a point of the plane, and the EEG moves nothing
STEERS = frozenset({"regulate", "mirror"})
ASKS = frozenset({"rate", "screen"})          # wait for a person; skipped where nobody is there


@frozen
class Phase:
    """One phase of a protocol, as the loop needs it."""

    kind: str
    length_s: float = NAN          # NaN: it ends by an event
    eyes: str = ""
    target: Target = NO_TARGET
    at_least: float = 0.0          # of quality, for check_quality
    wait_s: float = NAN            # ... and how long to wait for it
    clean_s: float = 0.0           # of clean data that a baseline must give
    scale: bool = False            # this baseline gives the scale of its eye state
    silent: bool = False           # an excerpt without music: the person recalls
    mood: bool = True              # a rating here tells how the person is: the stop rule reads it


@frozen
class Rules:
    """What ends a session early."""

    longest_s: float
    end_lost_after_s: float        # unattended sessions: a source that was lost for this long ends it


@frozen
class Progress:
    """What the engine has seen up to this input."""

    quality: float = 0.0           # mean of the last window, 0 while it is bad
    clean_s: float = 0.0           # of clean data in the running baseline
    lost: bool = False
    lost_for_s: float = 0.0


class Schedule:
    """Walks through the phases by the time of the inputs; its clock stands still while the session is paused.

    Parameters
    ----------
    phases : sequence of Phase
        In order.
    rules : Rules
        What ends the session early.
    """

    def __init__(self, phases: Sequence[Phase], rules: Rules) -> None:
        self._phases = tuple(phases)
        self._rules = rules
        self._began_s = NAN
        self._elapsed_s = 0.0
        self._steady_s = 0.0
        self._index = 0
        self._by_person = False     # paused by a person
        self._attended = True
        self._valences: list[float] = []
        self._was_playing = False
        self._moment = Moment(-math.inf, -1, "", "", 0.0, NAN, False, Presence.SILENT, False)

    @property
    def moment(self) -> Moment:
        """Where the session is."""
        return self._moment

    def take(self, item: Input, progress: Progress) -> Moment:
        """Take an input and what was seen up to it; return where the session is now.

        An input that was stamped before the one it follows moves the time neither back nor, by the next, on twice.
        """
        now_s = max(item.time_s, self._moment.time_s)
        step_s = self._step_s(now_s)
        ended = self._moment.ended or self._obey(item) or self._overdue(now_s, progress)
        paused = self._by_person or progress.lost
        self._elapsed_s += 0.0 if paused else step_s
        self._steady_s = self._steady_s + step_s if self._good(progress) else 0.0
        if not paused and not ended:
            ended = self._walk(progress)
        self._moment = self._describe(now_s, paused, ended)
        return self._moment

    def target(self) -> Target:
        """Return where the running phase leads to."""
        return self._phases[min(self._index, len(self._phases) - 1)].target

    def _step_s(self, now_s: float) -> float:
        if self._began_s != self._began_s:
            self._began_s = now_s
            return 0.0
        return now_s - self._moment.time_s

    def _obey(self, item: Input) -> str:
        """Do what a command says; return why it ends the session, or ''."""
        if isinstance(item, Report) and item.kind is ReportKind.LOST and item.text == "sound" and item.number >= 2:
            self._by_person = True
        if not isinstance(item, Command):
            return ""
        if item.kind in (CommandKind.PAUSE, CommandKind.RESUME):
            self._by_person = item.kind is CommandKind.PAUSE
        if item.kind is CommandKind.UNATTENDED:
            self._attended = False
        phase = self._phases[self._index] if self._index < len(self._phases) else None
        judged = item.kind is CommandKind.RATE and (phase is None or phase.mood)
        if judged:
            self._valences.append(item.valence)
        if phase and (item.kind is CommandKind.SKIP or (item.kind is CommandKind.RATE and phase.kind == "rate")):
            self._next()
        if judged and mood_worsened(self._valences):
            return "mood"
        return "stop" if item.kind is CommandKind.STOP else ""

    def _overdue(self, now_s: float, progress: Progress) -> str:
        if now_s - self._began_s > self._rules.longest_s:
            return "longest"
        given_up = not self._attended and progress.lost_for_s > self._rules.end_lost_after_s
        return "lost" if given_up else ""

    def _walk(self, progress: Progress) -> str:
        """Go on to the phase that is due; return why the session is over, or ''."""
        while self._index < len(self._phases):
            phase = self._phases[self._index]
            failed = self._failed(phase, progress)
            if failed or not self._over(phase, progress):
                return failed
            over_s = self._elapsed_s - phase.length_s if phase.length_s == phase.length_s else 0.0
            self._next()
            self._elapsed_s = max(0.0, over_s) if phase.clean_s == 0.0 else 0.0
            progress = replace(progress, clean_s=0.0)
        return "complete"

    def _next(self) -> None:
        kind = self._phases[self._index].kind
        self._was_playing = kind in PLAYS or (self._was_playing and kind == "rate")
        self._index += 1
        self._elapsed_s = 0.0
        self._steady_s = 0.0

    def _over(self, phase: Phase, progress: Progress) -> bool:
        if phase.kind in ASKS:
            return not self._attended
        if phase.kind == "check_quality":
            return self._steady_s >= QUALITY_STEADY_S
        enough = not phase.scale or progress.clean_s >= phase.clean_s
        return enough and self._elapsed_s >= phase.length_s

    def _failed(self, phase: Phase, progress: Progress) -> str:
        if phase.kind == "check_quality" and self._elapsed_s > phase.wait_s:
            return "quality"
        longest_s = phase.length_s * (1.0 + BASELINE_EXTRA)
        short = phase.kind == "baseline" and phase.scale and progress.clean_s < phase.clean_s
        return "baseline" if short and self._elapsed_s > longest_s else ""

    def _good(self, progress: Progress) -> bool:
        phase = self._phases[self._index] if self._index < len(self._phases) else None
        return phase is not None and phase.kind == "check_quality" and progress.quality >= phase.at_least

    def _describe(self, now_s: float, paused: bool, ended: str) -> Moment:
        index = min(self._index, len(self._phases) - 1)
        phase = self._phases[index]
        left_s = phase.length_s - self._elapsed_s
        return Moment(
            time_s=now_s, phase_index=index, phase=phase.kind, eyes=phase.eyes, elapsed_s=self._elapsed_s,
            left_s=max(0.0, left_s) if left_s == left_s else NAN, scale=phase.scale,
            presence=Presence.SILENT if self._by_person or ended else self._presence(phase, left_s),
            steering=phase.kind in STEERS, paused=paused, ended=ended,
        )

    def _presence(self, phase: Phase, left_s: float) -> Presence:
        if phase.kind == "rate":
            return Presence.PLAYING if self._was_playing and self._plays_later() else Presence.SILENT
        if phase.kind == EXCERPT:
            return Presence.SILENT if phase.silent else Presence.PLAYING
        if phase.kind not in PLAYS:
            return Presence.SILENT
        ending_s = min(ENDING_S, phase.length_s * ENDING_SHARE)
        return Presence.ENDING if left_s <= ending_s and not self._plays_later() else Presence.PLAYING

    def _plays_later(self) -> bool:
        """Whether the next phase that is not a rating plays music."""
        later = [phase.kind for phase in self._phases[self._index + 1:] if phase.kind != "rate"]
        return bool(later) and later[0] in PLAYS
