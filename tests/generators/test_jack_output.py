"""Periods of any length are filled from blocks of one length, and nothing is lost, doubled or late between them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from generators.sound.gains import STOP_S
from generators.sound.jack_output import LONGEST_FRAMES, STORE_PERIODS, Filler
from generators.sound.limiter import LATENCY
from generators.sound.ring import RATE_HZ, Pcm

BLOCK = 256
PERIODS = st.lists(st.one_of(st.integers(1, 3000), st.sampled_from([64, 256, 1024, 2048])), min_size=1, max_size=20)


def counted() -> Callable[[], Pcm]:
    """Return what computes blocks whose frames are numbered, into memory that each block overwrites, as pyo's is."""
    memory, begins = np.zeros((BLOCK, 2), dtype=np.float32), iter(range(0, 1 << 20, BLOCK))

    def compute() -> Pcm:
        first = next(begins)
        memory[:, 0] = np.arange(first, first + BLOCK)
        memory[:, 1] = -memory[:, 0]
        return memory

    return compute


def filled(filler: Filler, n_frames: int) -> Pcm:
    channels = [np.full(n_frames, np.nan, dtype=np.float32) for _ in range(2)]
    filler.fill(*channels)
    return np.stack(channels, axis=1)


@given(PERIODS)
def test_whatever_the_periods_are_the_sound_is_the_same(course: list[int]) -> None:
    filler = Filler(lambda n_frames, n_ready: None, counted())
    sound = np.concatenate([filled(filler, n_frames) for n_frames in course])
    frames = np.arange(sum(course))
    assert np.array_equal(sound, np.stack([frames, -frames], axis=1))


@given(PERIODS)
def test_of_each_period_it_is_told_once_which_frame_is_its_first(course: list[int]) -> None:
    told: list[tuple[int, int]] = []
    computed, compute = [0], counted()

    def counting() -> Pcm:
        computed[0] += BLOCK
        return compute()

    filler = Filler(lambda n_frames, n_ready: told.append((n_frames, computed[0] - n_ready)), counting)
    for n_frames in course:
        filled(filler, n_frames)
    assert told == [(n_frames, sum(course[:index])) for index, n_frames in enumerate(course)]


@given(PERIODS)
def test_no_block_is_computed_before_it_is_needed(course: list[int]) -> None:
    computed, compute = [0], counted()

    def counting() -> Pcm:
        computed[0] += 1
        return compute()

    filler = Filler(lambda n_frames, n_ready: None, counting)
    for n_frames in course:
        filled(filler, n_frames)
    assert computed[0] == -(-sum(course) // BLOCK)


def test_stop_is_silence_within_200_ms_at_the_longest_period() -> None:
    until_begun, heard = LONGEST_FRAMES / RATE_HZ, (STORE_PERIODS * LONGEST_FRAMES + LATENCY) / RATE_HZ
    assert until_begun + STOP_S + heard < 0.2
