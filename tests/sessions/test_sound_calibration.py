"""Calibrations of sound outputs: kept in the user's own folder, read back as they were."""

from __future__ import annotations

import json
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loop.errors import FileError
from sessions.sound_calibration import (
    SoundCalibration,
    calibration_from_plain,
    calibration_to_plain,
    calibrations_file,
    keep_calibration,
    read_calibrations,
)

ONE = SoundCalibration(67.5, "meter", "2026-03-01", "HD 600, volume at 12 o'clock")
NAMES = st.text(st.characters(codec="utf-8"), max_size=30)
ROWS = st.builds(SoundCalibration, st.floats(0.0, 130.0), st.sampled_from(["meter", "sensitivity"]), NAMES, NAMES)


def test_it_stands_in_the_user_s_configuration_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert calibrations_file() == tmp_path / "euthymia" / "sound_calibrations.json"


def test_where_nobody_calibrated_there_is_none(tmp_path):
    assert read_calibrations(tmp_path / "none.json") == {}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, ROWS, max_size=5))
def test_what_was_kept_is_read_back(tmp_path, rows):
    file = tmp_path / "kept.json"
    file.unlink(missing_ok=True)
    for output, row in rows.items():
        keep_calibration(file, output, row)
    assert read_calibrations(file) == rows


def test_a_newer_one_replaces_that_of_its_output_alone(tmp_path):
    file, newer = tmp_path / "deep" / "kept.json", SoundCalibration(70.0, "meter", "2026-04-01")
    for output, row in (("a", ONE), ("b", ONE), ("a", newer)):
        keep_calibration(file, output, row)
    assert read_calibrations(file) == {"a": newer, "b": ONE}


def test_only_its_owner_reads_it(tmp_path):
    keep_calibration(tmp_path / "kept.json", "a", ONE)
    assert stat.S_IMODE((tmp_path / "kept.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", [
    "", "[]", "{}", '{"format": 2, "outputs": {}}', '{"format": 1, "outputs": {"a": {"dba_at_usual": "loud"}}}',
    '{"format": 1, "outputs": {"a": {"dba_at_usual": NaN, "method": "meter", "made": "x"}}}',
    '{"format": 1, "outputs": {"a": {"dba_at_usual": 900, "method": "meter", "made": "x"}}}', "\udcff",
])
def test_a_broken_file_is_told_in_one_sentence_and_is_not_written_over(tmp_path, text):
    file = tmp_path / "broken.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(FileError, match="holds no calibrations of sound outputs") as told:
        keep_calibration(file, "a", ONE)
    assert "\n" not in str(told.value)
    assert file.read_bytes() == text.encode(errors="surrogateescape")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be"):
        keep_calibration(tmp_path / "file" / "kept.json", "a", ONE)


def test_a_manifest_holds_it_without_the_user_s_own_words():
    plain = json.loads(json.dumps(calibration_to_plain(ONE)))
    assert "note" not in plain
    assert calibration_from_plain(plain) == SoundCalibration(67.5, "meter", "2026-03-01")


def test_a_manifest_that_was_changed_is_told():
    with pytest.raises(FileError, match="sound calibration"):
        calibration_from_plain({"dba_at_usual": -5})


def test_the_level_at_the_ear_follows_loudness_decibel_by_decibel():
    assert ONE.dba(-23.0, 0.0) == 67.5
    assert ONE.dba(-29.0, -4.0) == pytest.approx(57.5)
