"""Stamps of boards: even, true, and honest about what was lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.clock import SystemClock, wall_time
from sensing.sources.stamping import BREAK_S, MAX_BEND, EvenStamps, UnixClock

RATE_HZ = 250.0
START_S = 1000.0


def arrivals(n_times: int, rate_hz: float = RATE_HZ, late_s: float = 0.0, seed: int = 3) -> np.ndarray:
    """When samples came: each late by up to `late_s`, none before the one before it."""
    late = np.random.default_rng(seed).uniform(0.0, 1.0, n_times) * late_s
    return np.maximum.accumulate(START_S + np.arange(n_times) / rate_hz + late)


def stamped(times_s: np.ndarray, n_chunk: int = 25, rate_hz: float = RATE_HZ) -> np.ndarray:
    stamps = EvenStamps(rate_hz)
    return np.concatenate([stamps.stamp(times_s[i : i + n_chunk]) for i in range(0, len(times_s), n_chunk)])


def test_punctual_samples_keep_their_times() -> None:
    assert np.allclose(stamped(arrivals(5000)), arrivals(5000), atol=1e-6)


def test_a_burst_is_spread_as_the_board_sampled_it() -> None:
    times_s = np.repeat(START_S + np.arange(12, 6012, 12) / 256.0, 12)      # a Muse: twelve at once
    stamps_s = stamped(times_s, 12, 256.0)
    assert np.allclose(np.diff(stamps_s), 1 / 256.0, rtol=1e-6)
    assert np.all(stamps_s <= times_s + 1e-6)


@pytest.mark.parametrize("rate_hz", [RATE_HZ * 0.995, RATE_HZ * 1.005, RATE_HZ * 1.0003])
def test_the_true_rate_is_found_whatever_the_nominal_one(rate_hz: float) -> None:
    times_s = arrivals(30_000, rate_hz, late_s=0.01)
    stamps_s = stamped(times_s)
    true_s = START_S + np.arange(30_000) / rate_hz
    assert np.abs(stamps_s - true_s)[10_000:].max() < 0.002
    assert np.ptp(np.diff(stamps_s)[10_000:]) * rate_hz < 1e-3


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=30), st.floats(0.0, 0.03), st.integers(0, 99))
def test_stamps_rise_evenly_and_do_not_see_how_the_stream_was_cut(cuts: list[int], late_s: float, seed: int) -> None:
    times_s = arrivals(3000, late_s=late_s, seed=seed)
    whole, pieces = EvenStamps(RATE_HZ), EvenStamps(RATE_HZ)
    edges = np.minimum(np.cumsum([10, *cuts]), 3000)
    first = [f.stamp(times_s[:10]) for f in (whole, pieces)]
    together = whole.stamp(times_s[10:])
    apart = np.concatenate([pieces.stamp(part) for part in np.split(times_s, np.unique(edges))[1:]])
    assert np.array_equal(first[0], first[1])
    assert np.allclose(together, apart, rtol=0, atol=1e-9)
    assert np.all(np.abs(np.diff(together) * RATE_HZ - 1) <= MAX_BEND + 1e-6)


def test_lost_samples_leave_their_time_free() -> None:
    stamps, kept = EvenStamps(RATE_HZ), np.r_[0:300, 340:1000]
    lost = np.zeros(len(kept), dtype=np.int64)
    lost[300] = 40
    stamps_s = stamps.stamp(arrivals(1000)[kept], lost)
    assert np.allclose(stamps_s, arrivals(1000)[kept], atol=1e-6)


def test_a_loss_for_which_there_was_no_time_is_not_believed() -> None:
    stamps, times_s, lost = EvenStamps(RATE_HZ), arrivals(1000), np.zeros(1000, dtype=np.int64)
    lost[310] = 200                                # a packet number that a bit fell out of
    stamps_s = np.concatenate([stamps.stamp(times_s[i : i + 25], lost[i : i + 25]) for i in range(0, 1000, 25)])
    assert np.allclose(stamps_s, times_s, atol=1e-6)


def test_a_loss_that_nobody_counted_is_a_jump_within_a_second() -> None:
    kept = np.r_[0:500, 600:2000]
    stamps_s = stamped(arrivals(2000)[kept])
    jumps = np.flatnonzero(np.diff(stamps_s) > BREAK_S)
    assert len(jumps) == 1 and 500 <= jumps[0] < 760
    assert np.allclose(stamps_s[760:], arrivals(2000)[kept][760:], atol=1e-6)


def test_a_backlog_gets_the_times_at_which_it_was_sampled() -> None:
    times_s = arrivals(2000)
    times_s[600:850] = times_s[850]                # the radio held a second back
    assert np.allclose(stamped(times_s, 50), arrivals(2000), atol=1e-6)


def test_after_a_restart_nothing_of_the_old_link_is_left() -> None:
    stamps = EvenStamps(RATE_HZ)
    stamps.stamp(arrivals(1000))
    stamps.restart()
    assert np.allclose(stamps.stamp(arrivals(100) + 7.3), arrivals(100) + 7.3)


def test_unix_time_becomes_the_sessions_time() -> None:
    clock = SystemClock()
    unix = UnixClock(clock)
    before_s, told_s, after_s = clock.now_s(), wall_time().timestamp(), clock.now_s()
    assert before_s - 1e-3 <= unix.arrivals(np.array([told_s]))[0] <= after_s + 1e-3


def test_a_boards_own_clock_is_not_taken_for_the_time_of_day() -> None:
    clock = SystemClock()
    told_s = UnixClock(clock).arrivals(np.array([0.0, 12.5]))
    assert np.all(np.abs(told_s - clock.now_s()) < 1.0)


def test_no_sample_comes_from_the_future() -> None:
    clock = SystemClock()
    told_s = UnixClock(clock).arrivals(np.array([wall_time().timestamp() + 5.0]))
    assert told_s[0] <= clock.now_s()
