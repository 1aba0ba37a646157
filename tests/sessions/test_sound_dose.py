"""The dose of a session: from the levels in its journal, the same whenever and however they were taken."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.sound.ring import RATE_HZ
from generators.sound.weighting import Spread
from loop.dose import ALLOWANCES
from loop.errors import FileError
from loop.inputs import Report, ReportKind
from sessions.protocol.loading import load_protocol
from sessions.sound_calibration import SoundCalibration, calibrations_file, keep_calibration
from sessions.sound_dose import (
    Ear,
    SoundDose,
    dose_on,
    dose_warning,
    dose_words,
    ear_from_plain,
    ear_of,
    ear_to_plain,
)

LOUD = SoundCalibration(80.0, "meter", "2026-03-01")      # -23 LUFS of noise is 80 dB(A)
PLAIN = Ear(ALLOWANCES["adult"], LOUD, Spread(0.0, 0.0, 0.0, 0))
HALF_S = RATE_HZ // 2


def level(lufs: float, frame: int, time_s: float = 0.0) -> Report:
    return Report(ReportKind.LEVEL, time_s, frame, lufs)


def ready(text: str = "sound: JACK") -> Report:
    return Report(ReportKind.READY, 0.0, text=text)


def heard(levels: list[float], ear: Ear = PLAIN, **options) -> SoundDose:
    """The dose of a level every half second, the first of them at the sound's beginning."""
    dose = SoundDose(ear, **options)
    dose.saw(ready(), [])
    for k, lufs in enumerate([-120.0, *levels]):
        dose.saw(level(lufs, k * HALF_S), [])
    return dose


def test_an_hour_at_80_dba_is_two_and_a_half_percent_of_an_adult_s_week():
    found = heard([-23.0] * 7200).as_dict()
    assert found["percent"] == pytest.approx(2.5)
    assert (found["mean_dba"], found["heard_s"], found["hours_a_week"]) == (80.0, 3600.0, 40.0)


def test_music_counts_by_what_it_has_in_a_and_its_bound_by_k():
    found = heard([-23.0] * 7200, replace(PLAIN, weighting=Spread(-10.0, -12.0, -8.0, 9))).as_dict()
    assert found["percent"] == pytest.approx(0.25)
    assert found["percent_at_most"] == pytest.approx(2.5)


def test_without_a_calibration_no_dose_is_claimed():
    dose = heard([-23.0] * 10, replace(PLAIN, calibration=None))
    found = dose.as_dict()
    assert (found["calibrated"], found["percent"], found["mean_dba"], found["calibration"]) == (False, None, None, None)
    assert dose.words == "dose not calibrated"
    assert "not calibrated" in dose_words(found) and "%" not in dose_words(found)


def test_silence_is_no_listening():
    found = heard([-120.0] * 50 + [-71.0] * 50).as_dict()
    assert (found["heard_s"], found["percent"], found["mean_dba"]) == (0.0, 0.0, None)
    assert dose_words(found) == "none: no music was heard"


@settings(deadline=None)
@given(st.lists(st.floats(-90.0, -5.0), min_size=1, max_size=30), st.data())
def test_when_a_report_was_taken_does_not_matter_and_two_halves_add_up(levels, data):
    at = data.draw(st.integers(0, len(levels)))
    late = SoundDose(PLAIN)
    for k, lufs in enumerate([-120.0, *levels]):
        late.saw(level(lufs, k * HALF_S, time_s=1e6 + k // 7), [])
    halves = [heard(part).as_dict()["percent"] for part in (levels[:at], levels[at:])]
    assert late.as_dict() == heard(levels).as_dict()
    assert sum(halves) == pytest.approx(late.as_dict()["percent"], abs=2e-4)         # each is rounded to four digits


def test_reports_that_found_no_room_have_the_level_of_the_next():
    dose = SoundDose(PLAIN)
    for frame in (0, HALF_S, 3600 * RATE_HZ):
        dose.saw(level(-23.0, frame), [])
    assert dose.as_dict()["percent"] == pytest.approx(2.5)


def test_passing_a_day_s_share_is_told_once_with_the_level():
    said: list[str] = []
    heard([-3.0] * 800, say=said.append)                  # 100 dB(A): a week's dose in 24 minutes
    assert len(said) == 1
    assert "100 dB(A)" in said[0] and "estimate" in said[0] and "3 dB softer" in said[0] and "0.4 h a week" in said[0]


def test_below_a_day_s_share_nothing_is_told():
    found = heard([-3.0] * 400).as_dict()                 # 200 s at 100 dB(A): 13.9 %, a seventh is 14.3
    assert 13.8 < found["percent"] < 14.0
    assert dose_warning(found) == ""


def test_a_sound_that_came_back_elsewhere_counts_no_further_and_says_so():
    dose = heard([-23.0] * 7200)
    before = dose.as_dict()["percent"]
    dose.saw(ready("sound: the default sound device"), [])
    dose.saw(level(-3.0, 7300 * HALF_S), [])
    assert dose.as_dict()["percent"] == before
    assert "output changed" in dose.words and "output changed" in dose_words(dose.as_dict())


def test_a_composer_that_is_ready_is_no_output():
    dose = SoundDose(PLAIN)
    dose.saw(ready("symbolic"), [])
    assert dose.words == ""


def test_a_small_dose_is_not_told_with_digits_that_it_does_not_have():
    assert heard([-23.0] * 100).words == "dose estimate <1 %"
    assert heard([-23.0] * 7200 * 2).words == "dose estimate 5 %"


def test_a_soft_level_is_allowed_all_week():
    assert "the whole week" in dose_words(heard([-40.0] * 100).as_dict())


def test_what_is_told_can_be_held_by_json():
    for ear in (PLAIN, replace(PLAIN, calibration=None)):
        found = heard([-23.0] * 3, ear).as_dict()
        assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_record_brings_its_own_weighting():
    protocol = load_protocol("calm").protocol
    ear = replace(ear_of(protocol, LOUD), weighting=Spread(-7.5, -9.0, -6.0, 4))
    again = ear_from_plain(protocol, json.loads(json.dumps(ear_to_plain(ear))))
    assert heard([-20.0] * 100, again).as_dict() == heard([-20.0] * 100, ear).as_dict()


@pytest.mark.parametrize("plain", [5, {}, {"a_minus_k_db": "loud"}, {"a_minus_k_db": -5.0, "dba_at_usual": -3.0}])
def test_a_manifest_that_was_changed_is_told(plain):
    with pytest.raises(FileError, match="sound calibration"):
        ear_from_plain(load_protocol("calm").protocol, plain)


def test_a_sensitive_listener_s_week_holds_a_third():
    protocol = load_protocol("calm").protocol
    sensitive = protocol.model_copy(update={"safety": protocol.safety.model_copy(update={"listener": "sensitive"})})
    adult, child = (heard([-23.0] * 1000, ear_of(each, LOUD)).as_dict() for each in (protocol, sensitive))
    assert child["percent"] == pytest.approx(adult["percent"] * 3.1623, rel=1e-2)


def test_a_stream_s_music_is_counted_as_if_a_were_k():
    protocol = load_protocol("calm").protocol
    music = protocol.music.model_copy(update={"generator": "musicgen", "model": "debug"})
    assert ear_of(protocol.model_copy(update={"music": music}), LOUD).weighting.mean_db == 0.0


def test_a_session_finds_the_calibration_of_its_output_and_of_no_other(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    keep_calibration(calibrations_file(), "jack", LOUD)
    protocol = load_protocol("calm").protocol
    assert dose_on("jack", protocol, print).ear.calibration == LOUD
    assert dose_on("portaudio", protocol, print).ear.calibration is None


def test_a_broken_list_of_calibrations_is_told_and_stops_no_session(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    calibrations_file().parent.mkdir()
    calibrations_file().write_text("{")
    said: list[str] = []
    assert dose_on("jack", load_protocol("calm").protocol, said.append).ear.calibration is None
    assert "calibrate-sound" in said[0]
