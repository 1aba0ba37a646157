"""The values that cross boundaries: frozen, slotted, complete.

Shapes: EEG is ``(n_times, n_channels)``. Affect and control are in -1..1 on both axes. Times are seconds on the
session machine's LSL clock unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from loop.frozen import frozen

FloatArray = NDArray[np.floating]
NAN = float("nan")


def read_only(array: NDArray[np.generic]) -> FloatArray:
    """Return the same array, closed to writing, so that a frozen value stays frozen."""
    array.flags.writeable = False
    return array  # type: ignore[return-value]


@frozen
class Header:
    """What a stream says of itself: complete enough to build the engine again from the record."""

    name: str
    kind: str                      # the LSL type: "EEG"
    rate_hz: float                 # nominal
    labels: tuple[str, ...]        # as the stream gives them, one a channel
    units: tuple[str, ...]         # of a `Chunk`: "microvolts", or as received for a channel that is no voltage
    source_id: str = ""
    host: str = ""
    reference: str = ""            # "" where the stream does not say
    dtype: str = "float32"         # of the samples in a `Chunk`: float32 or float64
    xml: str = ""                  # the full header as received


@frozen
class Block:
    """The samples between two decisions, re-cut so that no arithmetic sees how the stream was cut."""

    samples: FloatArray            # (n_times, n_channels) float64 uV: EEG; raw, EOG that cleaning needs behind it
    first_sample: int              # count of samples of the stream before it
    newest_s: float                # corrected stamp of its newest sample; NaN where stamps cannot be true
    broken: bool = False           # a gap, a repeat or a step backward lies in it


@frozen
class StreamCounts:
    """What the stamps of a stream have shown so far."""

    samples: int                   # taken, repeats left out
    gaps: int
    repeats: int                   # samples that came a second time: dropped
    backward: int                  # steps of the sender's clock back in time


@frozen
class Window:
    """The last `window_s` of cleaned samples at a decision."""

    samples: FloatArray            # (n_times, n_channels) float64 uV, cleaned
    first_sample: int
    span_s: float
    newest_s: float                # corrected stamp of the newest sample; NaN where stamps cannot be true
    quality: FloatArray            # (n_channels,) 0..1; ones before grading
    faults: tuple[str, ...] = ()   # why it is bad, worst first: "gap", "blink", "muscle", ...; empty = good
    advance_s: float = 0.25        # data time since the decision before
    raw: FloatArray = field(default_factory=lambda: read_only(np.zeros((0, 0))))   # the same span as received, uV
    series: int = 0                # windows of one series agree in the samples that they share; 0: nothing is known
    ears: Window | None = None     # ear electrodes over the same span, where the reference asks for them


@frozen
class Features:
    """Numbers of one window; `values[i]` belongs to `names[i]`, whose unit stands in the extractor's table."""

    names: tuple[str, ...]
    values: FloatArray             # (n,)
    first_sample: int = 0
    span_s: float = 0.0


@frozen
class Affect:
    """Where the person is on valence and arousal, and how sure that is."""

    valence: float                 # -1..1; exploratory from EEG
    arousal: float                 # -1..1
    valence_sd: float
    arousal_sd: float
    quality: float                 # 0..1
    decoder: str
    valence_index: float = NAN     # the decoder's reading before scale and filter
    arousal_index: float = NAN
    scaled: bool = False           # False until a baseline of this eye state has given the scale


@frozen
class Target:
    """Where the phase leads to."""

    valence: float
    arousal: float
    tolerance: float


class Hold(StrEnum):
    """Why a decision is held; `NONE` when it is not. The words for people stand in `loop/safety.py`."""

    NONE = ""
    NO_DATA = "no_data"            # a tick found nothing new for 0.5 s
    LATE = "late"                  # the newest sample is over 0.5 s old: a backlog
    BAD = "bad"                    # the window failed the artefact gate
    LOST = "lost"                  # the source is gone
    RETURNING = "returning"        # the source is back; one clean window is awaited
    PAUSED = "paused"              # a person paused the session
    NO_SCALE = "no_scale"          # no baseline of this eye state yet
    DROWSY = "drowsy"              # sleep onset looks like arousal: arousal is held


@frozen
class Control:
    """Where the music should be, and how the controller came to it."""

    valence: float                 # -1..1
    arousal: float                 # -1..1
    hold: Hold = Hold.NONE
    reference_valence: float = NAN  # the moving set point of the iso principle
    reference_arousal: float = NAN
    integral_valence: float = 0.0   # the controller's memory, so that every decision can be checked
    integral_arousal: float = 0.0
    saturated: bool = False
    latency_s: float = NAN         # from a decision to its sound, as planned with; NaN where none was told


MODES = ("Phrygian", "Aeolian", "Dorian", "Mixolydian", "Ionian", "Lydian")  # dark to bright


@frozen
class Intent:
    """What the music should be like now."""

    tempo_bpm: float
    density: float                 # 0..1, share of eighths
    mode: str                      # one of `MODES`
    register_semitones: float      # about a C4 centre
    dissonance: float              # 0..1
    articulation: float            # 0..1; 0 legato
    loudness_db: float             # -6..+3 about the user's level
    brightness: float              # 0..1


class Presence(StrEnum):
    """Whether the music is heard."""

    SILENT = "silent"
    PLAYING = "playing"
    ENDING = "ending"              # resolves, and thins out into silence


@frozen
class Moment:
    """Where in the protocol the session is: what the stages may know of it."""

    time_s: float                  # of the input
    phase_index: int               # -1 before the first
    phase: str                     # kind: "baseline", "regulate", ...
    eyes: str                      # "open", "closed" or ""
    elapsed_s: float               # in the phase; stands still while paused
    left_s: float                  # NaN where the phase ends by an event
    scale: bool                    # this baseline gives the scale of its eye state
    presence: Presence
    steering: bool                 # the controller runs: `regulate` phases
    paused: bool = False           # by a person, or because the source is lost
    ended: str = ""                # why the session is over; "" while it runs


@frozen
class Status:
    """The session's own state at a cycle, complete."""

    moment: Moment
    hold: Hold
    faults: tuple[str, ...]        # of the window
    alarms: tuple[str, ...]        # names of the alarms that stand now, see `loop/safety.py`
    age_s: float                   # of the newest sample
    gaps: int
    repeats: int
    backward: int
    stalls: int                    # times that nothing came for 1 s
    late: int                      # decisions held because their data was old
    underruns: int
    level_db: float                # the user's level, dB about the default


@frozen
class Cycle:
    """One decision, whole: what was known, what was wanted, what was done."""

    index: int
    sample_count: int              # samples of the stream behind it
    time_s: float                  # of the input that made it
    newest_s: float                # corrected stamp of the newest sample; NaN where none
    affect: Affect
    target: Target
    control: Control
    intent: Intent
    status: Status
    quality: FloatArray = field(default_factory=lambda: read_only(np.zeros(0)))   # (n_channels,)
