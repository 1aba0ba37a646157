"""Bars and wishes: what travels between the session, the music process and the sound process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from loop.values import Intent, Presence

EIGHTHS_A_BAR = 8
VOICES = ("pad", "pluck", "bass")


@dataclass(frozen=True, slots=True)
class Note:
    """One note of a bar; it may last beyond the bar's end."""

    onset_eighths: float           # from the bar's start
    length_eighths: float          # as written, before articulation shortens it
    pitch: int                     # MIDI
    velocity: float                # 0..1
    voice: str                     # one of `VOICES`


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of 4/4 as composed."""

    index: int
    notes: tuple[Note, ...]
    mode: str                      # one of `loop.values.MODES`
    tonic: int                     # pitch class, 0 = C
    degree: int                    # of the bar's harmony, 0..6
    phrase_start: bool = False
    last: bool = False             # it resolves: nothing follows
    generator: str = "rules"
    take: int = 0                  # 0 as first composed; else which of the replacements that were tried it came with
    density: float | None = None   # what it was composed for, on the way to what is wished; None where nobody says
    register_semitones: float | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What the session wants to hear now; the newest wins."""

    intent: Intent
    presence: Presence
    level_db: float = 0.0          # the user's level about the default
    calm: bool = False             # the target's arousal is below 0: the gentle rules hold
    sent_s: float = 0.0
    sureness: float = 0.5          # 0..1 of the state that the wish comes from


def bar_to_json(bar: Bar) -> str:
    """Return the bar as one line of JSON."""
    return json.dumps(asdict(bar), separators=(",", ":"))


def heard_to_json(bar: Bar, tempo_bpm: float, lsl_s: float) -> str:
    """Return a bar as it was played: with its tempo, and the LSL time at which its first frame was heard."""
    heard = {**asdict(bar), "tempo_bpm": round(tempo_bpm, 3), "lsl_s": round(lsl_s, 6)}
    return json.dumps(heard, separators=(",", ":"))


def bar_from_json(line: str) -> Bar:
    """Return the bar that `bar_to_json` wrote."""
    return bar_from_fields(json.loads(line))


def bar_from_fields(fields: dict[str, Any]) -> Bar:
    """Return the bar whose fields those of a line of JSON are."""
    return Bar(notes=tuple(Note(**note) for note in fields["notes"]),
               **{name: value for name, value in fields.items() if name != "notes"})


def wish_to_json(wish: Wish) -> str:
    """Return the wish as one line of JSON."""
    return json.dumps(asdict(wish), separators=(",", ":"))


def wish_from_json(line: str) -> Wish:
    """Return the wish that `wish_to_json` wrote."""
    fields = json.loads(line)
    return Wish(intent=Intent(**fields.pop("intent")), presence=Presence(fields.pop("presence")), **fields)
