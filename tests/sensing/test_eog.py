"""Eye movements are learned from blinks at rest, and then taken out sample by sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch

from loop.errors import MontageError
from loop.values import Block, FloatArray, read_only
from sensing.cleaning.chain import Chain
from sensing.cleaning.eog import EogRegression, EyeColumns, find_blinks, fit_weights
from sensing.cleaning.filters import Cuts, Filters
from sensing.eyes import NO_EOG, find_eyes
from sensing.montage import eeg_channels, eog_channels
from sensing.sources.recording import Recording, load_recording
from tests.sensing.streams import header_of, moment_of, pink

RATE_HZ = 250.0
TIMES_S = (4, 8, 12, 15, 19, 24, 28, 33, 37, 42, 45, 51, 56)
REACH = np.array([0.6, 0.3, 0.05])
COLUMNS = EyeColumns((3,), (0, 1, 2), ("VEOG",))
HOP = 63


def eyes(n_times: int, times_s: tuple[float, ...] = TIMES_S) -> FloatArray:
    """Blinks of a third of a second, as an EOG channel above the eye shows them."""
    lag_s = (np.arange(n_times) / RATE_HZ)[:, None] - np.array(times_s)
    return np.asarray(200 * np.exp(-np.square(lag_s / 0.08)).sum(axis=1))


def scene(n_times: int = 15_000) -> tuple[FloatArray, FloatArray]:
    """EEG of three channels and an EOG, filtered; and the same without eyes."""
    noise = pink(n_times, 4).astype(np.float64)
    blinks = eyes(n_times)
    return noise + np.outer(blinks, [*REACH, 1.0]), noise


def blocks(samples: FloatArray, hop: int = HOP) -> list[Block]:
    return [Block(read_only(samples[start:start + hop].copy()), start, 0.0)
            for start in range(0, len(samples), hop)]


def cleaned(step: EogRegression, samples: FloatArray, resting: bool = True) -> FloatArray:
    return np.concatenate([step.clean(block, resting).samples for block in blocks(samples)])


def test_blinks_are_found_where_they_are_and_nowhere_else() -> None:
    samples, noise = scene()
    found_s = find_blinks(samples[:, 3:], RATE_HZ) / RATE_HZ
    assert len(found_s) == len(TIMES_S)
    assert np.allclose(found_s, TIMES_S, atol=0.1)
    assert len(find_blinks(noise[:, 3:], RATE_HZ)) == 0


def test_a_look_aside_is_no_blink() -> None:
    n_times = 15_000
    other = eyes(n_times, (6.0, 22.0, 48.0))
    eog = pink(n_times, 2) + np.stack([eyes(n_times), 0.8 * other], axis=1)
    found_s = find_blinks(eog, RATE_HZ) / RATE_HZ
    assert np.allclose(found_s, TIMES_S, atol=0.1)


def test_a_movement_beyond_every_eye_is_no_blink() -> None:
    samples, _ = scene()
    samples[2500:2540, 3] += 5000
    assert len(find_blinks(samples[:, 3:], RATE_HZ)) == len(TIMES_S)


def test_the_weights_are_what_the_eyes_add() -> None:
    samples, _ = scene()
    found = find_blinks(samples[:, 3:], RATE_HZ)
    weights = fit_weights(samples[:, 3:], samples[:, :3], found, RATE_HZ)
    assert np.allclose(weights[0], REACH, atol=0.1)


def test_before_the_blinks_are_known_samples_pass_untouched() -> None:
    samples, _ = scene(4000)
    assert np.array_equal(cleaned(EogRegression(COLUMNS, RATE_HZ), samples), samples)


def test_after_ten_blinks_the_eyes_are_gone_and_stay_gone() -> None:
    samples, noise = scene()
    step = EogRegression(COLUMNS, RATE_HZ)
    out = cleaned(step, samples)
    late = slice(round(47 * RATE_HZ), None)
    before, after = np.abs(samples - noise)[late, 0].max(), np.abs(out - noise)[late, 0].max()
    assert step.weights is not None
    assert after < 0.3 * before
    assert np.array_equal(out[:, 3], samples[:, 3])
    assert f"{step.n_blinks} blinks in VEOG" in step.note


def test_nothing_is_learned_where_the_person_does_not_rest() -> None:
    samples, _ = scene()
    step = EogRegression(COLUMNS, RATE_HZ)
    assert np.array_equal(cleaned(step, samples, resting=False), samples)
    step.settle()
    assert step.weights is None


def test_the_end_of_a_baseline_makes_do_with_five_blinks_and_not_with_four() -> None:
    samples, _ = scene()
    for end_s, known in ((18, False), (23, True)):
        step = EogRegression(COLUMNS, RATE_HZ)
        cleaned(step, samples[:round(end_s * RATE_HZ)])
        step.settle()
        assert (step.weights is not None) is known
    assert "5 or more" in EogRegression(COLUMNS, RATE_HZ).note


def test_two_eog_channels_with_one_signal_do_no_harm() -> None:
    samples, noise = scene()
    double = np.concatenate([samples, samples[:, 3:]], axis=1)
    step = EogRegression(EyeColumns((3, 4), (0, 1, 2), ("a", "b")), RATE_HZ)
    out = cleaned(step, double)
    assert np.abs(out[12_000:, :3] - noise[12_000:, :3]).max() < 0.3 * np.abs(samples[12_000:, :3]).max()


def test_the_chain_learns_in_rests_settles_at_a_baselines_end_and_is_fixed_while_steering() -> None:
    samples, _ = scene()
    halves = blocks(samples[:6000]), blocks(samples[6000:])
    step = EogRegression(COLUMNS, RATE_HZ)
    chain = Chain(Filters(header_of(RATE_HZ, "abcd"), Cuts(None, None, None), 4.0), [step], 3)
    chain.follow(moment_of("screen", index=0))
    assert all(chain.clean(block).samples.shape[1] == 3 for block in halves[0])
    chain.follow(moment_of("rate", index=1))
    assert step.n_blinks == 0
    chain.follow(moment_of("baseline", index=2))
    for block in halves[0]:
        chain.clean(block)
    assert step.weights is None
    chain.follow(moment_of("regulate", index=3))
    known = step.weights
    assert known is not None
    for block in halves[1]:
        chain.clean(block)
    chain.follow(moment_of("baseline", index=4))
    chain.follow(moment_of("regulate", index=5))
    assert step.weights is known


def test_what_was_not_learned_before_steering_is_never_learned() -> None:
    samples, _ = scene()
    step = EogRegression(COLUMNS, RATE_HZ)
    chain = Chain(Filters(header_of(RATE_HZ, "abcd"), Cuts(None, None, None), 4.0), [step], 3)
    chain.follow(moment_of("regulate", index=0))
    chain.follow(moment_of("baseline", index=1))
    for block in blocks(samples):
        chain.clean(block)
    chain.follow(moment_of("regulate", index=2))
    assert step.weights is None


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 100), factor=st.floats(0.1, 10.0))
def test_the_fit_scales_with_the_eyes_and_not_with_anything_else(seed: int, factor: float) -> None:
    samples, _ = scene(10_000)
    samples[:, :3] += pink(10_000, 3, seed)
    found = find_blinks(samples[:, 3:], RATE_HZ)
    louder = find_blinks(factor * samples[:, 3:], RATE_HZ) if factor < 2.0 else found
    assert np.array_equal(found, louder)
    one = fit_weights(samples[:, 3:], samples[:, :3], found, RATE_HZ)
    other = fit_weights(factor * samples[:, 3:], samples[:, :3], found, RATE_HZ)
    assert np.allclose(one, factor * other)


def test_auto_takes_the_eog_channels_behind_the_eeg() -> None:
    header = header_of(RATE_HZ, ("EOG1", "F3", "F4", "EOG2", "O1"))
    found = find_eyes(header, "auto", (1, 2, 4), {"F3": 0, "F4": 1})
    assert found.extra == (0, 3)
    assert found.columns == EyeColumns((3, 4), (0, 1, 2), ("EOG1", "EOG2"))


def test_frontal_channels_that_are_named_serve_as_eyes_and_stay_as_they_are() -> None:
    header = header_of(RATE_HZ, ("Fp1", "F3", "F4", "EEG Fp2"))
    found = find_eyes(header, ("FP1", "Fp2"), (0, 1, 2, 3), {"F3": 1, "F4": 2})
    assert found.extra == ()
    assert found.columns == EyeColumns((0, 3), (1, 2), ("Fp1", "EEG Fp2"))


def test_without_an_eog_channel_the_step_is_left_out_and_that_is_said() -> None:
    found = find_eyes(header_of(), "auto", (0, 1), {"F3": 0, "F4": 1})
    assert found.columns is None
    assert found.note == NO_EOG


@pytest.mark.parametrize(("label", "says"), [("VEOG", "is no voltage"), ("F3", "stands for F3")])
def test_eyes_that_cannot_be_had_are_refused_in_a_sentence(label: str, says: str) -> None:
    with pytest.raises(MontageError, match=says):
        find_eyes(header_of(), (label,), (0, 1), {"F3": 0, "F4": 1})


def test_on_a_real_recording_the_held_out_blink_falls_and_alpha_stays(shared_data: Path) -> None:
    recording = load_recording(shared_data / "erp_with_eog" / "eeglab_data.set")
    before, after, names, blinks = split(recording, rest_s=120.0)
    rate_hz = recording.header.rate_hz
    for name in ("FPz", "F3", "Fz", "F4"):
        column = names.index(name)
        assert locked(after[:, column], blinks, rate_hz) < 0.35 * locked(before[:, column], blinks, rate_hz)
    alpha = [alpha_power(part[blinks[0]:, names.index("O1")], rate_hz) for part in (before, after)]
    assert alpha[1] == pytest.approx(alpha[0], rel=0.05)


def split(recording: Recording, rest_s: float) -> tuple[FloatArray, FloatArray, tuple[str, ...], FloatArray]:
    """Filtered EEG without and with the step, learned in the first `rest_s`; and the blinks after that."""
    header = recording.header
    eeg, eog = eeg_channels(header), eog_channels(header)
    order = [*eeg, *eog]
    columns = find_eyes(header, "auto", eeg, {}).columns
    assert columns is not None
    samples = recording.samples[:, order].astype(np.float64)
    step = EogRegression(columns, header.rate_hz)
    plain, whole = [
        Chain(Filters(replace(header), Cuts(1.0, 45.0, 60.0), 4.0), steps, len(order)) for steps in ([], [step])]
    before, after = [], []
    for block in blocks(samples, 32):
        moment = moment_of("baseline" if block.first_sample < rest_s * header.rate_hz else "rate")
        whole.follow(moment)
        before.append(plain.clean(block).samples)
        after.append(whole.clean(block).samples)
    filtered = np.concatenate(before)
    found = find_blinks(filtered[:, len(eeg):], header.rate_hz)
    return filtered, np.concatenate(after), tuple(header.labels[index] for index in eeg), \
        found[found > rest_s * header.rate_hz]


def locked(samples: FloatArray, blinks: FloatArray, rate_hz: float) -> float:
    """How far the mean over blinks stands, at its top, from what was before them, uV."""
    rows = blinks[:, None] + np.arange(-round(0.5 * rate_hz), round(0.5 * rate_hz))
    mean = samples[rows].mean(axis=0)
    mean = mean - mean[:round(0.2 * rate_hz)].mean()
    near = mean[round(0.35 * rate_hz):round(0.6 * rate_hz)]
    return float(np.abs(near.mean()))


def alpha_power(samples: FloatArray, rate_hz: float) -> float:
    hz, power = welch(samples, rate_hz, nperseg=round(4 * rate_hz))
    return float(power[(hz >= 8) & (hz <= 13)].sum())
