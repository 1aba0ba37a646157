import threading

import pylsl

from loop.clock import ManualClock, SystemClock, every


def test_the_system_clock_shows_the_seconds_of_lsl():
    before, lsl, after = SystemClock().now_s(), pylsl.local_clock(), SystemClock().now_s()
    assert before - 1e-3 <= lsl <= after + 1e-3


def test_waiting_never_ends_early():
    clock = SystemClock()
    until_s = clock.now_s() + 0.02
    clock.wait_until(until_s)
    assert clock.now_s() >= until_s


def test_a_manual_clock_moves_only_when_told_and_never_back():
    clock = ManualClock(5.0)
    clock.wait_until(4.0)
    assert clock.now_s() == 5.0
    clock.wait_until(6.5)
    assert clock.now_s() == 6.5


def test_a_helper_thread_stops_waiting_when_told():
    stop = threading.Event()
    assert every(0.001, stop)
    stop.set()
    assert not every(60.0, stop)
