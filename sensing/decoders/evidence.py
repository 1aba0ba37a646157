"""What a verdict rests on, excerpt by excerpt and shuffle by shuffle: for a page, never for a split."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from loop.values import FloatArray, read_only
from sensing.decoders.verdict import Verdict

NONE: FloatArray = read_only(np.zeros(0))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rated excerpts in the order in which they were heard, each predicted by a model that never saw it."""

    rated: FloatArray = field(default_factory=lambda: NONE)        # (n_excerpts,) the rating on -1..1
    truth: FloatArray = field(default_factory=lambda: NONE)        # (n_excerpts,) +1 high, -1 low; or the rating
    predicted: FloatArray = field(default_factory=lambda: NONE)    # (n_excerpts,) the mean over its windows
    lowest: FloatArray = field(default_factory=lambda: NONE)       # (n_excerpts,) of its windows
    highest: FloatArray = field(default_factory=lambda: NONE)
    by_chance: FloatArray = field(default_factory=lambda: NONE)    # (n_permutations,) scores of shuffles


@dataclass(frozen=True, slots=True)
class Examined:
    """A verdict and what it rests on; the evidence is empty where there were too few excerpts to ask."""

    verdict: Verdict
    evidence: Evidence = field(default_factory=Evidence)
