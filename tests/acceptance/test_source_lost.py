"""A source that falls silent, is killed, comes back, or comes late; and a person's pause and STOP."""

from __future__ import annotations

import numpy as np
import pytest

from loop.values import Hold
from tests.acceptance.rig import Record
from tests.acceptance.scenes import STOPPED_S, Scene

HELD_S, ALARM_S = 0.75, 1.25       # the issue's, ticks included
JITTER_S = 0.1                     # of a tick, on two cores that run a dozen processes
CONTROL = ("control.valence", "control.arousal")


def silence(record: Record) -> tuple[float, float]:
    """When the last sample before the player stood still was taken, and its own stamp."""
    at = int(np.argmax(np.diff(record.of("status.stalls")) > 0))
    n_before = int(record.of("sample_count")[at])
    return float(record.stamps_s[n_before - 1]), float(record.of("time_s")[at + 1])


def test_silence_is_held_and_alarmed_in_time(stopped: Scene) -> None:
    record = stopped.record
    last_s, stalled_s = silence(record)
    held_s = min(t for t, hold in zip(record.of("time_s"), record.holds, strict=True)
                 if hold is Hold.NO_DATA and t > last_s)
    assert held_s - last_s <= HELD_S + JITTER_S
    assert stalled_s - last_s <= ALARM_S + JITTER_S
    assert record.mark_s(mark="alarm", name="stalled", on=True) - last_s <= ALARM_S + JITTER_S


def test_a_backlog_is_late_and_moves_nothing(stopped: Scene) -> None:
    record = stopped.record
    late = [index for index, hold in enumerate(record.holds) if hold is Hold.LATE]
    times = record.of("time_s")[late]
    pauses = np.flatnonzero(np.diff(times) > STOPPED_S)
    assert len(late) >= 2 * (STOPPED_S - 1.0) / 0.25, "the player's backlog and the session's"
    assert len(pauses) >= 1
    for label in CONTROL:
        values = record.of(label)
        moved = [index for index in late if values[index] != values[index - 1]]
        assert not moved, label


def test_after_a_source_was_silent_for_over_a_second_one_clean_window_is_awaited(stopped: Scene) -> None:
    holds = stopped.record.holds
    first = holds.index(Hold.LATE)
    after = next(hold for hold in holds[first:] if hold not in (Hold.LATE, Hold.NO_DATA))
    assert after is Hold.RETURNING


def test_what_stood_still_goes_on_and_no_sample_is_missing(stopped: Scene) -> None:
    assert stopped.code == 0, stopped.said
    assert stopped.session.json["ended"] == "complete"
    assert stopped.session.json["stalls"] >= 1
    steps_s = np.diff(stopped.record.stamps_s)
    assert steps_s == pytest.approx(1 / 500.0, abs=1e-6)


def test_a_killed_source_is_journalled_as_lost_and_as_back(killed: Scene) -> None:
    record = killed.record
    assert killed.code == 0, killed.said
    assert [len(record.told(kind)) for kind in ("lost", "back", "changed")] == [1, 1, 0]
    assert record.told("lost")[0]["time_s"] < record.told("back")[0]["time_s"]
    assert {Hold.NO_DATA, Hold.LOST, Hold.RETURNING} <= set(record.holds)


def test_the_alarms_of_a_killed_source_are_raised_and_end(killed: Scene) -> None:
    record = killed.record
    lost_s = record.mark_s(mark="alarm", name="source_lost", on=True)
    assert lost_s > record.mark_s(mark="alarm", name="stalled", on=True)
    assert record.mark_s(mark="alarm", name="source_lost", on=False) > lost_s
    assert killed.session.json["alarms"]["source_lost"] == 1


def test_control_rests_while_a_source_is_away_and_moves_when_it_is_back(killed: Scene) -> None:
    record = killed.record
    away = [index for index, hold in enumerate(record.holds) if hold in (Hold.LOST, Hold.NO_DATA, Hold.RETURNING)]
    arousal = record.of("control.arousal")
    assert len(set(arousal[away[0]:away[-1] + 1].tolist())) == 1
    assert len(set(arousal[away[-1] + 1:].tolist())) > 1


def test_the_session_goes_on_to_the_protocols_end_when_the_source_is_back(killed: Scene) -> None:
    assert killed.session.json["ended"] == "complete"
    assert killed.record.samples.shape[0] > killed.record.of("sample_count")[-1] - 1


def test_pause_resume_and_stop_are_obeyed_and_journalled(commanded: Scene) -> None:
    assert commanded.code == 0, commanded.said
    assert commanded.session.json["ended"] == "stop"
    asked = [row["what"] for row in commanded.record.inputs if row["kind"] == "command" and row["by"] == "test"]
    assert asked == ["pause", "resume", "stop"]


def test_a_paused_session_is_silent_and_its_time_stands_still(commanded: Scene) -> None:
    record = commanded.record
    paused = record.of("status.moment.paused") == 1.0
    assert paused.any()
    assert (record.of("status.moment.presence")[paused] == 0.0).all()
    assert np.ptp(record.of("status.moment.elapsed_s")[paused]) == 0.0
    pause_s, resume_s = (record.mark_s(mark="command", what=what) for what in ("pause", "resume"))
    assert paused.sum() * 0.25 == pytest.approx(resume_s - pause_s, abs=0.6)
