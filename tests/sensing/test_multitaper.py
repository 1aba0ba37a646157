"""Multitaper spectra: right in power, steadier than Welch's, and the same however the stream was cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.values import Window, read_only
from sensing.features.multitaper import Multitaper
from sensing.features.spectrum import BIN_HZ, Spectrum
from sensing.pipeline import Settings, build_stages
from tests.sensing.streams import LABELS, cut, even_stamps, header_of, pink, windows_of

COLUMNS = {"F3": 0, "F4": 1}


def window_of(samples: np.ndarray, rate_hz: float) -> Window:
    return Window(read_only(samples), 0, len(samples) / rate_hz, 0.0, read_only(np.ones(samples.shape[1])))


def psd_of(samples: np.ndarray, rate_hz: float, extractor: type = Multitaper) -> np.ndarray:
    found = extractor(header_of(rate_hz), COLUMNS).extract(window_of(samples, rate_hz))
    return np.exp(found.values.reshape(2, -1))


@settings(deadline=None, max_examples=25)
@given(st.floats(4.0, 40.0), st.floats(1.0, 50.0), st.sampled_from([128.0, 160.0, 250.0, 500.0]),
       st.sampled_from([1.0, 2.0, 3.3, 4.0]))
def test_the_integral_over_a_line_is_its_power(hz: float, amplitude_uv: float, rate_hz: float, window_s: float) -> None:
    times_s = np.arange(round(window_s * rate_hz)) / rate_hz
    wave = amplitude_uv * np.sin(2 * np.pi * hz * times_s)
    psd = psd_of(np.stack([wave, wave], axis=1), rate_hz)
    assert (psd[0] * BIN_HZ).sum() == pytest.approx(amplitude_uv**2 / 2, rel=0.01)


def test_white_noise_has_the_density_that_it_was_made_with() -> None:
    noise = np.random.default_rng(0).standard_normal((10_000, 2)) * 10
    assert psd_of(noise, 250.0).mean() == pytest.approx(2 * 100 / 250.0, rel=0.05)


@pytest.mark.parametrize(("extractor", "spread"), [(Multitaper, 0.42), (Spectrum, 0.63)])
def test_it_is_steadier_than_welch(extractor: type, spread: float) -> None:
    noise = np.random.default_rng(0).standard_normal((100, 1000, 2))
    logs = np.log([psd_of(window, 250.0, extractor) for window in noise])
    assert logs.std(axis=0).mean() == pytest.approx(spread, abs=0.03)


@pytest.mark.parametrize(("spectrum", "kind"), [("welch", Spectrum), ("multitaper", Multitaper)])
@settings(deadline=None, max_examples=10)
@given(edges=st.lists(st.integers(1, 1499), max_size=15))
def test_how_the_stream_was_cut_changes_no_bit(spectrum: str, kind: type, edges: list[int]) -> None:
    samples = pink(1500, len(LABELS))

    def features(where: list[int]) -> list[bytes]:
        stages = build_stages(header_of(), Settings(notch=None, spectrum=spectrum))
        assert isinstance(stages.extractor, kind)
        chunks = cut(samples, even_stamps(1500, 250.0), where)
        return [stages.extractor.extract(window).values.tobytes() for window in windows_of(stages, chunks)]

    assert features(edges) == features([])
