"""Harmony: the scales, a grammar of degrees for each mode, and the way through a phrase to its cadence.

Degrees are 0..6, counted from the tonic of the mode. The grammar is functional, and modal: a degree's weight says how
much the mode likes it, `MOTION` how well a root moves there, and each phrase holds at least one chord with the mode's
characteristic note (Dorian's major sixth, Mixolydian's minor seventh), and, where it is long enough, one with the note
that tells the mode from its other neighbour (Dorian's minor third). Degrees whose triad is diminished weigh nothing: a
phrase never stands on one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from generators.rules.chance import pick
from loop.values import MODES

SEMITONES = 12
DEGREES = 7
TRIAD = (0, 2, 4)

# The white-note modes, as semitones above their tonic; neighbours in `MODES` differ by one note.
SCALES = {
    "Locrian": (0, 1, 3, 5, 6, 8, 10),
    "Phrygian": (0, 1, 3, 5, 7, 8, 10),
    "Aeolian": (0, 2, 3, 5, 7, 8, 10),
    "Dorian": (0, 2, 3, 5, 7, 9, 10),
    "Mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "Ionian": (0, 2, 4, 5, 7, 9, 11),
    "Lydian": (0, 2, 4, 6, 7, 9, 11),
}

# How well a root moves, by scale steps up (Piston's table of usual root progressions, as weights by taste):
# the same, a second, a third, a fourth (a fifth down), a fifth (plagal), a sixth (a third down), a seventh up.
MOTION = (0.15, 1.6, 0.8, 2.4, 1.6, 1.6, 1.2)


# How much more a phrase likes to be at home where one listens for it: in its first bar, and in every fourth from there.
# A mode is heard only where its tonic is (docs/music.md, "Mode"); how much, by taste.
HOME_FIRST, HOME_AGAIN = 10.0, 4.0
HYPERMEASURE = 4                   # bars


@dataclass(frozen=True, slots=True)
class Grammar:
    """What one mode likes to do."""

    weights: tuple[float, ...]                     # of degrees 0..6
    characteristic: tuple[int, ...]                # degrees whose triad holds the note that tells the mode
    closing: tuple[tuple[int, ...], ...]           # cadences that end on the tonic
    opening: tuple[tuple[int, ...], ...]           # half and deceptive cadences: something must follow
    telling: tuple[int, ...] = ()                  # degrees whose triad holds the note that tells the other neighbour


# Weights by taste, after the usual accounts of modal harmony (Persichetti, Twentieth-Century Harmony, ch. 2).
GRAMMARS = {
    "Phrygian": Grammar((5, 3, 2, 1.5, 0, 2.5, 2), (1, 6), ((1, 0), (6, 0), (3, 1, 0)), ((0, 1), (5, 6))),
    "Aeolian": Grammar((5, 0, 2.5, 3, 2, 3.5, 3), (5, 3), ((6, 0), (3, 0), (5, 6, 0)), ((3, 4), (6, 5), (5, 6)),
                       (6, 4)),
    "Dorian": Grammar((5, 2, 2.5, 4, 2, 0, 3), (3, 1), ((3, 0), (6, 0), (1, 0), (3, 4, 0)), ((0, 3), (6, 3), (2, 6)),
                      (0, 2)),
    "Mixolydian": Grammar((5, 2, 0, 3.5, 2, 2, 4), (6, 4), ((6, 0), (6, 3, 0), (4, 0)), ((3, 6), (0, 4), (1, 6)),
                          (0, 5)),
    "Ionian": Grammar((5, 3, 1.2, 4, 4, 3, 0), (4, 2), ((4, 0), (1, 4, 0), (3, 0), (3, 4, 0)),
                      ((1, 4), (3, 4), (4, 5)), (3, 1)),
    "Lydian": Grammar((5, 4, 1.5, 0, 3, 2, 1.5), (1, 6), ((1, 0), (4, 0), (1, 4, 0)), ((0, 1), (5, 1), (1, 4))),
}


def scale_classes(tonic: int, mode: str) -> tuple[int, ...]:
    """Return the pitch classes of the mode's seven degrees."""
    return tuple((tonic + step) % SEMITONES for step in SCALES[mode])


def chord_classes(tonic: int, mode: str, degree: int, steps: Iterable[int] = TRIAD) -> tuple[int, ...]:
    """Return the pitch classes that stand `steps` of the scale above a degree."""
    classes = scale_classes(tonic, mode)
    return tuple(classes[(degree + step) % DEGREES] for step in steps)


def telling_classes(tonic: int, mode: str) -> frozenset[int]:
    """Return the pitch classes of a mode that one of its two neighbours lacks: they tell it from them."""
    here, own = MODES.index(mode), set(scale_classes(tonic, mode))
    neighbours = [MODES[at] for at in (here - 1, here + 1) if 0 <= at < len(MODES)]
    return frozenset().union(*(own.difference(scale_classes(tonic, other)) for other in neighbours))


def ladder(tonic: int, mode: str, lowest: int, highest: int) -> tuple[int, ...]:
    """Return all MIDI pitches of the mode in a range, ascending: melodies climb it by index."""
    classes = set(scale_classes(tonic, mode))
    return tuple(pitch for pitch in range(lowest, highest + 1) if pitch % SEMITONES in classes)


def step_toward(mode: str, wanted: str) -> str:
    """Return the neighbour of `mode` on the way to `wanted`: one note changes, six are common."""
    here, there = MODES.index(mode), MODES.index(wanted)
    return MODES[here + (there > here) - (there < here)]


def first_degree(tonic: int, mode: str, heard: frozenset[int], rng: np.random.Generator) -> int:
    """Return where a phrase begins: at home as a rule, else where most notes of the last chord stay."""
    kept = [len(heard.intersection(chord_classes(tonic, mode, degree))) for degree in range(DEGREES)]
    liking = [weight * (1 + n_kept) for weight, n_kept in zip(GRAMMARS[mode].weights, kept, strict=True)]
    return pick(rng, range(DEGREES), (HOME_FIRST * liking[0], *liking[1:]))


def pivot_degrees(old: frozenset[int], tonic: int, mode: str) -> list[int]:
    """Return the degrees of a new key, the tonic apart, whose triads belong to the old scale too."""
    usable = [degree for degree in range(1, DEGREES) if GRAMMARS[mode].weights[degree] > 0]
    return [degree for degree in usable if old.issuperset(chord_classes(tonic, mode, degree))]


def walk(grammar: Grammar, first: int, tail: tuple[int, ...], length: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Return the degrees of a phrase of `length` bars from `first` to the cadence `tail`."""
    degrees = [first]
    while len(degrees) < length - len(tail):
        final = len(degrees) == length - len(tail) - 1
        home = HOME_AGAIN if len(degrees) % HYPERMEASURE == 0 else 1.0
        degrees.append(_next(grammar, degrees[-1], tail[0] if final else None, home, rng))
    return _coloured(grammar, degrees, tail, rng)


def _next(grammar: Grammar, here: int, goal: int | None, home: float, rng: np.random.Generator) -> int:
    def fitness(degree: int) -> float:
        onward = 1.0 if goal is None else MOTION[(goal - degree) % DEGREES]
        return grammar.weights[degree] * MOTION[(degree - here) % DEGREES] * onward * (1.0 if degree else home)

    return pick(rng, range(DEGREES), [fitness(degree) for degree in range(DEGREES)])


def _coloured(grammar: Grammar, body: list[int], tail: tuple[int, ...], rng: np.random.Generator) -> tuple[int, ...]:
    """Let a phrase tell its mode: what no chord of it tells yet, its last free chords tell; the first stays."""
    free = len(body) - 1
    for degrees in (grammar.characteristic, grammar.telling):
        if free > 0 and degrees and not set(degrees).intersection((*body, *tail)):
            body[free] = pick(rng, degrees, (2.0, 1.0))
            free -= 1
    return (*body, *tail)
