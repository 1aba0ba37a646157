"""Mean spectra over the windows that count, channel by channel, in memory that grows with the roles alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loop.values import NAN, FloatArray
from sensing.features.spectrum import FREQUENCIES_HZ


class Pool:
    """Sums spectra; keeps those of the roles window by window, since the indices are read from each.

    Parameters
    ----------
    n_channels : int
        Of a window.
    role_columns : Sequence[int]
        The channels whose spectra are kept.
    """

    def __init__(self, n_channels: int, role_columns: Sequence[int]) -> None:
        self._sum = np.zeros((n_channels, len(FREQUENCIES_HZ)))
        self._count = np.zeros(n_channels)
        self._role_columns = list(role_columns)
        self._roles: list[FloatArray] = []
        self.indices: list[int] = []

    def add(self, index: int, log_psd: FloatArray, counts: NDArray[np.bool_]) -> None:
        """Take window `index`, ``(n_channels, n_bins)``, at the channels that count in it."""
        self._sum[counts] += np.exp(log_psd[counts])
        self._count += counts
        self._roles.append(log_psd[self._role_columns])
        self.indices.append(index)

    def mean(self) -> FloatArray:
        """Return the mean spectrum of each channel, NaN where it never counted."""
        count = np.where(self._count > 0, self._count, NAN)
        return np.asarray(self._sum / count[:, None])

    def roles(self) -> FloatArray:
        """Return the log spectra of the roles, ``(n_windows, n_roles, n_bins)``."""
        shape = (len(self.indices), len(self._role_columns), len(FREQUENCIES_HZ))
        return np.array(self._roles).reshape(shape)
