"""From control to intent: an additive table of weights, clipped and slewed.

Cues of musical emotion are linear and additive (Eerola, Friberg & Bresin 2013, Front Psychol 4:487: 77-89 % of the
variance, no interactions), so the map is a table: value = base + a A + v V.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from math import log2

from loop.frozen import frozen
from loop.values import MODES, Control, Intent, Presence, Target


@frozen
class Row:
    """One attribute of the music: value = base + a A + v V, kept in low..high, moving at most up and down a second."""

    base: float
    a: float
    v: float
    low: float
    high: float
    up_per_s: float = float("inf")
    down_per_s: float = float("inf")


# The house's intent table, to start from; personal taste moves it. Density, register and dissonance are slewed by
# the composer, which knows the bars; here they may step. The tempo's row is in octaves about 78 bpm.
TEMPO_CENTRE_BPM = 78.0
TEMPO_SLEW_OCTAVES_PER_S = 0.01435      # 1 % a second
TABLE = {
    "tempo_octaves": Row(0.0, 0.45, 0.10, -0.65, 0.55, TEMPO_SLEW_OCTAVES_PER_S, TEMPO_SLEW_OCTAVES_PER_S),
    "density": Row(0.42, 0.30, 0.04, 0.05, 0.80),
    "register_semitones": Row(0.0, 3.0, 5.0, -8.0, 8.0),
    "dissonance": Row(0.25, 0.10, -0.15, 0.0, 0.50),
    "articulation": Row(0.30, 0.30, 0.05, 0.0, 0.65, 0.05, 0.05),
    "loudness_db": Row(0.0, 0.0, 0.0, -6.0, 3.0, 0.5, 1.5),
    "brightness": Row(0.40, 0.25, 0.10, 0.05, 0.75, 0.05, 0.05),
}
LOUDNESS_DB_PER_A_DOWN = 6.0            # -6 / 0 / +3 dB at A = -1 / 0 / +1
LOUDNESS_DB_PER_A_UP = 3.0

# Where the target's arousal is below 0 (music.md, rules for low arousal).
CALM_TEMPO_LEAST_BPM = 50.0
CALM_TEMPO_MOST_BPM = 84.0
CALM_LOUDNESS_MOST_DB = 0.0

MODE_FROM_V = (("Aeolian", -0.35), ("Dorian", 0.0), ("Mixolydian", 0.35), ("Ionian", float("inf")))
MODE_HYSTERESIS = 0.1
MODE_APART_S = 32.0


CALM_OCTAVES = tuple(log2(bpm / TEMPO_CENTRE_BPM) for bpm in (CALM_TEMPO_LEAST_BPM, CALM_TEMPO_MOST_BPM))
ALL_OCTAVES = (TABLE["tempo_octaves"].low, TABLE["tempo_octaves"].high)


@frozen
class Taste:
    """The table as one listener has it; `loop/taste.py` makes it. The limits and slews of the rows stay the house's."""

    table: Mapping[str, Row] = field(default_factory=lambda: TABLE)
    mode_lean: float = 1.0         # times the valence that chooses the mode
    instead: Mapping[str, str] = field(default_factory=dict)   # of an avoided mode
    avoided_octaves: tuple[tuple[float, float], ...] = ()   # of tempo about 78 bpm; apart, ascending


NO_TASTE = Taste()


def mode_for(valence: float) -> str:
    """Return the mode of a valence, without memory: to -.35 Aeolian, to 0 Dorian, to .35 Mixolydian, then Ionian."""
    return next(mode for mode, below in MODE_FROM_V if valence < below)


def wanted(control: Control, table: Mapping[str, Row] = TABLE, *, calm: bool = False) -> dict[str, float]:
    """Return every number of the table for a control, before any slew."""
    a, v = control.arousal, control.valence
    values = {name: min(row.high, max(row.low, row.base + row.a * a + row.v * v)) for name, row in table.items()}
    values["loudness_db"] = a * (LOUDNESS_DB_PER_A_UP if a > 0 else LOUDNESS_DB_PER_A_DOWN)
    if calm:
        values["loudness_db"] = min(CALM_LOUDNESS_MOST_DB, values["loudness_db"])
    return values


def stepped_out(wish: float, now: float, avoided: tuple[tuple[float, float], ...], limits: tuple[float, ...]) -> float:
    """Return the tempo nearest to `now`, of the edges within `limits`, where `wish` lies in an avoided range.

    Nearest to where the tempo is, and not to the wish: so a wish that wanders within a range moves nothing.
    All in octaves.
    """
    wish = min(limits[1], max(limits[0], wish))
    for low, high in avoided:
        if low < wish < high:
            edges = [edge for edge in (low, high) if limits[0] <= edge <= limits[1]]
            return min(edges, key=lambda edge: abs(edge - now), default=wish)
    return wish


class IntentMap:
    """Maps control to intent with the slews of the table; begins without a slew whenever music enters from silence.

    Parameters
    ----------
    loudness_most_db : float
        Mirror sessions set 0: there the state may only make the music softer.
    taste : Taste
        The listener's own table, and what they avoid.
    """

    def __init__(self, loudness_most_db: float = TABLE["loudness_db"].high, taste: Taste = NO_TASTE) -> None:
        self._loudness_most_db = loudness_most_db
        self._taste = taste
        self._values: dict[str, float] = {}
        self._mode = ""
        self._mode_age_s = 0.0
        self._silent = True

    def intent(self, control: Control, target: Target, presence: Presence, advance_s: float) -> Intent:
        """Return the intent `advance_s` after the one before."""
        calm = target.arousal < 0.0
        goal = wanted(control, self._taste.table, calm=calm)
        goal["loudness_db"] = min(goal["loudness_db"], self._loudness_most_db)
        entering = self._silent
        if self._taste.avoided_octaves:
            self._step_out(goal, entering, CALM_OCTAVES if calm else ALL_OCTAVES)
        self._silent = presence is Presence.SILENT
        self._values = goal if entering or not self._values else self._slewed(goal, advance_s)
        self._mode_age_s += advance_s
        self._turn_mode(control.valence * self._taste.mode_lean, entering)
        tempo_bpm = TEMPO_CENTRE_BPM * 2.0 ** self._values["tempo_octaves"]
        if calm:
            tempo_bpm = min(CALM_TEMPO_MOST_BPM, max(CALM_TEMPO_LEAST_BPM, tempo_bpm))
        numbers = {name: value for name, value in self._values.items() if name != "tempo_octaves"}
        return Intent(tempo_bpm=tempo_bpm, mode=self._taste.instead.get(self._mode, self._mode), **numbers)

    def _step_out(self, goal: dict[str, float], entering: bool, limits: tuple[float, ...]) -> None:
        wish = goal["tempo_octaves"]
        now = wish if entering or not self._values else self._values["tempo_octaves"]
        goal["tempo_octaves"] = stepped_out(wish, now, self._taste.avoided_octaves, limits)

    def _slewed(self, goal: dict[str, float], advance_s: float) -> dict[str, float]:
        return {
            name: min(self._values[name] + TABLE[name].up_per_s * advance_s,
                      max(self._values[name] - TABLE[name].down_per_s * advance_s, value))
            if advance_s > 0 else self._values[name]
            for name, value in goal.items()
        }

    def _turn_mode(self, valence: float, entering: bool) -> None:
        """One step at a time, 32 s apart, and only when the valence is past the edge by the hysteresis."""
        if entering or not self._mode:
            self._mode, self._mode_age_s = mode_for(valence), 0.0
        if self._mode_age_s < MODE_APART_S:
            return
        here = MODES.index(self._mode)
        brighter = MODES.index(mode_for(valence - MODE_HYSTERESIS / 2))
        darker = MODES.index(mode_for(valence + MODE_HYSTERESIS / 2))
        step = (brighter > here) - (darker < here)
        if step:
            self._mode = MODES[here + step]
            self._mode_age_s = 0.0
