"""Bursts are reconstructed from the other components; clean EEG stays as it is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import sosfilt, sosfreqz

from loop.errors import MontageError
from loop.values import Block, FloatArray, read_only
from sensing.cleaning.asr import SubspaceReconstruction
from sensing.cleaning.filters import Cuts, sections_of
from sensing.cleaning.subspace import Rest, bell, clean_pieces, fit_rest, fixed_signs, reconstruction
from tests.sensing.streams import pink

RATE_HZ = 250.0
N_CHANNELS = 16
REST_S = 62
HOP = 63


@cache
def brain(seconds: int = 100, seed: int = 1) -> FloatArray:
    """Sources that reach many channels, alpha that comes and goes at the back, a little noise of each amplifier."""
    n_times = round(seconds * RATE_HZ)
    sources = pink(n_times, 12, seed, sd_uv=3.0).astype(np.float64)
    mixing = np.random.default_rng(9).standard_normal((12, N_CHANNELS))
    times_s = np.arange(n_times) / RATE_HZ
    alpha = 10 * np.sin(2 * np.pi * 10 * times_s) * (1 + 0.7 * np.sin(2 * np.pi * 0.1 * times_s))
    noise = np.random.default_rng(seed + 1).standard_normal((n_times, N_CHANNELS))
    whole = sources @ mixing + np.outer(alpha, np.linspace(0, 1, N_CHANNELS) ** 2) + noise
    return read_only(sosfilt(np.concatenate(list(sections_of(Cuts(1.0, 45.0, 50.0), RATE_HZ).values())), whole, axis=0))


def burst(n_times: int, seed: int, peak_uv: float = 300.0) -> FloatArray:
    """Noise from two places that reaches some of the channels."""
    rng = np.random.default_rng(seed)
    places = rng.standard_normal((2, N_CHANNELS)) * (rng.random((2, N_CHANNELS)) < 0.5)
    places[:, seed % N_CHANNELS] = 1.0
    waves = rng.standard_normal((n_times, 2)) @ places
    return np.asarray(waves * peak_uv / np.abs(waves).max() * np.hanning(n_times)[:, None] ** 0.25)


def cleaned(step: SubspaceReconstruction, samples: FloatArray, resting: bool = True, hop: int = HOP) -> FloatArray:
    blocks = (Block(read_only(samples[start:start + hop].copy()), start, 0.0)
              for start in range(0, len(samples), hop))
    return np.concatenate([step.clean(block, resting).samples for block in blocks])


@cache
def known_rest() -> Rest:
    step = SubspaceReconstruction(N_CHANNELS, RATE_HZ)
    cleaned(step, brain()[:round(REST_S * RATE_HZ)])
    assert step.rest is not None
    return step.rest


def calibrated() -> SubspaceReconstruction:
    step = SubspaceReconstruction(N_CHANNELS, RATE_HZ)
    step.rest = known_rest()
    return step


@pytest.mark.parametrize("n_channels", [1, 8])
def test_eight_channels_are_too_few_and_that_is_said(n_channels: int) -> None:
    with pytest.raises(MontageError, match=r"9 EEG channels or more.*leave the row asr out"):
        SubspaceReconstruction(n_channels, RATE_HZ)


def test_before_rest_is_known_samples_pass_untouched() -> None:
    step = SubspaceReconstruction(N_CHANNELS, RATE_HZ)
    samples = brain()[:10_000].copy()
    samples[5000:5200] += burst(200, 1)
    assert np.array_equal(cleaned(step, samples), samples)
    assert "not reconstructed yet" in step.note


def test_clean_eeg_stays_as_it_is() -> None:
    samples = brain(60, seed=5)
    out = cleaned(calibrated(), samples)
    for column in range(N_CHANNELS):
        assert np.corrcoef(samples[:, column], out[:, column])[0, 1] > 0.99


def test_strong_alpha_is_no_artefact() -> None:
    samples = brain(20, seed=6).copy()
    times_s = np.arange(len(samples)) / RATE_HZ
    samples += 15 * np.outer(np.sin(2 * np.pi * 10.2 * times_s), np.linspace(0, 1, N_CHANNELS) ** 2)
    out = cleaned(calibrated(), samples)
    assert np.square(out[:, -1]).mean() > 0.98 * np.square(samples[:, -1]).mean()


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), start=st.integers(500, 3000), length=st.integers(125, 400))
def test_bursts_of_half_a_second_lose_four_fifths_and_nothing_gains(seed: int, start: int, length: int) -> None:
    plain = brain(20, seed=7)
    added = np.zeros_like(plain)
    added[start:start + length] = burst(length, seed)
    out = cleaned(calibrated(), plain + added)
    within = slice(start, start + length)
    assert np.square(out[within] - plain[within]).sum() < 0.2 * np.square(added[within]).sum()
    assert np.square(out[within]).sum() <= np.square((plain + added)[within]).sum()


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), loud=st.floats(1.0, 1e4))
def test_a_reconstruction_never_adds_power_and_keeps_a_third_of_the_components(seed: int, loud: float) -> None:
    samples = np.random.default_rng(seed).standard_normal((125, N_CHANNELS)) * 10
    samples += loud * burst(125, seed) / 300.0
    power = samples.T @ samples / len(samples)
    always = np.arange(N_CHANNELS) < N_CHANNELS - int(0.66 * N_CHANNELS)
    matrix = reconstruction(power, known_rest(), always)
    if matrix is not None:
        assert np.square(samples @ matrix.T).sum() <= np.square(samples).sum() * (1 + 1e-9)
        assert np.linalg.matrix_rank(matrix, tol=1e-6) >= always.sum()


def test_what_is_kept_comes_through_unchanged() -> None:
    samples = brain(2, seed=3)[:125] + burst(125, 3)
    power = samples.T @ samples / len(samples)
    matrix = reconstruction(power, known_rest(), np.arange(N_CHANNELS) < N_CHANNELS - int(0.66 * N_CHANNELS))
    assert matrix is not None
    assert np.allclose(matrix @ matrix, matrix, atol=1e-6)


def test_an_electrode_that_comes_loose_is_drawn_from_the_others() -> None:
    plain = brain(20, seed=8)
    loose = plain.copy()
    loose[2000:, 4] += 300 * np.random.default_rng(0).standard_normal(len(plain) - 2000)
    out = cleaned(calibrated(), loose)
    assert np.corrcoef(out[2500:, 4], plain[2500:, 4])[0, 1] > 0.5
    assert np.abs(out[2500:, 4]).max() < 100


def test_loud_pieces_of_rest_are_left_out() -> None:
    pieces = brain().reshape(100, 250, N_CHANNELS).copy()
    for index in (3, 40, 77):
        pieces[index, :200] += burst(200, index)
    chosen = clean_pieces(pieces)
    assert 90 <= len(chosen) <= 97
    assert np.abs(chosen).max() < 100


def test_bursts_at_rest_move_the_thresholds_little() -> None:
    samples = brain()[:15_000].copy()
    for start in range(1000, 15_000, 3000):
        samples[start:start + 200] += burst(200, start)
    plain = fit_rest(brain()[:15_000].reshape(60, 250, -1), 125, 20.0)
    spoiled = fit_rest(clean_pieces(samples.reshape(60, 250, -1)), 125, 20.0)
    assert np.trace(spoiled.thresholds) == pytest.approx(np.trace(plain.thresholds), rel=0.25)
    assert spoiled.clean_s < plain.clean_s


def test_a_minute_of_clean_rest_is_waited_for_and_a_baselines_end_makes_do_with_twenty_seconds() -> None:
    step = SubspaceReconstruction(N_CHANNELS, RATE_HZ)
    cleaned(step, brain()[:round(15 * RATE_HZ)])
    step.settle()
    assert step.rest is None
    cleaned(step, brain()[:round(15 * RATE_HZ)], resting=False)
    step.settle()
    assert step.rest is None
    cleaned(step, brain()[round(15 * RATE_HZ):round(45 * RATE_HZ)])
    assert step.rest is None
    step.settle()
    assert step.rest is not None
    assert "s of clean rest" in step.note


@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_no_samples_make_it_raise_or_give_what_is_no_number(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from([0.0, 1e-9, 1.0, 1e4, 1e9]))
    broken = data.draw(st.lists(st.booleans(), min_size=8, max_size=8))
    step = calibrated()
    samples = np.random.default_rng(1).standard_normal((63, N_CHANNELS)) * size
    for flag in broken:
        assert np.isfinite(step.clean(Block(read_only(samples.copy()), 0, 0.0, flag), True).samples).all()


def test_a_dead_channel_at_rest_does_no_harm() -> None:
    samples = brain(80).copy()
    samples[:, 3] = 0.0
    step = SubspaceReconstruction(N_CHANNELS, RATE_HZ)
    out = cleaned(step, samples)
    assert step.rest is not None
    assert np.isfinite(out).all()
    assert np.corrcoef(out[-2000:, 5], samples[-2000:, 5])[0, 1] > 0.99


@pytest.mark.parametrize("hop", [13, 25, 63, 125, 250, 1000])
def test_any_hop_reconstructs(hop: int) -> None:
    plain = brain(20, seed=7)
    added = np.zeros_like(plain)
    added[2000:2300] = burst(300, 2)
    out = cleaned(calibrated(), plain + added, hop=hop)
    assert out.shape == plain.shape
    assert np.square(out - plain)[2000:2300].sum() < 0.25 * np.square(added).sum()


def test_columns_behind_the_eeg_are_handed_on_as_they_are() -> None:
    wide = np.concatenate([brain(2) + burst(500, 1), np.full((500, 2), 7.0)], axis=1)
    out = cleaned(calibrated(), wide)
    assert np.array_equal(out[:, N_CHANNELS:], wide[:, N_CHANNELS:])


def test_two_runs_give_the_same_bits() -> None:
    samples = brain(20, seed=2) + burst(5000, 4)
    assert cleaned(calibrated(), samples).tobytes() == cleaned(calibrated(), samples).tobytes()


def test_signs_do_not_depend_on_the_solver() -> None:
    vectors = np.linalg.eigh(known_rest().covariance)[1]
    turned = vectors * np.where(np.arange(N_CHANNELS) % 2, -1.0, 1.0)
    assert np.array_equal(fixed_signs(vectors), fixed_signs(turned))


def test_the_weight_is_a_third_in_alpha_and_theta_and_one_above() -> None:
    hz, gain = sosfreqz(bell(RATE_HZ), [4.0, 6.2, 10.0, 40.0], fs=RATE_HZ)
    assert hz[1] == 6.2
    assert np.all(np.abs(gain[:3]) < 0.6)
    assert np.abs(gain[1]) == pytest.approx(1 / 3, rel=1e-6)
    assert np.abs(gain[3]) > 0.9
