"""From what a listener said and rated to their own intent table: weights within bounds, modes and tempi left out.

A cue that acts more on this listener than on the mean one is moved more, and the other way round: each weight of the
table is multiplied by the cue's leaning, which is kept within `SHARE_MOST` of 1, or, where the listener has shown that
they hear the cue the other way round, within `SHARE_MOST` of 0 below it. The rows' own limits and slews, the rules for
low arousal and the loudness are the house's: no taste moves them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log2
from types import MappingProxyType

from loop.intent import MODE_FROM_V, TABLE, TEMPO_CENTRE_BPM, Taste
from loop.values import MODES

SHARE_MOST = 0.5                   # of a weight: more would be another table, on ratings that are few
LEAN_LEAST, LEAN_MOST = -SHARE_MOST, 1.0 + SHARE_MOST
PLAYED_MODES = tuple(mode for mode, _ in MODE_FROM_V)

# Cue -> row of the intent table. Loudness is missing on purpose: its limits guard the ear. The mode has no row.
AROUSAL_ROWS = MappingProxyType({"tempo": "tempo_octaves", "density": "density", "staccato": "articulation",
                                 "brightness": "brightness", "roughness": "dissonance"})
VALENCE_ROWS = MappingProxyType({"tempo": "tempo_octaves", "register": "register_semitones",
                                 "consonance": "dissonance"})
MODE_CUE = "mode"
NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Leanings:
    """What ratings have taught: by cue, what the table's weight is multiplied by; a cue that is missing stays."""

    arousal: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    valence: Mapping[str, float] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Avoided:
    """What the music keeps away from."""

    modes: Collection[str] = ()
    tempo_bpm: Sequence[tuple[float, float]] = ()


def taste_of(leanings: Leanings, avoided: Avoided) -> Taste:
    """Return the listener's table; with nothing said and nothing learned it is the house's, exactly."""
    table = dict(TABLE)
    for cue, row in AROUSAL_ROWS.items():
        table[row] = replace(table[row], a=table[row].a * _bounded(leanings.arousal.get(cue, 1.0)))
    for cue, row in VALENCE_ROWS.items():
        table[row] = replace(table[row], v=table[row].v * _bounded(leanings.valence.get(cue, 1.0)))
    instead = {mode: nearest_mode(mode, avoided.modes) for mode in PLAYED_MODES if mode in avoided.modes}
    octaves = tuple((log2(low / TEMPO_CENTRE_BPM), log2(high / TEMPO_CENTRE_BPM))
                    for low, high in joined(avoided.tempo_bpm))
    lean = _bounded(leanings.valence.get(MODE_CUE, 1.0))
    return Taste(table, lean, instead, octaves)


def nearest_mode(mode: str, avoided: Collection[str]) -> str:
    """Return the mode nearest in brightness that the map plays and nobody avoids; of two, the brighter one."""
    here = MODES.index(mode)
    allowed = [other for other in PLAYED_MODES if other not in avoided]
    return min(allowed, key=lambda other: (abs(MODES.index(other) - here), -MODES.index(other)), default=mode)


def joined(ranges: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the ranges ascending, those that touch made one."""
    apart: list[tuple[float, float]] = []
    for low, high in sorted(ranges):
        if apart and low <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], high))
        else:
            apart.append((low, high))
    return apart


def _bounded(lean: float) -> float:
    return min(LEAN_MOST, max(LEAN_LEAST, lean))
