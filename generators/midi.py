"""Bars as a MIDI file: a track a voice, the tempo of each bar as it was played."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from generators.bars import EIGHTHS_A_BAR, VOICES, Note
from generators.sound.ring import RATE_HZ
from generators.sound.sequencer import Played

TICKS_A_BEAT = 480
TICKS_AN_EIGHTH = TICKS_A_BEAT // 2
BEATS_A_BAR = EIGHTHS_A_BAR // 2
MOST_VELOCITY = 127
PROGRAMS = {"pad": 89, "pluck": 4, "bass": 32}     # General MIDI, from 0: warm pad, electric piano, acoustic bass
TIED_VOICE = "pad"


def write_midi(played: Sequence[Played], path: Path) -> None:
    """Write bars to a MIDI file of type 1: tempi, then a track a voice, in beats from the first bar."""
    import mido

    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_A_BEAT)
    file.tracks.append(_track("tempo", _tempi(played)))
    for channel, voice in enumerate(VOICES):
        program = mido.Message("program_change", channel=channel, program=PROGRAMS[voice])
        file.tracks.append(_track(voice, [(0, program), *_notes(played, voice, channel)]))
    file.save(path)


def _track(name: str, events: Sequence[tuple[int, Any]]) -> Any:
    import mido

    track, at = mido.MidiTrack([mido.MetaMessage("track_name", name=name)]), 0
    for tick, event in events:
        track.append(event.copy(time=tick - at))
        at = tick
    return track


def _tempi(played: Sequence[Played]) -> list[tuple[int, Any]]:
    import mido

    spans_s = [(after.frame - before.frame) / RATE_HZ for before, after in pairwise(played)]
    tempi = [60 * BEATS_A_BAR / span_s for span_s in spans_s] + [one.tempo_bpm for one in played[-1:]]
    return [(index * EIGHTHS_A_BAR * TICKS_AN_EIGHTH, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo_bpm)))
            for index, tempo_bpm in enumerate(tempi)]


def _notes(played: Sequence[Played], voice: str, channel: int) -> list[tuple[int, Any]]:
    """Return the events of a voice, in order; where a pitch ends and begins at once, its end comes first."""
    import mido

    events = []
    for start, end, pitch, velocity in _spans(played, voice):
        events.append((start, 1, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
        events.append((end, 0, mido.Message("note_off", channel=channel, note=pitch)))
    return [(tick, event) for tick, _, event in sorted(events, key=lambda event: event[:2])]


def _spans(played: Sequence[Played], voice: str) -> list[tuple[int, int, int, int]]:
    """Return start, end, pitch and velocity; what the pad ties is one note here too, and no pitch overlaps itself."""
    spans: list[tuple[int, int, int, int]] = []
    last: dict[int, int] = {}
    for tick, note in _written(played, voice):
        end = tick + max(round(note.length_eighths * TICKS_AN_EIGHTH), 1)
        before = last.get(note.pitch)
        if before is not None and spans[before][1] >= tick:
            start, _, pitch, velocity = spans[before]
            if voice == TIED_VOICE:
                spans[before] = (start, end, pitch, velocity)
                continue
            spans[before] = (start, tick, pitch, velocity)
        last[note.pitch] = len(spans)
        spans.append((tick, end, note.pitch, min(max(round(note.velocity * MOST_VELOCITY), 1), MOST_VELOCITY)))
    return spans


def _written(played: Sequence[Played], voice: str) -> list[tuple[int, Note]]:
    """Return the notes of a voice with the tick at which each begins, in order."""
    found = [(round((index * EIGHTHS_A_BAR + note.onset_eighths) * TICKS_AN_EIGHTH), note)
             for index, one in enumerate(played) for note in one.bar.notes if note.voice == voice]
    return sorted(found, key=lambda written: written[0])
