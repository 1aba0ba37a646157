"""Scripted: a course that was fixed before the session; the EEG moves nothing.

This is the open loop, the arm against which a closed loop has to show that it does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from loop.values import Affect, Control, FloatArray, Hold, Moment, Target


@dataclass(frozen=True, slots=True)
class Course:
    """The control of one phase over its own time: rows of (valence, arousal), `step_s` apart."""

    step_s: float
    points: FloatArray             # (n, 2)


class Scripted:
    """Plays the course of each steered phase by the phase's own clock; implements `loop.ports.Controller`.

    Parameters
    ----------
    courses : mapping of int to Course
        By index of the phase.
    """

    def __init__(self, courses: Mapping[int, Course]) -> None:
        self._courses = dict(courses)

    def control(self, affect: Affect, target: Target, moment: Moment, hold: Hold, advance_s: float) -> Control:
        """Return the point that is due; the last one for as long as the phase lasts."""
        course = self._courses[moment.phase_index]
        row = min(len(course.points) - 1, int(moment.elapsed_s / course.step_s))
        valence, arousal = np.asarray(course.points[row], dtype=float)
        return Control(float(valence), float(arousal), hold)

    def rest(self, control: Control) -> None:
        """A script does not listen."""

    def plan(self, latency_s: float) -> None:
        """A script was fixed before anything was heard."""
