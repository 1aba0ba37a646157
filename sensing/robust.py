"""Median and MAD: centre and spread that a few bad values cannot move."""

from __future__ import annotations

import numpy as np

from loop.values import FloatArray

MAD_TO_SD = 1.4826         # of a normal distribution (Rousseeuw & Croux 1993)
MEDIAN_SE = 1.2533         # sqrt(pi / 2): standard error of a median over that of a mean


def robust_scale(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return median and 1.4826 MAD over the first axis."""
    centre = np.median(values, axis=0)
    return centre, MAD_TO_SD * np.median(np.abs(values - centre), axis=0)
