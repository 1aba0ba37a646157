"""One bar, part by part, in the order in which the parts depend on each other.

The two lines first, melody and bass, by whoever writes them (`by_rule` here: rhythm, then bass, then melody); and last
the pad, whose colour makes up the dissonance that the lines leave to be asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from generators.bars import EIGHTHS_A_BAR, Note
from generators.rules import bass, melody, rhythm, voicing
from generators.rules.chance import happens
from generators.rules.harmony import SEMITONES
from generators.rules.measure import onset_slots, sounding
from generators.rules.motif import CELLS, contour_of, rhythm_of, theme_of
from generators.rules.scene import Scene

PLUCK_HOME = 75                    # with pad at 60 and bass at 45 the voices centre on C4
ARCH_SEMITONES = 4.0               # that a phrase rises to its middle
WILL = 0.12                        # of chance in a ranking of eighths; more at each further attempt
ORNAMENT_PROBABILITY = 0.25
ORNAMENT_DENSITY = 0.35            # below this a grace note is no ornament but an event
COLOUR_CHANCE = 0.02               # of roughness: what chance may cost when two colours fit alike
UNPREPARED_COST = 0.06             # of roughness: a suspension should have been heard in the chord before
MOST_FALL = 2                      # semitones, of a suspension that resolves
FINAL_DENSITY = 0.5                # of the density, in the bar before the last


@dataclass(frozen=True, slots=True)
class Draft:
    """A bar's notes, and where they leave the voices."""

    notes: tuple[Note, ...]
    pad: tuple[int, ...]
    pluck: melody.Voice
    bass: int | None
    n_slots: int


@dataclass(frozen=True, slots=True)
class Lines:
    """A bar's melody and bass, and where they leave the two voices."""

    high: tuple[Note, ...]
    low: tuple[Note, ...]
    pluck: melody.Voice
    bass: int | None


WriteLines = Callable[[Scene], Lines]


def draft(scene: Scene, write_lines: WriteLines) -> Draft:
    """Return the bar of a scene: the two lines, then the pad beneath them."""
    lines = write_lines(scene)
    pad = _pad(scene, lines)
    held = tuple(sorted(note.pitch for note in pad if note.onset_eighths + note.length_eighths >= EIGHTHS_A_BAR))
    notes = (*pad, *lines.high, *lines.low)
    return Draft(notes, held, lines.pluck, lines.bass, len(onset_slots(notes)))


def by_rule(scene: Scene) -> Lines:
    """Write the two lines by the rules: rhythm, bass, melody."""
    onsets = _onsets(scene)
    low, bass_left = _bass(scene, onsets.bass)
    high, pluck_left = _melody(scene, onsets.pluck)
    return Lines(high, low, pluck_left, bass_left)


def _onsets(scene: Scene) -> rhythm.Onsets:
    if scene.last:
        return rhythm.Onsets((0,), (0,))
    density = scene.levels.density * (FINAL_DENSITY if scene.phrase.final else 1.0)
    n_slots = rhythm.budget(density, scene.owed)
    will = WILL * (1 + scene.attempt) * scene.rng.random(EIGHTHS_A_BAR)
    motif = scene.state.themes[theme_of(scene.state.n_phrases)]
    ranking = rhythm_of(motif, scene.phrase.treatments[scene.state.position])
    moved = tuple(rank + float(extra) for rank, extra in zip(ranking, will, strict=True))
    low = rhythm.bass_wish(scene.phrase.bass_style, density, n_slots, scene.rng)
    return rhythm.share_out(n_slots, moved, low, scene.lands)


def _bass(scene: Scene, slots: tuple[int, ...]) -> tuple[tuple[Note, ...], int | None]:
    if not slots:
        return (), scene.state.bass
    if scene.pedal:
        pitches = (bass.pedal(scene.phrase.key.tonic, scene.levels.register),) * len(slots)
    else:
        root, _, fifth = scene.classes()
        ground = bass.Ground(slots, root, fifth, scene.next_root, scene.rungs, scene.levels.register)
        pitches = bass.play(ground, scene.state.bass)
    return bass.to_notes(slots, pitches, scene.velocities(slots, "bass")), pitches[-1]


def _melody(scene: Scene, slots: tuple[int, ...]) -> tuple[tuple[Note, ...], melody.Voice]:
    line = melody.Line(
        slots=slots,
        contour=_contour(scene),
        anchor=PLUCK_HOME + scene.upper_register + ARCH_SEMITONES * scene.arch,
        chord=frozenset(scene.classes()),
        rungs=scene.rungs,
        max_leap=melody.CALM_LEAP if scene.calm else melody.MAX_LEAP,
        settles=scene.lands or scene.phrase.final,
        landing=scene.phrase.key.tonic if scene.lands and scene.phrase.closes else None,
    )
    before = replace(scene.state.pluck, outside=False) if scene.last else scene.state.pluck
    pitches, voice = melody.sing(line, before)
    notes = melody.to_notes(line, pitches, scene.velocities(slots, "pluck"))
    return _ornamented(scene, notes), voice


def _contour(scene: Scene) -> tuple[int, ...]:
    motif = scene.state.themes[theme_of(scene.state.n_phrases)]
    contour = contour_of(motif, scene.phrase.treatments[scene.state.position])
    # Where notes are few, the line that is heard runs from bar to bar: there the motif is sung slowly too.
    slow = (1 - scene.levels.density) * motif.contour[CELLS * scene.state.position % len(motif.contour)]
    nudge = int(scene.rng.integers(-scene.attempt, scene.attempt + 1))
    return tuple(step + round(slow) + nudge for step in contour)


def _ornamented(scene: Scene, notes: tuple[Note, ...]) -> tuple[Note, ...]:
    dense = scene.levels.density >= ORNAMENT_DENSITY
    if scene.calm or not dense or len(notes) < 2 or not happens(scene.rng, ORNAMENT_PROBABILITY):
        return notes
    return melody.ornament(notes, scene.rungs, int(scene.rng.integers(1, len(notes))))


def _pad(scene: Scene, lines: Lines) -> tuple[Note, ...]:
    colour = _colour(scene, sounding((*lines.high, *lines.low)))
    root = None if scene.degree else scene.phrase.key.tonic        # at home the chord stands on its root
    ground = _ground(lines.low, colour)
    voices = voicing.lead(scene.state.pad, scene.classes(colour.steps), scene.upper_register, root, ground)
    velocity = scene.velocities((0,), "pad")[0]
    whole = [Note(0.0, float(EIGHTHS_A_BAR), pitch, velocity, "pad") for pitch in voices]
    if not colour.resolves:
        return tuple(whole)
    return tuple(part for note in whole for part in _resolved(scene, note))


def _ground(low: tuple[Note, ...], colour: voicing.Colour) -> int | None:
    """Return what the pad's voices stay above: the bass; a voice that falls within the bar starts higher."""
    falls = MOST_FALL if colour.resolves else 0
    return max((note.pitch + falls for note in low), default=None)


def _resolved(scene: Scene, note: Note) -> tuple[Note, ...]:
    fourth, third = scene.classes((3, 2))
    if note.pitch % SEMITONES != fourth:
        return (note,)
    half = float(voicing.RESOLVES_AT)
    fallen = note.pitch - (fourth - third) % SEMITONES
    return replace(note, length_eighths=half), replace(note, onset_eighths=half, length_eighths=half, pitch=fallen)


def _colour(scene: Scene, masks: list[int]) -> voicing.Colour:
    if scene.last:
        return voicing.COLOURS[0]
    usable = [colour for colour in voicing.COLOURS if (colour.rests or not scene.lands) and _tells(scene, colour)]
    wanted = scene.levels.dissonance + scene.state.dissonance_debt
    chances = COLOUR_CHANCE * (1 + scene.attempt) * scene.rng.random(len(usable))
    misses = [abs(_colour_roughness(scene, colour, masks) - wanted) + _unprepared(scene, colour) for colour in usable]
    return usable[int(np.argmin(np.asarray(misses) + chances))]


def _tells(scene: Scene, colour: voicing.Colour) -> bool:
    """Return whether a colour holds what the bar is the last to tell of its mode."""
    return scene.telling.issubset(scene.classes((*colour.steps, 2) if colour.resolves else colour.steps))


def _unprepared(scene: Scene, colour: voicing.Colour) -> float:
    fourth = scene.classes((3,))[0]
    prepared = fourth in {pitch % SEMITONES for pitch in scene.state.pad}
    return UNPREPARED_COST if colour.resolves and not prepared else 0.0


def _colour_roughness(scene: Scene, colour: voicing.Colour, masks: list[int]) -> float:
    later = tuple(2 if step == 3 and colour.resolves else step for step in colour.steps)
    return voicing.fitness(scene.classes(colour.steps), scene.classes(later), masks)
