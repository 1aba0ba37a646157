"""What a learned decoder is fitted and judged on: whole excerpts of EEG, each with the one rating that it was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from loop.errors import EuthymiaError
from loop.ports import Extractor
from loop.values import NAN, FloatArray, Window, read_only

WINDOW_S = 4.0                  # as the live windows of the protocol
STEP_S = 2.0                    # windows of one excerpt half overlap: they are never told apart by a split
SAM_MIDDLE, SAM_HALF = 5.0, 4.0  # SAM's 1..9 onto -1..1
AXES = ("valence", "arousal")
NO_INTENT: FloatArray = read_only(np.zeros(0))
ALL_USABLE: NDArray[np.bool_] = np.zeros(0, dtype=bool)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One excerpt, or a rest: a rest has no rating, and says only where the session's middle lies."""

    samples: FloatArray            # (n_times, n_channels) uV, cleaned as the live stages clean
    rate_hz: float
    id: str
    valence: float = NAN           # SAM 1..9; NaN: not rated
    arousal: float = NAN           # SAM 1..9; NaN: not rated
    intent: FloatArray = field(default_factory=lambda: NO_INTENT)   # (n_intent,) what the music was; zeros in silence
    person: str = ""
    session: str = ""
    usable: NDArray[np.bool_] = field(default_factory=lambda: ALL_USABLE)   # (n_times,); empty: all samples are

    def state(self, axis: str) -> float:
        """Return the rating of an axis on -1..1; NaN where there is none."""
        return ((self.valence if axis == "valence" else self.arousal) - SAM_MIDDLE) / SAM_HALF

    @property
    def place(self) -> tuple[str, str]:
        """The sitting that it belongs to: one person, one session."""
        return self.person, self.session


@dataclass(frozen=True, slots=True)
class Shown:
    """An excerpt as a decoder sees it: numbers that learn nothing from other excerpts."""

    windows: FloatArray            # (n_windows, ...)
    place: tuple[str, str]


def show(excerpt: Excerpt, extractor: Extractor) -> Shown:
    """Return what the live extractor makes of the usable windows of an excerpt, ``(n_windows, n_values)``.

    Raises
    ------
    EuthymiaError
        Where no window of it is usable.
    """
    rows = [extractor.extract(window).values for window in windows_of(excerpt)]
    if not rows:
        raise EuthymiaError(f'no window of {WINDOW_S:g} s in excerpt "{excerpt.id}" can be used',
                            "leave the excerpt out, or record it again with less movement")
    return Shown(np.array(rows), excerpt.place)


def windows_of(excerpt: Excerpt) -> Iterator[Window]:
    """Cut the windows in which all samples are usable."""
    n_times, step = round(WINDOW_S * excerpt.rate_hz), round(STEP_S * excerpt.rate_hz)
    quality = read_only(np.ones(excerpt.samples.shape[1]))
    for first in range(0, len(excerpt.samples) - n_times + 1, step):
        if excerpt.usable[first:first + n_times].all():
            yield Window(excerpt.samples[first:first + n_times], first, n_times / excerpt.rate_hz, NAN, quality)


def rated(excerpts: Sequence[Excerpt], axis: str) -> list[Excerpt]:
    """Return those that were rated on an axis."""
    return [excerpt for excerpt in excerpts if isfinite(excerpt.state(axis))]


def rests(excerpts: Sequence[Excerpt]) -> list[Excerpt]:
    """Return those that nobody rated on any axis."""
    return [excerpt for excerpt in excerpts if not any(isfinite(excerpt.state(axis)) for axis in AXES)]
