"""A simulated person: every parameter with its unit and its source, drawn from a seed.

Source codes: S = the project's survey of the literature on listeners (ranges as recalled there); M = measured on
public recordings by throw-away scripts; A = assumption of this model, chosen so that it is plausible and mild.
`docs/listener.md` says what each means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np

from loop.cues import AROUSAL_CUES, VALENCE_CUES
from loop.errors import EuthymiaError

NEVER_S = 1e9


class Draw(StrEnum):
    """How a parameter is drawn from its range."""

    UNIFORM = "uniform"            # low..high
    LOG = "log"                    # log-uniform, low..high
    NORMAL = "normal"              # about `mean` with `sd`, clipped to low..high


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row: the mean listener's value, the range, the unit, where they come from, how it is drawn."""

    mean: float
    low: float
    high: float
    unit: str
    source: str
    draw: Draw = Draw.UNIFORM
    sd: float = 0.0


_U, _L, _N = Draw.UNIFORM, Draw.LOG, Draw.NORMAL

# The order is the order of the draws: a new row goes to the end, or every seed becomes another person.
PARAMETERS = MappingProxyType({
    # How music is heard and felt.
    "perception_lag_s": Parameter(2.5, 1.0, 4.0, "s", "S: Schubert 2004", _U),
    "felt_tau_s": Parameter(17.0, 10.0, 30.0, "s", "S", _L),
    "mood_tau_s": Parameter(134.0, 60.0, 300.0, "s", "S", _L),
    "gain": Parameter(0.35, 0.0, 0.9, "scale per scale", "S: de Witte 2020, d .4-.55", _N, 0.2),
    "mood_share": Parameter(0.4, 0.2, 0.6, "share of the gain that is slow", "A", _U),
    "habituation_half_life_s": Parameter(600.0, 300.0, 900.0, "s", "S", _U),
    "habituation_depth": Parameter(0.5, 0.3, 0.7, "share of a steady cue that is lost", "A", _U),
    # Where the person is without music.
    "start_valence": Parameter(0.0, -0.6, 0.6, "scale", "A", _N, 0.25),
    "start_arousal": Parameter(0.15, -0.4, 0.7, "scale", "A", _N, 0.25),
    "relaxation": Parameter(0.12, 0.0, 0.3, "scale", "A: sitting still calms", _U),
    "relaxation_tau_s": Parameter(240.0, 120.0, 400.0, "s", "A", _U),
    "wander_sd": Parameter(0.14, 0.08, 0.2, "scale", "A", _U),
    "wander_tau_s": Parameter(90.0, 40.0, 200.0, "s", "A", _L),
    "drowsy_onset_s": Parameter(3600.0, 600.0, 7200.0, "s with closed eyes", "A", _L),
    "peeks_per_min": Parameter(0.2, 0.0, 0.5, "1/min", "A", _U),
    "rating_noise": Parameter(0.8, 0.5, 1.2, "SAM points, SD", "A", _U),
    # How the state shows in the EEG: drawn without regard to the response above.
    "arousal_coupling": Parameter(0.3, 0.15, 0.45, "correlation", "S: from DEAP's .61-.66", _U),
    "valence_coupling": Parameter(0.05, -0.1, 0.2, "correlation", "S", _U),
    "drift_sd_per_min": Parameter(0.35, 0.2, 0.5, "index SD per minute", "M", _U),
    "index_tau_s": Parameter(7.0, 3.0, 16.0, "s (integrated autocorrelation)", "M", _L),
    "music_evoked": Parameter(0.0, -1.2, 1.2, "index SD while music is heard", "A", _N, 0.5),
    "energy_evoked": Parameter(0.1, -0.6, 0.6, "index SD per unit of the music's energy", "A", _N, 0.2),
    # The EEG itself.
    "alpha_hz": Parameter(10.0, 8.2, 12.2, "Hz", "S: individual alpha frequency", _N, 0.9),
    "alpha_uv": Parameter(3.0, 2.0, 4.2, "uV rms at O1, eyes open", "A", _L),
    "alpha_reactivity": Parameter(13.0, 6.0, 18.0, "power, closed over open, at O1", "M: 13 x", _L),
    "background_uv": Parameter(7.0, 5.0, 9.0, "uV rms", "A", _U),
    "background_slope": Parameter(1.3, 0.9, 1.7, "exponent of 1/f in power", "A: resting EEG", _U),
    "beta_uv": Parameter(1.6, 1.0, 2.2, "uV rms at F3", "A", _U),
    "theta_uv": Parameter(2.0, 1.2, 3.0, "uV rms at Fz", "A", _U),
    "muscle_uv": Parameter(0.9, 0.4, 2.0, "uV rms at T7, at rest", "A", _L),
    "muscle_per_arousal": Parameter(0.5, 0.2, 0.8, "log amplitude per unit of arousal", "A", _U),
    "muscle_bursts_per_min": Parameter(1.5, 0.5, 4.0, "1/min", "A", _U),
    "muscle_burst_uv": Parameter(10.0, 5.0, 20.0, "uV rms at T7", "A", _L),
    "blinks_per_min": Parameter(15.0, 8.0, 22.0, "1/min, eyes open", "A: Bentivoglio 1997, 17 at rest", _U),
    "blink_uv": Parameter(130.0, 90.0, 180.0, "uV at Fp1", "A", _U),
    "line_uv": Parameter(1.0, 0.3, 3.0, "uV amplitude", "A", _L),
    "electrode_drift_uv": Parameter(20.0, 10.0, 40.0, "uV SD", "A", _U),
    # A person's own zero: where music of the middle is felt to stand.
    "bias_valence": Parameter(0.0, -0.4, 0.4, "standardised", "A", _N, 0.15),
    "bias_arousal": Parameter(0.0, -0.4, 0.4, "standardised", "A", _N, 0.15),
})

WEIGHT_SPREAD = 0.3                # S: +-30 %
FLIP_CHANCE = 0.1                  # S: "some signs flipped"; the share is A
MAINS_HZ = (50.0, 60.0)


@dataclass(frozen=True, slots=True)
class Person:
    """One listener; the fields stand in `PARAMETERS` with units and sources."""

    perception_lag_s: float
    felt_tau_s: float
    mood_tau_s: float
    gain: float
    mood_share: float
    habituation_half_life_s: float
    habituation_depth: float
    start_valence: float
    start_arousal: float
    relaxation: float
    relaxation_tau_s: float
    wander_sd: float
    wander_tau_s: float
    drowsy_onset_s: float
    peeks_per_min: float
    rating_noise: float
    arousal_coupling: float
    valence_coupling: float
    drift_sd_per_min: float
    index_tau_s: float
    music_evoked: float
    energy_evoked: float
    alpha_hz: float
    alpha_uv: float
    alpha_reactivity: float
    background_uv: float
    background_slope: float
    beta_uv: float
    theta_uv: float
    muscle_uv: float
    muscle_per_arousal: float
    muscle_bursts_per_min: float
    muscle_burst_uv: float
    blinks_per_min: float
    blink_uv: float
    line_uv: float
    electrode_drift_uv: float
    bias_valence: float
    bias_arousal: float
    arousal_weights: tuple[float, ...] = tuple(AROUSAL_CUES.values())   # one a cue
    valence_weights: tuple[float, ...] = tuple(VALENCE_CUES.values())
    mains_hz: float = MAINS_HZ[0]


def _drawn(row: Parameter, rng: np.random.Generator) -> float:
    if row.draw is Draw.NORMAL:
        return float(np.clip(rng.normal(row.mean, row.sd), row.low, row.high))
    if row.draw is Draw.LOG:
        return float(np.exp(rng.uniform(np.log(row.low), np.log(row.high))))
    return float(rng.uniform(row.low, row.high))


def _own_weights(priors: tuple[float, ...], rng: np.random.Generator) -> tuple[float, ...]:
    size = 1.0 + rng.uniform(-WEIGHT_SPREAD, WEIGHT_SPREAD, len(priors))
    sign = np.where(rng.random(len(priors)) < FLIP_CHANCE, -1.0, 1.0)
    return tuple(float(weight) for weight in np.asarray(priors) * size * sign)


def draw_person(seed: int) -> Person:
    """Return the listener of a seed: every parameter from its own row, independently of all others."""
    rng = np.random.default_rng(seed)
    drawn: Mapping[str, Any] = {name: _drawn(row, rng) for name, row in PARAMETERS.items()}
    return Person(
        **drawn,
        arousal_weights=_own_weights(tuple(AROUSAL_CUES.values()), rng),
        valence_weights=_own_weights(tuple(VALENCE_CUES.values()), rng),
        mains_hz=float(rng.choice(MAINS_HZ)),
    )


def mean_person() -> Person:
    """Return the listener with the middle of every range, and with the priors as weights."""
    middle: Mapping[str, Any] = {name: row.mean for name, row in PARAMETERS.items()}
    return Person(**middle)


def noise_free(person: Person) -> Person:
    """Return the same listener without chance in what they feel: no wandering mood, no peeking, exact ratings."""
    return replace(person, wander_sd=0.0, peeks_per_min=0.0, rating_noise=0.0)


# Outside the ranges on purpose: each is one question that a trial asks of the controller.
_PRIORS: Mapping[str, Any] = {"arousal_weights": tuple(AROUSAL_CUES.values()),
                              "valence_weights": tuple(VALENCE_CUES.values())}
KINDS: MappingProxyType[str, Callable[[Person], Person]] = MappingProxyType({
    "drawn": lambda person: person,
    "strong": lambda person: replace(
        person, gain=0.8, arousal_coupling=0.8, valence_coupling=0.5, drift_sd_per_min=0.2, drowsy_onset_s=NEVER_S,
        bias_valence=0.0, bias_arousal=0.0, music_evoked=0.0, **_PRIORS),
    "weak": lambda person: replace(person, gain=0.12, arousal_coupling=0.15),
    "non_responder": lambda person: replace(person, gain=0.0),
    "inverted": lambda person: replace(person, gain=-0.35, **_PRIORS),
    "drowsy": lambda person: replace(person, drowsy_onset_s=120.0),
})


def person_of(kind: str, seed: int) -> Person:
    """Return the listener of a seed, made one of the named `KINDS`.

    Raises
    ------
    EuthymiaError
        If there is no such kind.
    """
    if kind not in KINDS:
        raise EuthymiaError(f'there is no kind of listener called "{kind}"', f"choose one of {', '.join(KINDS)}")
    return KINDS[kind](draw_person(seed))
