"""The last rows of a stream, as views that stay as they are.

Rows are appended to a buffer that is never written twice; what is handed out is a closed view of it. When a buffer is
full a new one begins with the last rows, so a view that someone keeps stays as it was.
"""

from __future__ import annotations

import numpy as np

from loop.values import FloatArray, read_only

WINDOWS_PER_BUFFER = 4     # a copy of one window's samples every twelve seconds, for 5 MB at 32 channels and 250 Hz


class Tail:
    """The last `n_times` rows of all that was appended.

    Parameters
    ----------
    n_times : int
        Rows that are handed out.
    n_channels : int
        Of a row.
    """

    def __init__(self, n_times: int, n_channels: int) -> None:
        self._n_times = n_times
        self._rows = np.empty((WINDOWS_PER_BUFFER * n_times, n_channels))
        self._filled = 0
        self.count = 0

    def append(self, rows: FloatArray) -> None:
        """Take the next rows, ``(n, n_channels)``."""
        end = self._filled + len(rows)
        if end > len(self._rows):
            self._turn(len(rows))
            end = self._filled + len(rows)
        self._rows[self._filled:end] = rows
        self._filled = end
        self.count += len(rows)

    def last(self) -> FloatArray:
        """Return the last `n_times` rows, or all while there are fewer."""
        return read_only(self._rows[max(0, self._filled - self._n_times):self._filled])

    def _turn(self, n_more: int) -> None:
        kept = self._rows[max(0, self._filled - self._n_times):self._filled]
        self._rows = np.empty((max(len(self._rows), len(kept) + n_more), self._rows.shape[1]))
        self._rows[:len(kept)] = kept
        self._filled = len(kept)
