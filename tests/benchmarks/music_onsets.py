"""Where something begins in a sound, and the tempo that those beginnings and the changes of harmony tell.

Onsets are those of SuperFlux (Boeck & Widmer 2013, Maximum filter vibrato suppression for onset detection, DAFx): the
rise of a log spectrum in quarter tones over what lay there, or beside it, 30 ms before; a swaying pad does not rise.

A tempo is told as a listener who knows the style would tell it: four beats of two eighths, the harmony changing where
the bar begins or, seldom, in its middle, onsets more often on strong eighths than on weak ones. Among all bars and
their places that is the likeliest, onsets and changes being two Poisson processes that repeat with the bar.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter
from scipy.signal import find_peaks, stft

Sound = NDArray[np.float64]
LOW_RATE_HZ = 16_000
FRAME_S = 0.01
WINDOW = 2048
BAND_HZ = (55.0, 6000.0)
BANDS_AN_OCTAVE = 24
COMPRESSION = 300.0                # log10(1 + 300 |X|) at `EVEN_RMS`: what is soft counts too
EVEN_RMS = 0.05
LAG, BESIDE = 3, 3                 # frames, bands
RISE = 0.5                         # over the median about it: set on the plane of one seed, as all numbers here
ALONE_S, ABOUT_S, APART_S = 0.03, 0.5, 0.12

EIGHTHS = 8
# How often each eighth of 4/4 is begun: metrical weight (Lerdahl & Jackendoff's grid, scaled), as a share.
METRE = np.array((1.0, 0.15, 0.5, 0.25, 0.8, 0.15, 0.5, 0.3)) / 3.65
BEGINS, HALVES = 0.6, 0.15         # of the changes of harmony: at the bar's begin, in its middle; the rest anywhere
OFF_GRID = 0.1                     # of the onsets
ONSET_SD_S, CHANGE_SD_S = 0.03, 0.2
SLOWEST_BPM, FASTEST_BPM = 48.0, 120.0
COARSE, FINE, NEAR = 1e-3, 1e-4, 2e-3         # steps of log tempo, and how far about the best of the coarse ones
CHANGE_OVER_S = 0.9                # what sounds before and after are means of so long
CHANGE_APART_S, CHANGE_LEAST = 0.8, 0.1       # the least prominence, of the greatest change


@dataclass(frozen=True)
class Beat:
    """A tempo, and where the first bar line would lie."""

    tempo_bpm: float
    bar_at_s: float

    @property
    def eighth_s(self) -> float:
        return 30.0 / self.tempo_bpm


def onsets_s(low: Sound) -> Sound:
    """Return when something begins in a sound (n,) at 16 kHz, s."""
    rise = _flux(low)
    alone = rise == maximum_filter1d(rise, 2 * round(ALONE_S / FRAME_S) + 1)
    over = rise >= median_filter(rise, 2 * round(ABOUT_S / FRAME_S) + 1) + RISE
    cut = WINDOW // 2 // int(FRAME_S * LOW_RATE_HZ) + 1           # where a sound is cut it is no onset
    over[:cut] = over[len(over) - cut:] = False
    kept: list[int] = []
    for frame in np.flatnonzero(alone & over):
        if not kept or frame - kept[-1] > APART_S / FRAME_S:
            kept.append(int(frame))
    return np.array(kept) * FRAME_S


def _flux(low: Sound) -> Sound:
    even = low * EVEN_RMS / max(float(np.sqrt(np.mean(low**2))), 1e-9)
    hop = int(FRAME_S * LOW_RATE_HZ)
    _, _, spectrum = stft(even, LOW_RATE_HZ, nperseg=WINDOW, noverlap=WINDOW - hop)
    loud = np.log10(1 + COMPRESSION * (_bands() @ np.abs(spectrum)))
    before = maximum_filter1d(loud, BESIDE, axis=0)[:, :-LAG]
    rise = np.maximum(loud[:, LAG:] - before, 0).sum(axis=0)
    return np.concatenate([np.zeros(LAG), rise])


def _bands() -> Sound:
    """Return triangles a quarter tone apart, (n_bands, n_bins): as wide as a bin where the bins are wider."""
    n_octaves = np.log2(BAND_HZ[1] / BAND_HZ[0])
    centres = BAND_HZ[0] * 2 ** (np.arange(int(n_octaves * BANDS_AN_OCTAVE) + 1) / BANDS_AN_OCTAVE)
    edges = np.unique(np.round(centres * WINDOW / LOW_RATE_HZ))
    bins = np.arange(WINDOW // 2 + 1)
    return np.array([np.interp(bins, (left, middle, right), (0.0, 1.0, 0.0))
                     for left, middle, right in zip(edges, edges[1:], edges[2:], strict=False)])


def changes(roll: Sound, frame_s: float) -> tuple[Sound, Sound]:
    """Return when other pitches begin to sound, s from the roll's first frame, and how much changes.

    Parameters
    ----------
    roll : array (n_pitches, n_frames)
        How strong each pitch is.
    frame_s : float
        Seconds a frame.
    """
    over = round(CHANGE_OVER_S / frame_s)
    total = np.cumsum(np.pad(np.log1p(10 * roll / max(float(np.percentile(roll, 99.5)), 1e-9)), ((0, 0), (1, 0))), 1)
    before, after = total[:, over:-over] - total[:, :-2 * over], total[:, 2 * over:] - total[:, over:-over]
    alike = (before * after).sum(axis=0) / np.sqrt((before**2).sum(axis=0) * (after**2).sum(axis=0) + 1e-12)
    change = 1 - alike
    peaks, _ = find_peaks(change, distance=round(CHANGE_APART_S / frame_s), prominence=CHANGE_LEAST * change.max())
    return (peaks + over) * frame_s, change[peaks]


def beat(onsets: Sound, at: Sound, much: Sound) -> Beat:
    """Return the likeliest beat of onsets, s, and of changes of harmony, s, each weighed by how much changes."""
    weights = much / much.mean() if len(much) else much
    span = np.log(240 / np.array([FASTEST_BPM, SLOWEST_BPM]))
    coarse = np.exp(np.arange(span[0], span[1], COARSE))
    bar_s, _ = _likeliest(coarse, onsets, at, weights)
    bar_s, at_s = _likeliest(bar_s * np.exp(np.arange(-NEAR, NEAR, FINE)), onsets, at, weights)
    return Beat(240 / bar_s, at_s)


def _likeliest(bars_s: Sound, onsets: Sound, at: Sound, weights: Sound) -> tuple[float, float]:
    bar = bars_s[:, None]
    eighth = bar / EIGHTHS
    turned = np.exp(2j * np.pi * onsets / eighth).sum(axis=1, keepdims=True)
    grid = np.angle(turned) / (2 * np.pi) * eighth % eighth            # the eighths' own place
    places = (onsets - grid) / eighth
    slots = np.round(places).astype(int)
    aside = _bell((places - slots) * eighth, ONSET_SD_S)
    since = (at - grid) / bar
    scores = np.array([_score(bar, METRE[(slots - first) % EIGHTHS] * aside, (since - first / EIGHTHS) % 1, weights)
                       for first in range(EIGHTHS)])
    first, best = np.unravel_index(int(np.argmax(scores)), scores.shape)
    return float(bars_s[best]), float(grid[best, 0] + first * eighth[best, 0])


def _score(bar: Sound, on_grid: Sound, phase: Sound, weights: Sound) -> Sound:
    """Return log likelihoods, (n_bars,): of the onsets, and of the changes at their phases of the bar."""
    begin = _bell(np.minimum(phase, 1 - phase) * bar, CHANGE_SD_S)
    middle = _bell(np.abs(phase - 1 / 2) * bar, CHANGE_SD_S)
    change = BEGINS * begin + HALVES * middle + (1 - BEGINS - HALVES) / bar
    onset = (1 - OFF_GRID) * on_grid + OFF_GRID / bar
    return np.asarray(np.log(bar * onset).sum(axis=1) + (weights * np.log(bar * change)).sum(axis=1))


def _bell(away: Sound, sd: float) -> Sound:
    return np.asarray(np.exp(-(away / sd) ** 2 / 2) / (sd * np.sqrt(2 * np.pi)))


def density(onsets: Sound, heard: Beat, seconds: float) -> float:
    """Return the share of the eighths of `seconds` in which something begins."""
    slots = np.round((onsets - heard.bar_at_s) / heard.eighth_s)
    return len(np.unique(slots)) / (seconds / heard.eighth_s)
