"""Voicing: which colour a chord takes for the dissonance asked for, and how four voices move into it.

The pad always has four voices. They move as little as they can, never cross, hold what they have in common with the
chord before, and drift with the register.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, permutations, product

from generators.rules.harmony import SEMITONES
from generators.rules.measure import roughness

PAD_HOME = 60                      # C4 at register 0
SPREAD = (-9, -3, 3, 8)            # a first voicing about its centre
HALF_RANGE = 13                    # semitones from the centre to the outermost voice: about C3 to C5
WIDEST_GAP = 12                    # between neighbours
MAX_MOTION = 7                     # semitones that one voice moves at a chord change
MUD = 53                           # below F3 a gap of less than a minor third is mud
MINOR_THIRD = 3
COST_OFF_CENTRE = 1.0              # of a voicing whose mean is a semitone off, against a semitone of motion
COST_MUD = 6.0
COST_NEAR_BASS = 24.0              # of a second between bass and chord down there, which beats for a whole bar
COST_SEMITONE = 3.0                # of two neighbours a semitone apart: open it to a major seventh if that is near
COST_INVERTED = 4.0                # of a chord that should stand on its root and does not
COST_BROKEN_TIE = 1.5              # of a voice that leaves a note which the new chord holds too


@dataclass(frozen=True, slots=True)
class Colour:
    """A chord's four notes as scale steps above its root, and what may become of them within the bar."""

    name: str
    steps: tuple[int, int, int, int]
    rests: bool = True             # root and third are there: a phrase may end on it
    resolves: bool = False         # the fourth falls to the third in the middle of the bar


COLOURS = (
    Colour("triad", (0, 2, 4, 0)),
    Colour("triad, fifth doubled", (0, 2, 4, 4)),
    Colour("added sixth", (0, 2, 4, 5)),
    Colour("added ninth", (0, 1, 2, 4)),
    Colour("seventh", (0, 2, 4, 6)),
    Colour("ninth", (1, 2, 4, 6)),
    Colour("suspended second", (0, 1, 4, 0), rests=False),
    Colour("suspension", (0, 3, 4, 0), rests=False, resolves=True),
    Colour("suspension, seventh", (0, 3, 4, 6), rests=False, resolves=True),
    Colour("suspended fourth", (0, 3, 4, 6), rests=False),
    Colour("added fourth", (0, 2, 3, 4), rests=False),
    Colour("seventh, sixth", (0, 2, 5, 6), rests=False),
    Colour("seventh, ninth, no fifth", (0, 1, 2, 6), rests=False),
    Colour("seventh, fourth", (0, 2, 3, 6), rests=False),
    Colour("ninth, fourth", (0, 1, 2, 3), rests=False),
)
RESOLVES_AT = 4                    # the eighth at which a suspension falls


def fitness(classes: Sequence[int], later: Sequence[int], sounding: Sequence[int]) -> float:
    """Return the mean roughness of a bar in which a chord sounds over the other voices.

    Parameters
    ----------
    classes, later : sequence of int
        The chord's pitch classes in the bar's first and second half.
    sounding : sequence of int
        The other voices' pitch classes on each eighth, as masks.
    """
    first, second = _mask(classes), _mask(later)
    halves = [first if slot < RESOLVES_AT else second for slot in range(len(sounding))]
    return sum(roughness(mask | half) for mask, half in zip(sounding, halves, strict=True)) / len(sounding)


def _mask(classes: Sequence[int]) -> int:
    mask = 0
    for pitch_class in classes:
        mask |= 1 << pitch_class
    return mask


def lead(
    before: tuple[int, ...], classes: tuple[int, ...], register: float, root: int | None = None,
    ground: int | None = None,
) -> tuple[int, ...]:
    """Return the four voices of a chord, ascending, led from the chord before.

    Parameters
    ----------
    before : tuple of int
        The voices as they are, ascending; empty where nothing sounded.
    classes : tuple of int
        The four pitch classes to reach.
    register : float
        Semitones about home.
    root : int | None
        The pitch class that should be lowest, if any.
    ground : int | None
        The bass's highest pitch, above which the chord stands, if there is one.
    """
    centre = PAD_HOME + register
    start = before or tuple(round(centre) + away for away in SPREAD)
    chord = tuple(sorted(classes))
    low, high = centre - HALF_RANGE, centre + HALF_RANGE
    found = list(_voicings(start, chord, (low, high), MAX_MOTION if before else SEMITONES))
    if ground is not None:
        # Where the bass stands high, the chord leaps above it, and further up than it would.
        reach = (ground, max(high, ground + 2 * SEMITONES))
        found = ([voices for voices in found if voices[0] >= ground] or list(_voicings(start, chord, reach, SEMITONES))
                 or [_stacked(classes, ground)])
    if not found:
        return _stacked(classes, round(centre) - SEMITONES + 1)

    def cost(voices: tuple[int, ...]) -> float:
        return _cost(start, voices, centre) + _inversion_cost(voices, root) + _ground_cost(voices[0], ground)

    return min(found, key=lambda voices: (cost(voices), voices))


def _voicings(
    start: tuple[int, ...], classes: tuple[int, ...], within: tuple[float, float], most: int
) -> Iterator[tuple[int, ...]]:
    for order in _orders(classes):
        choices = [
            [place for place in _around(here, pitch_class) if abs(place - here) <= most]
            for here, pitch_class in zip(start, order, strict=True)
        ]
        yield from (voices for voices in product(*choices) if _in_shape(voices, within))


@lru_cache(maxsize=1024)
def _orders(classes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(sorted(set(permutations(classes))))


def _around(here: int, pitch_class: int) -> tuple[int, ...]:
    up = (pitch_class - here) % SEMITONES
    return (here, here + SEMITONES) if up == 0 else (here + up, here + up - SEMITONES)


def _in_shape(voices: tuple[int, ...], within: tuple[float, float]) -> bool:
    ascending = all(low < high <= low + WIDEST_GAP for low, high in pairwise(voices))
    return ascending and within[0] <= voices[0] and voices[-1] <= within[1]


def _cost(start: tuple[int, ...], voices: tuple[int, ...], centre: float) -> float:
    motion = sum(abs(new - old) for new, old in zip(voices, start, strict=True))
    off_centre = abs(sum(voices) / len(voices) - centre)
    return motion + COST_OFF_CENTRE * off_centre**2 + _roughness_cost(voices) + _tie_cost(start, voices)


def _roughness_cost(voices: tuple[int, ...]) -> float:
    gaps = [(low, high - low) for low, high in pairwise(voices)]
    muddy = sum(low < MUD and gap < MINOR_THIRD for low, gap in gaps)
    semitones = sum(gap == 1 for _, gap in gaps)
    return COST_MUD * muddy + COST_SEMITONE * semitones


def _inversion_cost(voices: tuple[int, ...], root: int | None) -> float:
    return 0.0 if root is None or voices[0] % SEMITONES == root else COST_INVERTED


def _ground_cost(lowest: int, ground: int | None) -> float:
    near = ground is not None and ground < lowest < min(ground + MINOR_THIRD, MUD)
    return COST_NEAR_BASS * near


def _tie_cost(start: tuple[int, ...], voices: tuple[int, ...]) -> float:
    classes = {voice % SEMITONES for voice in voices}
    broken = [old for old in start if old % SEMITONES in classes and old not in voices]
    return COST_BROKEN_TIE * len(broken)


def _stacked(classes: tuple[int, ...], lowest: int) -> tuple[int, ...]:
    voices: list[int] = []
    for pitch_class in classes:
        floor = voices[-1] + 1 if voices else lowest
        voices.append(floor + (pitch_class - floor) % SEMITONES)
    return tuple(voices)
