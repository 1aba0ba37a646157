"""From the plan of a bar to what the model is asked to write: attributes, voices, and what pulls at them.

The motif is the model's own (`memory.py`): where the phrase brings it back it pulls at the rhythm and at the line.
"""

from __future__ import annotations

from generators.bars import EIGHTHS_A_BAR
from generators.rules import bass, melody, rhythm
from generators.rules.draft import ARCH_SEMITONES, FINAL_DENSITY, PLUCK_HOME
from generators.rules.harmony import SCALES, SEMITONES
from generators.rules.motif import Motif, Treatment, contour_of, rhythm_of, theme_of
from generators.rules.scene import Scene
from generators.symbolic.dataset import register_of
from generators.symbolic.memory import Themes
from generators.symbolic.order import Order, Voicing
from generators.symbolic.tokens import (
    DISSONANCE_STEP,
    HIGHEST,
    LOWEST,
    N_DISSONANCES,
    PLACES,
    TEXTURES,
    tonic_pitch,
)
from loop.values import MODES

REACH_SEMITONES = 9                # of the melody about its middle, by taste
LINES_SHARE = 0.5                  # of the dissonance asked for, that two voices alone may have: the pad has the rest
CHORD_PULL, CHORD_PULL_SLOPE = 1.6, 4.0        # logits at no dissonance, and what each unit of it takes away
RHYTHM_PULL = 4.0                  # logits between the motif's strongest eighth and its weakest
NEW_RHYTHM_PULL = 4.0              # ... of a rhythm that is only suggested to a motif that is still to be invented
BASS_RHYTHM_PULL = 2.5             # ... of an eighth in which the bass would like to begin
LANDING_SLOT, LANDING_PULL = 4, 3.0            # a line arrives by this eighth: logits lost by later ones
CONTOUR_PULL = 0.35                # logits a semitone
ORNAMENT_DENSITY = 0.35            # below it a note between the eighths is no ornament but an event


def order_of(scene: Scene, theme: Motif | None) -> Order:
    """Return what the plan asks of a bar's two lines."""
    key, levels = scene.phrase.key, scene.levels
    home, scale = tonic_pitch(key.tonic), SCALES[key.mode]
    n_slots = _n_slots(scene)
    middle = PLUCK_HOME + scene.upper_register + ARCH_SEMITONES * scene.arch - home
    ground = bass.BASS_HOME + levels.register - home
    closes = scene.phrase.closes and scene.lands
    grounds = _pitches(scale, bass.LOWEST - home, bass.HIGHEST - home)
    if scene.pedal:
        grounds = frozenset({bass.pedal(key.tonic, levels.register) - home})
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
        bass=Voicing(grounds, _away(scene.state.bass, home), melody.MAX_LEAP, ground),
        chord=frozenset((pitch_class - key.tonic) % SEMITONES for pitch_class in scene.classes()),
        root=scale[scene.degree],
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
    return rhythm.budget(density, scene.owed)


def _place(scene: Scene) -> str:
    if scene.last:
        return "final"
    if scene.lands:
        return "closed" if scene.phrase.closes else "open"
    return "start" if scene.state.position == 0 else "middle"


def _treatment(scene: Scene) -> Treatment:
    return scene.phrase.treatments[scene.state.position]


def theme_for(scene: Scene, themes: Themes) -> Motif | None:
    """Return the motif that a bar is about; None where the model is still to invent it, and in the last phrase."""
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
