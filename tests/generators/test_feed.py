"""PCM from another process: frame by frame as it was made, gone over to and back from without a hole or a click."""

from __future__ import annotations

from multiprocessing import get_context

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.render import Studio
from generators.sound.feed import BEGIN_S, Handover, PcmFeed, balance
from generators.sound.player import BLOCK_FRAMES, BLOCK_S
from generators.sound.ring import RATE_HZ
from tests.generators import scenes
from tests.generators.stage import longest_silence_s

SPAWN = get_context("spawn")
TONE_HZ = 1500.0


def tone(seconds, level=0.05):
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return np.repeat((level * np.sin(2 * np.pi * TONE_HZ * at))[:, None], 2, axis=1).astype(np.float32)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), max_size=30))
@settings(max_examples=50, deadline=None)
def test_what_is_taken_is_what_was_appended(steps):
    feed, given_frames, taken = PcmFeed(SPAWN, 64), [], []
    for n_in, n_out in steps:
        pcm = np.random.default_rng(len(taken)).standard_normal((n_in, 2)).astype(np.float32)
        if feed.append(pcm):
            given_frames.append(pcm)
        block = np.ones((n_out, 2), dtype=np.float32)
        n_frames = feed.take(block)
        assert not block[n_frames:].any()
        taken.append(block[:n_frames].copy())
    taken.append(np.zeros((feed.ready, 2), dtype=np.float32))
    feed.take(taken[-1])
    assert np.array_equal(np.concatenate([np.zeros((0, 2)), *taken]), np.concatenate([np.zeros((0, 2)), *given_frames]))


def test_the_two_gains_have_the_power_of_one():
    for share in np.linspace(0, 1, 11):
        voices, elsewhere = balance(float(share))
        assert abs(voices**2 + elsewhere**2 - 1) < 1e-12


def test_nothing_is_taken_before_enough_lies_ready():
    feed = PcmFeed(SPAWN)
    hand = Handover(feed)
    feed.open = True
    feed.append(tone(BEGIN_S - 0.1))
    for _ in range(100):
        hand.take(BLOCK_FRAMES)
    assert hand.share == 0 and feed.ready == int((BEGIN_S - 0.1) * RATE_HZ)
    feed.append(tone(0.2))
    hand.take(BLOCK_FRAMES)
    assert hand.share > 0


def test_a_maker_that_stops_is_left_before_it_runs_dry():
    feed = PcmFeed(SPAWN)
    hand = Handover(feed)
    feed.open = True
    feed.append(tone(12))
    shares = []
    for _ in range(int(14 / BLOCK_S)):
        full = feed.ready >= BLOCK_FRAMES
        hand.take(BLOCK_FRAMES)
        shares.append(hand.share)
        assert full or hand.share == 0
    assert max(shares) == 1 and shares[-1] == 0


def goes_over_and_back():
    """The voices play on; a tone of 10 s comes at 3 s, then its maker is gone."""
    feed = PcmFeed(SPAWN)
    studio, source, pieces = Studio(pcm=Handover(feed)), scenes.bars(), []
    studio.player.wish(scenes.wish())
    for index in range(int(24 / BLOCK_S)):
        if studio.player.queued < 2:
            studio.player.offer(next(source))
        if index == int(3 / BLOCK_S):
            feed.open = True
            feed.append(tone(10))
        pieces.append(studio.block().copy())
    return np.concatenate(pieces)


def test_the_voices_come_back_without_a_hole_or_a_click(tmp_path):
    sound = scenes.in_child(goes_over_and_back, tmp_path)
    heard = sound[int(2.5 * RATE_HZ):, 0]
    assert longest_silence_s(sound[int(2.5 * RATE_HZ):]) < 0.001
    levels = np.array([np.sqrt(np.mean(heard[at:at + RATE_HZ // 2] ** 2))
                       for at in range(0, len(heard) - RATE_HZ // 2, RATE_HZ // 4)])
    assert levels.min() > 0.2 * np.median(levels)
    spectrum = [abs(np.exp(-2j * np.pi * TONE_HZ / RATE_HZ * np.arange(RATE_HZ)) @ sound[at:at + RATE_HZ, 0])
                for at in range(0, len(sound) - RATE_HZ, RATE_HZ)]
    assert max(spectrum[:3]) < 0.05 * max(spectrum)
    assert max(spectrum[15:]) < 0.05 * max(spectrum)
    assert min(spectrum[6:9]) > 0.8 * max(spectrum)
    steps = np.abs(np.diff(heard))
    assert steps.max() < 3 * np.quantile(steps, 0.999)
