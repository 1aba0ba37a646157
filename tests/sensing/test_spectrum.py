from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch
from scipy.signal.windows import hann

from loop.values import FloatArray, Header, Window
from sensing.features.spectrum import FREQUENCIES_HZ, Spectrum
from sensing.pipeline import Gate, Settings, build_stages, find_channels
from tests.sensing.streams import edf, even_chunks, header_of, pink, windows_of

HEAD = ("Fp1", "Fp2", "F3", "F4", "Fz", "F7", "F8", "C3", "C4", "Cz", "T7", "T8", "P3", "P4", "Pz", "O1", "O2", "Oz")


def window_of(samples: FloatArray, rate_hz: float) -> Window:
    return Window(samples, 0, len(samples) / rate_hz, 0.0, np.ones(samples.shape[1]))


def psd(samples: FloatArray, rate_hz: float) -> FloatArray:
    spectrum = Spectrum(header_of(rate_hz), {"F3": 0, "O1": 1})
    return np.exp(spectrum.extract(window_of(samples, rate_hz)).values.reshape(2, -1))


def test_names_say_role_and_frequency() -> None:
    names = Spectrum(header_of(), {"F3": 0, "O1": 4}).names
    assert names[0] == "F3@1.0Hz"
    assert names[-1] == "O1@45.0Hz"
    assert "F3@10.0Hz" in names
    assert len(names) == len(set(names)) == 2 * 89


@pytest.mark.parametrize("rate_hz", [90.0, 128.0, 160.0, 250.0, 500.0, 1000.0])
def test_it_is_welch(rate_hz: float) -> None:
    samples = pink(int(4 * rate_hz), 2).astype(np.float64)
    hz, theirs = welch(samples, rate_hz, "hann", int(2 * rate_hz), detrend=False, axis=0)
    here = [int(np.flatnonzero(np.isclose(hz, f))[0]) for f in FREQUENCIES_HZ]
    theirs[hz == rate_hz / 2] *= 2         # scipy's one-sided density counts the last bin of an even length once
    assert np.allclose(psd(samples, rate_hz), theirs[here].T)


@pytest.mark.parametrize("n_times", [180, 181, 182, 500])
def test_the_taper_behind_the_transform_is_hanns(n_times: int) -> None:
    samples = pink(n_times, 2).astype(np.float64)
    tapered = samples * hann(n_times, sym=False)[:, None]
    power = np.abs(np.fft.rfft(tapered, axis=0)[2:91]) ** 2 * 2 / (n_times / 2 * n_times * 3 / 8)
    assert np.allclose(psd(samples, n_times / 2), power.T, rtol=1e-9)


@pytest.mark.parametrize("n_times", [100, 375, 499])
@pytest.mark.parametrize("columns", [(0, 1), (1, 0), (0, 2, 3)])
def test_a_window_shorter_than_a_segment_is_read_whichever_columns_are_chosen(n_times: int, columns: tuple) -> None:
    samples = pink(n_times, 4).astype(np.float64)
    roles = {str(column): column for column in columns}
    values = Spectrum(header_of(), roles).extract(window_of(samples, 250.0)).values.reshape(len(columns), -1)
    tapered = np.zeros((500, 4))
    tapered[:n_times] = samples * hann(n_times, sym=False)[:, None]
    power = np.abs(np.fft.rfft(tapered, axis=0)[2:91]) ** 2 * 2 / (250.0 * n_times * 3 / 8)
    assert np.allclose(np.exp(values), power.T[list(columns)], rtol=1e-9)


@given(st.lists(st.integers(0, 7), min_size=1, max_size=8, unique=True))
@settings(deadline=None)
def test_a_channel_has_the_same_bits_whoever_stands_beside_it(columns: list[int]) -> None:
    window = window_of(pink(1000, 8).astype(np.float64), 250.0)

    def of(chosen: list[int]) -> FloatArray:
        return Spectrum(header_of(), {str(k): k for k in chosen}).extract(window).values.reshape(len(chosen), -1)

    assert of(columns).tobytes() == of(list(range(8)))[columns].tobytes()


@pytest.mark.parametrize("hz", [4.0, 10.0, 10.5, 30.0])
def test_a_tone_has_its_power_at_its_frequency(hz: float) -> None:
    tone = 10 * np.sin(2 * np.pi * hz * np.arange(1000) / 250.0)
    power = psd(np.stack([tone, tone], axis=1), 250.0)[0]
    assert FREQUENCIES_HZ[np.argmax(power)] == hz
    assert power.sum() * 0.5 == pytest.approx(50.0, rel=0.01)


def test_silence_is_finite() -> None:
    assert np.isfinite(np.log(psd(np.zeros((1000, 2)), 250.0))).all()


def test_a_window_that_is_shorter_than_a_segment_gives_the_same_bins() -> None:
    tone = np.sin(2 * np.pi * 10 * np.arange(250) / 250.0)
    power = psd(np.stack([tone, tone], axis=1), 250.0)[0]
    assert FREQUENCIES_HZ[np.argmax(power)] == pytest.approx(10.0, abs=0.5)


@pytest.mark.parametrize("reference", [None, "average"])
def test_what_is_kept_of_earlier_windows_changes_no_bit(reference: str | None) -> None:
    samples = pink(8000, len(HEAD))
    samples[3000:3100, 0] += 400.0             # Fp1 leaves the average, and comes back
    header = header_of(250.0, HEAD)
    stages = build_stages(header, Settings(reference=reference))
    roles = find_channels(header, {}).roles
    windows = list(windows_of(stages, even_chunks(samples, 250.0, 17)))
    assert len({window.series for window in windows}) == (3 if reference else 1)
    for window in windows:
        fresh = Spectrum(header, roles).extract(window)
        assert stages.extractor.extract(window).values.tobytes() == fresh.values.tobytes()


def mean_psd(header: Header, samples: FloatArray, role: str, settings: Settings) -> FloatArray:
    stages = build_stages(header, settings)
    windows = list(windows_of(stages, even_chunks(samples, header.rate_hz)))[::16]
    row = list(find_channels(header, {}).roles).index(role)
    log_psd = [stages.extractor.extract(window).values.reshape(-1, 89)[row] for window in windows]
    return np.exp(np.array(log_psd)).mean(axis=0)


@pytest.mark.parametrize("reference", [None, "average"])
def test_closed_eyes_have_ten_times_the_alpha_of_open_eyes(shared_data: Path, reference: str | None) -> None:
    settings = Settings(reference=reference, gate=Gate(amplitude_uv=1000, peak_to_peak_uv=2000))
    alpha = (FREQUENCIES_HZ >= 8) & (FREQUENCIES_HZ <= 13)
    power = [mean_psd(*edf(shared_data / "eyes_open_closed" / name), "O1", settings)[alpha].mean()
             for name in ("S001R01_eyes_open.edf", "S001R02_eyes_closed.edf")]
    assert power[1] / power[0] > 10
