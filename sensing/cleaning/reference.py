"""What voltages are measured against: the device's own reference, ears, named electrodes, or the average of good ones.

An average of few electrodes pushes the back of the head's alpha forward (four channels: F3 closed / open 3.2 -> 16.3),
so it needs `AVERAGE_CHANNELS` that cover the head. Without them the device's reference stays, and `note` says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loop.errors import MontageError
from loop.values import FloatArray
from sensing.cleaning.ears import LINKED
from sensing.tail import Tail

AVERAGE_CHANNELS = 16
COVER = 2                   # channels at least in each region, and on each side
FRONT, MIDDLE, BACK = ("FP", "AF", "F"), ("FC", "FT", "C", "T"), ("CP", "TP", "P", "PO", "O", "I")


class Reference:
    """Subtracts the reference from a window.

    Parameters
    ----------
    names : Sequence[str]
        Channel names as in the 10-20 system, one a column.
    to : None, "average", "ears" or tuple of str
        None keeps the device's.
    ears : Sequence[str]
        The ear electrodes that windows carry.

    Attributes
    ----------
    series : int
        Counts the references that were in use: windows of one agree in the samples that they share.

    Raises
    ------
    MontageError
        Where a named electrode is not there.
    """

    def __init__(self, names: Sequence[str], to: str | tuple[str, ...] | None, ears: Sequence[str] = ()) -> None:
        self.note = ""
        self._weights: FloatArray | None = None
        self._tail = Tail(0, 0)
        self._share: FloatArray = np.zeros(0)
        self._first = 0
        self._bad: bytes | None = None
        self.series = 0
        self._n_ears = len(ears)
        if to == "average":
            self._average(names)
        elif isinstance(to, tuple):
            self._weights = _named(names, to, ears)
        elif to == LINKED:
            self._weights = np.zeros(len(names))
        self._averages = to == "average"

    @property
    def changes(self) -> bool:
        """Whether anything is subtracted."""
        return self._weights is not None

    def apply(
        self, samples: FloatArray, bad: NDArray[np.bool_], first_sample: int = 0, ears: FloatArray | None = None
    ) -> FloatArray:
        """Return ``(n_times, n_channels)`` samples against the reference; bad channels are left out of an average.

        Formula: ``x - x @ w``, with ``w = 1 / n`` on the n channels of the reference, ears included. Windows follow
        each other: while the reference stays the same, only what is new at a window's end is computed.
        """
        if self._weights is None:
            return samples
        n_new = first_sample - self._first
        if bad.tobytes() != self._bad or not 0 < n_new < len(samples):
            self._bad, n_new = bad.tobytes(), len(samples)
            self.series += 1
            self._share = _shares(self._weights * ~bad if self._averages else self._weights, self._n_ears)
            self._tail = Tail(*samples.shape)
        self._first = first_sample
        new = samples[-n_new:]
        reference = np.einsum("tc,c->t", new, self._share[:samples.shape[1]])
        if ears is not None and self._n_ears:
            reference += np.einsum("tc,c->t", ears[-n_new:], self._share[samples.shape[1]:])
        self._tail.append(new - reference[:, None])
        return self._tail.last()

    def _average(self, names: Sequence[str]) -> None:
        regions = [_region(name) for name in names]
        if covers_head(names):
            self._weights = np.array([1.0 if region else 0.0 for region in regions])
        else:
            self.note = (f"The device's reference is kept: an average needs {AVERAGE_CHANNELS} channels that cover "
                         f"the head, and {sum(map(bool, regions))} are here.")


def _shares(weights: FloatArray, n_ears: int) -> FloatArray:
    """Return each channel's share in the reference, the ears last; nothing where there is none left to refer to."""
    weights = np.concatenate([weights, np.ones(n_ears)])
    return np.asarray(weights / max(1.0, float(weights.sum())))


def covers_head(names: Sequence[str]) -> bool:
    """Whether there are enough channels for an average, in front, middle, back, left and right."""
    regions = [_region(name) for name in names]
    sides = [_side(name) for name, region in zip(names, regions, strict=True) if region]
    enough = sum(map(bool, regions)) >= AVERAGE_CHANNELS
    return enough and all(regions.count(part) >= COVER for part in ("front", "middle", "back")) and all(
        sides.count(side) >= COVER for side in ("left", "right"))


def _named(names: Sequence[str], to: tuple[str, ...], ears: Sequence[str]) -> FloatArray:
    here = [name.upper() for name in names]
    missing = [name for name in to if name.upper() not in (*here, *ears)]
    if missing:
        there = ", ".join((*names, *ears))
        raise MontageError(f"The reference {', '.join(missing)} is not among the channels {there}",
                           "name channels of the stream, or leave the rereference out")
    wanted = {name.upper() for name in to}
    return np.array([1.0 if name in wanted else 0.0 for name in here])


def _region(name: str) -> str:
    """Return front, middle or back; '' for what is no position on the head."""
    letters = name.upper().rstrip("0123456789").removesuffix("Z")
    for region, parts in (("front", FRONT), ("middle", MIDDLE), ("back", BACK)):
        if letters in parts:
            return region
    return ""


def _side(name: str) -> str:
    return {"1": "left", "3": "left", "5": "left", "7": "left", "9": "left",
            "2": "right", "4": "right", "6": "right", "8": "right", "0": "right"}.get(name[-1:], "")
