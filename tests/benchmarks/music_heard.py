"""Asked against measured from the sound alone, over the plane; what a sound does not tell is left out and said.

Run by hand: ``python -m tests.benchmarks.music_heard FOLDER [generator]`` on what `music_grid` rendered.

Loudness is BS.1770 (pyloudnorm). Brightness is the frequency below which 95 % of the power lies, in octaves. Onsets are
peaks of spectral flux; density is onsets an eighth at the tempo as played. Tempo is the strongest lag of the onsets'
autocorrelation between 48 and 120 beats a minute. Register is the centre of the spectrum between 80 and 1000 Hz, in
semitones: fundamentals mostly. Articulation is how deep the level falls between onsets. Dissonance is not measured:
roughness of a spectrum with reverb follows register and brightness before it follows harmony; nor is mode.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import find_peaks, resample_poly, stft

from generators.sound.mix import LEVEL_LUFS
from generators.sound.ring import RATE_HZ
from tests.benchmarks.music_control import line, table
from tests.benchmarks.music_grid import BEATS_A_BAR, Cell, cells, file_of, kept, sound_of, take_of

Sound = NDArray[np.float64]
SKIPPED_S = 5.0                    # the fade-in and the first notes
LOW_RATE_HZ = 16_000
FLUX_HOP = 160                     # 10 ms
FLUX_WINDOW = 1024
FLUX_COMPRESSION = 300.0           # log(1 + 300 |X|): what is soft counts too
PEAK_APART_S = 0.12                # two onsets nearer than this are one: an eighth at 120 bpm lasts 0.25 s
ONSET_FLUX = 4.0                   # at `EVEN_RMS`: what the pad and the room do by themselves stays below it
EVEN_RMS = 0.05
SLOWEST_BPM, FASTEST_BPM = 48.0, 120.0
TEMPO_NEAR = 0.04                  # of the tempo asked for: MIREX's tolerance
ROLLOFF = 0.95
REGISTER_BAND_HZ = (80.0, 1000.0)
C4_HZ = 261.63
LEVEL_HOP_S = 0.02
TRUE_PEAK = "true_peak_dbtp"
OVERSAMPLED = 4
AIM_MISS_LU = 1.0
HEARD = ("loudness_db", "brightness", "density", "tempo_bpm", "register_semitones", "articulation")
NOT_HEARD = ("dissonance", "mode")


def heard(sound: NDArray[np.float32], tempo_bpm: float) -> dict[str, float]:
    """Return what is measured in a sound (n_frames, 2) at 48 kHz; the tempo as played turns a rate into a density."""
    whole = sound[int(SKIPPED_S * RATE_HZ):].astype(float)
    low = resample_poly(whole.mean(axis=1), LOW_RATE_HZ, RATE_HZ)
    flux = onset_flux(low)
    rate_hz = len(onsets(flux)) / (len(low) / LOW_RATE_HZ)
    eighths_hz = tempo_bpm / 60 * 2
    return {"loudness_db": float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(whole)) - LEVEL_LUFS,
            "brightness": rolloff_octaves(whole.mean(axis=1)), "density": rate_hz / eighths_hz,
            "tempo_bpm": tempo_heard(flux), "register_semitones": centre_semitones(low), "articulation": fall_db(low),
            TRUE_PEAK: true_peak_dbtp(sound)}


def true_peak_dbtp(sound: NDArray[np.float32]) -> float:
    """Return the highest sample at four times the rate, which shows what lies between samples (BS.1770-5, annex 2)."""
    return float(20 * np.log10(max(np.abs(resample_poly(sound, OVERSAMPLED, 1, axis=0)).max(), 1e-9)))


def onset_flux(sound: Sound) -> Sound:
    """Return by how much the log spectrum rises from frame to frame, at 100 Hz, the sound taken at one level."""
    even = sound * EVEN_RMS / max(float(np.sqrt(np.mean(sound**2))), 1e-9)
    _, _, spectrum = stft(even, LOW_RATE_HZ, nperseg=FLUX_WINDOW, noverlap=FLUX_WINDOW - FLUX_HOP)
    loud = np.log1p(FLUX_COMPRESSION * np.abs(spectrum))
    return np.asarray(np.maximum(np.diff(loud, axis=1), 0).sum(axis=0))


def onsets(flux: Sound) -> NDArray[np.intp]:
    """Return the frames of the flux at which something begins."""
    return find_peaks(flux, height=ONSET_FLUX, distance=int(PEAK_APART_S * LOW_RATE_HZ / FLUX_HOP))[0]


def tempo_heard(flux: Sound) -> float:
    """Return the tempo whose beat, and its double, hold most of the flux's autocorrelation; its octave is a guess."""
    centred = flux - flux.mean()
    spectrum = np.abs(np.fft.rfft(centred, 2 * len(centred))) ** 2
    alike = np.fft.irfft(spectrum)[:len(centred)] / np.arange(len(centred), 0, -1)
    tempi = np.exp(np.linspace(np.log(SLOWEST_BPM), np.log(FASTEST_BPM), 400))
    lags = 60 / tempi * LOW_RATE_HZ / FLUX_HOP
    places = np.arange(len(alike))
    strength = sum(np.interp(lags * beats, places, alike) for beats in (1, 2, 4))
    return float(tempi[int(np.argmax(strength))])


def rolloff_octaves(sound: Sound) -> float:
    """Return the frequency below which 95 % of the power lies, octaves above 1 Hz."""
    frequencies, _, spectrum = stft(sound, RATE_HZ, nperseg=4096)
    power = (np.abs(spectrum) ** 2).mean(axis=1)
    return float(np.log2(np.interp(ROLLOFF, np.cumsum(power) / power.sum(), frequencies)))


def centre_semitones(sound: Sound) -> float:
    """Return the mean of log frequency, by magnitude, where fundamentals lie: semitones from C4."""
    frequencies, _, spectrum = stft(sound, LOW_RATE_HZ, nperseg=8192)
    band = (frequencies >= REGISTER_BAND_HZ[0]) & (frequencies <= REGISTER_BAND_HZ[1])
    weight = np.abs(spectrum[band]).mean(axis=1)
    return float(np.average(12 * np.log2(frequencies[band] / C4_HZ), weights=weight / frequencies[band]))


def fall_db(sound: Sound) -> float:
    """Return how far the level falls under its own peaks: the median fast level against its 90th percentile, dB."""
    hop = int(LEVEL_HOP_S * LOW_RATE_HZ)
    power = (sound[:len(sound) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1)
    level = 10 * np.log10(power + 1e-12)
    return float(np.percentile(level, 90) - np.median(level))


def all_heard(folder: Path, wanted: Sequence[Cell]) -> list[dict[str, float]]:
    """Measure each cell, or read what was measured of it."""
    rows = []
    for cell in wanted:
        file = file_of(folder, cell).with_suffix(".heard")
        if not file.exists():
            row = heard(sound_of(folder, cell), take_of(folder, cell).tempo_bpm())
            file.write_text(json.dumps(row), encoding="utf-8")
        rows.append(json.loads(file.read_text(encoding="utf-8")))
    return rows


def report(folder: Path, generator: str) -> list[str]:
    """Return the control part of the report that is measured in the sound, for what was rendered of one composer."""
    wanted = [cell for cell in cells(generator) if kept(folder, cell)]
    rows = all_heard(folder, wanted)
    lines = [line(name, [getattr(cell.intent, name) for cell in wanted], [row[name] for row in rows]) for name in HEARD]
    asked_bpm = np.array([cell.intent.tempo_bpm for cell in wanted])
    ratio = np.array([row["tempo_bpm"] for row in rows]) / asked_bpm
    near = np.abs(ratio - 1) < TEMPO_NEAR
    octaves = np.min([np.abs(ratio / factor - 1) for factor in (0.5, 1, 2)], axis=0) < TEMPO_NEAR
    share = np.mean([cell.intent.density for cell in wanted]) * BEATS_A_BAR * 2
    return [*table(lines), "",
            f"{len(wanted)} sounds; tempo heard within 4 % of that asked for in {100 * near.mean():.0f} %, or its half "
            f"or double in {100 * octaves.mean():.0f} % (a mean of {share:.1f} onsets a bar was asked for). "
            f"Not to be had from the sound: {', '.join(NOT_HEARD)}.", "", levels(wanted, rows)]


def levels(wanted: Sequence[Cell], rows: Sequence[dict[str, float]]) -> str:
    """Return how far the level is from that asked for, and the highest peak."""
    misses = np.array([row["loudness_db"] - cell.intent.loudness_db
                       for cell, row in zip(wanted, rows, strict=True)])
    peak = max(row[TRUE_PEAK] for row in rows)
    return (f"Integrated loudness against {LEVEL_LUFS:g} LUFS plus `loudness_db`: "
            f"rms {np.sqrt(np.mean(misses**2)):.2f} LU, {misses.min():+.2f} to {misses.max():+.2f} LU, "
            f"within {AIM_MISS_LU:g} LU in {100 * np.mean(np.abs(misses) <= AIM_MISS_LU):.0f} %. "
            f"Highest true peak {peak:.2f} dBTP.")


if __name__ == "__main__":
    sys.stdout.write("\n".join(report(Path(sys.argv[1]), (sys.argv[2:] or ["rules"])[0])) + "\n")
