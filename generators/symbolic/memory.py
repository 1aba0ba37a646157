"""What the model's composer remembers: the rules' plan, the newest bars as the model knows them, and its own motifs.

The first two bars of a theme are kept as its motif, and brought back where the phrase does; an old one is forgotten
now and then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from generators.bars import EIGHTHS_A_BAR, Bar, Note
from generators.rules.harmony import ladder
from generators.rules.motif import CELLS, RENEWED_AFTER, Motif, theme_of
from generators.rules.scene import RUNGS
from generators.rules.state import RulesState
from generators.symbolic.dataset import register_of
from generators.symbolic.order import BASS, EIGHTH, MELODY
from generators.symbolic.tokens import (
    HIGHEST,
    LOWEST,
    PLACES,
    TEXTURES,
    TokenBar,
    Tone,
    cut_length,
    encode,
    tonic_pitch,
)
from loop.values import MODES

CONTEXT_BARS = 8
CONTEXT_TOKENS = 280               # with the longest bar it stays within what the model was trained on

Themes = tuple[Motif | None, Motif | None]


@dataclass(frozen=True, slots=True)
class SymbolicState:
    """All that the next bar depends on, beside the intent."""

    plan: RulesState
    context: tuple[TokenBar, ...] = ()         # the newest bars, as the model knows them
    tonic: int = 0                             # of the context
    themes: Themes = (None, None)              # None: the model is still to invent it
    idea: tuple[Note, ...] = ()                # the first bar of a theme that is being invented


def in_key(state: SymbolicState, tonic: int) -> tuple[TokenBar, ...]:
    """Return the context as it is heard from a tonic: after a change of key its pitches lie elsewhere."""
    shift = tonic_pitch(state.tonic) - tonic_pitch(tonic)
    if shift == 0:
        return state.context
    return tuple(replace(bar, tones=tuple(
        replace(tone, pitch=tone.pitch + shift) for tone in bar.tones if LOWEST <= tone.pitch + shift <= HIGHEST
    )) for bar in state.context)


def remembered(bar: Bar, plan: RulesState, before: SymbolicState) -> SymbolicState:
    """Return the memory after a bar."""
    tones = _tones(bar)
    known = TokenBar(_attributes(bar, tones, plan), tones)
    context = (*in_key(before, bar.tonic), known)[-CONTEXT_BARS:]
    while len(encode(context)) > CONTEXT_TOKENS:
        context = context[1:]
    themes, idea = _themes(bar, plan, before)
    return SymbolicState(plan, context, bar.tonic, themes, idea)


def _tones(bar: Bar) -> tuple[Tone, ...]:
    home = tonic_pitch(bar.tonic)
    voices = {"pluck": MELODY, "bass": BASS}
    found = [Tone(int(EIGHTH * note.onset_eighths), voices[note.voice], note.pitch - home,
                  cut_length(round(EIGHTH * note.length_eighths)))
             for note in bar.notes if note.voice in voices]
    return tuple(sorted(found, key=lambda tone: (tone.position, tone.voice)))


def _attributes(bar: Bar, tones: tuple[Tone, ...], after: RulesState) -> tuple[int | None, ...]:
    """Return what is told of a bar that was played: what a listener could say of it."""
    n_slots = len({tone.position // EIGHTH for tone in tones})
    sung = [tone.pitch for tone in tones if tone.voice == MELODY]
    place = "start" if bar.phrase_start else "middle"
    if after.phrase is None:       # it ended a phrase
        place = "final" if bar.last else "open" if after.after_open else "closed"
    return (MODES.index(bar.mode), n_slots, register_of(float(np.mean(sung))) if sung else None, None,
            TEXTURES.index("melody and bass"), PLACES.index(place), bar.degree)


def _themes(bar: Bar, plan: RulesState, before: SymbolicState) -> tuple[Themes, tuple[Note, ...]]:
    """Keep the first two bars of a phrase whose theme is still to be invented; forget an old theme now and then."""
    n_phrases = before.plan.n_phrases
    themes = list(before.themes)
    if bar.phrase_start and n_phrases and n_phrases % RENEWED_AFTER == 0:
        themes[n_phrases // RENEWED_AFTER % 2] = None
    sung = tuple(note for note in bar.notes if note.voice == "pluck")
    which = theme_of(n_phrases)
    if bar.phrase_start:
        return (themes[0], themes[1]), sung
    if themes[which] is None and plan.position == CELLS:
        themes[which] = motif_of(before.idea, sung, bar)
    return (themes[0], themes[1]), ()


def motif_of(first: Iterable[Note], second: Iterable[Note], bar: Bar) -> Motif:
    """Return two bars of melody as a motif: where its onsets are, and its line in scale steps about its middle."""
    rungs = ladder(bar.tonic, bar.mode, *RUNGS)
    ranks, heights, height = list[float](), list[float](), float("nan")
    for notes in (first, second):
        onsets = {int(note.onset_eighths): note.pitch for note in notes}
        for slot in range(EIGHTHS_A_BAR):
            if slot in onsets:
                height = float(min(range(len(rungs)), key=lambda rung: abs(rungs[rung] - onsets[slot])))
            ranks.append(1.0 if slot in onsets else 0.0)
            heights.append(height)
    known = [height for height in heights if height == height]
    middle = round(float(np.mean(known))) if known else 0
    contour = tuple(0 if height != height else round(height) - middle for height in heights)
    return Motif(tuple(ranks), contour)
