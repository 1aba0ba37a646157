"""Melody: a contour made into pitches that know their chord.

Strong beats take chord tones; a note outside the chord is entered and left by step; leaps stay within an octave, and
within a sixth where the music must be gentle. So the motif's shape bends to the harmony, never the other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from generators.bars import EIGHTHS_A_BAR, Note
from generators.rules.harmony import SEMITONES
from generators.rules.rhythm import STRONG

MAX_LEAP = 12                      # semitones
CALM_LEAP = 9
LONGEST_EIGHTHS = 4.0              # a plucked string has died away by then
OVERHANG_EIGHTHS = 1.0             # how far a note may ring into the next bar
GRACE_EIGHTHS = 0.5
THIRD = 4                          # semitones: up to here an interval is free
LEAP_COST = 1.2                    # of a semitone more, against a semitone away from the contour
REPEAT_COST = 1.5                  # of a pitch struck again, in the same measure
MOST_REPEATS = 1                   # of one pitch in a row


@dataclass(frozen=True, slots=True)
class Line:
    """All that a bar's melody must know."""

    slots: tuple[int, ...]         # eighths with an onset, ascending
    contour: tuple[int, ...]       # scale steps about the anchor, for each of the eight eighths
    anchor: float                  # MIDI pitch about which the bar moves
    chord: frozenset[int]          # pitch classes of the harmony
    rungs: tuple[int, ...]         # pitches of the mode, ascending
    max_leap: int = MAX_LEAP
    settles: bool = False          # its last note is of the chord
    landing: int | None = None     # pitch class on which the line comes to rest: the tonic, at the end of a period


@dataclass(frozen=True, slots=True)
class Voice:
    """Where the melody was left."""

    pitch: int | None = None
    outside: bool = False          # it was no chord tone: it must be left by step
    repeats: int = 0               # times that the pitch has been struck again


def sing(line: Line, before: Voice) -> tuple[tuple[int, ...], Voice]:
    """Return the pitches of a bar's slots, and where they leave the voice."""
    pitches, voice = [], before
    for slot in line.slots:
        pitch = _next_pitch(line, slot, voice)
        repeats = voice.repeats + 1 if pitch == voice.pitch else 0
        voice = Voice(pitch, pitch % SEMITONES not in line.chord, repeats)
        pitches.append(pitch)
    return tuple(pitches), voice


def _next_pitch(line: Line, slot: int, voice: Voice) -> int:
    target = _target(line, slot)
    near = _reachable(line, voice)
    if line.landing is not None and slot == line.slots[-1]:
        resting = [pitch for pitch in near if pitch % SEMITONES == line.landing]
        near = resting or near
    free = [pitch for pitch in near if _fits(line, slot, pitch, voice)]
    return min(free or near, key=lambda pitch: (abs(pitch - target) + _motion_cost(pitch, voice), pitch))


def _motion_cost(pitch: int, voice: Voice) -> float:
    if voice.pitch is None:
        return 0.0
    leap = abs(pitch - voice.pitch)
    return REPEAT_COST if leap == 0 else LEAP_COST * max(0, leap - THIRD)


def _target(line: Line, slot: int) -> int:
    middle = min(range(len(line.rungs)), key=lambda rung: abs(line.rungs[rung] - line.anchor))
    return line.rungs[max(0, min(len(line.rungs) - 1, middle + line.contour[slot]))]


def _reachable(line: Line, voice: Voice) -> Sequence[int]:
    if voice.pitch is None:
        return line.rungs
    if not voice.outside:
        return [pitch for pitch in line.rungs if abs(pitch - voice.pitch) <= line.max_leap]
    held = [voice.pitch] if voice.pitch % SEMITONES in line.chord else []
    return [*_neighbours(line.rungs, voice.pitch), *held]


def _neighbours(rungs: tuple[int, ...], pitch: int) -> list[int]:
    below = [rung for rung in rungs if rung < pitch][-1:]
    above = [rung for rung in rungs if rung > pitch][:1]
    return [*below, *above]


def _fits(line: Line, slot: int, pitch: int, voice: Voice) -> bool:
    if pitch == voice.pitch and voice.repeats >= MOST_REPEATS:
        return False
    if pitch % SEMITONES in line.chord:
        return True
    stepwise = voice.pitch is not None and pitch in _neighbours(line.rungs, voice.pitch)
    resting = line.settles and slot == line.slots[-1]
    return stepwise and slot not in STRONG and not resting


def to_notes(line: Line, pitches: Sequence[int], velocities: Sequence[float]) -> tuple[Note, ...]:
    """Return the notes of a bar's melody: each rings until the next, or dies away."""
    ends = [*(float(slot) for slot in line.slots), EIGHTHS_A_BAR + OVERHANG_EIGHTHS][1:]
    return tuple(
        Note(float(slot), min(LONGEST_EIGHTHS, end - slot), pitch, velocity, "pluck")
        for slot, end, pitch, velocity in zip(line.slots, ends, pitches, velocities, strict=True)
    )


def ornament(notes: tuple[Note, ...], rungs: tuple[int, ...], at: int) -> tuple[Note, ...]:
    """Lead into note `at` by a short upper neighbour that takes half of the eighth before it.

    The eighth before must hold an onset of the melody already: the density stays what it was.
    """
    if at == 0 or notes[at].onset_eighths - notes[at - 1].onset_eighths != 1:
        return notes
    upper = _neighbours(rungs, notes[at].pitch)[-1]
    if abs(upper - notes[at - 1].pitch) > MAX_LEAP:
        return notes
    onset = notes[at].onset_eighths - GRACE_EIGHTHS
    short = replace(notes[at - 1], length_eighths=GRACE_EIGHTHS)
    grace = Note(onset, GRACE_EIGHTHS, upper, notes[at - 1].velocity, "pluck")
    return (*notes[: at - 1], short, grace, *notes[at:])
