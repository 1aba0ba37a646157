"""The mean listener's course: what a controller would play to the average person, to be played blind to any EEG.

It is the fair open loop: the same target, the same slews, the same music, but fitted to nobody. Controller and
intent map are handed in as callables, so this file knows neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from loop.control.scripted import Course
from loop.values import Control, Intent, read_only
from sensing.sources.listener.latent import Latent
from sensing.sources.listener.person import Person, mean_person, noise_free

Decide = Callable[[float, float, float], Control]
IntentOf = Callable[[Control, float], Intent]


@dataclass(frozen=True, slots=True)
class Sitting:
    """How a phase finds the mean listener."""

    length_s: float                # of the phase
    hop_s: float                   # between decisions
    silence_s: float = 0.0         # sat in silence before it: the baselines
    eyes: str = "closed"
    person: Person = field(default_factory=lambda: noise_free(mean_person()))


def mean_course(decide: Decide, intent_of: IntentOf, sitting: Sitting) -> Course:
    """Run the mean listener, free of chance, through a controller; return the controls that it came to.

    Parameters
    ----------
    decide : callable
        ``decide(affect_valence, affect_arousal, dt_s)``: the controller, told what is felt and not what is decoded.
    intent_of : callable
        ``intent_of(control, dt_s)``: the map to music, with its slews.
    sitting : Sitting

    Returns
    -------
    loop.control.scripted.Course
        One point a decision.
    """
    latent = Latent(sitting.person, np.random.default_rng(0))     # its draws are all multiplied by 0
    for _ in range(round(sitting.silence_s / sitting.hop_s)):
        latent.advance(None, sitting.hop_s, sitting.eyes)
    points = np.empty((round(sitting.length_s / sitting.hop_s), 2))
    for point in points:
        control = decide(latent.state.valence, latent.state.arousal, sitting.hop_s)
        point[:] = control.valence, control.arousal
        latent.advance(intent_of(control, sitting.hop_s), sitting.hop_s, sitting.eyes)
    return Course(sitting.hop_s, read_only(points))
