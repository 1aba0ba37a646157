"""The controller plans with the music's latency: it decides for when the music is heard, and no faster than it can."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.control.helm import Helm
from loop.control.planning import LATENCY_MOST_S, TUNED_S, slowness
from loop.control.regulate import Gains, Regulate
from loop.inputs import Report, ReportKind
from loop.values import Control, Hold, Target
from tests.fakes import chunk
from tests.loop.test_control import DT, MOMENT, TARGET, state
from tests.loop.test_engine import engine

USUAL = Gains()
FAST = Gains(kp=0.5, ti_s=60.0, dead_band_sd=0.0)


def steered(latency_s, n_decisions, affect_of, gains=USUAL, target=TARGET):
    controller, controls, u = Helm(Regulate(gains)), [], Control(0.0, 0.0)
    if latency_s is not None:
        controller.plan(latency_s)
    for _ in range(n_decisions):
        u = controller.control(affect_of(u), target, MOMENT, Hold.NONE, DT)
        controls.append(u)
    return controls


@pytest.mark.parametrize("latency_s", [2.0, 8.0, 12.0])
def test_what_is_decided_now_is_for_where_the_reference_is_when_it_is_heard(latency_s):
    follows = steered(latency_s, 700, lambda u: state(*(0.0, 0.0) if math.isnan(u.reference_valence) else
                                                      (u.reference_valence, u.reference_arousal)))
    late = round(latency_s / DT)
    for now, heard in list(zip(follows, follows[late:], strict=False))[200:]:
        assert now.arousal == pytest.approx(heard.reference_arousal, abs=1e-3)
        assert now.valence == pytest.approx(heard.reference_valence, abs=1e-3)


def test_without_a_report_nothing_is_planned():
    assert math.isnan(steered(None, 3, lambda u: state())[-1].latency_s)
    silent, told = (steered(latency_s, 200, lambda u: state(0.1, 0.2)) for latency_s in (None, 0.0))
    assert [(c.valence, c.arousal) for c in silent] == [(c.valence, c.arousal) for c in told]


def test_the_gains_are_those_of_the_protocol_as_long_as_the_music_is_no_later_than_they_were_made_for():
    assert slowness(0.0) == slowness(TUNED_S) == 1.0
    assert slowness(20.0) == pytest.approx(2.0)


@given(st.floats(0, 60), st.floats(0, 60))
def test_later_music_is_never_steered_faster(one, other):
    soon, late = sorted((one, other))
    assert 1.0 <= slowness(soon) <= slowness(late)


def swing(plans, latency_s=30.0, gain=2.2):
    """Return how far arousal swings, at the end, with a listener who answers fast and strongly to late music."""
    heard, memory = deque([0.0] * round(latency_s / DT)), {"x": 0.0}

    def answer(u):
        heard.append(u.arousal)
        memory["x"] += DT / 5.0 * (gain * heard.popleft() - memory["x"])
        return state(0.0, float(np.clip(memory["x"], -1, 1)), sd=0.0)

    controls = steered(latency_s if plans else None, 8000, answer, FAST, Target(0.2, -0.3, 0.2))
    return float(np.ptp([c.arousal for c in controls[-2000:]]))


def test_music_that_is_very_late_swings_a_loop_that_does_not_plan_with_it():
    assert swing(plans=True) < 0.01 < 0.1 < swing(plans=False)


@given(st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.just(-1.0)))
@settings(deadline=None)
def test_what_is_no_time_is_not_planned_with(number):
    controller = Regulate(Gains())
    controller.plan(6.0)
    controller.plan(number)
    told = controller.control(state(), TARGET, MOMENT, Hold.NONE, DT).latency_s
    assert 0.0 <= told <= LATENCY_MOST_S
    if not (math.isfinite(number) and number >= 0):
        assert told == 6.0


def test_a_report_reaches_the_controller_and_every_decision_says_what_it_was_planned_with():
    one = engine()
    before = one.step(chunk(25, 0.25))
    one.step(Report(ReportKind.LATENCY, 0.3, number=9.0))
    after = one.step(chunk(25, 0.5))
    assert math.isnan(before[0].control.latency_s)
    assert after[0].control.latency_s == 9.0
