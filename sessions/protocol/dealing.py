"""Deals the excerpts of a calibration: an order that is random, balanced, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sessions.protocol.document import Entry, Place, parse
from sessions.protocol.loading import Loaded, rewritten
from sessions.protocol.phases import Excerpts

NEAR, FAR = 0.4, 0.8               # from the middle: every round has both in each quarter of the plane
POINTS = tuple((side * size, height * size) for size in (NEAR, FAR) for side in (-1, 1) for height in (-1, 1))
MOST_ALIKE = 2                     # excerpts of one arousal in a row: moods and EEG drift, classes must not
RECALLED = ((0.6, -0.6), (0.6, 0.6))   # calm and stirring, in turn; nobody is asked to recall what was bad

Row = dict[str, Any]


def dealt(loaded: Loaded, seed: int) -> Loaded:
    """Return the protocol with every `excerpts` row dealt out as excerpts, ratings and rests.

    A round plays each of `POINTS` once, so that the classes are as many in each part of the session. Recall trials
    stand evenly among them. Without such a row the protocol comes back as it is.

    Raises
    ------
    ProtocolError
        Where it is then no protocol that can be run.
    """
    if not any(row.kind == "excerpts" for row in loaded.protocol.phases):
        return loaded
    rng = np.random.default_rng(seed)
    root = parse(loaded.resolved_yaml, loaded.path.name)
    listed = root.value["phases"]
    rows: list[Entry] = []
    for row, entry in zip(loaded.protocol.phases, listed.value, strict=True):
        asked = row.phase
        rows += list(_entries(_rows(asked, rng), entry.place)) if isinstance(asked, Excerpts) else [entry]
    root.value["phases"] = Entry(listed.place, rows)
    return rewritten(loaded, root, "the excerpts")


def order(rounds: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return the points of all rounds, never more than `MOST_ALIKE` of one arousal in a row."""
    while True:
        points = [POINTS[k] for _ in range(rounds) for k in rng.permutation(len(POINTS))]
        high = [arousal > 0 for _, arousal in points]
        runs = (high[k:k + MOST_ALIKE + 1] for k in range(len(high) - MOST_ALIKE))
        if not any(all(run) or not any(run) for run in runs):
            return points


def _rows(asked: Excerpts, rng: np.random.Generator) -> Iterator[Row]:
    points = order(asked.rounds, rng)
    behind = set(np.linspace(0, len(points), asked.recalls + 2)[1:-1].astype(int)) if asked.recalls else set()
    begins = int(rng.integers(len(RECALLED)))
    recalled = 0
    for k, point in enumerate(points, 1):
        yield from _one(asked, point, silent=False)
        if k in behind:
            yield from _one(asked, RECALLED[(begins + recalled) % len(RECALLED)], silent=True)
            recalled += 1


def _one(asked: Excerpts, point: tuple[float, float], *, silent: bool) -> Iterator[Row]:
    at = {"valence": float(point[0]), "arousal": float(point[1])}
    yield {"excerpt": {"length_s": asked.length_s, "eyes": asked.eyes, "at": at, "silent": silent}}
    yield {"rate": {"of": "excerpt"}}
    yield {"rest": {"length_s": asked.rest_s}}


def _entries(rows: Iterator[Row], place: Place) -> Iterator[Entry]:
    for row in rows:
        yield _entry(row, place)


def _entry(value: Any, place: Place) -> Entry:
    if isinstance(value, dict):
        return Entry(place, {key: _entry(part, place) for key, part in value.items()})
    return Entry(place, value)
