"""What the music and the sound have said of themselves lately, kept for the screen."""

from __future__ import annotations

import json
from collections import deque

import numpy as np
from numpy.typing import NDArray

from generators.bars import VOICES
from generators.catalog import ROWS, STREAMS
from loop.inputs import Report, ReportKind
from loop.values import NAN
from sessions.live.snapshot import NOTE_COLUMNS

TRAIL_KEPT = 40                    # levels of half a second each: 20 s
SECONDS_AN_EIGHTH = 30.0           # divided by beats per minute
USUAL_TEMPO_BPM = 72.0             # until an intent is known
LEVEL_FLOOR_DB = -90.0             # silence, drawn as the bottom
COMPOSERS = frozenset(row.name for row in (*ROWS, *STREAMS))    # any other name in a `READY` is that of the output


class SoundNews:
    """Takes reports; holds levels and names, and gives the notes of a bar as rows."""

    def __init__(self) -> None:
        self.trail_db: deque[float] = deque(maxlen=TRAIL_KEPT)
        self.heard_db = NAN
        self.output = ""
        self.generator = ""

    def take(self, report: Report) -> None:
        """Take one report that is no bar."""
        if report.kind is ReportKind.LEVEL:
            self.heard_db = max(report.number, LEVEL_FLOOR_DB)
            self.trail_db.append(round(self.heard_db, 1))
        elif report.kind is ReportKind.READY and report.text:
            self._take_name(report.text)

    def _take_name(self, text: str) -> None:
        if text in COMPOSERS:
            self.generator = text
        else:
            self.output = text.removeprefix("sound: ")

    def bar_rows(self, report: Report, tempo_bpm: float) -> NDArray[np.float64] | None:
        """Return a bar's notes as rows of `NOTE_COLUMNS`, timed by the tempo that it carries, else by `tempo_bpm`."""
        try:
            bar = json.loads(report.text)
            start_s = _number(bar.get("lsl_s"), report.time_s)
            eighth_s = SECONDS_AN_EIGHTH / _number(bar.get("tempo_bpm"), _number(tempo_bpm, USUAL_TEMPO_BPM))
            self.generator = self.generator or str(bar.get("generator", ""))
            rows = [(start_s + note["onset_eighths"] * eighth_s, note["length_eighths"] * eighth_s,
                     note["pitch"], note["velocity"], VOICES.index(note["voice"])) for note in bar["notes"]]
            return np.array(rows, dtype=np.float64).reshape(-1, len(NOTE_COLUMNS))
        except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
            return None            # a bar that cannot be read is not drawn; the journal has it as it came


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and value == value else otherwise
