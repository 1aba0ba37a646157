from __future__ import annotations

import numpy as np
import pytest

from loop.values import FloatArray
from sensing.decoders.state import TAU_INT_S, Estimate, StateFilter, state_filter

HOP_S, WINDOW_S = 0.25, 4.0
SECONDS = 600


def boxcar(noise: FloatArray, n: int) -> FloatArray:
    """Mean of the last `n`: what overlapping windows see."""
    total = np.cumsum(np.concatenate([np.zeros(n), noise]))
    return (total[n:] - total[:-n]) / n


def readings(
    rng: np.random.Generator, model: StateFilter, window_sd: float, tau_s: float,
) -> tuple[FloatArray, FloatArray]:
    """A random walk, and what overlapping windows of it show in noise whose windows have `window_sd`."""
    n = int(SECONDS / HOP_S)
    truth = np.cumsum(rng.normal(0, np.sqrt(model.walk_variance_per_s * HOP_S), n))
    noise = rng.standard_normal(n)
    if tau_s:
        keep = np.exp(-HOP_S / tau_s)
        for k in range(1, n):
            noise[k] = keep * noise[k - 1] + np.sqrt(1 - keep**2) * noise[k]
    seen = boxcar(noise, int(WINDOW_S / HOP_S))
    return truth, boxcar(truth, int(WINDOW_S / HOP_S)) + seen * window_sd / seen.std()


def coverage(model: StateFilter, window_sd: float, tau_s: float) -> float:
    """Share of decisions, after the first minute, whose 95 % interval holds the truth."""
    inside = []
    for seed in range(40):
        truth, shown = readings(np.random.default_rng(seed), model, window_sd, tau_s)
        estimate = Estimate(0.0, window_sd**2)
        for k, (true, reading) in enumerate(zip(truth.tolist(), shown.tolist(), strict=True)):
            estimate = model.step(estimate, HOP_S, reading)
            if k * HOP_S > 60:
                inside.append(abs(estimate.mean - true) < 1.96 * estimate.sd)
    return float(np.mean(inside))


@pytest.mark.parametrize("tau_s", [0.0, 2.0, 5.0])
def test_the_interval_covers_the_truth_on_overlapping_windows(tau_s: float) -> None:
    model = state_filter(0.33, HOP_S, WINDOW_S)
    assert coverage(model, 0.33, tau_s) >= 0.93


def test_a_filter_that_takes_every_window_for_new_evidence_does_not() -> None:
    honest = state_filter(0.33, HOP_S, WINDOW_S)
    naive = StateFilter(0.33**2, honest.walk_variance_per_s, 1.0)
    assert coverage(naive, 0.33, 2.0) < 0.8


def test_the_variance_of_a_reading_is_that_of_independent_windows() -> None:
    assert state_filter(1.0, HOP_S, WINDOW_S, tau_int_s=0.0).reading_variance == 16.0
    assert state_filter(1.0, HOP_S, WINDOW_S, tau_int_s=TAU_INT_S).reading_variance == 2 * TAU_INT_S / HOP_S


def test_a_held_reading_widens_and_moves_nothing() -> None:
    model = state_filter(0.33, HOP_S, WINDOW_S)
    before = Estimate(0.2, 0.01)
    after = model.step(before, HOP_S)
    assert after.mean == before.mean
    assert after.variance > before.variance


def test_no_time_widens_nothing() -> None:
    model = state_filter(0.33, HOP_S, WINDOW_S)
    assert model.step(Estimate(0.2, 0.01), 0.0) == Estimate(0.2, 0.01)


def test_an_hour_held_is_no_wider_than_the_scale() -> None:
    assert state_filter(0.33, HOP_S, WINDOW_S).step(Estimate(0.0, 0.1), 1e9).variance == 1.0


def test_a_reading_moves_towards_itself_and_never_beyond() -> None:
    model = state_filter(0.33, HOP_S, WINDOW_S)
    estimate = Estimate(0.0, 0.1)
    for _ in range(4000):
        after = model.step(estimate, HOP_S, 1.0)
        assert estimate.mean <= after.mean <= 1.0
        estimate = after
    assert estimate.mean == pytest.approx(1.0, abs=1e-3)
