"""The simulated listener's EEG."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.errors import StreamError
from loop.values import FloatArray
from sensing.sources.listener.eeg import EegMaker
from sensing.sources.listener.latent import LatentState
from sensing.sources.listener.person import Person, draw_person, mean_person, person_of
from sensing.sources.listener.scalp import labels_for

RATE_HZ = 250.0
LABELS = labels_for(8)
F3, F4, O1, O2, FP1 = 0, 1, 2, 3, 4
WINDOW_N = 1000
CALM = LatentState(0.0, 0.0, 0.0, 0.0, False, 0.0, 0.0)
AWAKE = replace(CALM, eyes_open=True)


def maker(person: Person, seed: int = 0) -> EegMaker:
    return EegMaker(person, LABELS, RATE_HZ, np.random.default_rng(seed))


def made(person: Person, state: LatentState, length_s: float = 120.0, seed: int = 0) -> FloatArray:
    return maker(person, seed).samples(round(length_s * RATE_HZ), state)


def power(samples: FloatArray, low_hz: float, high_hz: float) -> FloatArray:
    """Power of each window of 4 s in a band, (n_windows, n_channels) uV^2: plain Fourier sums."""
    windows = samples[: len(samples) // WINDOW_N * WINDOW_N].reshape(-1, WINDOW_N, samples.shape[1])
    taper = np.hanning(WINDOW_N)[None, :, None]
    spectrum = np.abs(np.fft.rfft((windows - windows.mean(axis=1, keepdims=True)) * taper, axis=1)) ** 2
    hz = np.fft.rfftfreq(WINDOW_N, 1 / RATE_HZ)
    scale = 2.0 / WINDOW_N / np.sum(np.hanning(WINDOW_N) ** 2)
    return np.asarray(scale * spectrum[:, (hz >= low_hz) & (hz <= high_hz)].sum(axis=1))


def balance(samples: FloatArray, person: Person) -> FloatArray:
    """ln(beta / alpha) over F3 and F4, one a window of 4 s."""
    beta, alpha = power(samples, person.alpha_hz + 3, 30.0), power(samples, person.alpha_hz - 2, person.alpha_hz + 2)
    return np.asarray(np.log(beta / alpha)[:, (F3, F4)].mean(axis=1))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=12), st.integers(0, 99))
def test_the_way_in_which_samples_are_pulled_never_changes_them(cuts: list[int], seed: int) -> None:
    whole = maker(mean_person(), seed).samples(sum(cuts), AWAKE)
    in_parts = maker(mean_person(), seed)
    assert np.array_equal(np.concatenate([in_parts.samples(n, AWAKE) for n in cuts]), whole)
    assert whole.dtype == np.float32


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 2**31))
def test_closing_the_eyes_brings_posterior_alpha(seed: int) -> None:
    person = draw_person(seed)
    low_hz, high_hz = person.alpha_hz - 2, person.alpha_hz + 2
    shut, opened = (power(made(person, state, 60.0, seed), low_hz, high_hz).mean(axis=0) for state in (CALM, AWAKE))
    assert shut[O1] > 3.0 * opened[O1]
    assert shut[O1] / opened[O1] > 1.5 * shut[F3] / opened[F3]


def test_alpha_peaks_at_the_persons_own_frequency() -> None:
    for alpha_hz in (8.75, 10.0, 11.75):
        samples = made(replace(mean_person(), alpha_hz=alpha_hz), CALM)
        bins = np.arange(7.0, 13.25, 0.25)
        peak_hz = bins[np.argmax([power(samples, hz, hz)[:, O1].mean() for hz in bins])]
        assert peak_hz == pytest.approx(alpha_hz, abs=0.5)


def test_blinks_are_frontal_and_fewer_with_closed_eyes() -> None:
    person = replace(mean_person(), blinks_per_min=20.0)
    quiet = replace(person, blinks_per_min=0.0)
    opened, shut = (made(person, state) - made(quiet, state) for state in (AWAKE, CALM))
    peak = opened.max(axis=0)
    assert peak[FP1] > 90.0
    assert 0.15 * peak[FP1] < peak[F3] < 0.5 * peak[FP1]
    assert peak[O1] < 0.02 * peak[FP1]
    starts = [int(np.sum(np.diff((blinks[:, FP1] > 20.0).astype(int)) == 1)) for blinks in (opened, shut)]
    assert 25 <= starts[0] <= 55
    assert starts[1] <= 0.3 * starts[0]


def test_power_falls_with_frequency() -> None:
    person = replace(mean_person(), blinks_per_min=0.0, alpha_uv=0.01, muscle_bursts_per_min=0.0)
    samples = made(person, AWAKE)
    bands = [power(samples, low, high).mean() / (high - low) for low, high in ((1, 3), (4, 7), (14, 25), (30, 40))]
    assert bands == sorted(bands, reverse=True)


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_the_mains_hum_at_their_own_frequency(mains_hz: float) -> None:
    samples = made(replace(mean_person(), mains_hz=mains_hz, line_uv=3.0), CALM, 30.0)
    other_hz = 110.0 - mains_hz
    assert power(samples, mains_hz, mains_hz).mean() > 10.0 * power(samples, other_hz, other_hz).mean()


def test_neighbours_share_more_than_far_channels() -> None:
    samples = np.diff(made(replace(mean_person(), blinks_per_min=0.0, line_uv=0.0), AWAKE), axis=0)
    alike = np.asarray(np.corrcoef(samples.T))
    assert alike[F3, FP1] > alike[F3, O2] + 0.05


def test_electrodes_drift_slowly() -> None:
    person = replace(mean_person(), blinks_per_min=0.0, electrode_drift_uv=40.0)
    seconds = made(person, CALM, 200.0).reshape(200, -1, 8).mean(axis=1)
    assert seconds.std(axis=0).mean() > 15.0
    assert np.abs(np.diff(seconds, axis=0)).mean() < 20.0


def test_muscle_rises_with_arousal_and_comes_by_itself_too() -> None:
    person = replace(mean_person(), blinks_per_min=0.0, muscle_bursts_per_min=4.0, muscle_burst_uv=20.0, muscle_uv=1.5)
    high = [power(made(person, replace(CALM, arousal=a), 300.0), 60.0, 100.0)[:, FP1] for a in (-0.8, 0.8)]
    assert np.median(high[1]) > 1.1 * np.median(high[0])
    assert high[0].max() > 5.0 * np.median(high[0])


def test_the_drowsy_lose_alpha_while_theta_over_alpha_rises() -> None:
    person = mean_person()
    awake, asleep = (made(person, replace(CALM, drowsiness=d)) for d in (0.0, 1.0))
    alpha = [np.median(power(x, 8.0, 12.0)[:, O1]) for x in (awake, asleep)]
    theta = [np.median(power(x, 4.0, 7.0)[:, O1]) for x in (awake, asleep)]
    assert alpha[1] < 0.5 * alpha[0]
    assert theta[1] / alpha[1] > 2.0 * theta[0] / alpha[0]
    assert balance(asleep, person).mean() > balance(awake, person).mean()


def test_music_alone_can_show_in_the_eeg() -> None:
    person = replace(mean_person(), music_evoked=1.2, arousal_coupling=0.0, valence_coupling=0.0)
    silent, playing = (balance(made(person, replace(CALM, heard=h)), person).mean() for h in (0.0, 1.0))
    assert playing > silent + 0.15


def test_a_rate_without_room_for_beta_is_refused() -> None:
    with pytest.raises(StreamError, match="100 Hz or more"):
        EegMaker(mean_person(), LABELS, 64.0, np.random.default_rng(0))


def wandering(n: int, tau_steps: float, rng: np.random.Generator) -> FloatArray:
    """A state of SD .25 that wanders."""
    keep = np.exp(-1.0 / tau_steps)
    steps = 0.25 * np.sqrt(1.0 - keep * keep) * rng.standard_normal(n)
    states = np.empty(n)
    here = 0.25 * rng.standard_normal()
    for k, step in enumerate(steps):
        states[k] = here = keep * here + step
    return np.clip(states, -1.0, 1.0)


def realised(person: Person, seed: int, n_windows: int = 450) -> float:
    """Correlation of a wandering arousal with ln(beta / alpha), over windows of 4 s."""
    steps_a_window = 16
    arousal = wandering(n_windows * steps_a_window, 80.0, np.random.default_rng(seed + 5000))
    source = EegMaker(person, LABELS, RATE_HZ, np.random.default_rng(seed))
    states = (replace(CALM, arousal=float(a)) for a in arousal)
    samples = np.concatenate([source.samples(source.step_n, state) for state in states])
    seconds_n = source.step_n * steps_a_window
    read = balance_of_spans(samples, seconds_n, person)
    return float(np.corrcoef(arousal.reshape(-1, steps_a_window).mean(axis=1), read)[0, 1])


def balance_of_spans(samples: FloatArray, span_n: int, person: Person) -> FloatArray:
    spans = samples.reshape(-1, span_n, samples.shape[1])[:, :WINDOW_N]
    return balance(spans.reshape(-1, samples.shape[1]), person)


def test_arousal_shows_in_the_eeg_as_weakly_as_was_drawn() -> None:
    people = [draw_person(seed) for seed in range(10)]
    found = np.array([realised(person, seed) for seed, person in enumerate(people)])
    asked = np.array([person.arousal_coupling for person in people])
    assert 0.15 <= found.mean() <= 0.45
    assert found.mean() == pytest.approx(asked.mean(), abs=0.06)
    assert np.corrcoef(found, asked)[0, 1] > 0.3
    assert np.abs(found - asked).max() < 0.25


def test_a_strong_listener_shows_it_strongly_and_one_without_coupling_not_at_all() -> None:
    assert realised(person_of("strong", 0), 0) > 0.6
    assert abs(realised(replace(draw_person(0), arousal_coupling=0.0, muscle_per_arousal=0.0), 0)) < 0.15


def test_the_reading_at_rest_keeps_for_seconds_and_drifts_over_minutes() -> None:
    fast, slow = (
        balance(made(replace(mean_person(), index_tau_s=tau_s, drift_sd_per_min=0.0), CALM, 2400.0), mean_person())
        for tau_s in (3.0, 16.0)
    )
    next_to_each_other = [np.corrcoef(read[:-2], read[2:])[0, 1] for read in (fast, slow)]
    assert next_to_each_other[1] > next_to_each_other[0] + 0.1
    minutes = [
        balance(made(replace(mean_person(), drift_sd_per_min=drift), CALM, 2400.0), mean_person())
        .reshape(-1, 15).mean(axis=1)
        for drift in (0.0, 0.5)
    ]
    assert minutes[1].std() > 1.3 * minutes[0].std()
