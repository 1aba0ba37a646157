"""A cycle as a row of numbers: a table says which stands where, in which unit, and how words are coded."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from loop.errors import RecordError
from loop.values import MODES, Cycle, Hold, Presence

UNKNOWN_CODE = -1.0                # a word that stands in no table
AFFECT = "-1..1"
PART = "0..1"
SECONDS = "s"
COUNT = "count"
YES = "0 or 1"


def _codes(words: type[StrEnum]) -> dict[str, float]:
    return {word.value: float(code) for code, word in enumerate(words)}


CODES: Mapping[str, Mapping[str, float]] = {
    "hold": _codes(Hold),
    "mode": {mode: float(code) for code, mode in enumerate(MODES)},
    "presence": _codes(Presence),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One number of a row."""

    path: str                      # where it stands in a `Cycle`; also its label
    unit: str                      # where the unit is a key of `CODES`, the number is a code of that table


COLUMNS = (
    Column("index", COUNT),
    Column("sample_count", COUNT),
    Column("time_s", SECONDS),
    Column("newest_s", SECONDS),
    Column("affect.valence", AFFECT),
    Column("affect.arousal", AFFECT),
    Column("affect.valence_sd", AFFECT),
    Column("affect.arousal_sd", AFFECT),
    Column("affect.quality", PART),
    Column("affect.valence_index", "decoder's own"),
    Column("affect.arousal_index", "decoder's own"),
    Column("affect.scaled", YES),
    Column("target.valence", AFFECT),
    Column("target.arousal", AFFECT),
    Column("target.tolerance", AFFECT),
    Column("control.valence", AFFECT),
    Column("control.arousal", AFFECT),
    Column("control.hold", "hold"),
    Column("control.reference_valence", AFFECT),
    Column("control.reference_arousal", AFFECT),
    Column("control.integral_valence", AFFECT),
    Column("control.integral_arousal", AFFECT),
    Column("control.saturated", YES),
    Column("control.latency_s", SECONDS),
    Column("intent.tempo_bpm", "bpm"),
    Column("intent.density", PART),
    Column("intent.mode", "mode"),
    Column("intent.register_semitones", "semitones"),
    Column("intent.dissonance", PART),
    Column("intent.articulation", PART),
    Column("intent.loudness_db", "dB"),
    Column("intent.brightness", PART),
    Column("status.moment.time_s", SECONDS),
    Column("status.moment.phase_index", COUNT),
    Column("status.moment.elapsed_s", SECONDS),
    Column("status.moment.left_s", SECONDS),
    Column("status.moment.scale", YES),
    Column("status.moment.presence", "presence"),
    Column("status.moment.steering", YES),
    Column("status.moment.paused", YES),
    Column("status.hold", "hold"),
    Column("status.age_s", SECONDS),
    Column("status.gaps", COUNT),
    Column("status.repeats", COUNT),
    Column("status.backward", COUNT),
    Column("status.stalls", COUNT),
    Column("status.late", COUNT),
    Column("status.underruns", COUNT),
    Column("status.level_db", "dB"),
    Column("words", "crc32"),      # of every word of the cycle: so a replay sees a changed word too
)
LABELS = tuple(column.path for column in COLUMNS)
N_COLUMNS = len(COLUMNS)

_numbers = attrgetter(*LABELS[:-1])
_words = attrgetter(
    "affect.decoder", "intent.mode", "status.moment.phase", "status.moment.eyes", "status.moment.ended"
)
_CODED = tuple((place, CODES[column.unit]) for place, column in enumerate(COLUMNS) if column.unit in CODES)


def words_of(cycle: Cycle) -> str:
    """Return every word of a cycle that has no code, one a line."""
    return "\n".join((*_words(cycle), *cycle.status.faults, "", *cycle.status.alarms))


def cycle_row(cycle: Cycle) -> NDArray[np.float64]:
    """Return the numbers of a cycle, `COLUMNS` long; its quality is not among them."""
    values = [*_numbers(cycle), zlib.crc32(words_of(cycle).encode("utf-8", "replace"))]
    for place, codes in _CODED:
        values[place] = codes.get(values[place], UNKNOWN_CODE)
    return np.array(values, np.float64)


def full_row(cycle: Cycle, n_quality: int) -> NDArray[np.float64]:
    """Return the numbers of a cycle and behind them its quality, NaN where it has none yet: ``(1, n)``."""
    quality = cycle.quality
    if len(quality) not in (0, n_quality):
        what = f"a cycle has the quality of {len(quality)} channels"
        raise RecordError(what, f"the record was begun for {n_quality}")
    row = np.full((1, N_COLUMNS + n_quality), np.nan)
    row[0, :N_COLUMNS] = cycle_row(cycle)
    row[0, N_COLUMNS:N_COLUMNS + len(quality)] = quality
    return row
