from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.values import FloatArray
from sensing.features.baseline import Collector, find_iaf, fit_baseline
from sensing.features.spectrum import FREQUENCIES_HZ
from sensing.pipeline import Gate, Settings, build_stages, find_channels
from tests.sensing.streams import edf, even_chunks, windows_of


def test_z_of_the_centre_is_zero_and_of_one_spread_is_one() -> None:
    baseline = fit_baseline(np.random.default_rng(1).normal(2.0, 0.5, 2000))
    assert baseline.centre == pytest.approx(2.0, abs=0.05)
    assert baseline.sd == pytest.approx(0.5, abs=0.03)
    assert baseline.z(baseline.centre + baseline.sd) == pytest.approx(1.0)


def test_a_third_of_rubbish_moves_the_scale_little() -> None:
    values = np.random.default_rng(1).normal(0.0, 1.0, 30)
    clean = fit_baseline(values)
    values[:9] = 1e6
    assert abs(fit_baseline(values).centre - clean.centre) < 1.0


def test_the_standard_error_is_what_many_baselines_show() -> None:
    rng = np.random.default_rng(2)
    fits = [fit_baseline(rng.normal(size=30)) for _ in range(2000)]
    assert np.std([fit.centre for fit in fits]) == pytest.approx(np.mean([fit.standard_error for fit in fits]), rel=0.1)


def test_values_that_are_all_alike_give_a_spread_all_the_same() -> None:
    assert fit_baseline(np.ones(20)).z(1.1) < 10


@given(starts=st.lists(st.integers(0, 20_000), max_size=100))
def test_windows_of_a_baseline_never_overlap(starts: list[int]) -> None:
    collector = Collector(250.0)
    for start in sorted(starts):
        collector.take(np.array([float(start)]), start, 4.0)
    taken = [float(each[0]) for each in collector.spectra]
    assert all(b - a >= 1000 for a, b in pairwise(taken))
    assert collector.clean_s == 4.0 * len(taken)


def spectrum(peak_hz: float, height: float) -> FloatArray:
    aperiodic = 100.0 / FREQUENCIES_HZ
    return aperiodic * (1 + height * np.exp(-((FREQUENCIES_HZ - peak_hz) / 0.8) ** 2))


@pytest.mark.parametrize("peak_hz", [8.2, 9.5, 10.0, 10.3, 11.9])
def test_the_alpha_peak_is_found_between_bins(peak_hz: float) -> None:
    iaf = find_iaf(spectrum(peak_hz, 20.0))
    assert iaf.found
    assert iaf.hz == pytest.approx(peak_hz, abs=0.1)


@pytest.mark.parametrize(("peak_hz", "height"), [(10.0, 2.0), (10.0, 0.0), (20.0, 20.0), (5.0, 20.0)])
def test_without_a_clear_alpha_peak_ten_hertz_is_taken_and_said_so(peak_hz: float, height: float) -> None:
    iaf = find_iaf(spectrum(peak_hz, height))
    assert not iaf.found
    assert iaf.hz == 10.0
    assert "usual 10 Hz" in iaf.note


@pytest.mark.parametrize(("name", "found"), [("S001R02_eyes_closed.edf", True), ("S001R01_eyes_open.edf", False)])
def test_closed_eyes_show_the_alpha_frequency_and_open_eyes_do_not(shared_data: Path, name: str, found: bool) -> None:
    header, samples = edf(shared_data / "eyes_open_closed" / name)
    stages = build_stages(header, Settings(gate=Gate(amplitude_uv=1000, peak_to_peak_uv=2000)))
    windows = list(windows_of(stages, even_chunks(samples, header.rate_hz)))[::16]
    roles = list(find_channels(header, {}).roles)
    psd = np.exp([stages.extractor.extract(window).values.reshape(-1, 89) for window in windows])
    iaf = find_iaf(psd[:, [roles.index(role) for role in ("Pz", "O1", "O2", "Oz")]].mean(axis=(0, 1)))
    assert iaf.found == found
    assert iaf.hz == pytest.approx(10.0, abs=0.5)
