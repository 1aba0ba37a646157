"""The blind course: what `regulate` would play to the mean listener, fixed before the session and deaf to its EEG."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from loop.control.regulate import Gains, Regulate
from loop.control.scripted import Course
from loop.intent import IntentMap
from loop.schedule import STEERS, Phase
from loop.values import Affect, Control, Hold, Intent, Moment, Presence, Target, read_only
from sensing.sources.listener.trial import Sitting, mean_course

KNOWN_SD = 0.15                    # what the state filter settles at: the blind controller has the same dead-band
BLIND = "mean listener"


@dataclass(slots=True)
class _MeanPlayer:
    """Plays the steered phases of a protocol one after the other to whoever `mean_course` brings."""

    phases: Sequence[Phase]
    controller: Regulate
    intents: IntentMap
    played_s: float = 0.0

    def decide(self, valence: float, arousal: float, dt_s: float) -> Control:
        affect = Affect(valence, arousal, KNOWN_SD, KNOWN_SD, 1.0, BLIND, scaled=True)
        moment = Moment(self.played_s, 0, "regulate", "", self.played_s, 0.0, False, Presence.PLAYING, True)
        control = self.controller.control(affect, self._target(), moment, Hold.NONE, dt_s)
        self.played_s += dt_s
        return control

    def intent_of(self, control: Control, dt_s: float) -> Intent:
        return self.intents.intent(control, self._target(), Presence.PLAYING, dt_s)

    def _target(self) -> Target:
        left_s = self.played_s
        for phase in self.phases:
            if left_s < phase.length_s:
                return phase.target
            left_s -= phase.length_s
        return self.phases[-1].target


def blind_courses(phases: Sequence[Phase], gains: Gains, hop_s: float) -> dict[int, Course]:
    """Return the course of every steered phase, by its index.

    The mean listener sits through the baselines in silence, then hears the steered phases one after the other.
    """
    steered = [(index, phase) for index, phase in enumerate(phases) if phase.kind in STEERS]
    if not steered:
        return {}
    only = [phase for _, phase in steered]
    before = phases[: steered[0][0]]
    silence_s = sum(phase.length_s for phase in before if phase.kind == "baseline")
    player = _MeanPlayer(only, Regulate(gains), IntentMap())
    sitting = Sitting(sum(phase.length_s for phase in only), hop_s, silence_s, only[0].eyes)
    points = mean_course(player.decide, player.intent_of, sitting).points
    ends = np.cumsum([round(phase.length_s / hop_s) for phase in only])
    parts = np.split(points, ends[:-1])
    return {index: Course(hop_s, part) for (index, _), part in zip(steered, parts, strict=True)}


def courses_to_json(courses: Mapping[int, Course]) -> str:
    """Return the courses as JSON: the floats come back to the last bit."""
    return json.dumps({str(i): {"step_s": c.step_s, "points": c.points.tolist()} for i, c in courses.items()})


def courses_from_json(text: str) -> dict[int, Course]:
    """Return the courses that `courses_to_json` wrote."""
    return {int(i): Course(c["step_s"], read_only(np.array(c["points"]))) for i, c in json.loads(text).items()}
