"""Drawing a token: what of the model's opinion is left to chance, and how much."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

TEMPERATURE = 0.95
TOP_P = 0.98                       # of the likeliest tokens that together hold so much, one is drawn (Holtzman 2020)
RHYTHM_TEMPERATURE = 2.5           # of where an onset falls: the likeliest rhythms alone are square (docs/music.md)
FORBIDDEN = -1e9

Logits = NDArray[np.float64]


def evened(places: Logits, n_onsets: int, temperature: float = RHYTHM_TEMPERATURE) -> Logits:
    """Return the logits of where a bar's next onset falls, drawn together.

    Together they stay as likely as they were. At an endless temperature every rhythm of so many onsets would be as
    likely as every other: a place counts by the ways in which the onsets after it can still fall.

    Parameters
    ----------
    places : Logits
        Of the places at which the next onset may fall, ascending; (n_places,). The last of them leaves just enough
        places behind it.
    n_onsets : int
        Onsets still to come, this one too; 1 at least.
    temperature : float
        1 leaves them as they are.
    """
    n_behind = range(len(places) + n_onsets - 2, n_onsets - 2, -1)
    ways = np.log([comb(behind, n_onsets - 1) for behind in n_behind])
    even = places / temperature + (1 - 1 / temperature) * ways
    return np.asarray(even + np.logaddexp.reduce(places) - np.logaddexp.reduce(even))


def drawn(logits: Logits, allowed: NDArray[np.bool_], rng: np.random.Generator) -> int:
    """Draw a token of those that are allowed, out of the likeliest that hold `TOP_P` together."""
    shares = np.exp((np.where(allowed, logits, FORBIDDEN) - logits[allowed].max()) / TEMPERATURE)
    shares[~allowed] = 0.0
    order = np.argsort(-shares, kind="stable")
    running = np.cumsum(shares[order]) / shares.sum()
    kept = order[:int(np.searchsorted(running, TOP_P)) + 1]
    kept = kept[allowed[kept]]
    weights = shares[kept] / shares[kept].sum()
    return int(kept[int(np.searchsorted(np.cumsum(weights), rng.random()).clip(0, len(kept) - 1))])
