"""Motifs: two bars of rhythm and contour that return, and the ways in which they vary when they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generators.bars import EIGHTHS_A_BAR
from generators.rules.chance import happens, pick
from generators.rules.rhythm import new_cell

CELLS = 2                          # bars in a motif
WEAK = 0.1                         # what is left of an eighth's rank between the notes of an augmentation
STEPS = (-2, -1, 0, 1, 2, 3)       # of the contour, scale steps from one eighth to the next: mostly by step
STEP_WEIGHTS = (1.0, 3.0, 0.8, 3.0, 1.0, 0.4)
REACH = 3                          # scale steps that a contour goes from its middle, at most

# Two phrases out of three open with the main motif: it must be known to be missed.
FORM = (0, 0, 1, 0, 1, 1, 0, 1)
RENEWED_AFTER = 8                  # phrases after which the other motif is new, so that half an hour drifts gently


@dataclass(frozen=True, slots=True)
class Motif:
    """Two bars: for each of 16 eighths how much it wants an onset, and where the line stands."""

    rhythm: tuple[float, ...]
    contour: tuple[int, ...]       # scale steps about the line's anchor


@dataclass(frozen=True, slots=True)
class Treatment:
    """What one bar does with its motif."""

    cell: int = 0                  # 0 or 1
    transposed: int = 0            # scale steps
    inverted: bool = False
    displaced: int = 0             # eighths later, round the bar
    augmented: bool = False        # half the cell at half the pace


def new_motif(rng: np.random.Generator) -> Motif:
    """Return a fresh motif."""
    line, lines = 0, []
    for _ in range(CELLS * EIGHTHS_A_BAR):
        line = max(-REACH, min(REACH, line + pick(rng, STEPS, STEP_WEIGHTS)))
        lines.append(line)
    middle = round(sum(lines) / len(lines))
    return Motif(new_cell(rng) + new_cell(rng), tuple(here - middle for here in lines))


def renewed(themes: tuple[Motif, Motif], n_phrases: int, rng: np.random.Generator) -> tuple[Motif, Motif]:
    """Return the two motifs of the next phrase: now and then one of them is new, in turn."""
    if n_phrases == 0 or n_phrases % RENEWED_AFTER:
        return themes
    main, second = themes
    return (main, new_motif(rng)) if n_phrases // RENEWED_AFTER % 2 else (second, new_motif(rng))


def theme_of(n_phrases: int) -> int:
    """Return which motif the phrase uses."""
    return FORM[n_phrases % len(FORM)]


def plan_treatments(length: int, rng: np.random.Generator) -> tuple[Treatment, ...]:
    """Return a phrase in the shape of a sentence: the idea, its return varied, its pieces, the landing."""
    idea = (Treatment(0), Treatment(1))
    shift = pick(rng, (-2, -1, 1, 2), (1.0, 2.0, 2.0, 1.0))
    returns = (_varied(0, shift, rng), _varied(1, shift, rng))
    if length <= len(idea) + len(returns):
        return (*idea, *returns)[:length]
    pieces = tuple(Treatment(0, transposed=shift + step) for step in (1, 2))
    return (*idea, *returns, *pieces, _varied(0, -shift, rng), _varied(1, 0, rng))[:length]


def _varied(cell: int, shift: int, rng: np.random.Generator) -> Treatment:
    kinds = (
        Treatment(cell, transposed=shift),
        Treatment(cell, transposed=shift, inverted=True),
        Treatment(cell, transposed=shift, displaced=2),
        Treatment(cell, transposed=shift, augmented=True),
        Treatment(1 - cell, transposed=shift, inverted=happens(rng, 1 / 2)),
    )
    return pick(rng, kinds, (3.0, 1.5, 1.5, 1.0, 1.0))


def rhythm_of(motif: Motif, treatment: Treatment) -> tuple[float, ...]:
    """Return the bar's ranking of eighths: the motif's, displaced or stretched."""
    ranks = [motif.rhythm[_source(slot, treatment)] for slot in range(EIGHTHS_A_BAR)]
    between = WEAK if treatment.augmented else 1.0
    return tuple(rank * (between if slot % 2 else 1.0) for slot, rank in enumerate(ranks))


def contour_of(motif: Motif, treatment: Treatment) -> tuple[int, ...]:
    """Return the bar's line, in scale steps about its anchor: the motif's, transposed, inverted, displaced."""
    sign = -1 if treatment.inverted else 1
    sources = [_source(slot, treatment) for slot in range(EIGHTHS_A_BAR)]
    return tuple(sign * motif.contour[source] + treatment.transposed for source in sources)


def _source(slot: int, treatment: Treatment) -> int:
    start = treatment.cell * EIGHTHS_A_BAR
    if treatment.augmented:
        return start + slot // 2
    return start + (slot - treatment.displaced) % EIGHTHS_A_BAR
