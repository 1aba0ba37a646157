from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import sosfilt, sosfilt_zi

from loop.values import Block, FloatArray, read_only
from sensing.cleaning.filters import Cuts, Filters, delay_ms, sections_of
from sensing.cleaning.mains import guess_mains
from sensing.recut import Recutter
from tests.sensing.streams import LABELS, cut, even_stamps, header_of, openbci, pink

RATE_HZ = 250.0


def filtered(samples: FloatArray, cuts: Cuts, bounds: list[int], broken: int = -1) -> FloatArray:
    filters = Filters(header_of(RATE_HZ), cuts, 4.0)
    edges = sorted({0, len(samples), *bounds})
    out = [filters.clean(Block(read_only(samples[a:b].copy()), a, 0.0, a == broken)).samples
           for a, b in pairwise(edges)]
    return np.concatenate(out)


def tone(hz: float, n_times: int = 5000) -> FloatArray:
    return np.sin(2 * np.pi * hz * np.arange(n_times) / RATE_HZ)[:, None] * 100.0


def passed(hz: float, cuts: Cuts) -> float:
    return float(filtered(tone(hz), cuts, list(range(63, 5000, 63)))[3000:].std() / tone(hz)[3000:].std())


@settings(deadline=None, max_examples=25)
@given(edges=st.lists(st.integers(1, 1999), max_size=40), notch=st.sampled_from([None, 50.0, "auto"]))
def test_no_cut_of_the_stream_changes_a_filtered_sample(edges: list[int], notch: float | str | None) -> None:
    samples = pink(2000, 4)

    def blocks(edges: list[int]) -> FloatArray:
        header = header_of(RATE_HZ, LABELS[:4])
        recutter, filters = Recutter(header, range(4), 0.25), Filters(header, Cuts(notch_hz=notch), 4.0)
        chunks = cut(samples, even_stamps(2000, RATE_HZ), edges)
        return np.concatenate([filters.clean(raw).samples for chunk in chunks for raw in recutter.take(chunk)])

    assert np.array_equal(blocks(edges), blocks([]))


@settings(deadline=None, max_examples=25)
@given(bounds=st.lists(st.integers(1, 1999), max_size=40), offset_uv=st.sampled_from([0.0, 60_000.0]))
def test_blocks_of_any_length_are_filtered_as_the_recursion_does(bounds: list[int], offset_uv: float) -> None:
    samples = pink(2000, 4).astype(np.float64) + offset_uv
    cuts = Cuts(notch_hz=50.0)
    sections = np.concatenate(list(sections_of(cuts, RATE_HZ).values()))
    expected, _ = sosfilt(sections, samples, axis=0, zi=sosfilt_zi(sections)[:, :, None] * samples[0])
    assert np.abs(filtered(samples, cuts, bounds) - expected).max() < 1e-6


def test_an_offset_makes_no_transient() -> None:
    samples = np.full((1000, 2), 60_000.0)
    assert np.abs(filtered(samples, Cuts(notch_hz=50.0), list(range(63, 1000, 63)))).max() < 1e-3


def test_a_broken_block_starts_the_filters_anew() -> None:
    samples = np.concatenate([np.full((500, 1), 1000.0), np.full((500, 1), -1000.0)])
    bounds = list(range(50, 1000, 50))
    assert np.abs(filtered(samples, Cuts(notch_hz=50.0), bounds)).max() > 500
    assert np.abs(filtered(samples, Cuts(notch_hz=50.0), bounds, broken=500)).max() < 1e-3


def test_alpha_passes_and_what_is_no_eeg_does_not() -> None:
    cuts = Cuts(notch_hz=50.0)
    assert passed(10.0, cuts) == pytest.approx(1.0, abs=0.02)
    assert passed(0.1, cuts) < 0.02
    assert passed(50.0, cuts) < 0.01
    assert passed(100.0, cuts) < 0.05


def test_a_step_that_is_left_out_does_nothing() -> None:
    samples = pink(500, 2).astype(np.float64)
    assert np.array_equal(filtered(samples, Cuts(None, None, None), [100]), samples)


@pytest.mark.parametrize("line_hz", [50.0, 60.0])
def test_the_mains_are_guessed(line_hz: float) -> None:
    samples = pink(1000, 8) + tone(line_hz, 1000) * 0.02
    assert guess_mains(samples, RATE_HZ).line_hz == line_hz


def test_one_loud_channel_does_not_decide_the_mains() -> None:
    samples = pink(1000, 8) + tone(60.0, 1000) * 0.05
    samples[:, :1] += tone(50.0, 1000) * 50
    assert guess_mains(samples, RATE_HZ).line_hz == 60.0


def test_the_openbci_recording_was_made_beside_60_hz(shared_data: Path) -> None:
    header, samples = openbci(shared_data)
    guess = guess_mains(samples[:1000].astype(np.float64), header.rate_hz)
    assert guess.line_hz == 60.0
    assert guess.ratio > 100


def test_a_guess_owes_samples_and_pays_them_all() -> None:
    filters = Filters(header_of(RATE_HZ), Cuts(), 4.0)
    samples = pink(1500, 2).astype(np.float64)
    lengths = [len(filters.clean(Block(samples[a:a + 50], a, 0.0)).samples) for a in range(0, 1500, 50)]
    assert lengths == [0] * 19 + [1000] + [50] * 10


def test_what_is_not_a_number_is_forgotten() -> None:
    samples = pink(3000, 2).astype(np.float64)
    rubbish = samples.copy()
    rubbish[200:210] = np.nan
    rubbish[300] = np.inf
    rubbish[400, 0] = 1e300
    cuts = Cuts(notch_hz=50.0)
    out = filtered(rubbish, cuts, list(range(50, 3000, 50)))
    assert np.isfinite(out).all()
    assert np.abs(out - filtered(samples, cuts, []))[:, 1][2000:].max() < 1e-3


def test_the_delay_is_what_a_burst_of_alpha_shows() -> None:
    t = np.arange(2000) / RATE_HZ
    burst = np.exp(-((t - 4.0) / 0.5) ** 2) * np.cos(2 * np.pi * 10 * (t - 4.0))
    out = filtered(burst[:, None], Cuts(notch_hz=50.0), [])[:, 0]
    late_s = (t * out**2).sum() / (out**2).sum() - (t * burst**2).sum() / (burst**2).sum()
    assert late_s * 1e3 == pytest.approx(delay_ms(Cuts(notch_hz=50.0), RATE_HZ)["total"], abs=1.0)
