"""How the state of a person shows in the strength of their rhythms: weakly, late, and among much else.

The state never becomes an index here. It moves the log amplitude of alpha and beta sources, together with a
fluctuation of its own (correlation time 3-16 s), a drift over minutes, and what music evokes without any affect. How
large the state's part is follows from the person's drawn correlation: with noise of SD s on a reading of 4 s, a state
of SD q moves the log ratio by ``s r / sqrt(1 - r^2)`` per q, so that the correlation over a session is about r.
"""

from __future__ import annotations

from math import exp, sqrt, tanh

import numpy as np

from loop.values import FloatArray
from sensing.sources.listener.carriers import SOURCES, Rhythm
from sensing.sources.listener.latent import SECONDS_A_MINUTE, LatentState
from sensing.sources.listener.person import Person

STATE_SD = 0.25                    # assumption: SD of a felt state over a session, of the scale -1..1
BALANCE_SD = 0.30                  # assumption: SD, in log power, of the slow fluctuation of beta against alpha
SIDES_SD = 0.12                    # assumption: the same, of right against left frontal alpha
DRIFT_TAU_S = 600.0                # assumption: the drift is bounded, and comes back in about ten minutes
READING_SD = 0.37                  # measured: scatter of a 4 s reading of the log ratio of this EEG, nothing else
                                   # moving: drawn persons with their blinks, bursts and background
SIDES_READING_SD = 0.30            # measured: the same, of the frontal asymmetry
BALANCE_MOST = 1.0                 # assumption: alpha and beta saturate; so at most 2.7 times more or less
ALPHA_PART, BETA_PART = 1.0, 0.9   # how the balance is shared out over the sources, so that F3 and F4 show all of it
SIDES_PART = 1.7                   # the sides mix on the way to the scalp
FRONTAL_REACTS = 0.4               # exponent: frontal alpha reacts to the eyes far less (M: 3.2 x against 13 x)
FRONTAL_OVER_POSTERIOR = 0.9       # amplitude of frontal alpha, eyes open
EYES_TAU_S = 0.6                   # alpha comes and goes within about a second
DROWSY_ALPHA = 0.75                # share of alpha's amplitude that sleep onset takes
DROWSY_THETA = 1.2                 # and what it adds to theta's
HEARD_THETA = 0.08                 # theta evoked by music in the ear
BURST_S = (0.3, 2.0)               # how long a muscle burst lasts
BURST_SPREAD = 0.4                 # log SD of its strength
BURST_AROUSAL = 1.0                # log rate of bursts per unit of arousal


class Gains:
    """The amplitude of each of `SOURCES` in uV, one step of `dt_s` after the other.

    Parameters
    ----------
    person : Person
    dt_s : float
        Length of one step.
    rng : numpy.random.Generator
    """

    def __init__(self, person: Person, dt_s: float, rng: np.random.Generator) -> None:
        self._person, self._rng, self._dt_s = person, rng, dt_s
        self._keep = (exp(-dt_s / person.index_tau_s), exp(-dt_s / DRIFT_TAU_S), exp(-dt_s / person.index_tau_s))
        self._drift_sd = drift_sd(person)
        self._noise = rng.standard_normal(3)               # balance, its drift, sides
        self._shut = 0.0
        self._bursts = [(0.0, 0.0)] * sum(source.rhythm is Rhythm.MUSCLE for source in SOURCES)
        noise = sqrt(BALANCE_SD ** 2 * (1.0 + self._drift_sd ** 2) + READING_SD ** 2)
        self._per_arousal = _signal(person.arousal_coupling, noise) / STATE_SD
        sides = sqrt(SIDES_SD ** 2 + SIDES_READING_SD ** 2)
        self._per_valence = _signal(person.valence_coupling, sides) / STATE_SD

    def step(self, state: LatentState) -> FloatArray:
        """Return the amplitudes at the end of the next step, (n_sources,) float32."""
        balance, sides = self._moved(state)
        self._shut += (float(not state.eyes_open) - self._shut) * (1.0 - exp(-self._dt_s / EYES_TAU_S))
        person = self._person
        alpha_uv = person.alpha_uv * exp(-ALPHA_PART * balance / 2.0) * (1.0 - DROWSY_ALPHA * state.drowsiness)
        open_to_shut = person.alpha_reactivity ** (self._shut / 2.0)
        front_uv = FRONTAL_OVER_POSTERIOR * alpha_uv * open_to_shut ** FRONTAL_REACTS
        tilt = exp(SIDES_PART * sides / 4.0)               # right over left: half of the log power on each side
        theta_uv = person.theta_uv * (1.0 + DROWSY_THETA * state.drowsiness + HEARD_THETA * state.heard)
        beta_uv = person.beta_uv * exp(BETA_PART * balance / 2.0)
        back_uv = alpha_uv * open_to_shut
        return np.array([back_uv, back_uv, back_uv, front_uv / tilt, front_uv * tilt, theta_uv, theta_uv,
                         beta_uv, beta_uv, beta_uv, *self._muscle(state)], dtype=np.float32)

    def _moved(self, state: LatentState) -> tuple[float, float]:
        """Return the log power of beta over alpha and of right over left alpha, each about the person's middle."""
        draws = self._rng.standard_normal(3)
        for k, keep in enumerate(self._keep):
            self._noise[k] = keep * self._noise[k] + sqrt(1.0 - keep * keep) * draws[k]
        person = self._person
        evoked = person.music_evoked * state.heard + person.energy_evoked * state.energy
        own = float(self._noise[0]) + self._drift_sd * float(self._noise[1]) + evoked
        balance = BALANCE_SD * own + self._per_arousal * state.arousal
        sides = SIDES_SD * float(self._noise[2]) + self._per_valence * state.valence
        return BALANCE_MOST * tanh(balance / BALANCE_MOST), BALANCE_MOST * tanh(sides / BALANCE_MOST)

    def _muscle(self, state: LatentState) -> list[float]:
        """Muscle at rest rises with arousal; bursts come by themselves, more of them when aroused."""
        person = self._person
        rest_uv = person.muscle_uv * exp(person.muscle_per_arousal * state.arousal)
        draws = self._rng.random((len(self._bursts), 3))
        chance = person.muscle_bursts_per_min * self._dt_s / SECONDS_A_MINUTE / len(self._bursts)
        chance *= exp(BURST_AROUSAL * state.arousal)
        for k, (start, length, strength) in enumerate(draws.tolist()):
            left_s, burst_uv = self._bursts[k]
            if left_s <= 0.0 and start < chance:
                self._bursts[k] = (BURST_S[0] + (BURST_S[1] - BURST_S[0]) * length,
                                   person.muscle_burst_uv * exp(BURST_SPREAD * (2.0 * strength - 1.0)))
            else:
                self._bursts[k] = (left_s - self._dt_s, burst_uv if left_s > self._dt_s else 0.0)
        return [rest_uv + burst_uv for _, burst_uv in self._bursts]


def drift_sd(person: Person) -> float:
    """Return the SD of the bounded drift whose change over one minute has the person's SD, in units of `BALANCE_SD`."""
    kept = exp(-SECONDS_A_MINUTE / DRIFT_TAU_S)
    return person.drift_sd_per_min / sqrt(2.0 * (1.0 - kept))


def _signal(correlation: float, noise: float) -> float:
    return noise * correlation / sqrt(1.0 - correlation ** 2)
