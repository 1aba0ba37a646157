from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from loop.errors import MontageError
from loop.values import FloatArray, Window
from sensing.cleaning.quality import Gate
from sensing.cleaning.reference import Reference, covers_head
from sensing.pipeline import Settings, build_stages
from tests.sensing.streams import LABELS, cut, even_chunks, even_stamps, header_of, openbci, pink, windows_of

RATE_HZ = 250.0
CAP = ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P7", "P3",
       "Pz", "P4", "P8", "O1", "O2")


def graded(samples: FloatArray, settings: Settings | None = None, labels: tuple[str, ...] = LABELS) -> list[Window]:
    stages = build_stages(header_of(RATE_HZ, labels), settings or Settings(notch=50.0))
    return list(windows_of(stages, even_chunks(samples.astype(np.float32), RATE_HZ)))


def faults_with(change: FloatArray) -> set[str]:
    """What is said of the windows from 8 s on when this is added from 8 s to the end."""
    samples = rest()
    samples[2000:] += change[:len(samples) - 2000]
    return {fault for window in graded(samples)[20:] for fault in window.faults}


def rest() -> NDArray[np.float64]:
    return pink(4000, len(LABELS)).astype(np.float64)


def test_eeg_at_rest_is_good() -> None:
    windows = graded(rest())
    assert len(windows) == 49
    assert all(window.faults == () for window in windows)
    assert all(window.quality.min() > 0.3 for window in windows)


def test_an_electrode_offset_is_no_fault() -> None:
    assert faults_with(np.zeros((1, 8))) == set()
    assert all(window.faults == () for window in graded(rest() + 60_000.0))


def test_a_blink_is_named() -> None:
    samples = rest()
    samples[2000:2050, 0] += 300 * np.hanning(50)
    assert {fault for window in graded(samples) for fault in window.faults} == {"blink"}


def test_a_wide_wave_at_the_back_is_no_blink() -> None:
    samples = rest()
    samples[2000:2050, 4] += 300 * np.hanning(50)
    assert {fault for window in graded(samples) for fault in window.faults} == {"amplitude"}


def test_a_step_is_named() -> None:
    samples = rest()
    samples[2000, 0] += 3000
    assert any("step" in window.faults for window in graded(samples))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_is_named(wrong: float) -> None:
    samples = rest()
    samples[2000, 2] = wrong
    bad = [window for window in graded(samples) if window.faults]
    assert all(window.faults[0] == "not a number" and window.quality[2] == 0.0 for window in bad)
    assert bad[0].first_sample <= 1000 + 63


def test_every_window_that_touches_a_bad_sample_is_bad() -> None:
    samples = rest()
    samples[2000, 2] = np.nan
    for window in graded(samples):
        touches = window.first_sample <= 2000 < window.first_sample + 1000
        assert bool(window.faults) or not touches


def test_a_channel_that_is_stuck_is_flat() -> None:
    samples = rest()
    samples[2000:2200, 0] = samples[2000, 0]
    assert any(window.faults == ("flat",) for window in graded(samples))


def test_a_channel_on_the_rail_is_named() -> None:
    samples = rest()
    samples[2000:, 0] = 187_500.0
    assert all("rails" in window.faults for window in graded(samples)[30:])


def test_a_bad_channel_that_nobody_needs_is_spared() -> None:
    samples = rest()
    samples[:, LABELS.index("Cz")] = 0.0
    windows = graded(samples)
    assert all(window.faults == () for window in windows)
    assert all(window.quality[LABELS.index("Cz")] == 0.0 for window in windows)


def test_too_many_bad_channels_are_not_spared() -> None:
    labels = ("F3", "F4", "C3", "C4", "T7", "T8")
    samples = pink(2000, 6).astype(np.float64)
    samples[:, 3:] = 0.0
    assert all(window.faults for window in graded(samples, labels=labels))


def test_muscle_is_named_once_the_person_is_known() -> None:
    samples = pink(10_000, len(LABELS)).astype(np.float64)
    t = np.arange(2000) / RATE_HZ
    samples[8000:, 0] += 15.0 * np.sin(2 * np.pi * 36 * t) * np.sin(2 * np.pi * 0.7 * t)
    windows = graded(samples)
    assert all("muscle" in window.faults for window in windows if window.first_sample > 8000)
    assert not any(window.faults for window in windows if window.first_sample < 6900)


def test_muscle_never_becomes_normal() -> None:
    samples = pink(50_000, len(LABELS)).astype(np.float64)
    samples[8000:, 0] += 15.0 * np.sin(2 * np.pi * 36 * np.arange(42_000) / RATE_HZ)
    assert "muscle" in graded(samples)[-1].faults


def test_mains_that_the_notch_missed_are_named() -> None:
    hum = 400 * np.sin(2 * np.pi * 60 * np.arange(2000) / RATE_HZ)[:, None]
    assert "line" in faults_with(hum)


@pytest.mark.parametrize("factor", [1e-6, 1e-3, 1e3, 1e6])
def test_a_wrong_unit_is_named(factor: float) -> None:
    assert all(window.faults[0] == "unit?" for window in graded(rest() * factor))


def test_a_device_that_sends_nothing_but_zeros_is_flat() -> None:
    assert all(window.faults == ("flat",) for window in graded(rest() * 0.0))


def test_a_device_that_falls_silent_is_flat_and_no_wrong_unit() -> None:
    samples = rest()
    samples[2000:] = 0.0
    said = {fault for window in graded(samples) for fault in window.faults}
    assert "flat" in said
    assert "unit?" not in said


def test_a_window_that_touches_a_gap_is_bad() -> None:
    samples = rest().astype(np.float32)
    stamps = even_stamps(len(samples), RATE_HZ)
    stamps[2000:] += 0.5
    stages = build_stages(header_of(RATE_HZ), Settings(notch=50.0))
    for window in windows_of(stages, cut(samples, stamps, range(10, 4000, 10))):
        assert ("gap" in window.faults) == (window.first_sample < 2063 and window.first_sample + 1000 > 2000)


def test_the_gate_follows_its_limits() -> None:
    wide = Settings(notch=50.0, gate=Gate(amplitude_uv=1000, peak_to_peak_uv=2000))
    samples = rest()
    samples[2000:2050, 0] += 300 * np.hanning(50)
    assert not any("blink" in window.faults for window in graded(samples, wide))


def test_the_openbci_recording_is_bad_at_both_ends_and_good_between(shared_data: Path) -> None:
    header, samples = openbci(shared_data)
    windows = list(windows_of(build_stages(header, Settings()), even_chunks(samples, header.rate_hz)))

    def flagged(start_s: float, stop_s: float) -> float:
        inside = [bool(window.faults) for window in windows if window.first_sample >= start_s * 250
                  and window.first_sample + 1000 <= stop_s * 250]
        return float(np.mean(inside))

    assert min(flagged(0, 20), flagged(76, 90)) >= 0.9
    assert max(flagged(28, 60), flagged(62, 74)) <= 0.05


@pytest.mark.parametrize("notch", [50.0, None])
def test_the_openbci_recording_is_all_bad_with_the_wrong_notch(shared_data: Path, notch: float | None) -> None:
    header, samples = openbci(shared_data)
    windows = windows_of(build_stages(header, Settings(notch=notch)), even_chunks(samples, header.rate_hz))
    assert all(window.faults for window in windows)


def test_an_average_needs_sixteen_channels_that_cover_the_head() -> None:
    assert covers_head(CAP)
    assert not covers_head(CAP[:15])
    assert not covers_head([f"F{n}" for n in range(1, 20)])
    assert Reference(CAP, "average").note == ""
    assert "device's reference is kept" in Reference(LABELS, "average").note


def test_bad_and_eye_channels_are_left_out_of_an_average() -> None:
    names = [*CAP, "EOG1"]
    samples = pink(100, 20).astype(np.float64)
    bad = np.zeros(20, bool)
    bad[3] = True
    out = Reference(names, "average").apply(samples, bad)
    good = [i for i in range(19) if i != 3]
    assert np.allclose(out[:, good].mean(axis=1), 0.0)
    assert np.allclose(out, samples - samples[:, good].mean(axis=1, keepdims=True))


def test_named_electrodes_become_the_reference() -> None:
    samples = pink(100, 19).astype(np.float64)
    out = Reference(CAP, ("P7", "P8")).apply(samples, np.zeros(19, bool))
    assert np.allclose(out[:, CAP.index("P7")] + out[:, CAP.index("P8")], 0.0)


def test_a_reference_that_is_not_there_is_refused() -> None:
    with pytest.raises(MontageError, match="M1"):
        Reference(CAP, ("M1",))


def test_the_window_is_graded_before_it_is_referenced() -> None:
    samples = pink(2000, 19).astype(np.float64) + 150 * np.sin(2 * np.pi * 10 * np.arange(2000) / RATE_HZ)[:, None]
    windows = graded(samples, Settings(notch=50.0, reference="average"), CAP)
    assert all("amplitude" in window.faults for window in windows)
