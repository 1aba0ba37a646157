"""What chance does: shuffles of whole excerpts, splits, resamples, and what the music alone would explain.

A shuffle swaps the ratings of whole excerpts within one sitting, never between people or days. Where the question is
whether EEG adds to the music, the shuffle is that of Freedman and Lane (1983): only what the music and the time leave
of the ratings is swapped, so that under chance the music keeps what it explains.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.values import FloatArray
from sensing.decoders.excerpts import Excerpt
from sensing.decoders.recipe import Indices

MOST_FOLDS = 10
DRIFT_POWERS = (1, 2, 3)        # of the time in a sitting: EEG and moods both drift, and agree by chance
EXCERPTS_PER_INTENT = 6         # a column of the music's intent for each: more would explain anything
SMALLEST_SHARE = 1e-9           # of the largest singular value: what is less is no direction of its own
LARGEST_LEVERAGE = 0.99         # an excerpt that stands alone explains itself


def codes(labels: Sequence[Hashable]) -> Indices:
    """Return a whole number for each different label."""
    numbers = {label: k for k, label in enumerate(dict.fromkeys(labels))}
    return np.array([numbers[label] for label in labels], dtype=np.intp)


def split(groups: Indices, rng: np.random.Generator) -> list[NDArray[np.bool_]]:
    """Return which excerpts each fold holds out: one group each, or tenths of the groups where there are many."""
    n_groups = int(groups.max()) + 1
    fold_of_group = rng.permutation(n_groups) % min(n_groups, MOST_FOLDS)
    return [fold_of_group[groups] == fold for fold in range(min(n_groups, MOST_FOLDS))]


def shuffles(places: Indices, n: int, rng: np.random.Generator) -> Indices:
    """Return `n` orders of the excerpts, ``(n_excerpts, n)``, each a shuffle within places."""
    orders = np.tile(np.arange(len(places))[:, None], (1, n))
    for place in range(int(places.max()) + 1):
        rows = np.flatnonzero(places == place)
        orders[rows] = rng.permuted(orders[rows], axis=0)
    return orders


def halves(states: FloatArray, persons: Indices) -> FloatArray:
    """Return +1 above and -1 below the person's own median of ``(n_excerpts, n_sets)`` states.

    Those at the median go where they make the halves more equal.
    """
    signs = np.empty_like(states)
    for person in range(int(persons.max()) + 1):
        mine = states[persons == person]
        middle = np.median(mine, axis=0)
        above, from_it = mine > middle, mine >= middle
        better = np.abs(above.mean(axis=0) - 0.5) <= np.abs(from_it.mean(axis=0) - 0.5)
        signs[persons == person] = np.where(np.where(better, above, from_it), 1.0, -1.0)
    return signs


def p_value(seen: float, by_chance: FloatArray) -> float:
    """Return the share of chance's scores that are as high, the seen one counted among them."""
    return float((1 + np.count_nonzero(by_chance >= seen - SMALLEST_SHARE)) / (1 + len(by_chance)))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known without EEG: who it is, the music's intent, how late it is. ``basis`` is orthonormal."""

    basis: FloatArray              # (n_excerpts, n_columns)

    def left(self, values: FloatArray) -> FloatArray:
        """Return what it leaves unexplained of ``(n_excerpts, n_sets)``."""
        return np.asarray(values - self.basis @ (self.basis.T @ values))

    def shuffled(self, states: FloatArray, orders: Indices) -> FloatArray:
        """Return states ``(n_excerpts, n)`` as they might have been if EEG knew no more: Freedman and Lane."""
        left = self.left(states[:, None])[:, 0]
        return np.asarray((states - left)[:, None] + left[orders])

    def gain(self, states: FloatArray, scores: FloatArray) -> FloatArray:
        """Return how much of the squared left-out error the scores take away, ``(n_sets,)`` for ``(n, n_sets)`` each.

        The nested models are ``state ~ known`` and ``state ~ known + score``; each excerpt is predicted by models
        fitted without it (PRESS). A score that points the wrong way takes nothing.
        """
        y, s = self.left(states), self.left(scores)
        power = np.maximum(np.square(s).sum(axis=0), np.finfo(float).tiny)
        slope = np.maximum((y * s).sum(axis=0) / power, 0.0)
        leverage = np.square(self.basis).sum(axis=1)[:, None]
        without = y / (1 - np.minimum(leverage, LARGEST_LEVERAGE))
        more = np.where(slope > 0, np.square(s) / power, 0.0)
        within = (y - slope * s) / (1 - np.minimum(leverage + more, LARGEST_LEVERAGE))
        error = np.maximum(np.square(without).sum(axis=0), np.finfo(float).tiny)
        return np.asarray(1 - np.square(within).sum(axis=0) / error)


def known(excerpts: Sequence[Excerpt]) -> Known:
    """Return what is known of excerpts, in the order in which they were heard, without their EEG."""
    persons = codes([excerpt.person for excerpt in excerpts])
    places = codes([excerpt.place for excerpt in excerpts])
    dummies = (persons[:, None] == np.arange(persons.max() + 1)).astype(float)
    late = np.array([np.count_nonzero(places[:k] == place) for k, place in enumerate(places)], dtype=float)
    slow = np.column_stack([_centred(late[:, None], places) ** power for power in DRIFT_POWERS])
    columns = np.column_stack([dummies, _centred(slow, places), _intent(excerpts, persons)])
    lengths = np.linalg.norm(columns, axis=0)
    basis, sizes, _ = np.linalg.svd(columns / np.where(lengths > 0, lengths, 1.0), full_matrices=False)
    return Known(basis[:, sizes > SMALLEST_SHARE * sizes[0]])


def _intent(excerpts: Sequence[Excerpt], persons: Indices) -> FloatArray:
    """Return the main directions of the intent, each column of it standardised first."""
    given = _centred(np.array([excerpt.intent for excerpt in excerpts], dtype=float), persons)
    if not given.size:
        return given
    spread = given.std(axis=0)
    basis, sizes, _ = np.linalg.svd(given / np.where(spread > SMALLEST_SHARE, spread, 1.0), full_matrices=False)
    most = len(excerpts) // EXCERPTS_PER_INTENT
    kept = (sizes > SMALLEST_SHARE * max(1.0, sizes[0])) & (np.arange(len(sizes)) < most)
    return np.asarray((basis * sizes)[:, kept])


def _centred(values: FloatArray, groups: Indices) -> FloatArray:
    out = np.array(values)
    for group in range(int(groups.max()) + 1):
        out[groups == group] -= out[groups == group].mean(axis=0)
    return out
