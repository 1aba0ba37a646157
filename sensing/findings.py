"""What an analysis of a stream found: the gate's verdicts, spectra, band powers and indices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from loop.values import NAN, FloatArray
from sensing.features.baseline import Iaf


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate said of one window."""

    start_s: float
    reasons: tuple[str, ...]             # worst first; empty = good

    @property
    def bad(self) -> bool:
        """Whether the window may move nothing."""
        return bool(self.reasons)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in a stream."""

    channels: tuple[str, ...]            # the EEG channels, in the 10-20 system where known
    psd: FloatArray                      # (n_channels, n_bins) mean, uV^2 / Hz; NaN where no window counted
    iaf: Iaf                             # 10 Hz and not found where none stands out, or none was looked for
    powers_uv2: Mapping[str, FloatArray]  # band -> (n_channels,)
    readings: Mapping[str, FloatArray]   # index -> (n_windows,), NaN in windows that did not count
    windows: tuple[Verdict, ...]
    notes: tuple[str, ...]               # what a person should know, one sentence each

    @property
    def indices(self) -> dict[str, float]:
        """The mean of each index over the windows that counted; NaN where a channel for it is missing."""
        return {name: mean_of(values) for name, values in self.readings.items()}


def mean_of(values: FloatArray) -> float:
    """Return the mean of what is finite; NaN where nothing is."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else NAN
