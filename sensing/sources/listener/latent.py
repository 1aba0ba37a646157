"""What the listener feels over time: the truth that a simulated session is judged by.

Music is heard as attributes of the `Intent`, never as our control values: a person's own weights turn the
standardised attributes into how the music seems, a lag and a habituation later that moves what is felt, and a mood
follows more slowly. The person also calms down by sitting, wanders, gets drowsy and opens the eyes unasked.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import exp, log, log2, sqrt, tanh
from types import MappingProxyType

import numpy as np

from loop.values import Intent
from sensing.sources.listener.person import Person

SECONDS_A_MINUTE = 60.0

# Middle and one standard deviation of each attribute over music that people know. Assumption: not the intent table,
# whose zero and steps are ours.
TEMPO_MIDDLE_BPM, TEMPO_SD_OCTAVES = 84.0, 0.45
LOUDNESS_MIDDLE_DB, LOUDNESS_SD_DB = -1.0, 4.0
DENSITY_MIDDLE, DENSITY_SD = 0.40, 0.25
STACCATO_MIDDLE, STACCATO_SD = 0.30, 0.25
BRIGHTNESS_MIDDLE, BRIGHTNESS_SD = 0.40, 0.22
ROUGHNESS_MIDDLE, ROUGHNESS_SD = 0.25, 0.15
REGISTER_SD_SEMITONES = 5.0
# Happiness of the modes, standardised; Ionian tops Lydian (Temperley & Tan 2013, as recalled).
MODE_SEEMS = MappingProxyType({"Phrygian": -1.5, "Aeolian": -0.9, "Dorian": -0.2,
                               "Mixolydian": 0.4, "Ionian": 1.2, "Lydian": 0.8})

HEARD_TAU_S = 1.0                  # assumption: how fast the brain notices that music has begun or ended
DROWSY_TAU_S = 60.0                # assumption: falling asleep takes minutes
WAKE_TAU_S = 8.0                   # assumption: opening the eyes wakes within seconds
DROWSY_BELOW_AROUSAL = 0.35        # assumption: nobody who is excited falls asleep
DROWSY_CALM = 0.4                  # assumption: how far sleep onset lowers the felt arousal
PEEK_S = (1.0, 3.0)                # assumption: how long the eyes stay open against the instruction
SAM_MIDDLE, SAM_HALF, SAM_LOW, SAM_HIGH = 5.0, 4.0, 1.0, 9.0


@dataclass(frozen=True, slots=True)
class LatentState:
    """The listener at one moment."""

    time_s: float                  # since the listener sat down
    valence: float                 # -1..1, felt
    arousal: float                 # -1..1, felt
    drowsiness: float              # 0..1
    eyes_open: bool                # as they are, not as asked
    heard: float                   # 0..1: music is in the ear
    energy: float                  # -1..1: how exciting that music seems, felt or not


def seems(intent: Intent, person: Person) -> tuple[float, float]:
    """Return how music seems to a person, (valence, arousal) in -1..1: ``tanh(sum of weight x standardised cue)``."""
    tempo = log2(intent.tempo_bpm / TEMPO_MIDDLE_BPM) / TEMPO_SD_OCTAVES
    roughness = (intent.dissonance - ROUGHNESS_MIDDLE) / ROUGHNESS_SD
    for_arousal = (
        tempo, (intent.loudness_db - LOUDNESS_MIDDLE_DB) / LOUDNESS_SD_DB,
        (intent.density - DENSITY_MIDDLE) / DENSITY_SD, (intent.articulation - STACCATO_MIDDLE) / STACCATO_SD,
        (intent.brightness - BRIGHTNESS_MIDDLE) / BRIGHTNESS_SD, roughness,
    )
    for_valence = (MODE_SEEMS[intent.mode], tempo, intent.register_semitones / REGISTER_SD_SEMITONES, -roughness)
    arousal = sum(w * cue for w, cue in zip(person.arousal_weights, for_arousal, strict=True))
    valence = sum(w * cue for w, cue in zip(person.valence_weights, for_valence, strict=True))
    return tanh(valence + person.bias_valence), tanh(arousal + person.bias_arousal)


@dataclass(slots=True)
class _Feeling:
    """One axis of what music does: heard -> felt -> mood, with habituation to what stays the same."""

    adapted: float = 0.0
    felt: float = 0.0
    mood: float = 0.0

    def moved(self, cue: float, person: Person, steps: _Steps) -> float:
        self.adapted += (cue - self.adapted) * steps.habituation
        driven = person.gain * (cue - person.habituation_depth * self.adapted)
        self.felt += (driven * (1.0 - person.mood_share) - self.felt) * steps.felt
        self.mood += (driven * person.mood_share - self.mood) * steps.mood
        return self.felt + self.mood


@dataclass(frozen=True, slots=True)
class _Steps:
    """How far each first-order process goes in one step of `dt_s`: 1 - exp(-dt / tau)."""

    dt_s: float
    habituation: float
    felt: float
    mood: float
    heard: float
    drowsy: float
    wake: float
    wander_keep: float
    wander_sd: float

    @classmethod
    def of(cls, person: Person, dt_s: float) -> _Steps:
        keep = exp(-dt_s / person.wander_tau_s)
        return cls(
            dt_s=dt_s,
            habituation=1.0 - exp(-dt_s * log(2.0) / person.habituation_half_life_s),
            felt=1.0 - exp(-dt_s / person.felt_tau_s), mood=1.0 - exp(-dt_s / person.mood_tau_s),
            heard=1.0 - exp(-dt_s / HEARD_TAU_S),
            drowsy=1.0 - exp(-dt_s / DROWSY_TAU_S), wake=1.0 - exp(-dt_s / WAKE_TAU_S),
            wander_keep=keep, wander_sd=person.wander_sd * sqrt(1.0 - keep * keep),
        )


class Latent:
    """The state of one listener, advanced step by step.

    Parameters
    ----------
    person : Person
    rng : numpy.random.Generator
        Its draws are the wandering mood, the peeks and the noise of ratings.
    """

    def __init__(self, person: Person, rng: np.random.Generator) -> None:
        self._person = person
        self._rng = rng
        self._ratings = rng.spawn(1)[0]        # apart, so that asking for a rating changes nothing else
        self._steps = _Steps.of(person, 1.0)
        self._feelings = (_Feeling(), _Feeling())
        self._wander = [float(x) for x in person.wander_sd * rng.standard_normal(2)]
        self._seems: tuple[Intent | None, tuple[float, float]] = (None, (0.0, 0.0))
        self._coming: deque[tuple[float, float, float, float]] = deque()
        self._reaching = (0.0, 0.0, 0.0)       # valence, arousal, presence: what has passed the lag
        self._time_s = self._heard = self._drowsiness = self._shut_s = self._peek_s = 0.0
        self.state = self._state(True, 0.0, 0.0)

    def advance(self, intent: Intent | None, dt_s: float, eyes: str = "") -> LatentState:
        """Go on by `dt_s` with this music in the ear (None: silence), the eyes asked "open", "closed" or nothing."""
        person = self._person
        if self._steps.dt_s != dt_s:
            self._steps = _Steps.of(person, dt_s)
        self._time_s += dt_s
        self._hear(intent)
        eyes_open = self._eyes(eyes, dt_s)
        self._tire(eyes_open, dt_s)
        self._wander_on()
        valence = self._feelings[0].moved(self._reaching[0], person, self._steps)
        arousal = self._feelings[1].moved(self._reaching[1], person, self._steps)
        self.state = self._state(eyes_open, valence, arousal)
        return self.state

    def sam(self) -> tuple[float, float]:
        """Return what the person ticks now, (valence, arousal) on SAM's 1..9, with the noise of their ratings."""
        noise = self._person.rating_noise * self._ratings.standard_normal(2)
        truth = np.array([self.state.valence, self.state.arousal])
        ticked = np.clip(np.rint(SAM_MIDDLE + SAM_HALF * truth + noise), SAM_LOW, SAM_HIGH)
        return float(ticked[0]), float(ticked[1])

    def _hear(self, intent: Intent | None) -> None:
        """Put what sounds now into the lag line, and take out of it what reaches the person now."""
        if intent is None:
            cue, presence = (0.0, 0.0), 0.0
        else:
            if self._seems[0] is not intent:
                self._seems = (intent, seems(intent, self._person))
            cue, presence = self._seems[1], 1.0
        self._coming.append((self._time_s, cue[0], cue[1], presence))
        due_s = self._time_s - self._person.perception_lag_s
        while self._coming and self._coming[0][0] <= due_s:
            _, *reaching = self._coming.popleft()
            self._reaching = (reaching[0], reaching[1], reaching[2])
        self._heard += (presence - self._heard) * self._steps.heard

    def _eyes(self, eyes: str, dt_s: float) -> bool:
        """Say whether the eyes are open: as asked, but for a peek now and then."""
        start, length = self._rng.random(2)
        if eyes != "closed":
            self._peek_s = 0.0
            return True
        self._peek_s = max(0.0, self._peek_s - dt_s)
        if self._peek_s == 0.0 and start < self._person.peeks_per_min * dt_s / SECONDS_A_MINUTE:
            self._peek_s = PEEK_S[0] + (PEEK_S[1] - PEEK_S[0]) * float(length)
        return self._peek_s > 0.0

    def _tire(self, eyes_open: bool, dt_s: float) -> None:
        if eyes_open:
            self._drowsiness -= self._drowsiness * self._steps.wake
            return
        self._shut_s += dt_s
        sleepy = self._shut_s > self._person.drowsy_onset_s and self.state.arousal < DROWSY_BELOW_AROUSAL
        self._drowsiness += (float(sleepy) - self._drowsiness) * self._steps.drowsy

    def _wander_on(self) -> None:
        steps = self._steps
        draws = self._rng.standard_normal(2)
        self._wander = [
            steps.wander_keep * here + steps.wander_sd * float(draw)
            for here, draw in zip(self._wander, draws, strict=True)
        ]

    def _state(self, eyes_open: bool, valence: float, arousal: float) -> LatentState:
        person = self._person
        calmed = person.relaxation * (1.0 - exp(-self._time_s / person.relaxation_tau_s))
        arousal += person.start_arousal - calmed + self._wander[1] - DROWSY_CALM * self._drowsiness
        valence += person.start_valence + self._wander[0]
        return LatentState(
            self._time_s, max(-1.0, min(1.0, valence)), max(-1.0, min(1.0, arousal)), self._drowsiness,
            eyes_open, self._heard, self._reaching[1] * self._reaching[2],
        )
