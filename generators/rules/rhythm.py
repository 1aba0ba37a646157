"""Rhythm: where in the bar the pluck and the bass begin their notes.

A rhythm is a ranking of the eight eighths, not a set: a bar of `n` onsets takes the first `n`. So a motif keeps its
face while the density moves: a sparser bar is the same rhythm with its weaker notes left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign

import numpy as np

from generators.bars import EIGHTHS_A_BAR

# Metrical weight of each eighth of 4/4 (Lerdahl & Jackendoff's grid, scaled to 0..1).
METRE = (1.0, 0.15, 0.5, 0.25, 0.8, 0.15, 0.5, 0.3)
# What the melody makes of it: the bass has the downbeat already, so that the line may well begin after it.
MELODIC_METRE = (0.75, 0.2, 0.55, 0.4, 0.8, 0.2, 0.6, 0.4)
METRE_SHARE = 0.4                  # of a motif's ranking; the rest is its own
STRONG = (0, 4)

# Where the bass begins, the most important eighth first. On a pedal it stays on the tonic, whatever the chords do above
# it: so modal music tells where home is.
PEDAL = "pedal"
BASS_ORDERS = {
    PEDAL: (0, 4, 7, 6, 2, 3, 5, 1),
    "fifths": (0, 4, 6, 3, 7, 2, 5, 1),
    "tresillo": (0, 3, 6, 4, 7, 2, 5, 1),
    "walk": (0, 6, 4, 2, 7, 3, 5, 1),
}
BASS_PER_DENSITY = 2.2             # onsets of the bass in a bar: 1 + this x density, at most
ALONE = 0.35                       # that the one onset of a bar is the melody's alone
BASS_WILL = 0.6                    # of chance in that number
LANDING_SLOTS = (0, 2, 3, 4)       # where a melody may still move in a bar that ends a phrase
LANDING_NOTES = 3
DEBT_LIMIT = 2.0                   # onsets: what a bar could not take is made good later, but not without end
LEAST_STEP = 0.5                   # onsets a bar: by so much a density must move for its first bar to tell


@dataclass(frozen=True, slots=True)
class Onsets:
    """The eighths in which each voice begins a note, ascending."""

    pluck: tuple[int, ...]
    bass: tuple[int, ...]

    @property
    def n_slots(self) -> int:
        """The eighths with an onset of either voice."""
        return len({*self.pluck, *self.bass})


def new_cell(rng: np.random.Generator) -> tuple[float, ...]:
    """Return a fresh ranking of the eight eighths: metre, and a will of its own."""
    own = rng.random(EIGHTHS_A_BAR)
    pairs = zip(MELODIC_METRE, own, strict=True)
    return tuple(METRE_SHARE * metre + (1 - METRE_SHARE) * float(will) for metre, will in pairs)


def budget(density: float, debt: float) -> int:
    """Return the onsets of a bar for a density, given what earlier bars owe."""
    return min(EIGHTHS_A_BAR, max(0, round(density * EIGHTHS_A_BAR + debt)))


def borrowed(moved: float) -> float:
    """Return what a bar borrows of later ones, onsets, whose density has moved by `moved` onsets a bar.

    A density moves by less than an onset a bar, so rounding alone would leave some first bars as they were: what moves
    noticeably counts as a whole onset at once, and later bars have it less.
    """
    return copysign(max(0.0, 1.0 - abs(moved)), moved) if abs(moved) >= LEAST_STEP else 0.0


def new_debt(density: float, debt: float, n_slots: int) -> float:
    """Return what is owed after a bar of `n_slots` onsets."""
    owed = debt + density * EIGHTHS_A_BAR - n_slots
    return min(DEBT_LIMIT, max(-DEBT_LIMIT, owed))


def share_out(n_slots: int, ranking: tuple[float, ...], bass: tuple[int, ...], lands: bool) -> Onsets:
    """Share a bar's onsets between the voices.

    Parameters
    ----------
    n_slots : int
        Eighths with an onset, of either voice.
    ranking : tuple of float
        The melody's ranking of the eight eighths.
    bass : tuple of int
        The eighths that the bass would like, no more than `n_slots` of them.
    lands : bool
        The phrase ends here: the melody lands and rests, the bass leads on.
    """
    order = sorted(range(EIGHTHS_A_BAR), key=lambda slot: -ranking[slot])
    if lands:
        order = [slot for slot in order if slot in LANDING_SLOTS][:LANDING_NOTES]
    taken, pluck = set(bass), []
    for slot in order:
        if slot not in taken and len(taken) >= n_slots:
            break
        taken.add(slot)
        pluck.append(slot)
    return Onsets(tuple(sorted(pluck)), _filled(bass, taken, n_slots))


def _filled(bass: tuple[int, ...], taken: set[int], n_slots: int) -> tuple[int, ...]:
    spare = [slot for slot in BASS_ORDERS["walk"] if slot not in taken]
    return tuple(sorted((*bass, *spare[: max(0, n_slots - len(taken))])))


def bass_wish(style: str, density: float, n_slots: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Return the eighths that the bass would like: few and long when sparse."""
    most = 1 + int(BASS_PER_DENSITY * density + rng.random() * BASS_WILL)
    if n_slots == 1 and rng.random() < ALONE:
        return ()
    return BASS_ORDERS[style][: min(most, (n_slots + 1) // 2)]
