"""`euthymia calibrate-sound`: what it keeps, and what it refuses in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from generators.sound.messages import Hello
from generators.sound.noise import a_level_db
from generators.sound.outputs import RECORD_ONLY
from loop.errors import FileError
from sessions.sound_calibration import calibrations_file, read_calibrations
from ui import sound_calibrating
from ui.cli import main
from ui.options import OptionError
from ui.sound_calibrating import SoundCalibrationOptions, calibrate_sound, calibration_lines


@pytest.fixture(autouse=True)
def own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def wav(tmp_path: Path) -> str:
    return str(tmp_path / "noise.wav")


def kept() -> dict[str, float]:
    return {output: row.dba_at_usual for output, row in read_calibrations(calibrations_file()).items()}


def test_a_reading_is_kept_for_its_output_with_day_and_note(wav: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate-sound", "--sound", wav, "--spl", "72.5", "--note", "HD 600", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    row = read_calibrations(calibrations_file())[RECORD_ONLY]
    assert (row.method, row.note, row.made) == ("meter", "HD 600", found["made"])
    # The noise at -23 LUFS has an A-weighted level of -24.3: what reads 72.5 there gives 73.8 at -23.
    assert row.dba_at_usual == pytest.approx(72.5 - 23.0 - a_level_db(-23.0), abs=0.01)
    sound = soundfile.read(wav)[0]
    assert len(sound) == 20 * 48_000 and np.abs(sound).max() < 0.3


def test_softer_noise_that_reads_less_is_the_same_calibration(tmp_path: Path) -> None:
    for name, lufs, spl in (("a", -23.0, 72.5), ("b", -33.0, 62.5)):
        asked = SoundCalibrationOptions(str(tmp_path / f"{name}.wav"), lufs, 6.0, spl)
        calibrate_sound(asked, print, None)
        assert kept()[RECORD_ONLY] == pytest.approx(73.82, abs=0.02)


def test_a_data_sheet_stands_in_for_a_meter(wav: str) -> None:
    # 100 dB SPL at 1 V; a full-scale sine on both sides has -0.69 on LUFS's scale, so -23 lies 22.3 dB below it.
    calibrate_sound(SoundCalibrationOptions(wav, for_s=6.0, sensitivity=100.0, volts=1.0), print, None)
    assert kept()[RECORD_ONLY] == pytest.approx(100.0 - 22.31, abs=0.01)


def test_who_is_asked_is_asked_again_until_the_answer_can_be_true(wav: str) -> None:
    answers = iter(["loud", "172", "72,5"])
    calibrate_sound(SoundCalibrationOptions(wav, for_s=6.0), print, lambda question: next(answers))
    assert kept()[RECORD_ONLY] == pytest.approx(73.82, abs=0.02)
    assert list(answers) == []


def test_a_person_is_told_the_music_s_level_and_for_what_it_holds(wav: str) -> None:
    found = calibrate_sound(SoundCalibrationOptions(wav, for_s=6.0, spl=72.5), print, None)
    said = "\n".join(calibration_lines(found))
    assert f"{found['music_dba']:.0f} dB(A)" in said and "H.870" in said and "volume control" in said


@pytest.mark.parametrize(("words", "said"), [
    ("--spl 172", "--spl is 172; give a number from 30 to 100"),
    ("--spl nan", "--spl is nan"),
    ("--spl 70 --lufs -3", "--lufs is -3; give a number from -40 to -20"),
    ("--spl 70 --for 1", "--for is 1; give a number from 6 to 120"),
    ("--spl 70 --sensitivity 100", "--spl and --sensitivity were both given"),
    ("--sensitivity 100", "--sensitivity and --volts belong together"),
    ("--sensitivity 100 --volts 0", "--volts is 0"),
    ("--spl 70 --sound off", "--sound is off"),
    ("--spl 70 --sound louder", '--sound is "louder"'),
    ("--spl loud", "Invalid value for '--spl'"),
    ("", "nobody is at the terminal to read a meter"),
    (f"--spl 70 --note {'x' * 201}", "--note has 201 letters"),
])
def test_what_cannot_be_done_is_one_sentence_and_keeps_nothing(
        words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate-sound", *words.split()]) == 2
    told = capsys.readouterr().err.strip()
    assert said in told and len(told.splitlines()) == 1
    assert not calibrations_file().exists()


def test_a_file_that_is_there_is_not_written_over(wav: str) -> None:
    Path(wav).write_bytes(b"precious")
    with pytest.raises(OptionError, match="is there already"):
        calibrate_sound(SoundCalibrationOptions(wav, spl=70.0), print, None)
    assert Path(wav).read_bytes() == b"precious"


def test_a_broken_list_of_calibrations_is_told_before_anything_sounds(wav: str) -> None:
    calibrations_file().parent.mkdir(parents=True)
    calibrations_file().write_text("{")
    with pytest.raises(FileError, match="holds no calibrations"):
        calibrate_sound(SoundCalibrationOptions(wav, spl=70.0), print, None)
    assert not Path(wav).exists()


class StoppedPlayer:
    """A player whose listener presses Ctrl-C."""

    output = Hello("the default sound device", 0, 0, "portaudio")

    def __init__(self, wanted: str, level_lufs: float, seconds: float) -> None:
        self.left = False

    def __enter__(self) -> StoppedPlayer:
        return self

    def __exit__(self, *error: object) -> None:
        self.left = True

    def wait(self, stop: object) -> bool:
        return False


def test_a_stop_keeps_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sound_calibrating, "NoisePlayer", StoppedPlayer)
    assert main(["calibrate-sound", "--spl", "70"]) == 130
    assert "stopped; nothing was kept" in capsys.readouterr().err
    assert not calibrations_file().exists()
