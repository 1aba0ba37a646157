"""The calibration signal: pink noise between 500 and 2000 Hz, at a stated loudness, which ends as softly as it begins.

That band is the one in which cinema and studio rooms are set (SMPTE RP 200, 500 Hz to 2 kHz): headphones and meters
differ least there, and A- and K-weighting nearly agree. The same seed gives the same noise. It repeats without a seam:
it is made from its spectrum, whose phases are drawn.
"""

from __future__ import annotations

import numpy as np

from generators.sound.gains import FADE_IN_S
from generators.sound.mix import LEVEL_LUFS
from generators.sound.ring import N_CHANNELS, RATE_HZ, Pcm
from generators.sound.weighting import a_power, k_power, level_db

LOW_HZ, HIGH_HZ = 500.0, 2000.0
SEED = 870
PERIOD_FRAMES = 2**18              # 5.5 s
LEAST_LUFS, MOST_LUFS = -40.0, -20.0    # never louder than the music itself may get: its level, and 3 dB of arousal
SHORTEST_S = 3 * FADE_IN_S


def pink_noise() -> Pcm:
    """Return one period, (PERIOD_FRAMES, 2), both sides independent, at `LEVEL_LUFS`."""
    rng = np.random.default_rng(SEED)
    frequencies = np.fft.rfftfreq(PERIOD_FRAMES, 1 / RATE_HZ)
    band = (frequencies >= LOW_HZ) & (frequencies <= HIGH_HZ)
    amplitude = np.where(band, 1 / np.sqrt(np.maximum(frequencies, LOW_HZ)), 0.0)
    phases = rng.uniform(0, 2 * np.pi, (N_CHANNELS, len(frequencies)))
    noise = np.fft.irfft(amplitude * np.exp(1j * phases), PERIOD_FRAMES, axis=1).T
    return np.asarray(noise * 10 ** ((LEVEL_LUFS - level_db(noise, k_power)) / 20), dtype=np.float32)


def a_level_db(level_lufs: float) -> float:
    """Return the A-weighted level of the noise, on the scale of LUFS, when its loudness is `level_lufs`."""
    return level_db(pink_noise(), a_power) - LEVEL_LUFS + level_lufs


def calibration_signal(level_lufs: float, seconds: float) -> Pcm:
    """Return the noise as it is played, (n_frames, 2): 2 s of fade at either end."""
    n_frames, n_fade = round(seconds * RATE_HZ), round(FADE_IN_S * RATE_HZ)
    sound = np.resize(pink_noise(), (n_frames, N_CHANNELS)) * np.float32(10 ** ((level_lufs - LEVEL_LUFS) / 20))
    fade = np.sin(np.linspace(0, np.pi / 2, n_fade)) ** 2
    sound[:n_fade] *= fade[:, None].astype(np.float32)
    sound[n_frames - n_fade:] *= fade[::-1, None].astype(np.float32)
    return sound
