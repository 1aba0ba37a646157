"""The watchdog: it hears each of the known failures, and hears none in music; a fresh start is crossfaded."""

from __future__ import annotations

import numpy as np
import pytest

from generators.musicgen.guards import Watched, judged
from generators.musicgen.ports import ModelFacts
from generators.musicgen.stream import MusicStream, StreamSettings
from generators.sound.ring import RATE_HZ
from loop.errors import SoundError
from tests.generators import scenes

RNG = np.random.default_rng(4)
N = 5 * RATE_HZ


def swelling(level, cutoff=200):
    """Return noise that swells twice a second, low-passed by a moving mean of `cutoff` samples."""
    sound = np.convolve(RNG.standard_normal(N), np.ones(cutoff) / cutoff**0.5, "same")
    swell = 1 + 0.8 * np.sin(2 * np.pi * 0.7 * np.arange(N) / RATE_HZ)
    return (level * sound * swell)[None].astype(np.float32)


def watched(*pieces):
    memory = Watched()
    for piece in pieces:
        fault, memory = judged(piece, RATE_HZ, memory)
        assert fault == ""
    return memory


@pytest.mark.parametrize(("piece", "fault"), [
    (np.zeros((1, N), dtype=np.float32), "silence"),
    (swelling(0.05) * 10, "a runaway level"),
    (np.full((1, N), np.nan, dtype=np.float32), "numbers that are none"),
    (np.sin(2 * np.pi * 440 * np.arange(N) / RATE_HZ)[None].astype(np.float32) * 0.05, "a stuck spectrum"),
])
def test_a_known_failure_is_heard(piece, fault):
    assert judged(piece, RATE_HZ, watched(swelling(0.05), swelling(0.05)))[0] == fault


def test_a_spectrum_that_drifts_away_is_heard_and_a_brighter_one_is_not():
    memory = watched(*[swelling(0.05)] * 5)
    fault = ""
    for _ in range(8):
        fault, memory = judged(swelling(0.05, 60), RATE_HZ, memory)
        assert fault == ""
    for _ in range(8):
        hiss = np.diff(swelling(0.05, 1), n=6, append=np.zeros((1, 6)))
        fault, after = judged((hiss / 20).astype(np.float32), RATE_HZ, memory)
        memory = memory if fault else after
    assert fault == "drift"


def test_music_trips_no_guard(tmp_path):
    sound = scenes.in_child(scenes.steady, tmp_path)[2 * RATE_HZ:]
    memory = Watched()
    for at in range(0, len(sound) - 4 * RATE_HZ, 4 * RATE_HZ):
        fault, memory = judged(sound[at:at + 4 * RATE_HZ].T, RATE_HZ, memory)
        assert fault == ""


class Tape:
    """A model that plays what it is told: a seed of its tokens says which hop it is."""

    facts = ModelFacts("tape", 25.0, 1, 8, 32_000, 1, (0,), 30.0)

    def __init__(self, silent_from, silent_until):
        self._hops, self._silent = 0, range(silent_from, silent_until)

    def words(self, text):
        import torch

        return torch.zeros(2, 4)

    def continuing(self, told):
        from contextlib import nullcontext

        import torch

        return nullcontext(lambda columns: torch.zeros(2, 1, 8))

    def decode(self, tokens):
        self._hops += 1
        rng = np.random.default_rng(self._hops)
        n_samples = tokens.shape[1] * 1280
        swell = 1 + 0.8 * np.sin(np.arange(n_samples) / 9000)
        sound = np.convolve(rng.standard_normal(n_samples), np.ones(200) / 14, "same") * 0.05 * swell
        return (sound * (self._hops not in self._silent))[None].astype(np.float32)


def test_a_silent_piece_is_replaced_by_a_fresh_start_without_a_click():
    stream = MusicStream(Tape(3, 4), StreamSettings(hop_s=4.0))
    pcm, state = stream.render(scenes.wish(), 16 * RATE_HZ, stream.begin(1))
    assert (state.fresh_starts, state.fault) == (1, "silence")
    steps = np.abs(np.diff(pcm[:, 0]))
    join = 2 * 4 * RATE_HZ
    assert steps[join - RATE_HZ // 4:join + RATE_HZ].max() <= 2 * np.quantile(steps, 0.999)
    levels = [np.sqrt(np.mean(pcm[at:at + RATE_HZ // 2] ** 2)) for at in range(0, len(pcm), RATE_HZ // 2)]
    assert min(levels) > 0.1 * np.median(levels)


def test_a_model_that_plays_no_music_is_given_up_in_words():
    stream = MusicStream(Tape(0, 100), StreamSettings(hop_s=4.0))
    with pytest.raises(SoundError, match="plays no music: silence"):
        stream.render(scenes.wish(), 60 * RATE_HZ, stream.begin(1))
