"""The closed loop on simulated listeners: it settles, winds nothing up, does no harm. It proves control, no more."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from loop.control.regulate import CORRECTION_MOST
from loop.values import Hold
from sensing.sources.listener.person import person_of
from sessions.protocol.loading import load_protocol, with_minutes
from sessions.rehearsal import rehearse

SETTLED_SHARE = 1 / 4              # the last of a session
STEP_MOST = 0.02 * 0.253            # slew_per_s times the longest hop: 63 samples at 250 Hz
MINUTES = 4.0                      # of each of calm's two regulate phases


@cache
def lived(kind, seed, arm="calm"):
    done = rehearse(with_minutes(load_protocol(arm), MINUTES).protocol, person_of(kind, seed), seed)
    steered = [cycle for cycle in done.cycles if cycle.status.moment.steering]
    felt = np.interp([c.time_s for c in steered], done.felt.time_s, done.felt.arousal)
    return done, steered, felt


def tail(values):
    return np.asarray(values)[-int(len(values) * SETTLED_SHARE):]


def test_a_strong_listener_is_led_towards_the_target_and_stays_there_without_oscillating():
    done, steered, felt = lived("strong", 0)
    assert done.ended == "complete"
    assert abs(tail(felt).mean() - steered[0].target.arousal) <= 0.3
    assert np.ptp(tail([c.control.arousal for c in steered])) < 0.2
    assert felt[0] > tail(felt).mean() + 0.2


@pytest.mark.parametrize("kind", ["strong", "weak", "non_responder", "inverted", "drowsy"])
def test_whoever_listens_the_music_moves_in_small_steps_near_its_lead(kind):
    _, steered, _ = lived(kind, 1)
    arousal = [c.control.arousal for c in steered]
    assert np.abs(np.diff(arousal)).max() <= STEP_MOST
    assert all(abs(c.control.arousal - c.control.reference_arousal) <= CORRECTION_MOST + 0.05 for c in steered)
    assert all(abs(c.control.integral_arousal) <= CORRECTION_MOST for c in steered)


@pytest.mark.parametrize("kind", ["non_responder", "inverted"])
def test_who_does_not_answer_or_answers_the_other_way_is_not_worse_off_than_with_the_blind_course(kind):
    _, _, closed = lived(kind, 1)
    _, _, blind = lived(kind, 1, "open_loop")
    assert tail(closed).mean() <= tail(blind).mean() + 0.1


def test_a_drowsy_listener_is_held_and_not_fought():
    _, steered, _ = lived("drowsy", 1)
    drowsy = [c for c in steered if c.status.hold is Hold.DROWSY]
    assert len(drowsy) > 100
    pairs = [(a, b) for a, b in pairwise(drowsy) if b.index - a.index == 1]
    steps = [b.control.arousal - a.control.arousal for a, b in pairs]
    assert steps and set(steps) == {0.0}


def test_the_same_listener_and_seed_live_the_same_session_to_the_last_bit():
    protocol, person = load_protocol("demo").protocol, person_of("drawn", 7)
    one, other = (rehearse(protocol, person, 7) for _ in range(2))
    assert [repr(c) for c in one.cycles] == [repr(c) for c in other.cycles]
