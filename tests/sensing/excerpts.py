"""Simulated calibrations: excerpts of EEG whose relation to the ratings is known, because it was put there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loop.values import FloatArray
from sensing.decoders.excerpts import Excerpt

RATE_HZ = 125.0
BANDS_HZ = {"theta": (4.0, 8.0), "alpha": (8.0, 12.0), "beta": (13.0, 30.0), "wide": (1.0, 45.0)}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a simulated calibration is like."""

    n_excerpts: int = 24
    seconds: float = 12.0
    n_channels: int = 6
    rate_hz: float = RATE_HZ
    relation: float = 0.0          # log amplitude of frontal alpha and beta per unit of state
    evoked: float = 0.0            # log amplitude of the same per unit of the music's intent, state or not
    music_share: float = 0.5       # of the state that the music makes; the rest is the person's own
    slow: float = 0.0              # how much of the person's own part of the state stays until the next excerpt
    drift: float = 0.0             # SD of the walk of each source's log amplitude, from excerpt to excerpt
    rest_s: float = 0.0
    session: str = "1"
    person: str = "P"


def simulate(seed: int, plan: Plan = Plan()) -> list[Excerpt]:
    """One sitting: music across the plane in a random order, a rating after each excerpt."""
    rng = np.random.default_rng(seed)
    mixing = np.eye(plan.n_channels) + 0.3 * rng.standard_normal((plan.n_channels, plan.n_channels))
    ladder = np.linspace(-1, 1, plan.n_excerpts)
    music = np.column_stack([rng.permutation(ladder), rng.permutation(ladder)])
    own = rng.uniform(-1, 1, (plan.n_excerpts, 2))
    for k in range(1, plan.n_excerpts):
        own[k] = plan.slow * own[k - 1] + np.sqrt(1 - plan.slow**2) * own[k]
    states = plan.music_share * music + (1 - plan.music_share) * own
    ratings = np.clip(np.round(5 + 4 * states + rng.normal(0, 0.5, states.shape)), 1, 9)
    walk = np.cumsum(rng.normal(0, plan.drift, (plan.n_excerpts, plan.n_channels, len(BANDS_HZ))), axis=0)
    excerpts = []
    for k in range(plan.n_excerpts):
        gains = walk[k] + rng.normal(0, 0.1, (plan.n_channels, len(BANDS_HZ)))
        push = plan.relation * states[k, 1] + plan.evoked * music[k, 1]
        gains[:2, 1] -= push
        gains[:2, 2] += push
        excerpts.append(Excerpt(
            _eeg(rng, gains, plan.seconds, plan.rate_hz) @ mixing.T, plan.rate_hz, str(k), float(ratings[k, 0]),
            float(ratings[k, 1]), music[k], plan.person, plan.session))
    if plan.rest_s:
        quiet = np.zeros((plan.n_channels, len(BANDS_HZ)))
        excerpts.insert(0, Excerpt(_eeg(rng, quiet, plan.rest_s, plan.rate_hz) @ mixing.T, plan.rate_hz, "rest",
                                   person=plan.person, session=plan.session))
    return excerpts


def _eeg(rng: np.random.Generator, log_gains: FloatArray, seconds: float, rate_hz: float) -> FloatArray:
    """Noise in four bands for each source, ``(n_times, n_channels)`` uV."""
    n_times = round(seconds * rate_hz)
    hz = np.fft.rfftfreq(n_times, 1 / rate_hz)
    total = np.zeros((len(hz), len(log_gains)), dtype=complex)
    for column, (low_hz, high_hz) in enumerate(BANDS_HZ.values()):
        inside = np.flatnonzero((hz >= low_hz) & (hz <= high_hz))
        noise = rng.standard_normal((2, len(inside), len(log_gains)))
        total[inside] += (noise[0] + 1j * noise[1]) * np.exp(log_gains[:, column]) / np.sqrt(len(inside))
    return np.fft.irfft(total, n_times, axis=0) * 5.0 * n_times / 2
