"""The composer: one bar from an intent and the state before it, as a pure function.

What a bar could not give of density and dissonance is owed by the next ones, so that over some bars the music has what
the intent says.
"""

from __future__ import annotations

from dataclasses import replace

from generators.bars import Bar
from generators.rules import rhythm
from generators.rules.chance import dice
from generators.rules.draft import Draft, WriteLines, by_rule, draft
from generators.rules.harmony import SEMITONES
from generators.rules.measure import bar_dissonance
from generators.rules.motif import renewed
from generators.rules.phrase import Juncture, Phrase, final_phrase, next_phrase
from generators.rules.scene import Scene
from generators.rules.state import Levels, RulesState, fingerprint
from loop.values import Intent

PHRASE_STREAM, BAR_STREAM, THEME_STREAM = 3, 4, 5
ATTEMPTS = 6                       # other versions of a bar that was played before; then its lengths give way
LENGTH_STEP = 1 / 8                # eighths
DISSONANCE_DEBT_LIMIT = 0.10


def compose(
    intent: Intent, state: RulesState, *, ending: bool = False, calm: bool = False, write_lines: WriteLines = by_rule,
) -> tuple[Bar, RulesState]:
    """Compose the next bar.

    Parameters
    ----------
    intent : Intent
        What the music should be like; the attributes move toward it by the slews of the intent table.
    state : RulesState
        The composer's memory; it is not changed, so composing twice from it gives the same bar.
    ending : bool
        The piece ends: this bar leans on a cadence and the next rests on the tonic, with ``last=True``. Composing on
        after that begins a new phrase.
    calm : bool
        The gentle rules hold: leaps within a sixth, no ornaments, small accents, hardly a change of key.
    write_lines : callable
        Who writes melody and bass of a bar whose phrase, harmony and number of onsets are planned.

    Returns
    -------
    tuple of Bar and RulesState
        The bar, and the memory after it.
    """
    phrase, state = _in_phrase(intent, state, ending, calm)
    asked = Levels.of(intent)
    levels = state.levels.toward(asked) if state.levels else asked
    scene, made, mark = _unheard(Scene(state, phrase, levels, calm, 0, dice(state.seed)), write_lines)
    return _bar(scene, made), _after(scene, made, mark)


def _in_phrase(intent: Intent, state: RulesState, ending: bool, calm: bool) -> tuple[Phrase, RulesState]:
    phrase = state.phrase
    if phrase is not None and phrase.final == ending:
        return phrase, state
    rng = dice(state.seed, state.index, PHRASE_STREAM)
    if ending:
        phrase = final_phrase(replace(state.key, mode=state.key.mode or intent.mode), rng)
        return phrase, replace(state, phrase=phrase, position=0)
    heard = frozenset(pitch % SEMITONES for pitch in state.pad)
    phrase = next_phrase(Juncture(state.key, heard, state.after_open, calm), intent.mode, rng)
    themes = renewed(state.themes, state.n_phrases, dice(state.seed, state.index, THEME_STREAM))
    return phrase, replace(state, phrase=phrase, position=0, themes=themes)


def _unheard(first: Scene, write_lines: WriteLines) -> tuple[Scene, Draft, int]:
    state = first.state
    for attempt in range(ATTEMPTS):
        scene = replace(first, attempt=attempt, rng=dice(state.seed, state.index, BAR_STREAM, attempt))
        made = draft(scene, write_lines)
        mark = fingerprint(made.notes)
        if mark not in state.memory:
            return scene, made, mark
    return scene, *_lengthened(made, state.memory)


def _lengthened(made: Draft, memory: tuple[int, ...]) -> tuple[Draft, int]:
    first, mark = made.notes[0], fingerprint(made.notes)
    while mark in memory:
        first = replace(first, length_eighths=first.length_eighths + LENGTH_STEP)
        made = replace(made, notes=(first, *made.notes[1:]))
        mark = fingerprint(made.notes)
    return made, mark


def _bar(scene: Scene, made: Draft) -> Bar:
    return Bar(
        index=scene.state.index,
        notes=made.notes,
        mode=scene.phrase.key.mode,
        tonic=scene.phrase.key.tonic,
        degree=scene.degree,
        phrase_start=scene.state.position == 0,
        last=scene.last,
        density=scene.levels.density,
        register_semitones=scene.levels.register,
    )


def _after(scene: Scene, made: Draft, mark: int) -> RulesState:
    state, levels = scene.state, scene.levels
    owed = state.dissonance_debt + levels.dissonance - bar_dissonance(made.notes)
    return replace(
        state,
        index=state.index + 1,
        key=scene.phrase.key,
        phrase=None if scene.lands else scene.phrase,
        position=0 if scene.lands else state.position + 1,
        n_phrases=state.n_phrases + scene.lands,
        levels=levels,
        density_debt=rhythm.new_debt(levels.density, state.density_debt, made.n_slots),
        dissonance_debt=max(-DISSONANCE_DEBT_LIMIT, min(DISSONANCE_DEBT_LIMIT, owed)),
        pad=made.pad,
        pluck=made.pluck,
        bass=made.bass,
        after_open=not scene.phrase.closes,
        memory=state.remembering(mark),
    )
