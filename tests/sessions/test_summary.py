"""The summary counts what was, and says it in ten lines."""

from __future__ import annotations

import json
from pathlib import Path

from loop.clock import ManualClock
from loop.inputs import Report, ReportKind
from sensing.impedance import Impedance
from sensing.sides import SideState
from sessions.protocol.loading import load_protocol
from sessions.sound_calibration import SoundCalibration
from sessions.sound_dose import SoundDose, ear_of
from sessions.summary import Summary
from sessions.teller import Teller
from tests.fakes import chunk
from tests.loop.test_engine import engine

SESSION = Path("recordings/sub-P1/ses-001")


def lived(values):
    clock, one = ManualClock(0.0), engine()
    summary = Summary(clock)
    for k, value in enumerate(values):
        item = chunk(25, (k + 1) * 0.25, value=value)
        clock.wait_until(item.time_s + 0.003)
        summary.saw(item, one.step(item))
    return summary


def test_cycles_holds_and_latency_are_counted():
    said = lived([0.1] * 10 + [950.0] * 6).as_dict(SESSION, "stop")
    assert (said["cycles"], said["held"], said["ended"]) == (16, 6, "stop")
    assert said["latency_ms"] == {"p50": 3.0, "p95": 3.0, "max": 3.0}
    assert said["affect"]["arousal"] == 0.1
    assert said["target"] == {"valence": 0.4, "arousal": -0.6, "tolerance": 0.2}


def test_windows_that_were_lost_are_told_phase_by_phase_with_their_reasons():
    summary = lived([0.1] * 10 + [950.0] * 6)
    said = summary.as_dict(SESSION, "stop")
    assert said["windows_lost"] == [
        {"phase": "regulate", "windows": 16, "lost": 6, "share": 0.375, "reasons": {"amplitude": 6}}]
    assert summary.lines(said)[3] == "Signal    0 stalls, 0 gaps; 38 % of windows lost (regulate 38 %)"


def test_a_stream_beside_the_eeg_has_its_line():
    summary, heart = lived([0.1]), SideState("belt", "ECG", 130.0, 129.9, 1300, 2, 1, False, 10.0, 61.6)
    said = summary.as_dict(SESSION, "stop", [heart])
    assert said["beside"][0]["heart_bpm"] == 61.6 and json.loads(json.dumps(said, allow_nan=False)) == said
    assert summary.lines(said)[4] == "Beside    belt: 1300 samples, 2 gaps, lost 1 times, heart 62 a minute at the end"


def test_impedances_have_their_line_and_are_told_as_they_are():
    summary, contacts = lived([0.1]), [Impedance("F3", 8.0, 20.0), Impedance("F4", 35.0, 20.0)]
    said = summary.as_dict(SESSION, "stop", (), contacts)
    assert said["impedance"][1] == {"electrode": "F4", "kohm": 35.0, "most_kohm": 20.0}
    (line,) = [line for line in summary.lines(said) if line.startswith("Contact")]
    assert "8 to 35 kOhm" in line and "over 20 kOhm: F4 35;" in line


def test_a_session_without_a_single_cycle_still_has_a_summary_that_json_can_hold():
    said = Summary(ManualClock(0.0)).as_dict(SESSION, "quality")
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert said["latency_ms"]["p50"] is None


def test_ten_lines_for_a_person_name_the_folder_the_end_and_the_limits_of_use():
    summary = lived([950.0] * 20)
    lines = summary.lines(summary.as_dict(SESSION, "stop"))
    assert len(lines) == 10
    assert "ses-001" in lines[0] and "stopped by a person" in lines[1]
    assert "bad for 4 s (1)" in lines[8]
    assert "Research use only" in lines[9]


def dose(n_halves: int, calibration: SoundCalibration | None) -> dict[str, object]:
    """What was counted of music at -3 LUFS."""
    counted = SoundDose(ear_of(load_protocol("calm").protocol, calibration))
    for k in range(n_halves + 1):
        counted.saw(Report(ReportKind.LEVEL, 0.0, 24_000 * k, -3.0), [])
    return counted.as_dict()


def test_the_sound_dose_has_its_line_and_a_warning_where_the_session_alone_is_too_much():
    summary, calibration = lived([0.1]), SoundCalibration(85.0, "meter", "2026-03-01")
    for n_halves, n_lines in ((10, 11), (2400, 12)):
        said = summary.as_dict(SESSION, "stop", sound_dose=dose(n_halves, calibration))
        lines = summary.lines(said)
        assert json.loads(json.dumps(said, allow_nan=False)) == said
        assert len(lines) == n_lines and lines[6].startswith("Dose      estimate")
        assert ("Warning   this session alone" in lines[7]) == (n_lines == 12)


def test_without_a_calibration_the_line_says_so_and_how_to_have_one():
    summary = lived([0.1])
    line = summary.lines(summary.as_dict(SESSION, "stop", sound_dose=dose(2400, None)))[6]
    assert line == "Dose      not known: this output is not calibrated; `euthymia calibrate-sound` does that"


def test_bars_as_played_are_counted():
    summary = Summary(ManualClock(0.0))
    summary.saw(Report(ReportKind.BAR, 1.0, text="{}"), [])
    assert summary.as_dict(SESSION, "")["bars"] == 1


def test_each_note_is_told_once_when_it_is_known():
    known, said, one = ["F7 stands for F3."], [], engine()
    teller = Teller(lambda: tuple(known), said.append)
    for k in range(4):
        item = chunk(25, (k + 1) * 0.25)
        teller.saw(item, one.step(item))
    known.append("IAF 10.1 Hz.")
    teller.close()
    assert said == ["F7 stands for F3.", "IAF 10.1 Hz."]
