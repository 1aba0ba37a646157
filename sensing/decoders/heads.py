"""Linear heads: ridge regression and logistic regression, standardised on what they are trained on.

Both take many sets of targets at once, so that a thousand permutations cost one factorisation and not a thousand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from loop.values import FloatArray
from sensing.decoders.recipe import Indices

PENALTY_PER_FEATURE = 1.0       # of ridge, on standardised features and weights of one per excerpt in all
LOGISTIC_C = 0.1                # on principal components scaled to a mean square of one


class RidgeHead:
    """Ridge regression; every excerpt weighs the same however many windows it has.

    Parameters
    ----------
    pipeline : optional
        A fitted one, as it was stored.
    """

    kind = "ridge"

    def __init__(self, pipeline: Any = None) -> None:
        self.pipeline = pipeline

    def fit(self, windows: FloatArray, targets: FloatArray, excerpts: Indices) -> None:
        """Fit ``(n_windows, n_features)`` to ``(n_windows, n_sets)``."""
        weights = 1.0 / np.bincount(excerpts)[excerpts]
        ridge = Ridge(alpha=PENALTY_PER_FEATURE * windows.shape[1], solver="cholesky")
        self.pipeline = make_pipeline(StandardScaler(), ridge)
        self.pipeline.fit(windows, targets, ridge__sample_weight=weights)

    def predict(self, windows: FloatArray) -> FloatArray:
        """Return ``(n_windows, n_sets)``."""
        return np.asarray(self.pipeline.predict(windows)).reshape(len(windows), -1)


class LogisticHead:
    """Logistic regression of the targets' signs on the means of excerpts; gives ``2 P(high) - 1``.

    Parameters
    ----------
    pipeline : optional
        A fitted one, as it was stored: of one set of targets.
    """

    kind = "logistic"

    def __init__(self, pipeline: Any = None) -> None:
        self.pipeline = pipeline
        self._weights: FloatArray = np.zeros((0, 0))
        self._bias: FloatArray = np.zeros(0)

    def fit(self, windows: FloatArray, targets: FloatArray, excerpts: Indices) -> None:
        """Fit ``(n_windows, n_features)`` to the signs of ``(n_windows, n_sets)``."""
        n_excerpts = int(excerpts.max()) + 1
        means = np.array([windows[excerpts == k].mean(axis=0) for k in range(n_excerpts)])
        signs = np.array([targets[excerpts == k][0] > 0 for k in range(n_excerpts)])
        n_parts = min(n_excerpts - 1, windows.shape[1])
        first = make_pipeline(StandardScaler(), PCA(n_parts, svd_solver="full"))
        shown = first.fit_transform(means)
        scale = np.sqrt(np.square(shown).mean())
        fits = [_fit_logistic(shown / scale, labels) for labels in signs.T]
        self._weights = np.array([fit.coef_[0] / scale for fit in fits]).T
        self._bias = np.array([fit.intercept_[0] for fit in fits])
        fits[0].coef_ = fits[0].coef_ / scale
        self.pipeline = make_pipeline(*[part for _, part in first.steps], fits[0])

    def predict(self, windows: FloatArray) -> FloatArray:
        """Return ``(n_windows, n_sets)``."""
        shown = self.pipeline[:-1].transform(windows)
        last = self.pipeline[-1]
        weights = self._weights if self._weights.size else last.coef_.T
        bias = self._bias if self._bias.size else last.intercept_
        return np.asarray(np.tanh((shown @ weights + bias) / 2))


def _fit_logistic(shown: FloatArray, high: FloatArray) -> Any:
    fit = LogisticRegression(C=LOGISTIC_C, class_weight="balanced", solver="newton-cholesky")
    if high.all() or not high.any():
        high = np.arange(len(high)) % 2 == 0   # a shuffle that left one class only: nothing to learn
    return fit.fit(shown, high)


HEADS = {head.kind: head for head in (RidgeHead, LogisticHead)}
