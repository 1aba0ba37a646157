"""Regulate: target minus state moves the music, by the iso principle.

The reference begins where the person is (capped) and is led to the target in bounded steps; a PI controller with a
dead-band of the estimate's own uncertainty moves the music about the reference. Two rates are kept apart:
`lead_per_min`, how fast the reference moves, and `slew_per_s`, how fast the music may move.

    e = dead(r - x, dead_band_sd * sd);   I += kp / ti * e * dt  (not while saturated or held)
    u = r' + clip(kp e + I)

where r' is where the reference will be when the music is heard; kp and ti follow the music's latency (`planning.py`).

Set-point regulation after Daly et al. 2016 (J Neural Eng 13:046022); gains by SIMC on window/2 + music + listener
give kp g 0.6-2.7 and ti 22-66 s, so kp <= 0.5 and ti >= 60 s until the person is known.
"""

from __future__ import annotations

from dataclasses import replace

from loop.control.planning import plannable, slowness
from loop.frozen import frozen
from loop.safety import LIMITS
from loop.values import NAN, Affect, Control, Hold, Moment, Target

CORRECTION_MOST = 0.25             # of the scale, about the reference: a person who does not answer, or answers the
                                   # other way, gets music near where the lead is, and no more extreme
LEVELS = 1.0                       # control lives in -1..1
SECONDS_A_MINUTE = 60.0


@frozen
class Gains:
    """The numbers of the controller, as the protocol gives them."""

    lead_per_min: float = 0.15
    slew_per_s: float = 0.02
    dead_band_sd: float = 1.0
    kp: float = 0.3
    ti_s: float = 90.0
    start_arousal_most: float = LIMITS.start_arousal_most
    start_valence_least: float = LIMITS.start_valence_least


@frozen
class Axis:
    """The memory of one axis: reference, integral and output."""

    reference: float
    integral: float = 0.0
    output: float = 0.0
    saturated: bool = False

    def led_to(self, reference: float) -> Axis:
        """Return the axis with another reference."""
        return Axis(reference, self.integral, self.output, self.saturated)


@frozen
class Reading:
    """What an axis is moved by."""

    state: float
    sd: float
    heard_reference: float         # where the reference will be when what is decided now is heard


def dead(error: float, width: float) -> float:
    """Return the part of `error` beyond `width`: 0 inside, continuous outside."""
    return error - min(width, max(-width, error))


def lead(reference: tuple[float, float], target: Target, step: float) -> tuple[float, float]:
    """Return the reference moved straight towards the target by at most `step` of the plane."""
    dv, da = target.valence - reference[0], target.arousal - reference[1]
    distance = (dv * dv + da * da) ** 0.5
    share = 1.0 if distance <= step else step / distance
    return reference[0] + share * dv, reference[1] + share * da


def moved(axis: Axis, reading: Reading, gains: Gains, dt_s: float) -> Axis:
    """Return the axis after one decision."""
    error = dead(axis.reference - reading.state, gains.dead_band_sd * reading.sd)
    outward = axis.saturated and error * axis.integral >= 0.0
    grown = axis.integral if outward else axis.integral + gains.kp / gains.ti_s * error * dt_s
    integral = min(CORRECTION_MOST, max(-CORRECTION_MOST, grown))
    wish = gains.kp * error + integral
    correction = min(CORRECTION_MOST, max(-CORRECTION_MOST, wish))
    bounded = min(LEVELS, max(-LEVELS, reading.heard_reference + correction))
    most = gains.slew_per_s * dt_s
    output = axis.output + min(most, max(-most, bounded - axis.output))
    return Axis(axis.reference, integral, output, bounded != reading.heard_reference + wish)


class Regulate:
    """The controller of `regulate` phases; implements `loop.ports.Controller`.

    Parameters
    ----------
    gains : Gains
        Rates, dead-band and PI gains.
    """

    def __init__(self, gains: Gains) -> None:
        self._gains = self._planned = gains
        self._latency_s = NAN
        self._valence = Axis(0.0)
        self._arousal = Axis(0.0)
        self._begun = False

    def control(self, affect: Affect, target: Target, moment: Moment, hold: Hold, advance_s: float) -> Control:
        """Return where the music should be; while held, nothing moves: not the reference, not the integral."""
        if not self._begun:
            self._begin(affect)
        if hold in (Hold.NONE, Hold.DROWSY) and not moment.paused:
            self._lead(target, advance_s, keep_arousal=hold is Hold.DROWSY)
            valence, arousal = self._heard_reference(target)
            self._valence = moved(self._valence, Reading(affect.valence, affect.valence_sd, valence), self._planned,
                                  advance_s)
            if hold is Hold.NONE:
                self._arousal = moved(self._arousal, Reading(affect.arousal, affect.arousal_sd, arousal), self._planned,
                                      advance_s)
        return self._described(hold)

    def plan(self, latency_s: float) -> None:
        """Take how long it is from a decision to its sound: the reference is read ahead, and the gains follow."""
        self._latency_s = plannable(latency_s, self._latency_s)
        slower = slowness(self._latency_s)
        self._planned = replace(self._gains, kp=self._gains.kp / slower, ti_s=self._gains.ti_s * slower)

    def rest(self, control: Control) -> None:
        """Take where the music went while another steered, so that taking over is no step."""
        self._valence = replace(self._valence, output=control.valence)
        self._arousal = replace(self._arousal, output=control.arousal)

    def _begin(self, affect: Affect) -> None:
        """The iso principle: begin where the person is, within the caps."""
        valence = max(self._gains.start_valence_least, affect.valence) if affect.scaled else 0.0
        arousal = min(self._gains.start_arousal_most, affect.arousal) if affect.scaled else 0.0
        self._valence, self._arousal = Axis(valence, output=valence), Axis(arousal, output=arousal)
        self._begun = True

    def _lead(self, target: Target, advance_s: float, *, keep_arousal: bool) -> None:
        step = self._gains.lead_per_min / SECONDS_A_MINUTE * advance_s
        valence, arousal = lead((self._valence.reference, self._arousal.reference), target, step)
        self._valence = self._valence.led_to(valence)
        if not keep_arousal:
            self._arousal = self._arousal.led_to(arousal)

    def _heard_reference(self, target: Target) -> tuple[float, float]:
        """Return where the reference will be when what is decided now is heard."""
        here = self._valence.reference, self._arousal.reference
        if self._latency_s != self._latency_s:
            return here
        return lead(here, target, self._gains.lead_per_min / SECONDS_A_MINUTE * self._latency_s)

    def _described(self, hold: Hold) -> Control:
        v, a = self._valence, self._arousal
        return Control(v.output, a.output, hold, v.reference, a.reference, v.integral, a.integral,
                       saturated=v.saturated or a.saturated, latency_s=self._latency_s)
