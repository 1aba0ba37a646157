"""A- against K-weighting, and the noise that outputs are calibrated with."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.sound.noise import (
    HIGH_HZ,
    LOW_HZ,
    PERIOD_FRAMES,
    a_level_db,
    calibration_signal,
    pink_noise,
)
from generators.sound.palettes import NAMES
from generators.sound.ring import RATE_HZ
from generators.sound.weighting import A_MINUS_K_DB, UNKNOWN, a_minus_k, a_power, k_power, level_db

# IEC 61672-1, table 3: A-weighting at nominal frequencies (their exact ones are 10^(n/10)).
A_TABLE = ((17, -30.2), (20, -19.1), (24, -8.6), (27, -3.2), (30, 0.0), (33, 1.2), (36, 1.0), (39, -1.1), (42, -6.6))


@pytest.mark.parametrize(("tenth", "db"), A_TABLE)
def test_a_weighting_is_that_of_the_standard(tenth, db):
    assert 10 * np.log10(a_power(np.array([10 ** (tenth / 10)])))[0] == pytest.approx(db, abs=0.06)


def sine(frequency_hz: float, amplitude: float = 1.0) -> np.ndarray:
    wave = amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(RATE_HZ) / RATE_HZ)
    return np.stack([wave, wave], axis=1)


def test_a_full_scale_sine_of_997_hz_in_one_channel_is_minus_3_01_lufs():
    one = sine(997.0) * [1.0, 0.0]
    assert level_db(one, k_power) == pytest.approx(-3.01, abs=0.01)       # BS.1770-4, annex 1


@settings(deadline=None)
@given(st.floats(10.0, 23_000.0))
def test_k_is_never_lower_than_a(frequency_hz):
    frequency = np.array([frequency_hz])
    assert k_power(frequency)[0] > a_power(frequency)[0]


def test_loudness_agrees_with_pyloudnorm():
    noise = pink_noise()
    assert level_db(noise, k_power) == pytest.approx(pyloudnorm.Meter(RATE_HZ, "DeMan").integrated_loudness(noise),
                                                        abs=0.02)


def test_silence_has_a_level_that_json_can_hold():
    assert np.isfinite(level_db(np.zeros((100, 2)), k_power))


def test_the_noise_has_the_loudness_it_says_and_nothing_outside_its_band():
    noise = pink_noise()
    assert level_db(noise, k_power) == pytest.approx(-23.0, abs=1e-3)
    power = np.abs(np.fft.rfft(noise[:, 0])) ** 2
    frequencies = np.fft.rfftfreq(PERIOD_FRAMES, 1 / RATE_HZ)
    outside = (frequencies < LOW_HZ) | (frequencies > HIGH_HZ)
    assert power[outside].sum() < 1e-9 * power.sum()
    octaves = [power[(frequencies >= low) & (frequencies < 2 * low)].sum() for low in (500.0, 1000.0)]
    assert octaves[0] == pytest.approx(octaves[1], rel=0.01)              # pink: as much in each octave


def test_the_noise_goes_round_without_a_seam():
    noise = pink_noise()
    assert np.abs(noise[0] - noise[-1]).max() <= np.abs(np.diff(noise, axis=0)).max()


def test_the_signal_fades_in_and_out_and_is_as_loud_as_was_asked_between():
    sound = calibration_signal(-30.0, 10.0)
    assert len(sound) == 10 * RATE_HZ
    assert np.abs(sound[:480]).max() < 1e-4 and np.abs(sound[-480:]).max() < 1e-4
    middle = sound[2 * RATE_HZ:8 * RATE_HZ]
    assert pyloudnorm.Meter(RATE_HZ).integrated_loudness(middle) == pytest.approx(-30.0, abs=0.2)
    assert a_level_db(-30.0) == pytest.approx(a_level_db(-23.0) - 7.0)


def test_in_the_band_of_the_noise_a_and_k_nearly_agree():
    assert -2.0 < a_level_db(-23.0) + 23.0 < 0.0


def test_every_palette_was_measured_and_lies_below_k():
    assert set(A_MINUS_K_DB) == set(NAMES)
    assert all(row.low_db <= row.mean_db <= row.high_db < 0 for row in A_MINUS_K_DB.values())


def test_music_of_other_voices_is_taken_to_be_as_loud_in_a_as_in_k():
    assert a_minus_k("calm", own_voices=False) is UNKNOWN and UNKNOWN.mean_db == 0.0
