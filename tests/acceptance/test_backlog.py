"""What a source sends late, after it stood still, is recorded and never reaches the music: neither intent nor sound.

The player of `stopped` stands still for `STOPPED_S` and then sends all that it owes at once. The sound is laid beside
the cycles by the bars, which are reported with the frame at which they began.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import soundfile

from loop.values import Hold
from sessions.record.cycles import LABELS
from tests.acceptance.rig import Record
from tests.acceptance.scenes import BETWEEN_S, STOPPED_S, Scene

MOVED = tuple(label for label in LABELS if label.startswith(("control.", "intent.")) and label != "control.hold")
OWED = (Hold.LATE, Hold.NO_DATA)   # it may come in two parts, with a tick between them that found nothing fresh
ASIDE_S = BETWEEN_S - 1.0          # of sound before the player stands still, and after it goes on
LEVEL_DB = 6.0                     # bars of the same intent differ by as much: a note more or less
HEARD_DB = -45.0                   # music at its default level lies near -26 dB RMS
BRIGHTNESS_RATIO = 1.5             # of the spectral centroid; the intent's whole range moves it threefold


@dataclass(frozen=True)
class Backlog:
    """The decisions that were due when the player went on, and the time about them."""

    record: Record
    late: slice                    # of the cycles
    stopped_s: float               # stamp of the last sample before
    resumed_s: float               # arrival of the backlog


@pytest.fixture(scope="module")
def backlog(stopped: Scene) -> Backlog:
    record = stopped.record
    holds, count = record.holds, record.of("sample_count")
    first = holds.index(Hold.LATE, holds.index(Hold.NO_DATA))
    last = next(index for index in range(first, len(holds)) if holds[index] not in OWED)
    return Backlog(record, slice(first, last), float(record.stamps_s[int(count[first - 1]) - 1]),
                   float(record.of("time_s")[first]))


def heard(record: Record, begin_s: float, end_s: float) -> tuple[float, float]:
    """Return level, dB RMS, and spectral centroid, Hz, of what was played between two times."""
    sound, rate_hz = soundfile.read(record.run.flac)
    bars = [row for row in record.inputs if row["kind"] == "report" and row["what"] == "bar"]
    zero_s = min(row["time_s"] - row["frame"] / rate_hz for row in bars)
    part = sound[int((begin_s - zero_s) * rate_hz):int((end_s - zero_s) * rate_hz)].mean(axis=1)
    power = np.abs(np.fft.rfft(part)) ** 2
    hz = np.fft.rfftfreq(len(part), 1 / rate_hz)
    return float(10 * np.log10((part**2).mean() + 1e-12)), float((power * hz).sum() / power.sum())


def test_what_a_source_owed_is_recorded_and_every_decision_on_it_is_held(backlog: Backlog) -> None:
    assert backlog.resumed_s - backlog.stopped_s > STOPPED_S - 0.5
    assert backlog.late.stop - backlog.late.start >= (STOPPED_S - 1.0) / 0.25
    assert np.diff(backlog.record.stamps_s).max() < 0.01


def test_no_number_of_control_or_intent_moves_by_a_backlog(backlog: Backlog) -> None:
    """From the decision before it to the last one on it."""
    record = backlog.record
    for label in MOVED:
        values = record.of(label)[backlog.late.start - 1:backlog.late.stop]
        assert np.array_equal(values, np.full(len(values), values[0]), equal_nan=True), label


def test_a_backlog_is_not_heard(backlog: Backlog) -> None:
    before = heard(backlog.record, backlog.stopped_s - ASIDE_S, backlog.stopped_s)
    after = heard(backlog.record, backlog.resumed_s, backlog.resumed_s + ASIDE_S)
    assert min(before[0], after[0]) > HEARD_DB
    assert abs(after[0] - before[0]) < LEVEL_DB
    assert 1 / BRIGHTNESS_RATIO < after[1] / before[1] < BRIGHTNESS_RATIO
