"""Chance that is a function of where one stands: no random state is carried, so any bar can be composed again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def dice(seed: int, *where: int) -> np.random.Generator:
    """Return the dice of one place: of a bar, of a phrase, of an attempt at a bar."""
    return np.random.default_rng([seed, *where])


def pick(rng: np.random.Generator, items: Sequence[T], weights: Sequence[float]) -> T:
    """Return one of `items`, each as likely as its weight; the last where all weigh nothing."""
    left = rng.random() * sum(weights)
    for item, weight in zip(items, weights, strict=True):
        left -= weight
        if left < 0:
            return item
    return items[-1]


def happens(rng: np.random.Generator, probability: float) -> bool:
    """Return True with `probability`."""
    return bool(rng.random() < probability)
