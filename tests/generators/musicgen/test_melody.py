"""A melody model is led by the embedded composer: its bars as chroma, in their mode, and by the wish of their time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.bars import Bar, Note
from generators.musicgen.melody import Placed, begun, chroma_of, led_on, since
from generators.musicgen.ports import MelodyFacts, Told
from generators.musicgen.stream import MusicStream, StreamSettings
from generators.musicgen.tokens import Draw, continued
from generators.rules.harmony import scale_classes
from tests.generators.musicgen.models import model, needs_audiocraft, quietly
from tests.generators.scenes import wish

RATE_HZ = 32_000
# Of the released melody model: chroma of 2^14 samples, a quarter apart, 30 s.
FACTS = MelodyFacts(RATE_HZ / 4096, 235, 12, 16384 / RATE_HZ, one_hot=True)
EIGHTH_S = 0.4


def bar_of(*notes):
    return Bar(0, tuple(notes), "Ionian", 0, 0)


def tune_of(pitches, length_eighths=4.0):
    """Return bars of one melody note after the other."""
    notes = [Note(0.0, length_eighths, pitch, 0.6, "pluck") for pitch in pitches]
    return [Placed(bar_of(note), at * length_eighths * EIGHTH_S, EIGHTH_S) for at, note in enumerate(notes)]


@given(st.lists(st.integers(48, 84), min_size=1, max_size=15))
@settings(deadline=None)
def test_each_frame_is_the_note_that_sounds_in_it(pitches):
    chroma = chroma_of(tune_of(pitches), 0.0, FACTS)
    assert chroma.shape == (235, 12)
    assert np.array_equal(chroma.sum(axis=1), np.ones(235))
    note_s = 4 * EIGHTH_S
    for at, pitch in enumerate(pitches):
        middle = round((at + 0.5) * note_s * FACTS.frame_rate_hz)
        assert chroma[middle].argmax() == pitch % 12


def test_the_melody_is_told_before_the_chord_and_the_chord_before_nothing_and_never_the_bass():
    chord = [Note(0.0, 8.0, pitch, 0.6, "pad") for pitch in (60, 64, 67)]
    bass, sung = Note(0.0, 8.0, 41, 1.0, "bass"), Note(0.0, 4.0, 74, 0.5, "pluck")
    chroma = chroma_of([Placed(bar_of(*chord, bass, sung), 0.0, EIGHTH_S)], 0.0, FACTS)
    first, second, after = (chroma[round(at_s * FACTS.frame_rate_hz)].argmax() for at_s in (0.8, 2.4, 20.0))
    assert (first, second, after) == (74 % 12, 67 % 12, 67 % 12)


@pytest.mark.parametrize("mode", ["Aeolian", "Ionian", "Lydian"])
def test_what_is_told_lies_in_the_mode_that_is_wished(mode):
    tune = led_on(begun(3, 0.0), wish(mode=mode, calm=True), 30.0)
    chroma = chroma_of(tune.bars, 0.0, FACTS)
    assert {placed.bar.mode for placed in tune.bars} == {mode}
    inside = {pitch for placed in tune.bars for pitch in scale_classes(placed.bar.tonic, mode)}
    assert np.mean(chroma[:, sorted(inside)].sum(axis=1)) > 0.95


def test_bars_that_have_begun_stay_and_later_ones_follow_the_newest_wish():
    heard = led_on(begun(3, 0.0), wish(tempo_bpm=60.0), 10.0)
    ahead = led_on(heard, wish(tempo_bpm=60.0), 30.0)
    other = led_on(heard, wish(tempo_bpm=120.0, density=0.7), 30.0)
    n_heard = len(heard.bars)
    assert ahead.bars[:n_heard] == other.bars[:n_heard] == heard.bars
    assert ahead.bars[n_heard:] != other.bars[n_heard:]
    assert other.bars[n_heard].eighth_s == ahead.bars[n_heard].eighth_s / 2
    assert since(other, 10.0).bars[0].end_s > 10.0


@needs_audiocraft
def test_a_melody_model_says_what_it_is_shown():
    assert model("melody").facts.melody == FACTS
    assert model("audiocraft").facts.melody is None


@needs_audiocraft
def test_the_chroma_is_what_audiocraft_hears_in_the_same_notes():
    import torch

    pitches = (60, 67, 64, 69, 62, 71, 65, 60, 72, 67)
    extractor = model("melody")._led_by.chroma
    times_s = np.arange(int(4 * EIGHTH_S * RATE_HZ)) / RATE_HZ
    sound = np.concatenate([np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * times_s) for pitch in pitches])
    theirs = extractor(torch.from_numpy(sound).float()[None, None])[0].numpy()
    ours = chroma_of(tune_of(pitches), 0.0, FACTS)[:len(theirs)]
    assert np.mean(theirs[:len(ours)].argmax(axis=1) == ours.argmax(axis=1)) > 0.95


@needs_audiocraft
@pytest.mark.parametrize("led", [True, False])
def test_the_tokens_are_those_of_audiocrafts_own_generate_with_that_chroma(led, monkeypatch):
    import torch

    melody = model("melody")
    real, conditioner = melody._model, melody._led_by
    chroma = chroma_of(led_on(begun(1, 0.0), wish(), 30.0).bars, 0.0, FACTS)
    own = conditioner._compute_wav_embedding
    monkeypatch.setattr(conditioner, "_compute_wav_embedding", lambda wav, rate: (
        torch.stack([torch.from_numpy(chroma), own(wav[1:, :, :1], rate)[0][:1].expand(235, -1)])
        if wav.shape[-1] > 1 else own(wav, rate)))
    prompt = np.random.default_rng(5).integers(0, 64, (4, 20))
    wavs = [torch.ones(1, RATE_HZ)] if led else None
    attributes, _ = real._prepare_tokens_and_attributes(["slow warm"], None, wavs)
    with torch.no_grad(), quietly():
        theirs = real.lm.generate(torch.from_numpy(prompt)[None], attributes, max_gen_len=40, use_sampling=False,
                                  cfg_coef=3.0)[0].numpy()
        told = Told(melody.words("slow warm"), chroma if led else None)
        ours = continued(melody, prompt, 20, told, Draw(3.0, 0, top_k=1))
    assert np.array_equal(ours, theirs)


@needs_audiocraft
def test_another_tune_is_another_music():
    melody, prompt = model("melody"), np.zeros((4, 0), dtype=np.int64)
    one, other = (chroma_of(tune_of([pitch] * 20), 0.0, FACTS) for pitch in (60, 66))
    with quietly():
        tokens = [continued(melody, prompt, 30, Told(melody.words("slow warm"), chroma), Draw(3.0, 2))
                  for chroma in (one, other, one)]
    assert np.array_equal(tokens[0], tokens[2])
    assert not np.array_equal(tokens[0], tokens[1])


class Shown:
    """A model that remembers what chroma it was told."""

    def __init__(self, real):
        self.real, self.chroma = real, []

    def __getattr__(self, name):
        return getattr(self.real, name)

    def continuing(self, told):
        self.chroma.append(told.chroma)
        return self.real.continuing(told)


@needs_audiocraft
def test_from_hop_to_hop_it_is_shown_the_same_tune_where_it_was_heard():
    shown, hop_s, context_s = Shown(model("melody")), 5.12, 10.24        # whole frames of the chroma: 40 and 80
    stream = MusicStream(shown, StreamSettings(hop_s=hop_s, context_s=context_s))
    state = stream.begin(1)
    with quietly():
        for tempo_bpm in (60.0, 60.0, 60.0, 100.0, 100.0):
            state = stream.hop(wish(tempo_bpm=tempo_bpm), state)
    hop = round(hop_s * FACTS.frame_rate_hz)
    for before, after in zip(shown.chroma[2:], shown.chroma[3:], strict=False):
        heard = 2 * hop + hop - 2                  # of the later one's frames: its context, but for the window's reach
        assert np.array_equal(before[hop:heard], after[:heard - hop])
    assert not np.array_equal(shown.chroma[2][heard:], shown.chroma[3][heard - hop:-hop])
