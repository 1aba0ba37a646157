"""Bars as MIDI."""

from __future__ import annotations

from pathlib import Path

import mido

from generators.bars import Bar, Note
from generators.midi import write_midi
from generators.sound.ring import RATE_HZ
from generators.sound.sequencer import Played

SLOW, FAST = 60.0, 120.0           # beats a minute


def played() -> list[Played]:
    """Two bars that hold one chord note, repeat one plucked note, and grow faster."""
    notes = (Note(0.0, 8.0, 60, 0.5, "pad"), Note(0.0, 9.0, 72, 1.0, "pluck"), Note(4.0, 4.0, 72, 0.5, "pluck"))
    bars = [Bar(index, notes, "Dorian", 2, 0) for index in range(2)]
    return [Played(bars[0], 0, SLOW), Played(bars[1], 4 * RATE_HZ, FAST)]


def track(path: Path, name: str) -> list[mido.Message]:
    return next(list(track) for track in mido.MidiFile(path).tracks if track.name == name)


def test_what_the_pad_ties_is_one_note(tmp_path: Path) -> None:
    write_midi(played(), tmp_path / "notes.mid")
    held = track(tmp_path / "notes.mid", "pad")
    kinds = [(message.type, message.time) for message in held if "note_" in message.type]
    assert kinds == [("note_on", 0), ("note_off", 2 * 8 * 240)]


def test_no_pitch_overlaps_itself(tmp_path: Path) -> None:
    write_midi(played(), tmp_path / "notes.mid")
    kinds = [message.type for message in track(tmp_path / "notes.mid", "pluck") if "note_" in message.type]
    assert kinds == ["note_on", "note_off"] * 4


def test_each_bar_has_the_tempo_that_it_was_played_at(tmp_path: Path) -> None:
    write_midi(played(), tmp_path / "notes.mid")
    tempi = [mido.tempo2bpm(message.tempo) for message in track(tmp_path / "notes.mid", "tempo")
             if message.type == "set_tempo"]
    assert [round(tempo) for tempo in tempi] == [SLOW, FAST]
    assert abs(mido.MidiFile(tmp_path / "notes.mid").length - 6.0) < 0.01
