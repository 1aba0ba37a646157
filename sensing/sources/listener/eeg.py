"""The EEG of a simulated listener: rhythms with the state's gains, through the head, with all that spoils it.

Samples are made in steps of a fixed length, each with the state that holds when it is begun; noise is drawn in
blocks of many steps. So the way in which samples are pulled never changes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np

from loop.errors import StreamError
from loop.values import FloatArray
from sensing.sources.listener.carriers import SOURCES, Background, Carriers, topography
from sensing.sources.listener.gains import Gains
from sensing.sources.listener.latent import SECONDS_A_MINUTE, LatentState
from sensing.sources.listener.person import Person
from sensing.sources.listener.scalp import spread

STEP_S = 0.25                      # how often the state reaches the EEG
STEPS_A_BLOCK = 8                  # short enough that a block stays in the processor's cache
LEAST_RATE_HZ = 100.0              # below, beta and muscle do not fit
BLINK_S = 0.35
BLINK_RISE = 0.35                  # share of a blink in which the lid closes
BLINK_SPREAD = 0.25                # of its size
BLINK_UNDER, BLINK_REACH, BLINK_FULL_AT = "Fpz", 0.36, "Fp1"
SHUT_BLINKS = 0.08                 # closed lids still flutter now and then ...
SHUT_BLINK_SIZE = 0.5              # ... and less


def _blink_shape(rate_hz: float) -> FloatArray:
    """One blink of height 1: up as a cosine, down as a slower one."""
    n = ceil(BLINK_S * rate_hz)
    phase = np.arange(n) / n
    up, down = phase / BLINK_RISE, (phase - BLINK_RISE) / (1.0 - BLINK_RISE)
    shape = np.where(phase < BLINK_RISE, 1.0 - np.cos(np.pi * up), 1.0 + np.cos(np.pi * down))
    return np.asarray(shape / 2.0, dtype=np.float32)


class Eyes:
    """Blinks, step by step, with their frontal topography."""

    def __init__(self, person: Person, labels: Sequence[str], rate_hz: float, rng: np.random.Generator) -> None:
        self._person, self._rng, self._rate_hz = person, rng, rate_hz
        self._shape = _blink_shape(rate_hz)
        full = spread((BLINK_UNDER,), (BLINK_FULL_AT,), BLINK_REACH)[0, 0]
        self._seen = (spread((BLINK_UNDER,), labels, BLINK_REACH)[0] / full).astype(np.float32)
        self._ahead = np.zeros(0, dtype=np.float32)

    def add_to(self, samples: FloatArray, *, eyes_open: bool) -> None:
        """Add the next step's blinks to samples, (n_times, n_channels) uV, in place."""
        n = len(samples)
        start, where, size = self._rng.random(3).tolist()
        chance = self._person.blinks_per_min * n / self._rate_hz / SECONDS_A_MINUTE
        if not self._ahead.size and start < (chance if eyes_open else chance * SHUT_BLINKS):
            height_uv = self._person.blink_uv * (1.0 + BLINK_SPREAD * (2.0 * size - 1.0))
            height_uv *= 1.0 if eyes_open else SHUT_BLINK_SIZE
            wait = np.zeros(int(where * n), dtype=np.float32)
            self._ahead = np.concatenate([wait, np.float32(height_uv) * self._shape])
        if self._ahead.size:
            now, self._ahead = self._ahead[:n], self._ahead[n:]
            samples[: now.size] += now[:, None] * self._seen


class EegMaker:
    """Makes a listener's EEG from their state.

    Parameters
    ----------
    person : Person
    labels : sequence of str
        Channels, names of the 10-20 system.
    rate_hz : float
        100 or more.
    rng : numpy.random.Generator

    Raises
    ------
    StreamError
        If the rate is too low for an EEG with beta in it.
    MontageError
        If a label is no place on the head.
    """

    def __init__(self, person: Person, labels: Sequence[str], rate_hz: float, rng: np.random.Generator) -> None:
        if rate_hz < LEAST_RATE_HZ:
            raise StreamError(f"a simulated listener cannot be sampled at {rate_hz:g} Hz",
                              f"ask for {LEAST_RATE_HZ:g} Hz or more")
        self.step_n = ceil(STEP_S * rate_hz)   # samples in one step
        for_carriers, for_background, for_gains, for_eyes = rng.spawn(4)
        self._carriers = Carriers(person, rate_hz, for_carriers)
        self._background = Background(person, labels, rate_hz, for_background)
        self._gains = Gains(person, self.step_n / rate_hz, for_gains)
        self._eyes = Eyes(person, labels, rate_hz, for_eyes)
        self._topography = topography(labels)
        self._ramp = (np.arange(1, self.step_n + 1, dtype=np.float32) / self.step_n)[:, None]
        self._from_uv = np.zeros(len(SOURCES), dtype=np.float32)
        self._at = self._n_block = STEPS_A_BLOCK * self.step_n
        self._rest = np.zeros((0, len(labels)), dtype=np.float32)

    def samples(self, n: int, state: LatentState) -> FloatArray:
        """Return the next `n` samples, (n, n_channels) float32 uV; `state` holds for every step that begins in them."""
        have = [self._rest]
        n_have = len(self._rest)
        while n_have < n:
            have.append(self._step(state))
            n_have += self.step_n
        made = have[-1] if len(have[0]) == 0 and len(have) == 2 else np.concatenate(have)
        self._rest = made[n:]
        return made[:n]

    def _step(self, state: LatentState) -> FloatArray:
        """Make one step: carriers times gains that run from the last to the next, through the head."""
        if self._at == self._n_block:
            self._block = self._carriers.block(self._n_block)
            self._still = self._background.block(STEPS_A_BLOCK, self.step_n)
            self._at = 0
        to_uv = self._gains.step(state)
        here = slice(self._at, self._at + self.step_n)
        self._at += self.step_n
        amplitude = self._from_uv + self._ramp * (to_uv - self._from_uv)
        self._from_uv = to_uv
        amplitude *= self._block[here]
        out = amplitude @ self._topography
        out += self._still[here]
        self._eyes.add_to(out, eyes_open=state.eyes_open)
        return np.asarray(out)
