"""The doctor lists what the user has kept of each sound output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generators.symbolic.backend import WEIGHTS
from sessions.sound_calibration import SoundCalibration, calibrations_file, keep_calibration
from ui.cli import main
from ui.doctor import Finding, composer_finding, jack_finding, sound_calibrations


def test_each_calibrated_output_is_a_line_with_day_and_level(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    keep_calibration(file, "JACK", SoundCalibration(67.5, "meter", "2026-03-01", "HD 600, volume at 12 o'clock"))
    keep_calibration(file, "default", SoundCalibration(81.25, "sensitivity", "2026-04-02"))
    first, second = sound_calibrations(file)
    assert first.part == "sound calibration of JACK" and first.works and not first.needed
    assert first.detail == "67.5 dB(A) at -23 LUFS, by a sound level meter, 2026-03-01; HD 600, volume at 12 o'clock"
    assert second.detail == "81.2 dB(A) at -23 LUFS, from a data sheet, 2026-04-02"


@pytest.mark.parametrize(("answer", "works", "detail", "remedy"), [
    ({"rate_hz": 48_000, "period_frames": 1024}, True, "a server runs at 48000 Hz, 1024 frames a period", ""),
    ({"rate_hz": 44_100, "period_frames": 256}, False, "a server runs at 44100 Hz, 256 frames a period",
     "start jackd with -r 48000"),
    ({"rate_hz": 48_000, "period_frames": 4096}, False, "a server runs at 48000 Hz, 4096 frames a period",
     "start jackd with -p 1024"),
    ({"error": "no JACK server runs"}, False, "no JACK server runs", "only for --sound jack: start jackd"),
])
def test_a_jack_server_fits_or_it_is_said_how_to_start_one(
        answer: dict[str, object], works: bool, detail: str, remedy: str) -> None:
    assert jack_finding(answer) == Finding("JACK", works, detail, remedy, needed=False)


def test_the_composers_weights_are_whole_or_it_is_said_what_to_do(tmp_path: Path) -> None:
    assert composer_finding(WEIGHTS).works
    cut = tmp_path / "weights.safetensors"
    cut.write_bytes(WEIGHTS.read_bytes()[:1000])
    found = composer_finding(cut)
    assert not found.works and not found.needed and found.remedy


def test_where_nothing_was_calibrated_the_command_is_named(tmp_path: Path) -> None:
    (only,) = sound_calibrations(tmp_path / "none.json")
    assert not only.works and not only.needed and only.remedy == "euthymia calibrate-sound"


def test_a_broken_list_is_a_line_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    file.write_text("{")
    (only,) = sound_calibrations(file)
    assert not only.works and not only.needed and "calibrate again" in only.remedy
    assert only.remedy not in only.detail


def test_json_has_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    keep_calibration(calibrations_file(), "JACK", SoundCalibration(67.5, "meter", "2026-03-01"))
    main(["doctor", "--json"])
    parts = {part["part"]: part for part in json.loads(capsys.readouterr().out)["parts"]}
    assert "67.5 dB(A)" in parts["sound calibration of JACK"]["detail"]
