"""The raw material of a listener's EEG, made in big blocks: nothing here knows the state of the person.

A carrier is the unit-power noise of one source in the head: narrow for a rhythm, wide for muscle. The background is
what the channels show besides: 1/f noise that neighbours share, mains hum and the slow drift of electrodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.signal import lfilter

from loop.values import FloatArray
from sensing.sources.listener.person import Person
from sensing.sources.listener.scalp import spread

Taps = tuple[FloatArray, FloatArray]

# Shapes of the spectra (assumptions of the model, textbook values).
FRONTAL_ALIKE = 0.97               # correlation of left and right frontal alpha: with it, the asymmetry of readings of
                                   # 4 s comes near M: .22
FRONTAL_SLOWER_HZ = 0.3            # frontal alpha runs a little below the posterior
ALPHA_WIDTH_HZ = 1.2
THETA_HZ, THETA_WIDTH_HZ = 5.5, 2.0
BETA_HZ, BETA_WIDTH_HZ = 19.0, 12.0
TWICE_WIDER = 1.55                 # each of two resonances in a row, so that both together have the width
MUSCLE_FROM_HZ = 25.0              # surface EMG has most of its power above
PINK_FROM_HZ, PINK_STEP_DECADES, PINK_POLES = 0.4, 0.75, 3
BACKGROUND_REACH, BACKGROUND_OWN = 0.35, 0.6   # width of what neighbours share; the share that they do not
HUM_UNEVEN = 0.5                   # channels differ by about this much in hum
ELECTRODE_TAU_S = 20.0
RINGING_S = 30.0                   # by then every filter's response is over


class Rhythm(StrEnum):
    """What a source's carrier stands for: its gain follows from this."""

    POSTERIOR = "posterior alpha"
    FRONTAL = "frontal alpha"
    THETA = "theta"
    BETA = "beta"
    MUSCLE = "muscle"


@dataclass(frozen=True, slots=True)
class HeadSource:
    """A source in the head: what it does, under which electrode it lies, how far it is seen, how strong it is."""

    rhythm: Rhythm
    under: str
    reach: float
    share: float = 1.0             # of the person's amplitude for this rhythm


SOURCES = (
    HeadSource(Rhythm.POSTERIOR, "O1", 0.55, 0.85), HeadSource(Rhythm.POSTERIOR, "O2", 0.55, 0.85),
    HeadSource(Rhythm.POSTERIOR, "Pz", 0.55, 0.6),
    HeadSource(Rhythm.FRONTAL, "F3", 0.45, 0.8), HeadSource(Rhythm.FRONTAL, "F4", 0.45, 0.8),
    HeadSource(Rhythm.THETA, "Fz", 0.5), HeadSource(Rhythm.THETA, "Cz", 0.6, 0.8),
    HeadSource(Rhythm.BETA, "F3", 0.6, 0.85), HeadSource(Rhythm.BETA, "F4", 0.6, 0.85),
    HeadSource(Rhythm.BETA, "Cz", 0.6, 0.7),
    HeadSource(Rhythm.MUSCLE, "T7", 0.5), HeadSource(Rhythm.MUSCLE, "T8", 0.5),
    HeadSource(Rhythm.MUSCLE, "Fpz", 0.4, 0.5),
)


FRONTAL_STREAM = list(Rhythm).index(Rhythm.FRONTAL)


def topography(labels: Sequence[str]) -> FloatArray:
    """Return how each of `SOURCES` is seen at each channel, (n_sources, n_channels), in parts of its own place."""
    rows = [source.share * spread((source.under,), labels, source.reach)[0] for source in SOURCES]
    return np.asarray(np.array(rows), dtype=np.float32)


def _unit_power(taps: Taps, rate_hz: float) -> Taps:
    """Scale a filter so that white noise of power 1 leaves it with power 1."""
    impulse = np.zeros(int(RINGING_S * rate_hz))
    impulse[0] = 1.0
    rms = np.sqrt(np.sum(lfilter(*taps, impulse) ** 2))
    return (np.asarray(taps[0] / rms, dtype=np.float32), np.asarray(taps[1], dtype=np.float32))


def _rhythm_taps(centre_hz: float, width_hz: float, rate_hz: float) -> Taps:
    """Two equal resonances in a row, for steep flanks: poles at the rhythm, zeros at 0 and at half the rate."""
    radius = np.exp(-np.pi * TWICE_WIDER * width_hz / rate_hz)
    poles = np.array([1.0, -2.0 * radius * np.cos(2.0 * np.pi * centre_hz / rate_hz), radius * radius])
    zeros = np.array([1.0, 0.0, -1.0])
    return _unit_power((np.convolve(zeros, zeros), np.convolve(poles, poles)), rate_hz)


def _muscle_taps(rate_hz: float) -> Taps:
    """Two zeros at 0 Hz, two poles at the corner: little below the corner, all above."""
    pole = np.exp(-2.0 * np.pi * MUSCLE_FROM_HZ / rate_hz)
    return _unit_power((np.array([1.0, -2.0, 1.0]), np.poly([pole, pole])), rate_hz)


def _pink_taps(slope: float, rate_hz: float) -> Taps:
    """Poles and zeros in turn on a log axis: power falls as ``f^-slope`` from 0.4 to about 40 Hz, then levels out."""
    poles_hz = PINK_FROM_HZ * 10.0 ** (PINK_STEP_DECADES * np.arange(PINK_POLES))
    zeros_hz = poles_hz * 10.0 ** (PINK_STEP_DECADES * slope / 2.0)
    zeros, poles = (np.poly(np.exp(-2.0 * np.pi * hz / rate_hz)) for hz in (zeros_hz, poles_hz))
    return _unit_power((zeros, poles), rate_hz)


class _Stream:
    """Endless filtered noise of some rows, in one run from block to block."""

    def __init__(self, taps: Taps, n_rows: int) -> None:
        self._taps = taps
        self._memory = np.zeros((n_rows, taps[1].size - 1), dtype=np.float32)

    def run(self, white: FloatArray) -> FloatArray:
        """Filter white noise, (n_rows, n_times)."""
        out, self._memory = lfilter(*self._taps, white, axis=1, zi=self._memory)
        return np.asarray(out)


class Carriers:
    """The carriers of `SOURCES`, (n_times, n_sources), one big block after the other, each source of power 1."""

    def __init__(self, person: Person, rate_hz: float, rng: np.random.Generator) -> None:
        self._rng = rng
        taps = {
            Rhythm.POSTERIOR: _rhythm_taps(person.alpha_hz, ALPHA_WIDTH_HZ, rate_hz),
            Rhythm.FRONTAL: _rhythm_taps(person.alpha_hz - FRONTAL_SLOWER_HZ, ALPHA_WIDTH_HZ, rate_hz),
            Rhythm.THETA: _rhythm_taps(THETA_HZ, THETA_WIDTH_HZ, rate_hz),
            Rhythm.BETA: _rhythm_taps(BETA_HZ, BETA_WIDTH_HZ, rate_hz),
            Rhythm.MUSCLE: _muscle_taps(rate_hz),
        }
        common, own = np.sqrt((1.0 + FRONTAL_ALIKE) / 2.0), np.sqrt((1.0 - FRONTAL_ALIKE) / 2.0)
        self._alike = np.array([[common, own], [common, -own]], dtype=np.float32)
        rhythms = [source.rhythm for source in SOURCES]
        self._streams = [(_Stream(taps[rhythm], rhythms.count(rhythm)), rhythms.count(rhythm)) for rhythm in Rhythm]

    def block(self, n_times: int) -> FloatArray:
        """Return the next `n_times` rows."""
        rows = [
            stream.run(self._rng.standard_normal((n_rows, n_times), dtype=np.float32))
            for stream, n_rows in self._streams
        ]
        rows[FRONTAL_STREAM] = self._alike @ rows[FRONTAL_STREAM]
        return np.ascontiguousarray(np.concatenate(rows).T)


class Background:
    """What the channels show besides the sources, (n_times, n_channels) uV, one big block after the other."""

    def __init__(self, person: Person, labels: Sequence[str], rate_hz: float, rng: np.random.Generator) -> None:
        self._rng, self._rate_hz, self._person = rng, rate_hz, person
        self._pink = _Stream(_pink_taps(person.background_slope, rate_hz), len(labels))
        shared = spread(labels, labels, BACKGROUND_REACH) + BACKGROUND_OWN * np.eye(len(labels))
        shared *= person.background_uv / np.sqrt((shared ** 2).sum(axis=0))
        self._mixing = shared.astype(np.float32)
        uneven = np.abs(1.0 + HUM_UNEVEN * rng.standard_normal(len(labels)))
        self._hum_uv = (person.line_uv * uneven).astype(np.float32)
        self._electrode = person.electrode_drift_uv * rng.standard_normal(len(labels))
        self._n_before = 0

    def block(self, n_parts: int, n_part: int) -> FloatArray:
        """Return the next `n_parts` times `n_part` rows; electrodes drift in straight lines over each part."""
        n_times = n_parts * n_part
        white = self._rng.standard_normal((self._mixing.shape[0], n_times), dtype=np.float32)
        out = self._pink.run(white).T @ self._mixing
        turns = self._person.mains_hz / self._rate_hz * (self._n_before + np.arange(n_times))
        out += np.sin(2.0 * np.pi * turns).astype(np.float32)[:, None] * self._hum_uv
        out += self._electrodes(n_parts, n_part)
        self._n_before += n_times
        return np.asarray(out)

    def _electrodes(self, n_parts: int, n_part: int) -> FloatArray:
        keep = np.exp(-n_part / self._rate_hz / ELECTRODE_TAU_S)
        steps = self._rng.standard_normal((n_parts, self._electrode.size))
        steps *= self._person.electrode_drift_uv * np.sqrt(1.0 - keep * keep)
        knots = np.concatenate([self._electrode[None], np.empty_like(steps)])
        for k, step in enumerate(steps):
            knots[k + 1] = keep * knots[k] + step
        self._electrode = knots[-1]
        ramp = (np.arange(n_part, dtype=np.float32) / n_part)[None, :, None]
        knots32 = knots.astype(np.float32)
        first, change = knots32[:-1, None], np.diff(knots32, axis=0)[:, None]
        return np.asarray((first + ramp * change).reshape(n_parts * n_part, -1))
