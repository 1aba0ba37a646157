"""The master bus, judged by what it renders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, resample_poly, sosfilt

from generators.sound.ring import RATE_HZ, Pcm
from tests.generators import scenes

CEILING = 10 ** (-1 / 20)
DELAY_S = 0.02                     # the limiter's lookahead, the ring's block, the gain's ramp


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rendered")


def between(sound: Pcm, from_s: float, to_s: float) -> Pcm:
    return sound[int(from_s * RATE_HZ):int(to_s * RATE_HZ)]


def rms(sound: Pcm) -> float:
    return float(np.sqrt((sound.astype(float) ** 2).mean()))


def steepest(sound: Pcm) -> float:
    return float(np.abs(np.diff(sound, axis=0)).max())


def crackle(sound: Pcm) -> float:
    """Return the peak above 16 kHz, where this music has nothing and a step has all."""
    high = np.asarray(sosfilt(butter(8, 16_000, "highpass", fs=RATE_HZ, output="sos"), sound, axis=0))
    return float(np.abs(high).max())


@pytest.mark.parametrize("scene", [scenes.loudest, scenes.crowded_and_loudest, scenes.steady])
def test_louder_never_exceeds_the_ceiling(scene: scenes.Scene, folder: Path) -> None:
    true_peak = np.abs(resample_poly(scenes.in_child(scene, folder).astype(float), 4, 1, axis=0)).max()
    assert true_peak <= CEILING


def test_a_lower_ceiling_is_kept_too(folder: Path) -> None:
    sound = scenes.in_child(scenes.under_a_lower_ceiling, folder)
    true_peak = np.abs(resample_poly(sound.astype(float), 4, 1, axis=0)).max()
    assert 10 ** (-10.5 / 20) < true_peak <= 10 ** (-9 / 20)


@pytest.mark.parametrize("scene", [scenes.warm_and_crowded, scenes.sparse_and_crowded])
def test_every_palette_is_without_clicks_below_the_ceiling(scene: scenes.Scene, folder: Path) -> None:
    sound = scenes.in_child(scene, folder)
    assert crackle(sound) < 1e-4
    assert np.abs(resample_poly(sound.astype(float), 4, 1, axis=0)).max() <= CEILING
    assert rms(between(sound, 3, 6)) > 1e-3


def test_a_level_that_is_asked_for_lower_is_lower_by_as_much(folder: Path) -> None:
    same, softer = (scenes.in_child(scene, folder) for scene in (scenes.steady_as_before, scenes.six_decibels_softer))
    assert abs(20 * np.log10(rms(between(same, 4, 9)) / rms(between(softer, 4, 9))) - 6.0) < 0.05


def test_the_limiter_sleeps_at_the_default_level(folder: Path) -> None:
    assert np.abs(scenes.in_child(scenes.steady, folder)).max() < CEILING / 1.5


def test_there_is_no_constant_offset(folder: Path) -> None:
    sound = scenes.in_child(scenes.steady, folder)
    assert np.abs(sound.mean(axis=0)).max() < 1e-4


def test_both_sides_sound_and_differ(folder: Path) -> None:
    sound = between(scenes.in_child(scenes.steady, folder), 5, 15)
    left, right = rms(sound[:, :1]), rms(sound[:, 1:])
    assert 0.7 < left / right < 1.4
    assert np.asarray(np.corrcoef(sound.T))[0, 1] < 0.95


@pytest.mark.parametrize("scene", [scenes.steady, scenes.detached])
def test_a_step_nowhere_shows_above_the_music(scene: scenes.Scene, folder: Path) -> None:
    assert crackle(between(scenes.in_child(scene, folder), 0, 15)) < 1e-4


def test_stealing_a_voice_makes_no_click(folder: Path) -> None:
    sound = scenes.in_child(scenes.crowded, folder)
    assert crackle(sound) < 1e-4
    assert rms(between(sound, 4, 12)) > 1e-3


def test_the_music_fades_in_over_two_seconds(folder: Path) -> None:
    sound = scenes.in_child(scenes.leaves_at_six, folder)
    assert np.abs(between(sound, 0, 0.1)).max() < 0.1 * np.abs(between(sound, 2, 6)).max()
    assert rms(between(sound, 0, 1)) < rms(between(sound, 1, 2)) < 1.5 * rms(between(sound, 2, 6))


def test_the_music_fades_out_over_four_seconds_into_silence(folder: Path) -> None:
    sound = scenes.in_child(scenes.leaves_at_six, folder)
    assert rms(between(sound, 7.5, 8)) > 0.1 * rms(between(sound, 4, 6))
    assert np.abs(between(sound, 10 + 2 * DELAY_S, 12)).max() == 0.0
    assert steepest(between(sound, 6, 10.1)) <= steepest(between(sound, 2, 6)) * 1.2


def test_stop_is_silence_within_two_hundred_milliseconds_and_stays_so(folder: Path) -> None:
    sound = scenes.in_child(scenes.stopped_at_five, folder)
    assert np.abs(between(sound, 5.2, 8)).max() == 0.0
    assert rms(between(sound, 4, 5)) > 1e-3


def test_stop_makes_no_click(folder: Path) -> None:
    sound = scenes.in_child(scenes.stopped_at_five, folder)
    assert steepest(between(sound, 5, 5.2)) <= steepest(between(sound, 2, 5))
    assert crackle(between(sound, 0, 5.3)) < 1e-4


def test_the_last_fade_is_over_within_two_seconds_without_a_click(folder: Path) -> None:
    sound = scenes.in_child(scenes.orphaned_at_five, folder)
    assert np.abs(between(sound, 6.1, 8)).max() == 0.0
    assert rms(between(sound, 5.3, 5.5)) > 1e-3
    assert crackle(between(sound, 0, 6.2)) < 1e-4


def test_an_ending_plays_its_last_bar_and_thins_out(folder: Path) -> None:
    sound = scenes.in_child(scenes.ends, folder)
    bar_s = 4 * 60 / 78
    assert rms(between(sound, 2 * bar_s, 3 * bar_s)) > 1e-2
    assert rms(between(sound, 3 * bar_s + 2, 3 * bar_s + 3)) < 0.3 * rms(between(sound, 2 * bar_s, 3 * bar_s))
    assert np.abs(between(sound, 3 * bar_s + 4.2, 15)).max() == 0.0


def test_a_louder_intent_comes_slowly(folder: Path) -> None:
    same, louder = scenes.in_child(scenes.steady_as_before, folder), scenes.in_child(scenes.louder_at_five, folder)
    ratio_db = 20 * np.log10(rms(between(louder, 7, 7.2)) / rms(between(same, 7, 7.2)))
    assert 0.85 < ratio_db < 1.15


def test_turning_it_down_is_heard_soon_and_makes_no_click(folder: Path) -> None:
    sound = scenes.in_child(scenes.turned_down_at_five, folder)
    assert rms(between(sound, 6, 6.5)) < 0.4 * rms(between(sound, 4, 5))
    assert crackle(sound) < 1e-4
