"""How long the bass holds its notes: what articulation is, where it can be heard in a mix.

The bass tells it best: it stands on one level until it is let go, where the plucked notes, struck, fall from their
beginning. Its note is the semitone between 65 and 230 Hz that grows most at an onset; held
is from the foot of the rise to the knee of the fall, both straight lines through a quarter and three quarters of the
level. A bass note is written until the next one begins: 1 - .7 x is the share that it holds of that time, the one that
most notes agree on. Where fewer than three notes are followed by one that is heard, values are taken to be halves of
each other (half a bar, a quarter), and it is the share of the next such value above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, resample_poly

from generators.sound.sequencer import GATE_SHORTENED
from tests.benchmarks.music_onsets import LOW_RATE_HZ

Level = NDArray[np.float64]
RATE_HZ = 1000
STEP_S = 0.005
WINDOW_S = 0.1
SMEARED = 0.26                     # of the window: what it makes of a step, between a quarter and three quarters
PITCHES = np.arange(36, 59)        # MIDI
BEFORE_S, AFTER_S = (0.20, 0.025), (0.04, 0.20)        # an onset: the least before, the most after
GROWS, LEAST = 2.0, 0.4            # so many times, and that share of the third quartile of what others gain
LONGEST_RISE_S, LONGEST_FALL_S = 0.16, 0.45   # between a quarter and three quarters; a pad's are longer
AGAIN_S = 0.06                     # below half the level for so long: let go
FOLLOWED_S = 7.0
UNEVEN = 0.2                       # SD by mean of the level while it is held: where the pad beats with it, not asked
SHORTEST_EIGHTHS, LONGEST_EIGHTHS = 0.4, 8.0
WEIGHED_EIGHTHS = 4.0              # a longer note tells no more than one of half a bar
FEWEST_FOLLOWED = 3                # notes with a next one, below which their values are guessed
LEAST_SHARE = 0.5                  # of the time to the next note: below it one between them was not heard
AGREE = 0.03                       # of a share: the width within which notes agree, by taste
MOST_SHARE = 1.05                  # of a note value: legato ends where the next begins, give and take


@dataclass(frozen=True)
class Edge:
    """A rise or a fall: the steps at which the level is at a quarter and at three quarters."""

    quarter: int
    three: int

    @property
    def whole(self) -> float:
        """The step of the line's end at which the level is zero (of a rise) or whole (of a fall)."""
        apart = abs(self.three - self.quarter)
        sharp = np.sqrt(max(apart**2 - (SMEARED * WINDOW_S / STEP_S) ** 2, 0.0))
        return float((self.quarter + self.three) / 2 - sharp)


@dataclass(frozen=True)
class Held:
    """A bass note that is clearly heard, s."""

    begins_s: float
    held_s: float                  # nan where its end is not clear
    next_s: float                  # when the next one begins; nan after the last


def bass_notes(low: NDArray[np.float64], onsets: NDArray[np.float64]) -> list[Held]:
    """Return the bass notes that are clearly heard in a sound (n,) at 16 kHz, at some of its onsets, s."""
    levels = _levels(low)
    struck = [one for at_s in onsets if (one := _struck(levels, round(at_s / STEP_S))) is not None]
    if not struck:
        return []
    least = LEAST * np.percentile([gain for _, _, gain, _ in struck], 75)
    clear = [(step * STEP_S, _held(levels[pitch], step)) for step, pitch, gain, ratio in struck
             if gain > least and ratio > GROWS]
    later = [begins_s for begins_s, _ in clear[1:]]
    return [Held(begins_s, float("nan") if length is None else length, next_s)
            for (begins_s, length), next_s in zip(clear, [*later, float("nan")], strict=True)]


def articulation(notes: Sequence[Held], eighth_s: float) -> float:
    """Return x, where a note is held for 1 - .7 x of its value; nan where no bass note was clear."""
    lengths = np.array([note.held_s for note in notes if note.held_s == note.held_s]) / eighth_s
    lengths = np.minimum(lengths[lengths > SHORTEST_EIGHTHS], LONGEST_EIGHTHS)
    if not len(lengths):
        return float("nan")
    followed = _followed(notes, eighth_s)
    share = _share_agreed(followed) if len(followed) >= FEWEST_FOLLOWED else _share_of_halves(lengths)
    return (1 - share) / GATE_SHORTENED


def _followed(notes: Sequence[Held], eighth_s: float) -> NDArray[np.float64]:
    """Return the share of its written value that each note is held which another follows, and its weight, (n, 2)."""
    found = []
    for note in notes:
        apart = (note.next_s - note.begins_s) / eighth_s
        if note.held_s == note.held_s and 0.5 <= apart < LONGEST_EIGHTHS + 0.5:
            value = round(apart)
            found.append((note.held_s / eighth_s / value, min(value, WEIGHED_EIGHTHS)))
    return np.array([row for row in found if LEAST_SHARE <= row[0] <= MOST_SHARE + AGREE])


def _share_agreed(followed: NDArray[np.float64]) -> float:
    shares = _shares()
    nearness = np.exp(-(((shares[:, None] - followed[:, 0]) / AGREE) ** 2) / 2)
    return float(shares[int(np.argmax(nearness @ followed[:, 1]))])


def _share_of_halves(lengths: NDArray[np.float64]) -> float:
    shares = _shares()
    away = np.abs((np.log2(lengths)[None] - np.log2(shares)[:, None] + 0.5) % 1 - 0.5)
    return float(shares[int(np.argmin((away * np.minimum(lengths, WEIGHED_EIGHTHS)).sum(axis=1)))])


def _shares() -> NDArray[np.float64]:
    return np.linspace(MOST_SHARE / 2, MOST_SHARE, 512)


def _levels(low: NDArray[np.float64]) -> Level:
    """Return the level of each semitone, (n_pitches, n_steps)."""
    slow = resample_poly(low, RATE_HZ, LOW_RATE_HZ)
    at_s = np.arange(len(slow)) / RATE_HZ
    window = np.hanning(round(WINDOW_S * RATE_HZ) + 1)
    window /= window.sum()
    step = round(STEP_S * RATE_HZ)
    return np.array([np.abs(fftconvolve(slow * np.exp(-2j * np.pi * 440 * 2 ** ((pitch - 69) / 12) * at_s), window,
                                        "same"))[::step] for pitch in PITCHES])


def _struck(levels: Level, step: int) -> tuple[int, int, float, float] | None:
    """Return step, pitch, gain and ratio of what grows most at an onset; None too near to the sound's ends."""
    early, late = (round(edge / STEP_S) for edge in BEFORE_S)
    soon, then = (round(edge / STEP_S) for edge in AFTER_S)
    if step < 2 * early or step + 2 * then >= levels.shape[1]:
        return None
    before, after = levels[:, step - early:step - late].min(axis=1), levels[:, step + soon:step + then].max(axis=1)
    pitch = int(np.argmax(after - before))
    return step, pitch, float(after[pitch] - before[pitch]), float(after[pitch] / max(before[pitch], 1e-9))


def _held(level: Level, step: int) -> float | None:
    """Return for how long the note at a step is held, s; None where rise, level and fall are not clear."""
    course = level[step - 50:step - 50 + round(FOLLOWED_S / STEP_S)]
    top = float(course[45:70].max()) if len(course) > 200 else 0.0
    rise = _rise(course, top, 45 + int(np.argmax(course[45:70]))) if top > 0 else None
    gone = _gone(course, rise, top) if rise else None
    if rise is None or gone is None:
        return None
    body = course[rise.three:_last_above(course, gone, 0.75 * top) + 1]
    whole = float(np.median(body)) if len(body) > 3 else top
    rise, fall = _rise(course, whole, rise.three), _fall(course, gone, whole)
    if rise is None or fall is None or body.std() > UNEVEN * body.mean():
        return None
    return (fall.whole - rise.whole) * STEP_S


def _rise(course: Level, whole: float, top: int) -> Edge | None:
    below = np.flatnonzero(course[:top + 1] < whole / 4)
    if not len(below):
        return None
    quarter = int(below[-1]) + 1
    above = np.flatnonzero(course[quarter:] >= 0.75 * whole)
    edge = Edge(quarter, quarter + int(above[0])) if len(above) else None
    return edge if edge and (edge.three - edge.quarter) * STEP_S <= LONGEST_RISE_S else None


def _gone(course: Level, rise: Edge, top: float) -> int | None:
    """Return the step from which the level stays below half for a while."""
    n_steps = round(AGAIN_S / STEP_S)
    stays = np.convolve(course < top / 2, np.ones(n_steps), "valid") >= n_steps
    found = np.flatnonzero(stays[rise.three:])
    return rise.three + int(found[0]) if len(found) else None


def _fall(course: Level, gone: int, whole: float) -> Edge | None:
    below = np.flatnonzero(course[gone:] < whole / 4)
    if not len(below):
        return None
    edge = Edge(gone + int(below[0]), _last_above(course, gone, 0.75 * whole))
    return edge if (edge.quarter - edge.three) * STEP_S <= LONGEST_FALL_S else None


def _last_above(course: Level, end: int, level: float) -> int:
    return int(np.flatnonzero(course[:end] >= level)[-1])
