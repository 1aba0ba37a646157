"""The mean listener's course."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loop.control.scripted import Course
from loop.intent import IntentMap
from loop.values import Control, FloatArray, Intent, Presence, Target
from sensing.sources.listener.person import mean_person, noise_free
from sensing.sources.listener.trial import Sitting, mean_course

TARGET = Target(0.4, -0.6, 0.2)


class Leaning:
    """A controller that leans towards the target by what is left to go."""

    def __call__(self, valence: float, arousal: float, dt_s: float) -> Control:
        to_go = TARGET.valence - valence, TARGET.arousal - arousal
        return Control(TARGET.valence + 0.5 * to_go[0], TARGET.arousal + 0.5 * to_go[1])


def run(sitting: Sitting) -> Course:
    music = IntentMap()

    def intent(control: Control, dt_s: float) -> Intent:
        return music.intent(control, TARGET, Presence.PLAYING, dt_s)

    return mean_course(Leaning(), intent, sitting)


def course_of(sitting: Sitting) -> FloatArray:
    return run(sitting).points


def test_the_course_has_a_point_for_every_decision() -> None:
    course = run(Sitting(60.0, 0.25))
    assert course.points.shape == (240, 2)
    assert course.step_s == 0.25


def test_the_course_is_always_the_same() -> None:
    assert np.array_equal(course_of(Sitting(120.0, 0.25)), course_of(Sitting(120.0, 0.25)))


def test_the_mean_listener_comes_towards_calm_so_that_less_is_asked() -> None:
    points = course_of(Sitting(480.0, 0.25))
    assert points[0, 1] < points[-1, 1] < 0.0


def test_a_listener_who_sat_in_silence_is_calmer_to_begin_with() -> None:
    at_once, later = (course_of(Sitting(10.0, 0.25, silence_s=s))[0, 1] for s in (0.0, 240.0))
    assert later > at_once


def test_chance_of_the_person_does_not_enter() -> None:
    person = replace(noise_free(mean_person()), gain=0.0, relaxation=0.0)
    points = course_of(Sitting(60.0, 0.25, person=person))
    assert np.ptp(points, axis=0) == pytest.approx([0.0, 0.0])
