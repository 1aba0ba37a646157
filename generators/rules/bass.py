"""Bass: roots where the bar begins, fifths in its middle, a step into the next root at its end."""

from __future__ import annotations

from dataclasses import dataclass

from generators.bars import EIGHTHS_A_BAR, Note
from generators.rules.harmony import SEMITONES

BASS_HOME = 45                     # A2 at register 0: with pad and pluck the three voices centre on C4
LOWEST, HIGHEST = 36, 57           # below C2 small speakers are silent, above A3 it is no bass
FIFTH_SLOTS = (2, 4, 7)
APPROACH_SLOTS = (6, 7)
LONGEST_EIGHTHS = 8.0


@dataclass(frozen=True, slots=True)
class Ground:
    """All that a bar's bass must know."""

    slots: tuple[int, ...]         # eighths with an onset, ascending
    root: int                      # pitch class
    fifth: int                     # pitch class
    next_root: int | None          # pitch class of the next bar's root, where it is known
    rungs: tuple[int, ...]         # pitches of the mode, ascending
    register: float                # semitones about home


def play(ground: Ground, before: int | None) -> tuple[int, ...]:
    """Return the pitches of the bass on its slots: `before` is where it was left."""
    root = _near(ground.root, BASS_HOME + ground.register, before)
    return tuple(_pitch(ground, slot, root) for slot in ground.slots)


def _pitch(ground: Ground, slot: int, root: int) -> int:
    if slot in APPROACH_SLOTS and slot != ground.slots[0] and ground.next_root not in (None, ground.root):
        return _approach(ground, root)
    return _near(ground.fifth, root, None) if slot in FIFTH_SLOTS and slot != ground.slots[0] else root


def pedal(tonic: int, register: float) -> int:
    """Return the one pitch of a pedal: an octave's leap is none."""
    return _near(tonic, BASS_HOME + register, None)


def _near(pitch_class: int, centre: float, before: int | None) -> int:
    wanted = centre if before is None else (2 * centre + before) / 3
    places = [pitch for pitch in range(LOWEST, HIGHEST + 1) if pitch % SEMITONES == pitch_class]
    near = [pitch for pitch in places if before is None or abs(pitch - before) <= SEMITONES]
    return min(near, key=lambda pitch: (abs(pitch - wanted), pitch))


def _approach(ground: Ground, root: int) -> int:
    goal = _near(ground.root if ground.next_root is None else ground.next_root, BASS_HOME + ground.register, root)
    below = [rung for rung in ground.rungs if LOWEST <= rung < goal][-1:]
    above = [rung for rung in ground.rungs if goal < rung <= HIGHEST][:1]
    return min([*below, *above], key=lambda pitch: (abs(pitch - root), pitch))


def to_notes(slots: tuple[int, ...], pitches: tuple[int, ...], velocities: tuple[float, ...]) -> tuple[Note, ...]:
    """Return the notes of a bar's bass: each holds until the next, or to the bar's end."""
    ends = (*slots[1:], EIGHTHS_A_BAR)
    return tuple(
        Note(float(slot), min(LONGEST_EIGHTHS, float(end - slot)), pitch, velocity, "bass")
        for slot, end, pitch, velocity in zip(slots, ends, pitches, velocities, strict=True)
    )
