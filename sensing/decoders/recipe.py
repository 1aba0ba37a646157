"""How a decoder learns, in two parts: a space that knows no label, and a head that does.

Everything that learns is fitted on the training excerpts alone. The one exception is a session's own rests: nobody
rated them, and a live session has its baseline before it decodes. They give the session's centre where they are there;
else its training excerpts do; else the centre of all training excerpts stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from loop.values import Features, FloatArray, Window
from sensing.decoders.excerpts import Excerpt, Shown, show

Indices = NDArray[np.intp]


class Space(Protocol):
    """Turns windows into numbers in which sessions can be compared."""

    def extract(self, window: Window) -> Features:
        """Return the numbers of one window; they depend on nothing else."""

    def centre(self, stack: FloatArray) -> FloatArray:
        """Return where the middle of windows ``(n_windows, n_values)`` lies."""

    def express(self, stack: FloatArray, centre: FloatArray) -> FloatArray:
        """Return windows seen from a centre, ``(n_windows, n_features)``."""


class Head(Protocol):
    """Learns targets from windows; many sets of targets at once, each for itself."""

    def fit(self, windows: FloatArray, targets: FloatArray, excerpts: Indices) -> None:
        """Learn from ``(n_windows, n_features)``, ``(n_windows, n_sets)`` and the excerpt of each window."""

    def predict(self, windows: FloatArray) -> FloatArray:
        """Return ``(n_windows, n_sets)``."""


class Model(Protocol):
    """What validation needs of anything that learns."""

    def prepare(self, excerpt: Excerpt) -> Shown:
        """Return what may be computed once, because it learns nothing."""

    def predict(self, fold: Fold, targets: FloatArray) -> list[FloatArray]:
        """Learn ``(n_train, n_sets)`` targets; return ``(n_windows, n_sets)`` of each held-out excerpt."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One split of whole excerpts."""

    train: Sequence[Shown]
    test: Sequence[Shown]
    rests: Sequence[Shown] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """A space and a kind of head: how a decoder is made."""

    space: Space
    make_head: Callable[[], Head]

    def prepare(self, excerpt: Excerpt) -> Shown:
        """Return the windows of an excerpt as the space extracts them."""
        return show(excerpt, self.space)

    def predict(self, fold: Fold, targets: FloatArray) -> list[FloatArray]:
        """Fit all that learns on the fold's training excerpts; return the scores of the held-out ones."""
        centres = Centres(self.space, fold.train, fold.rests)
        head = self.fit_head(fold.train, targets, centres)
        return [head.predict(windows) for windows in centres.express(fold.test)]

    def fit(self, excerpts: Sequence[Shown], targets: FloatArray, rests: Sequence[Shown] = ()) -> Head:
        """Fit a head for use: on all excerpts."""
        return self.fit_head(excerpts, targets, Centres(self.space, excerpts, rests))

    def fit_head(self, train: Sequence[Shown], targets: FloatArray, centres: Centres) -> Head:
        """Fit a fresh head on training excerpts seen from their sessions' centres."""
        windows = centres.express(train)
        owners = np.repeat(np.arange(len(train)), [len(each) for each in windows])
        head = self.make_head()
        head.fit(np.concatenate(windows), targets[owners], owners)
        return head


class Centres:
    """Where the middle of each session lies, from its rests, else from training excerpts.

    Parameters
    ----------
    space : Space
        In which the middles are taken.
    train, rests : sequence of Shown
        The training excerpts, and what nobody rated.
    """

    def __init__(self, space: Space, train: Sequence[Shown], rests: Sequence[Shown]) -> None:
        self._space = space
        self._usual = space.centre(np.concatenate([shown.windows for shown in train]))
        self._of_place = self._find(train) | self._find(rests)

    def express(self, excerpts: Sequence[Shown]) -> list[FloatArray]:
        """Return the windows of each excerpt seen from its session's centre; a session's are computed together."""
        out = [excerpt.windows for excerpt in excerpts]
        for place in dict.fromkeys(excerpt.place for excerpt in excerpts):
            mine = [k for k, excerpt in enumerate(excerpts) if excerpt.place == place]
            seen = self._space.express(np.concatenate([out[k] for k in mine]), self._of_place.get(place, self._usual))
            ends = np.cumsum([len(out[k]) for k in mine])
            for k, windows in zip(mine, np.split(seen, ends[:-1]), strict=True):
                out[k] = windows
        return out

    def _find(self, among: Sequence[Shown]) -> dict[tuple[str, str], FloatArray]:
        stacks: dict[tuple[str, str], list[FloatArray]] = {}
        for shown in among:
            stacks.setdefault(shown.place, []).append(shown.windows)
        return {place: self._space.centre(np.concatenate(stack)) for place, stack in stacks.items()}
