"""Phrases: four or eight bars planned at once, from where the music is to a cadence.

Only here does the key move: the mode by one neighbour at a time (six of seven notes stay), the tonic rarely, by a
chord that both keys share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generators.rules.chance import happens, pick
from generators.rules.harmony import (
    GRAMMARS,
    SEMITONES,
    first_degree,
    pivot_degrees,
    scale_classes,
    step_toward,
    walk,
)
from generators.rules.motif import Treatment, plan_treatments
from generators.rules.rhythm import BASS_ORDERS, PEDAL

LENGTHS = (4, 8)
LENGTH_WEIGHTS = (0.6, 0.4)
FINAL_LENGTH = 2                   # an ending: one bar that leans, one that rests
PIVOT_PROBABILITY = 0.12           # of a phrase that it moves the tonic, by taste: about every two minutes
CALM_PIVOT_PROBABILITY = 0.05
PIVOTS = (5, 7)                    # a fourth or a fifth up: the new key shares six notes
OPEN_THEN_CLOSED, CLOSED_AGAIN = 0.85, 0.65    # that a phrase after an open one closes, and after a closed one
BASS_WEIGHTS = (2.0, 1.0, 1.0, 1.0)                # of `BASS_ORDERS`: the pedal is heard in two phrases of five


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic and a mode."""

    tonic: int                     # pitch class
    mode: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """What the next bars are to be."""

    key: Key
    degrees: tuple[int, ...]       # one a bar
    treatments: tuple[Treatment, ...]
    bass_style: str
    closes: bool                   # it ends on the tonic
    final: bool = False            # nothing follows

    @property
    def length(self) -> int:
        """Bars."""
        return len(self.degrees)


@dataclass(frozen=True, slots=True)
class Juncture:
    """Where the music stands when a phrase is planned."""

    key: Key
    heard: frozenset[int]          # pitch classes of the last chord; empty at the beginning
    after_open: bool               # the phrase before ended open
    calm: bool


def next_phrase(here: Juncture, mode: str, rng: np.random.Generator) -> Phrase:
    """Return the plan of a phrase that leads toward `mode`."""
    key, first = _next_key(here, mode, rng)
    closes = happens(rng, OPEN_THEN_CLOSED if here.after_open else CLOSED_AGAIN)
    grammar = GRAMMARS[key.mode]
    tails = grammar.closing if closes else grammar.opening
    length = pick(rng, LENGTHS, LENGTH_WEIGHTS)
    degrees = walk(grammar, first, pick(rng, tails, [1.0] * len(tails)), length, rng)
    told = here.heard and key == here.key          # where home is new, a still bass tells it
    style = pick(rng, tuple(BASS_ORDERS), BASS_WEIGHTS) if told else PEDAL
    return Phrase(key, degrees, plan_treatments(length, rng), style, degrees[-1] == 0)


def final_phrase(key: Key, rng: np.random.Generator) -> Phrase:
    """Return an ending: the last two chords of a closing cadence, on a still bass."""
    tail = pick(rng, GRAMMARS[key.mode].closing, [1.0] * len(GRAMMARS[key.mode].closing))
    return Phrase(key, tail[-FINAL_LENGTH:], plan_treatments(FINAL_LENGTH, rng), PEDAL, True, final=True)


def _next_key(here: Juncture, mode: str, rng: np.random.Generator) -> tuple[Key, int]:
    if not here.heard:
        return Key(here.key.tonic, mode), 0
    if here.key.mode != mode:
        key = Key(here.key.tonic, step_toward(here.key.mode, mode))
        return key, first_degree(key.tonic, key.mode, here.heard, rng)
    if happens(rng, CALM_PIVOT_PROBABILITY if here.calm else PIVOT_PROBABILITY):
        return _pivoted(here.key, rng)
    return here.key, first_degree(here.key.tonic, here.key.mode, here.heard, rng)


def _pivoted(key: Key, rng: np.random.Generator) -> tuple[Key, int]:
    tonic = (key.tonic + pick(rng, PIVOTS, (1.0, 1.0))) % SEMITONES
    shared = pivot_degrees(frozenset(scale_classes(key.tonic, key.mode)), tonic, key.mode)
    if not shared:
        return key, 0
    return Key(tonic, key.mode), pick(rng, shared, [1.0] * len(shared))
