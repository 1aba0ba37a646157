"""What limits the closed loop on simulated listeners: `python -m tests.benchmarks.control_limits`.

Controllers beside one another, each against the course that is played blind, on the same listeners and seeds. To be
cheap enough for hundreds, the EEG is left out: the listener's own model of how a state shows in the log ratio (same
drift, same noise, same coupling) gives one reading a second, and scale, state filter, controller and intent map are the
product's. So it finds what is worth a whole trial (`make closed-loop`), and replaces none. It proves control, never
efficacy.
"""

from __future__ import annotations

import argparse
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, sqrt, tanh

import numpy as np

from loop.control.regulate import Gains, Regulate
from loop.intent import IntentMap
from loop.values import Affect, Control, Hold, Moment, Presence, Target
from sensing.decoders.state import Estimate, state_filter
from sensing.sources.listener import gains as shown
from sensing.sources.listener.latent import Latent, LatentState
from sensing.sources.listener.person import Person, draw_person
from sessions.blind import blind_courses
from sessions.course import phases_of
from sessions.protocol.loading import load_protocol

HOP_S, WINDOW_HOPS, SD_PER_UNIT = 1.0, 4, 3.0
OPEN_S, CLOSED_S, STEERED_S, END_S = 60, 120, 900, 120
TARGET = Target(0.4, -0.6, 0.2)
NEAR = 0.4
FIRST_SEED = 40_000
MOMENT = Moment(0.0, 5, "regulate", "closed", 0.0, 0.0, False, Presence.PLAYING, True)
FIGURES = ("in_target", "near_target", "distance", "arousal_end")


USUAL = Gains()
EAGER = Gains(dead_band_sd=0.0, kp=0.5, ti_s=60.0)


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of steering."""

    name: str
    gains: Gains = USUAL
    trust: float = 1.0             # share of the EEG's change that is believed
    knows: bool = False            # the latent state itself instead of any reading
    blind: bool = False


ARMS = (
    Arm("open_loop, the blind course", blind=True), Arm("calm as shipped"),
    Arm("no dead-band", replace(USUAL, dead_band_sd=0.0)), Arm("no dead-band, kp .5, ti 60 s", EAGER),
    Arm("the same, believing .3 of the EEG's change", EAGER, trust=0.3),
    Arm("the same, the start's rating alone, no EEG", EAGER, trust=0.0),
    Arm("the same, knowing the latent state", EAGER, knows=True),
)


class Shown:
    """One reading a hop of a listener's log ratio and asymmetry: `listener/gains.py`, without the voltages."""

    def __init__(self, person: Person, rng: np.random.Generator) -> None:
        self._person, self._rng = person, rng
        self._keep = tuple(exp(-HOP_S / tau) for tau in (person.index_tau_s, shown.DRIFT_TAU_S, person.index_tau_s))
        self._drift_sd = shown.drift_sd(person)
        self._own = list(rng.standard_normal(3))
        noise = sqrt(shown.BALANCE_SD**2 * (1.0 + self._drift_sd**2) + shown.READING_SD**2)
        sides = sqrt(shown.SIDES_SD**2 + shown.SIDES_READING_SD**2)
        couplings = ((person.arousal_coupling, noise), (person.valence_coupling, sides))
        self._per_unit = [each * r / sqrt(1.0 - r * r) / shown.STATE_SD for r, each in couplings]
        self._window: deque[tuple[float, float]] = deque([(0.0, 0.0)] * WINDOW_HOPS, maxlen=WINDOW_HOPS)

    def read(self, state: LatentState) -> tuple[float, float]:
        """Return asymmetry and log ratio over the last window."""
        draws = self._rng.standard_normal(5)
        self._own = [k * here + sqrt(1.0 - k * k) * float(draw)
                     for k, here, draw in zip(self._keep, self._own, draws[:3], strict=True)]
        person = self._person
        own = self._own[0] + self._drift_sd * self._own[1] + person.music_evoked * state.heard
        balance = shown.BALANCE_SD * (own + person.energy_evoked * state.energy) + self._per_unit[0] * state.arousal
        side = shown.SIDES_SD * self._own[2] + self._per_unit[1] * state.valence
        scatter = sqrt(WINDOW_HOPS) * draws[3:]
        self._window.append((tanh(side) + shown.SIDES_READING_SD * float(scatter[0]),
                             tanh(balance) + shown.READING_SD * float(scatter[1])))
        return sum(v for v, _ in self._window) / WINDOW_HOPS, sum(a for _, a in self._window) / WINDOW_HOPS


def lived(arm: Arm, seed: int, course: np.ndarray) -> tuple[float, ...]:
    """Return `FIGURES` of one listener in one arm."""
    latent_rng, eeg_rng = np.random.default_rng(seed).spawn(2)
    person = draw_person(seed)
    latent, eeg = Latent(person, latent_rng), Shown(person, eeg_rng)
    scale = _rested(latent, eeg)
    anchor = (np.array(latent.sam()) - 5.0) / 4.0
    one = state_filter(1.0 / SD_PER_UNIT, HOP_S, HOP_S * WINDOW_HOPS)
    believed = [Estimate(0.0, 1.0 / SD_PER_UNIT**2)] * 2
    controller, intents, felt = Regulate(arm.gains), IntentMap(), []
    for k in range(STEERED_S):
        state = latent.state
        z = (np.array(eeg.read(state)) - scale[0]) / scale[1] / SD_PER_UNIT
        believed = [one.step(b, HOP_S, float(np.clip(x, -1, 1))) for b, x in zip(believed, z, strict=True)]
        control = Control(*map(float, course[k])) if arm.blind else controller.control(
            _affect(arm, state, anchor, believed), TARGET, MOMENT, Hold.NONE, HOP_S)
        state = latent.advance(intents.intent(control, TARGET, Presence.PLAYING, HOP_S), HOP_S, "closed")
        felt.append((state.valence - TARGET.valence, state.arousal - TARGET.arousal))
    off = np.array(felt)
    distance = np.hypot(*off.T)
    return (float(np.mean(distance <= TARGET.tolerance)), float(np.mean(distance <= NEAR)), float(distance.mean()),
            float(off[-END_S:, 1].mean() + TARGET.arousal))


def _rested(latent: Latent, eeg: Shown) -> tuple[np.ndarray, np.ndarray]:
    """Sit through both baselines; return centre and spread of the closed one, (2,) each."""
    kept = []
    for k in range(OPEN_S + CLOSED_S):
        reading = eeg.read(latent.advance(None, HOP_S, "open" if k < OPEN_S else "closed"))
        if k >= OPEN_S + WINDOW_HOPS and k % WINDOW_HOPS == 0:
            kept.append(reading)
    centre = np.median(kept, axis=0)
    return centre, 1.4826 * np.median(np.abs(np.array(kept) - centre), axis=0)


def _affect(arm: Arm, state: LatentState, anchor: np.ndarray, believed: Sequence[Estimate]) -> Affect:
    if arm.knows:
        return Affect(state.valence, state.arousal, 0.15, 0.15, 1.0, "latent", scaled=True)
    v, a = (float(np.clip(start + arm.trust * b.mean, -1, 1)) for start, b in zip(anchor, believed, strict=True))
    return Affect(v, a, believed[0].sd, believed[1].sd, 1.0, "surrogate", scaled=True)


def main() -> None:
    """Run every arm and print the table as Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listeners", type=int, default=150)
    n_listeners = parser.parse_args().listeners
    parts = blind_courses(phases_of(load_protocol("calm").protocol), Gains(), HOP_S)
    course = np.vstack([parts[index].points for index in sorted(parts)])
    sys.stdout.write(f"| steering, {n_listeners} listeners | {' | '.join(FIGURES)} |\n|---{'|---' * len(FIGURES)}|\n")
    against = None
    for arm in ARMS:
        got = np.array([lived(arm, FIRST_SEED + k, course) for k in range(n_listeners)])
        against = got if against is None else against
        apart = got - against
        half = 1.96 * apart.std(axis=0, ddof=1) / sqrt(n_listeners)
        cells = [f"{value:.3f}" if arm.blind else f"{value:.3f} ({d:+.3f} +- {h:.3f})"
                 for value, d, h in zip(got.mean(axis=0), apart.mean(axis=0), half, strict=True)]
        sys.stdout.write(f"| {arm.name} | {' | '.join(cells)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
