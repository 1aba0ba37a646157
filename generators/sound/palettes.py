"""Palettes: which instrument plays each voice, how loud, how high, where, and in how much room. A table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from generators.bars import VOICES
from generators.sound.arrangement import Guest
from loop.errors import SoundError


@dataclass(frozen=True, slots=True)
class Part:
    """How one voice of the composition sounds."""

    instrument: str                # a name of `instruments.INSTRUMENTS`
    reverb: float                  # share of it that is sent into the room
    level_db: float = 0.0          # about the instrument's own
    octaves: int = 0               # that it sounds above what is written
    pan: float = 0.0               # -1 left .. 1 right


@dataclass(frozen=True, slots=True)
class Palette:
    """A small ensemble: one part a voice."""

    name: str
    line: str                      # for a person
    parts: Mapping[str, Part]      # by voice (`generators.bars.VOICES`) and by guest
    guests: tuple[Guest, ...]      # who doubles or answers a voice
    brightness: float = 0.0        # added to the intent's


    @property
    def instruments(self) -> tuple[str, ...]:
        """The names of the instruments that play."""
        return tuple(sorted({part.instrument for part in self.parts.values()}))


def _palette(name: str, line: str, parts: tuple[Part, Part, Part], guests: Mapping[Guest, Part],
             brightness: float = 0.0) -> Palette:
    by_name = dict(zip(VOICES, parts, strict=True)) | {guest.name: part for guest, part in guests.items()}
    return Palette(name, line, MappingProxyType(by_name), tuple(guests), brightness)


# Chosen by ear's rules (soft attacks, a bed that never stops, one thing in front) and by spectrum; how loud the whole
# of each is does not matter here: `loudness.py` knows what was measured.
ROWS = (
    _palette("calm", "a warm pad, felt-like plucked notes, a soft bass; now and then a bell",
             (Part("pad", 0.32), Part("pluck", 0.42), Part("bass", 0.06)),
             {Guest("bells above", "crown"): Part("bells", 0.60, -7.0, 1, 0.20)}),
    _palette("warm", "soft keys over a low, dark pad, answered by a plucked string; the bass is near",
             (Part("pad", 0.26, -1.0, pan=-0.10), Part("keys", 0.30, 1.0, pan=0.10), Part("bass", 0.05, 1.5)),
             {Guest("answering strings", "answer"): Part("pluck", 0.45, -4.0, pan=-0.25)}, -0.08),
    _palette("bright", "an open pad, plucked notes in front, bells and keys about them, small bass",
             (Part("pad", 0.30, -2.0), Part("pluck", 0.40, 2.0), Part("bass", 0.05, -1.0)),
             {Guest("bells above", "crown"): Part("bells", 0.50, -4.0, 1, 0.25),
              Guest("answering keys", "answer"): Part("keys", 0.40, -4.0, pan=-0.25)}, 0.12),
    _palette("sparse", "soft bells far off in a large room, over very little",
             (Part("pad", 0.50, -4.0), Part("bells", 0.60, 1.0), Part("bass", 0.10, -2.0)),
             {Guest("answering keys", "answer"): Part("keys", 0.65, -6.0, -1, -0.20)}, 0.03),
)
DEFAULT = "calm"
NAMES = tuple(row.name for row in ROWS)


def find_palette(name: str) -> Palette:
    """Return the palette of that name; raises `SoundError` where there is none."""
    by_name = {row.name: row for row in ROWS}
    if name in by_name:
        return by_name[name]
    near = get_close_matches(name, by_name, n=1)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    raise SoundError(f'there is no palette "{name}"', f"{hint}choose one of: {', '.join(NAMES)}")
