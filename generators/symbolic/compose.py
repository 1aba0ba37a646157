"""Composing with the model: the plan of a phrase is the rules', what melody and bass play in it is the model's.

Form is planned as `generators.rules` plans it: phrases of four or eight bars with their harmony and cadence, modes and
keys that change only where a phrase begins, a pad led by voice leading, debts of density and dissonance that later
bars make good. Within a bar the model writes the two lines (`writer.py`), as they were ordered (`ordering.py`), and
what it wrote is remembered (`memory.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from generators.bars import EIGHTHS_A_BAR, Bar, Note
from generators.rules import bass, melody
from generators.rules.compose import compose as compose_planned
from generators.rules.draft import Lines
from generators.rules.scene import Scene
from generators.rules.state import RulesState
from generators.symbolic.memory import SymbolicState, in_key, remembered
from generators.symbolic.order import BASS, EIGHTH, MELODY
from generators.symbolic.ordering import order_of, theme_for
from generators.symbolic.playing import Foreteller
from generators.symbolic.tokens import Tone, encode, tonic_pitch
from generators.symbolic.writer import write_bar
from loop.values import Intent

LONGEST_EIGHTHS = {"pluck": melody.LONGEST_EIGHTHS, "bass": bass.LONGEST_EIGHTHS}
SHORTEST_EIGHTHS = 0.5


class SymbolicComposer:
    """Composes with a model: the catalogue's `Composer` without its weights.

    Parameters
    ----------
    model : Foreteller
        Who foretells what comes next.
    """

    def __init__(self, model: Foreteller) -> None:
        self._model = model

    def begin(self, seed: int, index: int) -> SymbolicState:
        """Return the memory before bar `index`."""
        return SymbolicState(RulesState.begin(seed, index))

    def next_bar(self, intent: Intent, state: SymbolicState, ending: bool, calm: bool) -> tuple[Bar, SymbolicState]:
        """Return the next bar, and the memory after it; composing twice from one memory gives the same bar."""
        def write_lines(scene: Scene) -> Lines:
            return self._lines(scene, state)

        bar, plan = compose_planned(intent, state.plan, ending=ending, calm=calm, write_lines=write_lines)
        return bar, remembered(bar, plan, state)

    def _lines(self, scene: Scene, state: SymbolicState) -> Lines:
        key = scene.phrase.key
        order = order_of(scene, theme_for(scene, state.themes))
        tokens = encode(in_key(state, key.tonic), ends=False)
        tones = write_bar(self._model, tokens, order, scene.rng)
        high = _notes(tones, MELODY, scene)
        low = _notes(tones, BASS, scene)
        pitch = high[-1].pitch if high else scene.state.pluck.pitch
        voice = replace(scene.state.pluck, pitch=pitch, outside=False)
        return Lines(high, low, voice, low[-1].pitch if low else scene.state.bass)


def _notes(tones: Iterable[Tone], voice: int, scene: Scene) -> tuple[Note, ...]:
    name = "pluck" if voice == MELODY else "bass"
    mine = [tone for tone in tones if tone.voice == voice]
    home = tonic_pitch(scene.phrase.key.tonic)
    onsets = [tone.position / EIGHTH for tone in mine]
    held = voice == BASS and scene.pedal           # a pedal lasts from note to note
    ends = [*onsets, EIGHTHS_A_BAR + (0.0 if held else melody.OVERHANG_EIGHTHS)][1:]
    velocities = scene.velocities(tuple(int(onset) for onset in onsets), name)
    most = LONGEST_EIGHTHS[name]
    lengths = [most if held else tone.length / EIGHTH for tone in mine]
    return tuple(
        Note(onset, max(SHORTEST_EIGHTHS, min(length, most, end - onset)), home + tone.pitch, velocity, name)
        for tone, length, onset, end, velocity in zip(mine, lengths, onsets, ends, velocities, strict=True))
