"""What leads a melody model: the embedded composer's bars, as the chroma that such a model is shown of a recording.

MusicGen's melody model (Copet et al. 2023, section 2.3) reads, before the first token, which pitch class is strongest
in each slice of the piece that it is to follow. Here nothing is recorded: the rules compose bars for the wish, and
what they would sound like is written down class by class. So harmony, mode and tune come from the composer, and the
model gives them their sound. Bars that have begun stay as they are; those further ahead are composed anew with each
hop, by the wish of its time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from generators.bars import EIGHTHS_A_BAR, Bar, Note, Wish
from generators.musicgen.ports import Chroma, MelodyFacts
from generators.rules.backend import Rules
from generators.rules.state import RulesState

S_AN_EIGHTH_AT_1_BPM = 30.0        # two eighths a beat, 60 s a minute
# How much of a voice is taken for the tune, by taste; the bass is none, as in the model's own training, whose chroma
# was taken after bass and drums had been taken out.
WEIGHTS = {"pluck": 1.0, "pad": 0.2}
TOP_WEIGHT = 1.5                   # of the uppermost note of a chord over the others: it is heard as the tune, by taste


@dataclass(frozen=True, slots=True)
class Placed:
    """A bar in the stream's time."""

    bar: Bar
    start_s: float
    eighth_s: float

    @property
    def end_s(self) -> float:
        """Where the next bar begins."""
        return self.start_s + EIGHTHS_A_BAR * self.eighth_s


@dataclass(frozen=True, slots=True)
class Tune:
    """The bars so far, as far as they are still in view, and the composer's memory."""

    composer: RulesState
    at_s: float                    # where the next bar begins
    bars: tuple[Placed, ...] = ()


def begun(seed: int, at_s: float) -> Tune:
    """Return the tune before its first bar, which begins at a time of the stream, s."""
    return Tune(RulesState.begin(seed), at_s)


def led_on(tune: Tune, wish: Wish, until_s: float) -> Tune:
    """Return the tune with bars up to a time: the last one may end behind it."""
    composer = Rules()
    while tune.at_s < until_s:
        bar, memory = composer.compose(wish, tune.composer)
        placed = Placed(bar, tune.at_s, S_AN_EIGHTH_AT_1_BPM / wish.intent.tempo_bpm)
        tune = Tune(memory, placed.end_s, (*tune.bars, placed))
    return tune


def since(tune: Tune, from_s: float) -> Tune:
    """Return the tune without the bars that ended before a time."""
    return replace(tune, bars=tuple(placed for placed in tune.bars if placed.end_s > from_s))


def chroma_of(bars: Iterable[Placed], from_s: float, facts: MelodyFacts) -> Chroma:
    """Return how strong each pitch class is over time, (n_frames, n_classes); frame 0 is centred on `from_s`.

    A frame in which nothing sounds is like the one before it. With `one_hot` the strongest class of a frame is 1 and
    the others are 0; else the strongest is 1 and the others are in proportion.
    """
    centres = from_s + np.arange(facts.n_frames) / facts.frame_rate_hz
    opens, closes = centres - facts.window_s / 2, centres + facts.window_s / 2
    strength = np.zeros((facts.n_frames, facts.n_classes), dtype=np.float32)
    for placed in bars:
        top = max((note.pitch for note in placed.bar.notes if note.voice == "pad"), default=0)
        for note in placed.bar.notes:
            start_s = placed.start_s + note.onset_eighths * placed.eighth_s
            end_s = start_s + note.length_eighths * placed.eighth_s
            heard_s = np.maximum(np.minimum(end_s, closes) - np.maximum(start_s, opens), 0.0)
            strength[:, note.pitch % facts.n_classes] += _weight(note, top) * heard_s
    return _relative(_held(strength), facts)


def _weight(note: Note, top: int) -> float:
    return WEIGHTS.get(note.voice, 0.0) * note.velocity * (TOP_WEIGHT if note.pitch == top else 1.0)


def _held(strength: Chroma) -> Chroma:
    """Return the frames with each silent one like the one before it."""
    sounds = strength.any(axis=1)
    newest = np.maximum.accumulate(np.where(sounds, np.arange(len(strength)), -1))
    return strength[np.maximum(newest, int(np.argmax(sounds)))]


def _relative(strength: Chroma, facts: MelodyFacts) -> Chroma:
    if facts.one_hot:
        return np.asarray(np.eye(facts.n_classes, dtype=np.float32)[strength.argmax(axis=1)])
    return np.asarray(strength / np.maximum(strength.max(axis=1, keepdims=True), np.finfo(np.float32).tiny))
