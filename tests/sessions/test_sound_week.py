"""The dose of a week: from what the sessions of a participant left, in whichever folders and however they ended."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from generators.sound.ring import RATE_HZ
from loop.clock import wall_time
from loop.inputs import Report, ReportKind
from sessions.protocol.loading import load_protocol
from sessions.record.journal import XdfJournal
from sessions.record.manifest import Manifest, complete_manifest, write_manifest
from sessions.record.storage import new_run
from sessions.sound_calibration import SoundCalibration
from sessions.sound_dose import DOSE_KEY, MANIFEST_KEY, SoundDose, ear_of, ear_to_plain
from sessions.sound_week import week_of, week_warning, week_words
from tests.sessions.record_parts import HEADER

NOW = wall_time()
LOUD = SoundCalibration(95.0, "meter", "2026-03-01")
CALM = load_protocol("calm")
SENSITIVE = CALM.protocol.model_copy(
    update={"safety": CALM.protocol.safety.model_copy(update={"listener": "sensitive"})})


def session(folder, days_ago=0.0, calibration=LOUD, *, killed=False, minutes=60, protocol=CALM.protocol):
    """A session that began so long ago, with music at -23 LUFS; return its folder and its dose."""
    run = new_run(folder, "P1", "calm")
    dose, began = SoundDose(ear_of(protocol, calibration)), NOW - timedelta(days=days_ago)
    run.protocol.write_text(CALM.resolved_yaml)
    more = {MANIFEST_KEY: ear_to_plain(dose.ear)}
    write_manifest(run.manifest, Manifest("P1", "calm", HEADER, {}, CALM.resolved_yaml, began, more))
    journal = XdfJournal.create(run.xdf, HEADER, {}, list(HEADER.labels))
    for minute in range(minutes + 1):
        report = Report(ReportKind.LEVEL, float(minute), 60 * RATE_HZ * minute, -23.0)
        journal.input(report)
        dose.saw(report, ())
    journal.close()
    if not killed:
        complete_manifest(run.manifest, {DOSE_KEY: dose.as_dict()})
    return run, dose.as_dict()


def test_the_sessions_of_seven_days_are_added_up_and_older_ones_are_not(tmp_path):
    for days_ago in (7.5, 6.9, 1.0):
        session(tmp_path, days_ago)
    run, ours = session(tmp_path)
    found = week_of(run, ours, NOW)
    assert found["week_percent"] == pytest.approx(3 * ours["percent"], abs=1e-3)
    assert (found["week_sessions"], found["week_uncounted"]) == (3, [])
    assert "3 sessions in the last 7 days" in week_words(found)


def test_one_that_was_killed_is_counted_again_from_its_journal(tmp_path):
    _, killed = session(tmp_path, 1.0, killed=True)
    run, ours = session(tmp_path)
    found = week_of(run, ours, NOW)
    assert found["week_percent"] == pytest.approx(killed["percent"] + ours["percent"], abs=1e-3)


def test_a_session_that_was_not_calibrated_is_named_as_not_counted(tmp_path):
    session(tmp_path, 2.0, None)
    run, ours = session(tmp_path)
    found = week_of(run, ours, NOW)
    assert (found["week_percent"], found["week_sessions"]) == (ours["percent"], 1)
    assert found["week_uncounted"] == ["ses-001"] and "not counted: ses-001" in week_words(found)


def test_where_nothing_was_calibrated_no_sum_is_claimed(tmp_path):
    session(tmp_path, 2.0, None)
    run, ours = session(tmp_path, 0.0, None)
    found = week_of(run, ours, NOW)
    assert found["week_percent"] is None and found["week_uncounted"] == ["ses-001", "ses-002"]
    assert "%" not in week_words(found)


def test_a_session_without_sound_and_a_folder_without_a_session_are_none_of_it(tmp_path):
    session(tmp_path, 1.0, None, minutes=0)
    (tmp_path / "sub-P1" / "ses-002").mkdir()
    run, ours = session(tmp_path)
    found = week_of(run, ours, NOW)
    assert (found["week_sessions"], found["week_uncounted"]) == (1, [])
    assert week_words(found) == ""


@pytest.mark.parametrize("text", [
    "", "{", "[]", "{}", '{"started": "yesterday"}', '{"started": "2026-01-01T10:00:00"}'])
def test_a_broken_manifest_is_named_and_stops_nothing(tmp_path, text):
    other, _ = session(tmp_path, 1.0)
    other.manifest.write_text(text)
    run, ours = session(tmp_path)
    assert week_of(run, ours, NOW)["week_uncounted"] == ["ses-001"]


def test_another_participant_s_sessions_are_their_own(tmp_path):
    other = new_run(tmp_path, "P2", "calm")
    write_manifest(other.manifest, Manifest("P2", "calm", HEADER, {}, "", NOW, {DOSE_KEY: {}}))
    run, ours = session(tmp_path)
    assert week_of(run, ours, NOW)["week_sessions"] == 1


def test_what_counts_is_energy_where_the_allowance_has_changed(tmp_path):
    session(tmp_path, 1.0)
    run, ours = session(tmp_path, protocol=SENSITIVE)
    found = week_of(run, ours, NOW)
    assert found["week_percent"] == pytest.approx(2 * ours["percent"], abs=1e-3)


def test_a_week_over_its_allowance_is_warned_of_and_one_below_is_not(tmp_path):
    run, ours = session(tmp_path)
    assert week_warning(week_of(run, ours, NOW)) == ""
    session(tmp_path, 1.0, replace(LOUD, dba_at_usual=110.0))
    found = week_of(run, ours, NOW)
    assert found["week_percent"] > 100 and "a week's sound dose" in week_warning(found)


def test_what_is_told_can_be_held_by_json(tmp_path):
    run, ours = session(tmp_path)
    found = week_of(run, ours, datetime.now().astimezone())
    assert json.loads(json.dumps(found, allow_nan=False)) == found
