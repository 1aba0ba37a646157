"""The command line takes what the table of commands says, and answers anything else with one sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ui.cli import main
from ui.options import RunOptions

Say = Callable[[str], None]
RESULT = {"session": "x", "ended": "complete", "cycles": 4, "held": 1, "stalls": 0, "gaps": 0, "underruns": 0,
          "latency_ms": {"p50": 1.0},
          "affect": None, "target": None}


class FakeRunning(ModuleType):
    """Stands where sessions are run, and keeps what it was asked for."""

    def __init__(self) -> None:
        super().__init__("ui.running")
        self.asked: list[RunOptions] = []
        self.fault: Exception | None = None
        self.ended = "complete"

    def run_session(self, options: RunOptions, say: Say) -> dict[str, Any]:
        say("it runs")
        self.asked.append(options)
        if self.fault is not None:
            raise self.fault
        return RESULT | {"ended": self.ended}


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeRunning:
    fake = FakeRunning()
    monkeypatch.setitem(sys.modules, "ui.running", fake)
    monkeypatch.chdir(tmp_path)
    return fake


def test_run_takes_every_option_of_its_table(running: FakeRunning, tmp_path: Path) -> None:
    words = "run calm --stream name=Cap --participant P001 --minutes 1.5 --unattended --no-window --sound song.flac"
    assert main([*words.split(), "--out", "here", "--network", "--json"]) == 0
    assert running.asked == [RunOptions(
        "calm", query="name=Cap", participant="P001", minutes=1.5, unattended=True, window=False, sound="song.flac",
        out=Path("here"), network=True, json=True)]


def test_run_alone_is_an_attended_session_with_window_and_sound(running: FakeRunning) -> None:
    assert main(["run", "uplift"]) == 0
    assert running.asked == [RunOptions("uplift")]
    assert (running.asked[0].window, running.asked[0].sound, running.asked[0].simulate) == (True, "auto", False)


def test_the_demo_simulates_a_listener_for_two_minutes_in_all(running: FakeRunning) -> None:
    assert main(["demo", "--no-window"]) == 0
    asked = running.asked[0]
    assert (asked.protocol, asked.simulate, asked.unattended, asked.window) == ("demo", True, True, False)
    assert asked.minutes == pytest.approx(1.0)
    assert main(["demo", "--minutes", "4"]) == 0
    assert running.asked[1].minutes == pytest.approx(3.0)


def test_json_is_one_object_last_on_stdout_and_all_else_goes_to_stderr(
    running: FakeRunning, capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "calm", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == RESULT
    assert err == "it runs\n"


def test_a_session_that_was_not_ready_ends_with_a_sentence_its_json_and_exit_3(
    running: FakeRunning, capsys: pytest.CaptureFixture[str],
) -> None:
    running.ended = "quality"
    assert main(["run", "calm", "--json"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out)["ended"] == "quality"
    assert err.splitlines()[-1].startswith("the signal was not good enough to begin; mend the contact")


def test_ctrl_c_ends_without_a_traceback(running: FakeRunning, capsys: pytest.CaptureFixture[str]) -> None:
    running.fault = KeyboardInterrupt()  # type: ignore[assignment]
    assert main(["run", "calm"]) == 130
    assert "Traceback" not in capsys.readouterr().err


BAD = [
    # (the words, what the sentence says)
    ("run", "Missing argument"),
    ("rnu calm", "No such command"),
    ("run calm --minuts 3", "No such option"),
    ("run calm --minutes eight", "--minutes"),
    ("run calm --minutes 0", "--minutes: regulate.minutes is 0.0; a number of minutes > 0"),
    ("run calm --minutes -3", "a number of minutes > 0"),
    ("run calm --minutes nan", "a number of minutes > 0"),
    ("run calm --minutes 100", "longer than safety.longest_minutes"),
    ("run clam", 'there is no protocol "clam"; give a file, or a shipped name: calibration, calm'),
    ("run calm --stream headset", '"headset" does not name a stream; write name=..., type=EEG or source_id=...'),
    ("run calm --stream host=x", '"host=x" does not name a stream'),
    ("run calm --stream name=", '"name=" does not name a stream'),
    ("run calm --stream name=x --simulate", "--stream and --simulate were both given; leave one out"),
    ("run calm --participant Ann.Lee", '--participant is "Ann.Lee"; up to 32 letters and digits'),
    ("run calm --participant ../../etc", "up to 32 letters and digits"),
    ("run calm --sound jak", '--sound is "jak"; auto, off, jack, or a file that '
     'ends in .flac or .wav. Did you mean "jack"?'),
    ("run calm --sound there.flac", "--sound there.flac is there already; nothing recorded is overwritten"),
    ("run calm --sound there.flac/x.flac", "--sound there.flac cannot be written"),
    (f"run calm --sound {300 * 'n'}.flac", "cannot be written: File name too long; give another name"),
    ("run calm --out there.flac", "--out there.flac cannot be written"),
    ("run calm --out there.flac/x", "cannot be written"),
    ("demo --minutes 1", "--minutes is 1; give more than 1.0, which Demo takes without its music"),
    ("demo --minutes inf", "--minutes is inf"),
    ("demo --minutes 60", "--minutes: phases last 60 minutes in all, longer than safety.longest_minutes, which is 40"),
    ("demo --sound loud", '--sound is "loud"'),
    ("play nowhere.edf", "nowhere.edf"),
    ("play there.flac --for 0", "--for is 0; a number of seconds > 0"),
    ("play there.flac --for nan", "a number of seconds > 0"),
    ("play there.flac", "there.flac"),
    ("replay nowhere", "nowhere"),
    ("recover nowhere.xdf", "nowhere.xdf"),
    ("recover there.flac", "there.flac"),
    ("stop nowhere", "nowhere"),
    ("protocol check nowhere.yaml", "there is no protocol"),
    ("protocol check there.flac", "there.flac:1: "),
    ("protocol check there.yaml", "the SoundFont nowhere.sf2 cannot be read: No such file"),
    ("protocol", "Missing command"),
    ("protocol lsit", "No such command"),
]


@pytest.mark.parametrize(("words", "says"), BAD, ids=[row[0][:60] for row in BAD])
def test_bad_input_gives_one_sentence_and_exit_2(
    words: str, says: str, running: FakeRunning, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "there.flac").write_bytes(b"abc")
    (tmp_path / "there.yaml").write_text("extends: calm\nmusic: {soundfont: nowhere.sf2}\n")
    assert main(words.split()) == 2
    out, err = capsys.readouterr()
    assert says in err
    assert len(err.splitlines()) == 1
    assert out == ""
    assert running.asked == []
    assert (tmp_path / "there.flac").read_bytes() == b"abc"


def test_every_fault_of_a_protocol_is_a_line(
    running: FakeRunning, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "mine.yaml").write_text("version: 1\ntitel: x\nphases: []\n", encoding="utf-8")
    assert main(["run", "mine.yaml"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["mine.yaml:1", "mine.yaml:2", "mine.yaml:3"]
