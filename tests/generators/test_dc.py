"""PCM that was made elsewhere puts no constant offset on the output, and loses nothing that is heard."""

from __future__ import annotations

from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.render import Studio
from generators.sound.dc import DcGuard
from generators.sound.feed import FADE_S, Handover, PcmFeed
from generators.sound.player import BLOCK_FRAMES, BLOCK_S
from generators.sound.ring import RATE_HZ
from tests.generators import scenes

OFFSET = -0.02                      # as was seen of random weights


def tone(tone_hz, seconds, level=0.05):
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return np.repeat((level * np.sin(2 * np.pi * tone_hz * at))[:, None], 2, axis=1).astype(np.float32)


def in_blocks(pcm, n_frames=BLOCK_FRAMES):
    guard = DcGuard(RATE_HZ)
    return np.concatenate([guard.passed(pcm[at:at + n_frames]) for at in range(0, len(pcm), n_frames)])


def test_an_offset_falls_by_more_than_sixty_decibels_and_long_before_the_hand_over_is_done():
    left = np.abs(in_blocks(np.full((2 * RATE_HZ, 2), OFFSET, dtype=np.float32)))
    assert left[int(0.3 * FADE_S * RATE_HZ):].max() < 1e-3 * abs(OFFSET)
    assert left[-1].max() < 1e-6 * abs(OFFSET)


@pytest.mark.parametrize(("tone_hz", "most_db"), [(20.0, 0.05), (40.0, 0.1), (1000.0, 0.01)])
def test_what_is_heard_passes(tone_hz, most_db):
    pcm = tone(tone_hz, 3.0)
    after = slice(2 * RATE_HZ, None)
    lost_db = 20 * np.log10(np.std(pcm[after]) / np.std(in_blocks(pcm)[after]))
    assert -0.001 < lost_db < most_db


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_how_it_is_cut_changes_nothing(cuts, seed):
    pcm = np.random.default_rng(seed).uniform(-1, 1, (sum(cuts), 2)).astype(np.float32)
    guard, at, pieces = DcGuard(RATE_HZ), 0, []
    for n_frames in cuts:
        pieces.append(guard.passed(pcm[at:at + n_frames]))
        at += n_frames
    assert np.abs(np.concatenate(pieces) - in_blocks(pcm)).max() < 1e-6      # a last bit of float32 at full scale


def test_each_channel_loses_its_own_offset_and_nothing_crosses_over():
    pcm = np.zeros((RATE_HZ, 2), dtype=np.float32)
    pcm[:, 0] = OFFSET
    assert not in_blocks(pcm)[:, 1].any()


def test_no_offset_leaves_no_trace():
    assert not in_blocks(np.zeros((1000, 2), dtype=np.float32)).any()


def taken_over(offset):
    """The voices play on; a tone comes at 3 s, then its maker is gone."""
    feed = PcmFeed(get_context("spawn"))
    studio, source, pieces = Studio(pcm=Handover(feed)), scenes.bars(), []
    studio.player.wish(scenes.wish())
    for index in range(int(20 / BLOCK_S)):
        if studio.player.queued < 2:
            studio.player.offer(next(source))
        if index == int(3 / BLOCK_S):
            feed.open = True
            feed.append(tone(1500.0, 10) + np.float32(offset))
        pieces.append(studio.block().copy())
    return np.concatenate(pieces)


def about_zero():
    return taken_over(0.0)


def beside_zero():
    return taken_over(OFFSET)


def test_a_stream_beside_zero_sounds_like_one_about_it_and_comes_and_goes_without_a_step(tmp_path):
    offset_heard = scenes.in_child(beside_zero, tmp_path) - scenes.in_child(about_zero, tmp_path)
    assert np.abs(offset_heard).max() < 0.05 * abs(OFFSET)
    assert np.abs(np.diff(offset_heard, axis=0)).max() < 1e-3 * abs(OFFSET)
    assert np.abs(offset_heard[7 * RATE_HZ:9 * RATE_HZ].mean(axis=0)).max() < 1e-3 * abs(OFFSET)
