"""The n-gram model that a network must beat, on the same tokens: interpolated Witten-Bell smoothing.

P(w | h) = (c(h w) + T(h) P(w | h')) / (c(h) + T(h)), h' the history without its oldest token, T(h) the number of
different tokens seen after h; below the unigram all tokens are alike (Witten & Bell 1991, IEEE Trans IT 37:1085).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np


class NGram:
    """Foretells the next token from the ``order - 1`` before it."""

    def __init__(self, order: int, vocabulary: int) -> None:
        self._order, self._vocabulary = order, vocabulary
        self._counts: dict[tuple[int, ...], dict[int, int]] = defaultdict(dict)
        self._totals: dict[tuple[int, ...], int] = defaultdict(int)

    def learn(self, rows: Iterable[Sequence[int]]) -> None:
        """Count every token after every history up to the longest."""
        for row in rows:
            for at, token in enumerate(row):
                for length in range(min(self._order - 1, at) + 1):
                    history = tuple(row[at - length:at])
                    after = self._counts[history]
                    after[token] = after.get(token, 0) + 1
                    self._totals[history] += 1

    def probability(self, history: Sequence[int], token: int) -> float:
        """Return P(token | history)."""
        told = 1 / self._vocabulary
        for length in range(min(self._order - 1, len(history)) + 1):
            seen = tuple(history[len(history) - length:])
            if seen not in self._totals:
                break
            after, total = self._counts[seen], self._totals[seen]
            told = (after.get(token, 0) + len(after) * told) / (total + len(after))
        return told

    def nats(self, row: Sequence[int]) -> np.ndarray:
        """Return ``-ln P`` of each token of a row but the first."""
        n_before = self._order - 1
        return np.array([-np.log(self.probability(row[max(0, at - n_before):at], row[at]))
                         for at in range(1, len(row))])
