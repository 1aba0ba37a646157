"""Rated excerpts: what was played before each rating of a recorded session, as cues, and what the rating said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from loop.inputs import Command, CommandKind
from loop.intent import LOUDNESS_DB_PER_A_DOWN, LOUDNESS_DB_PER_A_UP, MODE_FROM_V, TABLE, TEMPO_CENTRE_BPM
from loop.values import MODES, FloatArray, Presence
from sessions.record.cycles import CODES
from sessions.record.replaying import RecordedCycle, read_run
from sessions.record.storage import RunFolder, find_run

EXCERPT_S = 120.0                  # before a rating: what is felt follows within 10 to 30 s, mood within minutes
SHORTEST_S = 30.0                  # of music: less is not felt yet
SAM_MIDDLE, SAM_HALF = 5.0, 4.0    # SAM's 1..9 onto -1..1
COLUMNS = ("time_s", "status.moment.presence", "intent.tempo_bpm", "intent.loudness_db", "intent.density",
           "intent.articulation", "intent.brightness", "intent.dissonance", "intent.register_semitones", "intent.mode")


def _mode_places() -> dict[str, float]:
    """Return each mode's place: the middle of its part of the axis, standardised over the modes that the map plays."""
    edges = [-1.0, *(min(1.0, below) for _, below in MODE_FROM_V)]
    middles = [(low + high) / 2.0 for low, high in pairwise(edges)]
    spread = float(np.std(middles))
    places = {mode: middle / spread for (mode, _), middle in zip(MODE_FROM_V, middles, strict=True)}
    return {"Phrygian": -1.0 / spread, **places, "Lydian": places["Ionian"]}


MODE_PLACES = _mode_places()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Music that was rated: its mean cues, and how the rating differs from the one before any music."""

    session: str                   # the excerpts of one session share the rating that they are compared with
    cues: Mapping[str, float]      # in the table's own reach: 1 is what a whole unit of the axis moves at most
    valence: float                 # change since the session's start, in units of -1..1
    arousal: float


def excerpts_of(path: Path) -> tuple[RunFolder, list[Excerpt]]:
    """Return where a session lies, and its rated excerpts.

    Raises
    ------
    FileError
        The folder holds no session, or its record was changed.
    """
    run = find_run(path)
    record = read_run(run)
    places = [record.columns.index(name) for name in COLUMNS]
    start: tuple[float, float] | None = None
    heard: list[FloatArray] = []
    found: list[Excerpt] = []
    begun = False
    for item in record:
        if isinstance(item, Command) and item.kind is CommandKind.RATE and item.valence == item.valence:
            felt = (item.valence - SAM_MIDDLE) / SAM_HALF, (item.arousal - SAM_MIDDLE) / SAM_HALF
            rows = _before(heard, item.time_s)
            begun = begun or bool(heard)
            if not begun:
                start = felt                               # the last one before any music
            elif start is not None and len(rows) > 1 and rows[-1, 0] - rows[0, 0] >= SHORTEST_S:
                found.append(Excerpt(str(run.session), cues_of(rows), felt[0] - start[0], felt[1] - start[1]))
            heard = []
        elif isinstance(item, RecordedCycle):
            row = item.numbers[places]
            if row[1] == CODES["presence"][Presence.PLAYING]:
                heard.append(row)
    return run, found


def cues_of(rows: FloatArray) -> dict[str, float]:
    """Return the mean of each cue over rows of `COLUMNS`, (n_rows, n_columns)."""
    columns = dict(zip(COLUMNS, rows.T, strict=True))
    loudness_db = columns["intent.loudness_db"]
    per_a = np.where(loudness_db < 0, LOUDNESS_DB_PER_A_DOWN, LOUDNESS_DB_PER_A_UP)
    roughness = _reach("dissonance", columns["intent.dissonance"])
    modes = np.array([MODE_PLACES[MODES[int(code)]] for code in columns["intent.mode"]])
    cues = {
        "tempo": _reach("tempo_octaves", np.log2(columns["intent.tempo_bpm"] / TEMPO_CENTRE_BPM)),
        "loudness": loudness_db / per_a, "density": _reach("density", columns["intent.density"]),
        "staccato": _reach("articulation", columns["intent.articulation"]),
        "brightness": _reach("brightness", columns["intent.brightness"]), "roughness": roughness,
        "mode": modes, "register": _reach("register_semitones", columns["intent.register_semitones"]),
        "consonance": -roughness,
    }
    return {name: float(np.mean(values)) for name, values in cues.items()}


def _reach(row: str, values: FloatArray) -> FloatArray:
    """Return values about the table's base, in units of the most that a whole unit of A or V moves."""
    entry = TABLE[row]
    return (values - entry.base) / max(abs(entry.a), abs(entry.v))


def _before(heard: list[FloatArray], time_s: float) -> FloatArray:
    rows = np.array(heard).reshape(-1, len(COLUMNS))
    return rows[rows[:, 0] >= time_s - EXCERPT_S]
