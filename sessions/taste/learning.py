"""What ratings say about how music acts on one listener: ridge regression about the prior of `loop/cues.py`.

For one axis, with x the mean cues of an excerpt and y how far its rating lies from the one before any music:

    y = c + w . x + noise,   w ~ N(g p, G),   G = (g_sd p)(g_sd p)' + diag((g spread p)^2),   c ~ N(0, c_sd^2)
    theta = theta0 + (X' S^-1 X + G^-1)^-1 X' S^-1 (y - X theta0)

p are the prior's weights, g how strongly music acts at all. S has 2 s^2 on its diagonal, and s^2 between excerpts of
one session, which share the rating that they are compared with. A listener on whom all cues act twice as much needs no
other table: the controller sees to that. So each cue's *leaning* is its weight against the listener's own strength
g^ = sum(w) / sum(p):

    leaning = w / (p g^),  kept in 0.5..1.5;  below 0 (-0.5 at the least) only where it is 2 SD below 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from loop.cues import AROUSAL_CUES, VALENCE_CUES
from loop.taste import AROUSAL_ROWS, LEAN_LEAST, LEAN_MOST, SHARE_MOST, Leanings
from loop.values import FloatArray
from sessions.taste.excerpts import Excerpt

EXCERPTS_LEAST = 24                # four for each of the six cues of arousal; with fewer nothing moves
SESSIONS_LEAST = 4                 # one session is one mood
GAIN, GAIN_SD = 0.35, 0.20         # science: what music does to a feeling, of the scale (de Witte 2020, as recalled)
SPREAD = 0.6                       # of one cue's weight between people: +-30 %, and one in ten the other way round
OFFSET_SD = 0.3                    # assumption: what sitting, silence and being asked do to a rating
RATING_SD = 0.25                   # a SAM point is .25; ratings scatter by .8 points, and moods wander by .14
SURE_SD = 2.0                      # standard deviations: what counts as strong evidence


@dataclass(frozen=True, slots=True)
class Heard:
    """One cue of one axis, as this listener hears it."""

    cue: str
    leaning: float                 # what the table's weight is multiplied by
    estimate: float                # before the bounds; 1 = as the mean listener
    sd: float
    told: float                    # 0..1: the share of the prior's variance that the ratings took away


@dataclass(frozen=True, slots=True)
class Axis:
    """What was learned of one axis."""

    strength: float                # g^: of the scale per scale
    strength_sd: float
    heard: tuple[Heard, ...]
    moved: bool                    # False: it is not sure that music moves these ratings at all


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a listener's ratings have taught."""

    sessions: int
    excerpts: int
    arousal: Axis | None = None    # None: below the floor, nothing was learned
    valence: Axis | None = None

    @property
    def leanings(self) -> Leanings:
        """For the intent table; empty below the floor. Valence is told and not applied: see docs/taste.md."""
        return Leanings(_moved(self.arousal, AROUSAL_ROWS))


def learn(excerpts: Sequence[Excerpt]) -> Lesson:
    """Return what these excerpts teach; below `EXCERPTS_LEAST` or `SESSIONS_LEAST`, nothing."""
    sessions = len({excerpt.session for excerpt in excerpts})
    if len(excerpts) < EXCERPTS_LEAST or sessions < SESSIONS_LEAST:
        return Lesson(sessions, len(excerpts))
    arousal = _axis(excerpts, AROUSAL_CUES, np.array([excerpt.arousal for excerpt in excerpts]))
    valence = _axis(excerpts, VALENCE_CUES, np.array([excerpt.valence for excerpt in excerpts]))
    return Lesson(sessions, len(excerpts), arousal, valence)


def bounded(estimate: float, sd: float) -> float:
    """Return the leaning of an estimate: within its share of 1; below 0 only where that is sure."""
    if estimate + SURE_SD * sd < 0.0:
        return max(LEAN_LEAST, estimate)
    return min(LEAN_MOST, max(1.0 - SHARE_MOST, estimate))


def _axis(excerpts: Sequence[Excerpt], priors: Mapping[str, float], changes: FloatArray) -> Axis:
    p = np.array(list(priors.values()))
    design = np.array([[*(excerpt.cues[cue] for cue in priors), 1.0] for excerpt in excerpts])
    mean, prior = np.append(GAIN * p, 0.0), np.zeros((len(p) + 1,) * 2)
    prior[:-1, :-1] = GAIN_SD**2 * np.outer(p, p) + np.diag((GAIN * SPREAD * p) ** 2)
    prior[-1, -1] = OFFSET_SD**2
    mean, left = _ridge(design, changes, _noise(excerpts), (mean, prior))
    total = np.append(np.ones_like(p), 0.0) / p.sum()
    strength, strength_sd = float(total @ mean), float(np.sqrt(total @ left @ total))
    moved = strength > SURE_SD * strength_sd
    heard = []
    for k, cue in enumerate(priors):
        against = -total
        against[k] += 1.0 / p[k]               # the cue's own strength less that of all: what no gain can explain
        variance = float(against @ left @ against)
        estimate = 1.0 + float(against @ mean) / strength if moved else 1.0
        sd = np.sqrt(variance) / strength if moved else SPREAD
        told = 1.0 - variance / float(against @ prior @ against)
        heard.append(Heard(cue, bounded(estimate, sd) if moved else 1.0, estimate, float(sd), told))
    return Axis(strength, strength_sd, tuple(heard), moved)


def _ridge(
    design: FloatArray, changes: FloatArray, noise: FloatArray, prior: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return mean and covariance of theta after the data; (n_excerpts, n_theta), (n_excerpts,), (n, n), the prior's."""
    mean, spread = prior
    weighed = np.linalg.solve(noise, design)
    left = np.linalg.inv(design.T @ weighed + np.linalg.inv(spread))
    return mean + left @ weighed.T @ (changes - design @ mean), left


def _noise(excerpts: Sequence[Excerpt]) -> FloatArray:
    names = np.array([excerpt.session for excerpt in excerpts])
    same: FloatArray = RATING_SD**2 * (np.eye(len(names)) + (names[:, None] == names[None, :]))
    return same


def _moved(axis: Axis | None, cues: Mapping[str, str]) -> dict[str, float]:
    return {} if axis is None or not axis.moved else {h.cue: h.leaning for h in axis.heard if h.cue in cues}
