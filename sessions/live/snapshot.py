"""The session as a window sees it: one frozen value, complete."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields

from loop.values import NAN, Cycle, Hold
from sensing.impedance import Impedance
from sensing.sides import SideState
from sessions.live.plain import from_plain, to_plain

PATH_COLUMNS = ("time_s", "valence", "arousal", "valence_sd", "arousal_sd", "target_valence",
                "target_arousal", "tolerance", "control_valence", "control_arousal", "held", "phase_index")
NOTE_COLUMNS = ("start_s", "length_s", "pitch", "velocity", "voice")   # voice: index in `generators.bars.VOICES`


@dataclass(frozen=True, slots=True)
class PhaseCard:
    """One phase of the course, as the phase bar shows it."""

    kind: str                      # "baseline", "regulate", ...
    length_s: float = NAN          # NaN where it ends by an event
    eyes: str = ""                 # "open", "closed" or ""


@dataclass(frozen=True, slots=True)
class RatingMark:
    """A rating as it was given: SAM 1..9."""

    time_s: float
    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that stands: what happened, what the program did, what the person can do."""

    name: str
    line: str


@dataclass(frozen=True, slots=True)
class Course:
    """What hardly changes while a session runs."""

    title: str
    participant: str
    phases: tuple[PhaseCard, ...]
    labels: tuple[str, ...]        # one a trace
    rate_hz: float                 # of the traces
    stream: str
    pid: int                       # of the session process
    started_s: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that the window needs to know of a session at one moment, but for the rings of its sheet."""

    course: Course
    time_s: float                  # of this snapshot
    cycle: Cycle | None = None     # the newest; None before the first
    quality: tuple[float, ...] = ()  # 0..1, one a trace; NaN where not graded
    hold_words: str = ""
    alarms: tuple[Alarm, ...] = ()
    latency_ms: float = NAN        # p50 of the last minute: newest sample to published cycle
    latency_p95_ms: float = NAN
    output: str = ""               # where the sound goes
    generator: str = ""            # what composes
    heard_db: float = NAN          # level of the last half second
    heard_trail_db: tuple[float, ...] = ()   # of the last seconds, oldest first
    dose_words: str = ""           # the estimate of the sound dose; "" where there is no sound
    ratings: tuple[RatingMark, ...] = ()
    unattended: bool = False
    beside: tuple[SideState, ...] = ()       # the streams beside the EEG
    impedances: tuple[Impedance, ...] = ()   # of the electrodes, where the device gives them
    ended: str = ""                # why it is over; "" while it runs

    @property
    def phase_index(self) -> int:
        """Which phase runs; -1 before the first."""
        return self.cycle.status.moment.phase_index if self.cycle else -1

    @property
    def phase_kind(self) -> str:
        """The kind of the phase that runs, or an empty string."""
        return self.cycle.status.moment.phase if self.cycle else ""

    @property
    def hold(self) -> Hold:
        """Why the decision is held; `Hold.NONE` when it is not."""
        return self.cycle.status.hold if self.cycle else Hold.NONE

    @property
    def rating_wanted(self) -> bool:
        """Whether a person is asked to rate now."""
        return self.phase_kind == "rate" and not self.unattended and not self.ended

    @property
    def total_s(self) -> float:
        """Planned length: the phases that have one."""
        return sum(card.length_s for card in self.course.phases if not math.isnan(card.length_s))

    @property
    def planned_s(self) -> float:
        """How far into `total_s` the session is."""
        index = self.phase_index
        if index < 0 or self.cycle is None:
            return 0.0
        before_s = sum(card.length_s for card in self.course.phases[:index] if not math.isnan(card.length_s))
        length_s = self.course.phases[index].length_s if index < len(self.course.phases) else NAN
        timed = not math.isnan(length_s)
        return before_s + (min(self.cycle.status.moment.elapsed_s, length_s) if timed else 0.0)


def course_to_json(course: Course) -> bytes:
    """Return the course as JSON bytes, to be put into every snapshot."""
    return json.dumps(to_plain(course), separators=(",", ":")).encode()


def snapshot_to_json(snapshot: Snapshot, course: bytes) -> bytes:
    """Return the snapshot as JSON bytes around its course (NaN as `NaN`: only our own reader reads it)."""
    plain = {name: to_plain(getattr(snapshot, name)) for name in _CHANGING}
    return b'{"course":' + course + b"," + json.dumps(plain, separators=(",", ":")).encode()[1:]


def snapshot_from_json(text: bytes) -> Snapshot:
    """Return the snapshot that `snapshot_to_json` wrote."""
    return from_plain(Snapshot, json.loads(text))


_CHANGING = tuple(field.name for field in fields(Snapshot) if field.name != "course")
