"""Joins and resampling: equal power whatever the two have in common, and no trace of how the stream was cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.musicgen.joining import HALF_TAPS, Resampler, crossfaded
from generators.musicgen.level import levelled, unheard

RNG = np.random.default_rng(2)


def noise(n_samples):
    return RNG.standard_normal((1, n_samples)).astype(np.float32)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12), st.sampled_from([(32_000, 48_000), (44_100, 48_000),
                                                                                (24_000, 48_000), (48_000, 48_000)]))
@settings(max_examples=30, deadline=None)
def test_how_a_stream_is_cut_changes_nothing_in_the_resampled_sound(cuts, rates):
    sound = noise(sum(cuts))
    resampler = Resampler(*rates)
    whole, _ = resampler.feed(sound, resampler.begin(1))
    past, pieces, at = resampler.begin(1), [], 0
    for n_samples in cuts:
        out, past = resampler.feed(sound[:, at:at + n_samples], past)
        pieces.append(out)
        at += n_samples
    assert np.allclose(np.concatenate(pieces, axis=1), whole, atol=1e-6)
    assert past.kept.shape[1] < 4 * HALF_TAPS


@pytest.mark.parametrize("hz", [100.0, 1000.0, 8000.0, 13_000.0])
def test_a_tone_comes_through_at_its_own_pitch_and_level(hz):
    resampler = Resampler(32_000, 48_000)
    tone = np.sin(2 * np.pi * hz * np.arange(32_000) / 32_000)[None].astype(np.float32)
    out, past = resampler.feed(tone, resampler.begin(1))
    expected = np.sin(2 * np.pi * hz * np.arange(out.shape[1]) / 48_000)
    assert np.abs(out[0] - expected)[200:].max() < 1e-3
    assert abs(past.n_out - 48_000) <= 2 * HALF_TAPS


def test_two_alike_are_joined_without_a_swell():
    sound = noise(1600)
    assert np.allclose(crossfaded(sound, sound), sound, atol=1e-5)


def test_two_strangers_are_joined_with_equal_power():
    joined = crossfaded(noise(160_000), noise(160_000)).reshape(10, -1)
    assert np.all(np.abs(10 * np.log10(np.mean(joined**2, axis=1))) < 0.3)


def test_a_join_begins_with_the_one_and_ends_with_the_other():
    before, after = noise(1600), noise(1600)
    joined = crossfaded(before, after)
    assert np.allclose(joined[:, :3], before[:, :3], atol=0.02)
    assert np.allclose(joined[:, -3:], after[:, -3:], atol=0.02)


def test_the_level_glides_and_never_jumps_after_the_first_piece():
    loud, soft = (np.repeat(noise(48_000).T, 2, axis=1) * gain for gain in (0.3, 0.003))
    first, heard = levelled(loud, unheard(), -23.0, 48_000)
    second, after = levelled(soft, heard, -23.0, 48_000)
    assert abs(after.gain_db - heard.gain_db) <= 1.0 + 1e-9
    assert np.allclose(second[0] / soft[0], first[-1] / loud[-1], rtol=1e-3)
    _, silent = levelled(np.zeros((480, 2), dtype=np.float32), after, -23.0, 48_000)
    assert silent.gain_db == after.gain_db
