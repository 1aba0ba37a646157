"""Which columns of a block are read: a slice where they follow each other, which numpy takes without a copy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def picked(columns: Sequence[int]) -> slice | NDArray[np.intp]:
    """Return what picks these columns of ``(n_times, n_channels)``, in this order."""
    first = columns[0] if columns else 0
    if list(columns) == list(range(first, first + len(columns))):
        return slice(first, first + len(columns))
    return np.asarray(columns, dtype=np.intp)
