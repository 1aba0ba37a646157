"""Composing with the model: the plan of a phrase is the rules', what melody and bass play in it is the model's.

Form is planned as `generators.rules` plans it: phrases of four or eight bars with their harmony and cadence, modes and
keys that change only where a phrase begins, a pad led by voice leading, debts of density and dissonance that later
bars make good. Within a bar the model writes the two lines (`writer.py`). The motif is the model's own: the first two
bars of a theme are kept, and where the phrase brings them back they pull at its rhythm and its line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from generators.bars import EIGHTHS_A_BAR, Bar, Note
from generators.rules import bass, melody, rhythm
from generators.rules.compose import compose as compose_planned
from generators.rules.draft import ARCH_SEMITONES, FINAL_DENSITY, PLUCK_HOME, Lines
from generators.rules.harmony import SCALES, SEMITONES, ladder
from generators.rules.motif import CELLS, RENEWED_AFTER, Motif, Treatment, contour_of, rhythm_of, theme_of
from generators.rules.scene import RUNGS, Scene
from generators.rules.state import RulesState
from generators.symbolic.dataset import register_of
from generators.symbolic.model import Network
from generators.symbolic.tokens import (
    DISSONANCE_STEP,
    HIGHEST,
    LOWEST,
    N_DISSONANCES,
    PLACES,
    TEXTURES,
    TokenBar,
    Tone,
    cut_length,
    encode,
    tonic_pitch,
)
from generators.symbolic.writer import BASS, EIGHTH, MELODY, Order, Voicing, write_bar
from loop.values import MODES, Intent

CONTEXT_BARS = 8
CONTEXT_TOKENS = 280               # with the longest bar it stays within what the model was trained on
REACH_SEMITONES = 9                # of the melody about its middle, by taste
LINES_SHARE = 0.5                  # of the dissonance asked for, that two voices alone may have: the pad has the rest
CHORD_PULL, CHORD_PULL_SLOPE = 1.6, 4.0        # logits at no dissonance, and what each unit of it takes away
RHYTHM_PULL = 2.5                  # logits between the motif's strongest eighth and its weakest
NEW_RHYTHM_PULL = 1.8              # ... of a rhythm that is only suggested to a motif that is still to be invented
BASS_RHYTHM_PULL = 1.0             # ... of an eighth in which the bass would like to begin
LANDING_SLOT, LANDING_PULL = 4, 3.0            # a line arrives by this eighth: logits lost by later ones
CONTOUR_PULL = 0.35                # logits a semitone
ORNAMENT_DENSITY = 0.35            # below it a note between the eighths is no ornament but an event
LONGEST_EIGHTHS = {"pluck": melody.LONGEST_EIGHTHS, "bass": bass.LONGEST_EIGHTHS}
SHORTEST_EIGHTHS = 0.5

Themes = tuple[Motif | None, Motif | None]


@dataclass(frozen=True, slots=True)
class SymbolicState:
    """All that the next bar depends on, beside the intent."""

    plan: RulesState
    context: tuple[TokenBar, ...] = ()         # the newest bars, as the model knows them
    tonic: int = 0                             # of the context
    themes: Themes = (None, None)              # None: the model is still to invent it
    idea: tuple[Note, ...] = ()                # the first bar of a theme that is being invented


class SymbolicComposer:
    """Composes with a network: the catalogue's `Composer` without its weights.

    Parameters
    ----------
    network : Network
        Trained, in evaluation mode.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def begin(self, seed: int, index: int) -> SymbolicState:
        """Return the memory before bar `index`."""
        return SymbolicState(RulesState.begin(seed, index))

    def next_bar(self, intent: Intent, state: SymbolicState, ending: bool, calm: bool) -> tuple[Bar, SymbolicState]:
        """Return the next bar, and the memory after it; composing twice from one memory gives the same bar."""
        def write_lines(scene: Scene) -> Lines:
            return self._lines(scene, state)

        bar, plan = compose_planned(intent, state.plan, ending=ending, calm=calm, write_lines=write_lines)
        return bar, _remembered(bar, plan, state)

    def _lines(self, scene: Scene, state: SymbolicState) -> Lines:
        key = scene.phrase.key
        order = order_of(scene, _theme(scene, state.themes))
        tokens = encode(_in_key(state, key.tonic), ends=False)
        tones = write_bar(self._network, tokens, order, scene.rng)
        high = _notes(tones, MELODY, scene)
        low = _notes(tones, BASS, scene)
        pitch = high[-1].pitch if high else scene.state.pluck.pitch
        voice = replace(scene.state.pluck, pitch=pitch, outside=False)
        return Lines(high, low, voice, low[-1].pitch if low else scene.state.bass)


def order_of(scene: Scene, theme: Motif | None) -> Order:
    """Return what the plan asks of a bar's two lines."""
    key, levels = scene.phrase.key, scene.levels
    home, scale = tonic_pitch(key.tonic), SCALES[key.mode]
    n_slots = _n_slots(scene)
    middle = PLUCK_HOME + levels.register + ARCH_SEMITONES * scene.arch - home
    ground = bass.BASS_HOME + levels.register - home
    closes = scene.phrase.closes and scene.lands
    low = rhythm.bass_wish(scene.phrase.bass_style, levels.density, n_slots, scene.rng) if not scene.last else (0,)
    return Order(
        attributes=(
            MODES.index(key.mode), n_slots, register_of(middle),
            min(int(LINES_SHARE * levels.dissonance / DISSONANCE_STEP), N_DISSONANCES - 1),
            TEXTURES.index("melody and bass"), PLACES.index(_place(scene)), scene.degree),
        n_slots=n_slots,
        bass_slots=frozenset(low),
        melody=Voicing(_pitches(scale, middle - REACH_SEMITONES, middle + REACH_SEMITONES),
                       _away(scene.state.pluck.pitch, home), melody.CALM_LEAP if scene.calm else melody.MAX_LEAP,
                       middle),
        bass=Voicing(_pitches(scale, bass.LOWEST - home, bass.HIGHEST - home), _away(scene.state.bass, home),
                     melody.MAX_LEAP, ground),
        chord=frozenset((pitch_class - key.tonic) % SEMITONES for pitch_class in scene.classes()),
        chord_pull=CHORD_PULL - CHORD_PULL_SLOPE * levels.dissonance,
        rhythm=tuple(pull + BASS_RHYTHM_PULL * (slot in low) - LANDING_PULL * (scene.lands and slot > LANDING_SLOT)
                     for slot, pull in enumerate(_rhythm(scene, theme))),
        contour=_contour(scene, theme, middle),
        contour_pull=CONTOUR_PULL,
        landing=frozenset({0}) if closes or scene.last else None,
        ornaments=not scene.calm and levels.density >= ORNAMENT_DENSITY,
    )


def _n_slots(scene: Scene) -> int:
    if scene.last:
        return 1
    density = scene.levels.density * (FINAL_DENSITY if scene.phrase.final else 1.0)
    return rhythm.budget(density, scene.state.density_debt)


def _place(scene: Scene) -> str:
    if scene.last:
        return "final"
    if scene.lands:
        return "closed" if scene.phrase.closes else "open"
    return "start" if scene.state.position == 0 else "middle"


def _treatment(scene: Scene) -> Treatment:
    return scene.phrase.treatments[scene.state.position]


def _theme(scene: Scene, themes: Themes) -> Motif | None:
    return None if scene.phrase.final else themes[theme_of(scene.state.n_phrases)]


def _rhythm(scene: Scene, theme: Motif | None) -> tuple[float, ...]:
    if scene.last:
        return tuple(RHYTHM_PULL * weight for weight in rhythm.METRE)
    if theme is None:
        suggested = scene.state.themes[theme_of(scene.state.n_phrases)]
        return tuple(NEW_RHYTHM_PULL * rank for rank in rhythm_of(suggested, _treatment(scene)))
    return tuple(RHYTHM_PULL * rank for rank in rhythm_of(theme, _treatment(scene)))


def _contour(scene: Scene, theme: Motif | None, middle: float) -> tuple[float, ...]:
    if theme is None:
        return (float("nan"),) * EIGHTHS_A_BAR
    rungs = scene.rungs
    home = tonic_pitch(scene.phrase.key.tonic)
    centre = min(range(len(rungs)), key=lambda rung: abs(rungs[rung] - home - middle))
    steps = contour_of(theme, _treatment(scene))
    return tuple(float(rungs[max(0, min(len(rungs) - 1, centre + step))] - home) for step in steps)


def _pitches(scale: tuple[int, ...], low: float, high: float) -> frozenset[int]:
    return frozenset(pitch for pitch in range(LOWEST, HIGHEST + 1)
                     if low <= pitch <= high and pitch % SEMITONES in scale)


def _away(pitch: int | None, home: int) -> int | None:
    return None if pitch is None else pitch - home


def _notes(tones: Iterable[Tone], voice: int, scene: Scene) -> tuple[Note, ...]:
    name = "pluck" if voice == MELODY else "bass"
    mine = [tone for tone in tones if tone.voice == voice]
    home = tonic_pitch(scene.phrase.key.tonic)
    onsets = [tone.position / EIGHTH for tone in mine]
    ends = [*onsets, EIGHTHS_A_BAR + melody.OVERHANG_EIGHTHS][1:]
    velocities = scene.velocities(tuple(int(onset) for onset in onsets), name)
    most = LONGEST_EIGHTHS[name]
    return tuple(
        Note(onset, max(SHORTEST_EIGHTHS, min(tone.length / EIGHTH, most, end - onset)), home + tone.pitch, velocity,
             name)
        for tone, onset, end, velocity in zip(mine, onsets, ends, velocities, strict=True))


def _in_key(state: SymbolicState, tonic: int) -> tuple[TokenBar, ...]:
    """Return the context as it is heard from a tonic: after a change of key its pitches lie elsewhere."""
    shift = tonic_pitch(state.tonic) - tonic_pitch(tonic)
    if shift == 0:
        return state.context
    return tuple(replace(bar, tones=tuple(
        replace(tone, pitch=tone.pitch + shift) for tone in bar.tones if LOWEST <= tone.pitch + shift <= HIGHEST
    )) for bar in state.context)


def _remembered(bar: Bar, plan: RulesState, before: SymbolicState) -> SymbolicState:
    tones = _tones(bar)
    known = TokenBar(_attributes(bar, tones, plan), tones)
    context = (*_in_key(before, bar.tonic), known)[-CONTEXT_BARS:]
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
