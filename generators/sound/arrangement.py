"""Who else plays: a second instrument that doubles or answers a voice, sparsely. Notes in, more notes out; no sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from generators.bars import Bar, Note

CROWN_EIGHTHS = 4.0                # a doubled note rings for half a bar
CROWN_VELOCITY = 0.8               # of the note's own: a second instrument is heard behind the first
ANSWER_AT, ANSWER_EIGHTHS = 6.0, 2.0      # the last quarter of a bar
ANSWER_AFTER = 4.5                 # where the voice begins nothing from here on, there is room to answer
ANSWER_VELOCITY = 0.7


@dataclass(frozen=True, slots=True)
class Guest:
    """A second instrument."""

    name: str                      # its key in `Palette.parts`
    rule: str                      # a name of `RULES`: when it plays
    voice: str = "pluck"           # whom it listens to


def arranged(bar: Bar, guests: Sequence[Guest]) -> tuple[Note, ...]:
    """Return a bar's notes and what the guests add to them."""
    added = (replace(note, voice=guest.name) for guest in guests for note in RULES[guest.rule](bar, guest.voice))
    return (*bar.notes, *added)


def _crown(bar: Bar, voice: str) -> Iterator[Note]:
    """Double the first note of a phrase, and the last of a piece."""
    notes = [note for note in bar.notes if note.voice == voice]
    if notes and (bar.phrase_start or bar.last):
        first = min(notes, key=lambda note: (note.onset_eighths, -note.pitch))
        yield replace(first, length_eighths=CROWN_EIGHTHS, velocity=CROWN_VELOCITY * first.velocity)


def _answer(bar: Bar, voice: str) -> Iterator[Note]:
    """Say the last note of every other bar again, where the voice leaves room, if it belongs to the harmony."""
    held = {note.pitch % 12 for note in bar.notes if note.voice == "pad"}
    notes = [note for note in bar.notes if note.voice == voice]
    if bar.index % 2 == 0 or bar.last or any(note.onset_eighths >= ANSWER_AFTER for note in notes):
        return
    at_home = [note for note in notes if note.pitch % 12 in held]
    if at_home:
        said = max(at_home, key=lambda note: (note.onset_eighths, note.pitch))
        yield replace(said, onset_eighths=ANSWER_AT, length_eighths=ANSWER_EIGHTHS,
                      velocity=ANSWER_VELOCITY * said.velocity)


RULES: Mapping[str, Callable[[Bar, str], Iterator[Note]]] = MappingProxyType({"crown": _crown, "answer": _answer})
