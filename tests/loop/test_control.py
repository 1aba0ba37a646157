from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.control.helm import Helm
from loop.control.mirror import Mirror
from loop.control.regulate import CORRECTION_MOST, Gains, Regulate, dead, lead
from loop.control.scripted import Course, Scripted
from loop.errors import ProtocolError
from loop.values import Affect, Control, Hold, Moment, Presence, Target

TARGET = Target(0.4, -0.6, 0.2)
MOMENT = Moment(0.0, 3, "regulate", "closed", 0.0, 60.0, False, Presence.PLAYING, True)
DT = 0.25


def state(valence=0.0, arousal=0.0, sd=0.1):
    return Affect(valence, arousal, sd, sd, 1.0, "fake", scaled=True)


def run(controller, seconds, affect_of, hold=Hold.NONE, target=TARGET):
    controls, u = [], Control(0.0, 0.0)
    for k in range(int(seconds / DT)):
        u = controller.control(affect_of(u, k * DT), target, replace(MOMENT, elapsed_s=k * DT), hold, DT)
        controls.append(u)
    return controls


def test_music_begins_where_the_person_is():
    first = Regulate(Gains()).control(state(0.1, 0.3), TARGET, MOMENT, Hold.NONE, DT)
    assert first.valence == pytest.approx(0.1, abs=0.01)
    assert first.arousal == pytest.approx(0.3, abs=0.01)


def test_music_never_begins_above_the_caps():
    first = Regulate(Gains()).control(state(-0.9, 0.9, sd=2.0), TARGET, MOMENT, Hold.NONE, DT)
    assert first.valence >= -0.2 - 1e-9
    assert first.arousal <= 0.4 + 1e-9


def test_without_a_scale_music_begins_in_the_middle():
    unscaled = replace(state(0.8, -0.9), scaled=False)
    assert Regulate(Gains()).control(unscaled, TARGET, MOMENT, Hold.NO_SCALE, DT).arousal == 0.0


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.sampled_from(list(Hold))), min_size=2, max_size=80))
@settings(deadline=None)
def test_music_moves_in_bounded_steps_and_a_hold_moves_nothing(readings):
    gains, controller = Gains(), Regulate(Gains())
    before = None
    for v, a, hold in readings:
        now = controller.control(state(v, a), TARGET, MOMENT, hold, DT)
        assert -1 <= now.valence <= 1 and -1 <= now.arousal <= 1
        assert abs(now.integral_arousal) <= CORRECTION_MOST
        if before is not None:
            assert abs(now.arousal - before.arousal) <= gains.slew_per_s * DT + 1e-12
            if hold not in (Hold.NONE, Hold.DROWSY):
                assert replace(now, hold=before.hold) == before
            if hold is Hold.DROWSY:
                assert (now.arousal, now.reference_arousal) == (before.arousal, before.reference_arousal)
        before = now


def test_the_reference_is_led_straight_and_no_faster_than_asked():
    controls = run(Regulate(Gains(lead_per_min=0.15)), 120, lambda u, t: state())
    moved = np.hypot(controls[-1].reference_valence, controls[-1].reference_arousal)
    assert moved == pytest.approx(0.30, abs=0.01)
    assert lead((0.0, 0.0), TARGET, 5.0) == pytest.approx((0.4, -0.6))


def test_inside_the_dead_band_there_is_no_error_and_outside_it_is_continuous():
    assert dead(0.05, 0.1) == 0.0
    assert dead(0.15, 0.1) == pytest.approx(0.05)
    assert dead(-0.15, 0.1) == pytest.approx(-0.05)


def listener(gain, tau_s=20.0, start=0.3, pull=0.0):
    memory = {"x": start}

    def answer(u, t):
        memory["x"] += DT / tau_s * (gain * u.arousal + pull - memory["x"])
        return state(u.valence, float(np.clip(memory["x"], -1, 1)), sd=0.05)

    return answer


def test_a_strong_listener_settles_at_the_target_without_oscillating():
    controls = run(Regulate(Gains()), 1800, xs := listener(1.0))
    states = [xs(controls[-1], 0).arousal for _ in range(4)]
    assert abs(states[-1] - TARGET.arousal) < 0.2
    tail = np.diff([c.arousal for c in controls[-1200:]])
    assert np.ptp([c.arousal for c in controls[-1200:]]) < 0.1
    assert np.sum(np.diff(np.sign(tail[np.abs(tail) > 1e-4])) != 0) <= 2


@pytest.mark.parametrize("gain", [0.0, -0.8])
def test_who_does_not_answer_or_answers_the_other_way_winds_nothing_up(gain):
    controls = run(Regulate(Gains()), 3600, listener(gain))
    assert max(abs(c.integral_arousal) for c in controls) <= CORRECTION_MOST
    assert all(abs(c.arousal - c.reference_arousal) <= CORRECTION_MOST + 0.02 for c in controls)


def test_a_mirror_shows_a_share_of_the_state_and_refuses_a_gain_that_runs_away():
    controls = run(Mirror(0.4, 1.0), 10, lambda u, t: state(0.5, -0.5))
    assert (controls[-1].valence, controls[-1].arousal) == pytest.approx((0.2, -0.2))
    with pytest.raises(ProtocolError, match="gain"):
        Mirror(0.5, 0.02)


@given(st.floats(-1, 1), st.floats(-1, 1))
@settings(deadline=None)
def test_a_script_is_blind(valence, arousal):
    course = Course(1.0, np.array([[0.1, 0.2], [0.3, 0.4]]))
    blind = Scripted({3: course})
    moments = [replace(MOMENT, elapsed_s=elapsed_s) for elapsed_s in (0.0, 1.5, 99.0)]
    got = [blind.control(state(valence, arousal), TARGET, moment, Hold.NONE, DT) for moment in moments]
    assert [(c.valence, c.arousal) for c in got] == [(0.1, 0.2), (0.3, 0.4), (0.3, 0.4)]


def test_a_lost_source_leads_the_music_to_neutral_without_a_swell():
    helm = Helm(Regulate(Gains()))
    steered = helm.control(state(0.0, -0.5), TARGET, MOMENT, Hold.NONE, DT)
    for _ in range(400):
        now = helm.control(state(), TARGET, replace(MOMENT, paused=True), Hold.LOST, DT)
    assert now.valence == pytest.approx(0.0)
    assert now.arousal == pytest.approx(steered.arousal)


def test_taking_over_after_a_loss_is_no_step():
    helm = Helm(Regulate(Gains()))
    run(helm, 60, lambda u, t: state(0.4, 0.3))
    for _ in range(200):
        neutral = helm.control(state(), TARGET, replace(MOMENT, paused=True), Hold.LOST, DT)
    after = helm.control(state(0.4, 0.3), TARGET, MOMENT, Hold.NONE, DT)
    assert abs(after.valence - neutral.valence) <= Gains().slew_per_s * DT + 1e-9


def test_a_minute_leads_back_to_alertness():
    helm, alert = Helm(Regulate(Gains())), Target(0.3, 0.2, 0.2)
    run(helm, 1200, lambda u, t: state(0.3, -0.5))
    for _ in range(240):
        now = helm.control(state(), alert, replace(MOMENT, phase="return_to_alert", steering=False), Hold.NONE, DT)
    assert (now.valence, now.arousal) == pytest.approx((0.3, 0.2))
    assert now.hold is Hold.NONE
