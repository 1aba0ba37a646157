"""The smaller commands, run as they are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from types import ModuleType
from typing import Any

import pylsl
import pytest
import pyxdf

from loop.clock import SystemClock
from loop.inputs import CommandKind
from sensing.sources.streams import open_lsl
from sessions.live.desk import UdpDesk
from sessions.protocol.loading import load_protocol
from sessions.record.storage import new_run
from tests.waiting import wait_for
from ui.cli import main
from ui.doctor import OPTIONAL
from ui.results import to_json

COMMAND = "import sys; from ui.cli import main; sys.exit(main())"
ROOT = Path(__file__).resolve().parents[2]


def euthymia(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", COMMAND, *words]
    return subprocess.run(line, capture_output=True, text=True, cwd=ROOT, check=False)


def test_help_lists_every_command() -> None:
    done = euthymia("--help")
    assert done.returncode == 0
    for name in ("demo", "run", "play", "replay", "streams", "protocol", "doctor", "monitor", "stop", "recover",
                 "compose", "generators", "taste", "calibrate-sound"):
        assert re.search(rf"^  {name} ", done.stdout, re.MULTILINE), name


def test_help_loads_nothing_heavy() -> None:
    heavy = ["numpy", "scipy", "mne", "pylsl", "pyo", "PySide6", "pydantic", "torch"]
    code = (f"import sys; from ui.cli import main; main(['--help']); "
            f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stderr.strip() == "[]"


def test_a_bad_word_ends_a_real_process_with_2_and_no_traceback() -> None:
    done = euthymia("protocol", "check", "clam")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_protocol_list_shows_the_shipped_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocol", "list"]) == 0
    out = capsys.readouterr().out
    assert all(re.search(rf"^{name} ", out, re.MULTILINE) for name in ("calm", "uplift", "open_loop", "demo"))


def test_protocol_check_prints_the_hash(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocol", "check", "calm"]) == 0
    assert load_protocol("calm").sha256 in capsys.readouterr().out


def test_protocol_schema_prints_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocol", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Protocol"


def test_streams_shows_an_outlet_that_is_in_sight(capsys: pytest.CaptureFixture[str]) -> None:
    open_lsl()
    info = pylsl.StreamInfo("test-cli-streams", "EEG", 3, 250.0, "float32", "test-cli-streams-id")
    outlet = pylsl.StreamOutlet(info)
    assert main(["streams", "--json"]) == 0
    rows = {row["source_id"]: row for row in json.loads(capsys.readouterr().out)["streams"]}
    row = rows["test-cli-streams-id"]
    assert (row["name"], row["type"], row["channels"], row["rate_hz"]) == ("test-cli-streams", "EEG", 3, 250.0)
    assert row["host"]
    assert main(["streams"]) == 0
    assert "test-cli-streams" in capsys.readouterr().out
    del outlet


def test_play_streams_a_real_recording_until_it_is_told_to_stop(shared_data: Path) -> None:
    open_lsl()
    file = shared_data / "rest_vs_arithmetic" / "Subject00_1.edf"
    process = subprocess.Popen([sys.executable, "-c", COMMAND, "play", str(file), "--name", "test-cli-play", "--loop"],
                               stderr=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        found: list[pylsl.StreamInfo] = []
        clock = SystemClock()
        until_s = clock.now_s() + 20
        while not found and clock.now_s() < until_s:
            found = pylsl.resolve_byprop("name", "test-cli-play", timeout=2.0)
        inlet = pylsl.StreamInlet(found[0])
        sample, _ = inlet.pull_sample(timeout=10.0)
        assert sample is not None
        assert len(sample) == found[0].channel_count()
        process.terminate()
        wait_for(lambda: process.poll() is not None, 10.0, "the end of the player")
        inlet.close_stream()
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def test_doctor_finds_lsl_and_names_an_install_line_for_each_missing_part(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    parts = {part["part"]: part for part in report["parts"]}
    assert {"Python", "LSL", "sound", "JACK", "display", "data folder", "torch", "boards", "MusicGen"} <= set(parts)
    assert parts["LSL"]["works"] and parts["Python"]["works"]
    assert all(part["works"] or part["remedy"] for part in parts.values())
    assert report["ready"] == all(part["works"] for part in parts.values() if part["needed"])
    assert code == (0 if report["ready"] else 3)


def test_the_install_lines_of_the_doctor_are_those_of_the_extras() -> None:
    declared = {re.split(r"\s*;", line)[0] for line in requires("euthymia") or []}
    lines = {name: line for name, _, _, line in OPTIONAL}
    for name in ("torch", "boards"):
        for wanted in re.findall(r'"([^"]+)"', lines[name]):
            assert any(_same(wanted, line) for line in declared), wanted


def _same(one: str, other: str) -> bool:
    parts = [sorted(re.findall(r"[<>=!]=?[\d.]+", text)) + re.findall(r"^[\w-]+", text) for text in (one, other)]
    return parts[0] == parts[1]


def test_json_knows_no_nan() -> None:
    assert json.loads(to_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": Path("x")})) == {
        "a": None, "b": [None, 1.5], "c": "x"}


class FakeReplay(ModuleType):
    """Stands where sessions are replayed, with a result of its own."""

    def __init__(self, first_difference: dict[str, Any] | None) -> None:
        super().__init__("sessions.review.replay")
        self.first_difference = first_difference

    def replay_session(self, path: Path) -> dict[str, Any]:
        return {"cycles": 9, "identical": 8, "first_difference": self.first_difference, "speed": 600.0,
                "sound_dose": {"heard_s": 0.0}}


@pytest.mark.parametrize(("difference", "code"), [(None, 0), ({"cycle": 8, "column": "arousal"}, 1)])
def test_replay_exits_with_1_on_a_difference(
    difference: dict[str, Any] | None, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "sessions.review.replay", FakeReplay(difference))
    assert main(["replay", "session", "--json"]) == code
    assert json.loads(capsys.readouterr().out)["first_difference"] == difference
    assert main(["replay", "session"]) == code
    assert "8 of 9 cycles identical, at 600 times real time" in capsys.readouterr().out


def test_stop_reaches_the_session_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = new_run(tmp_path, "P001", "calm")
    run.xdf.touch()
    desk = UdpDesk(run.live, SystemClock())
    try:
        assert main(["stop", str(run.session)]) == 0
        wait_for(lambda: any(command.kind is CommandKind.STOP for command in desk.commands()), 5.0, "STOP")
    finally:
        desk.close()
    assert str(run.session) in capsys.readouterr().err
    assert main(["stop", str(run.session)]) == 2


def test_recover_mends_a_copy_and_leaves_the_cut_file_as_it_is(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    whole = min((shared_data / "xdf").glob("*.xdf"), key=lambda path: path.stat().st_size)
    cut = tmp_path / "cut.xdf"
    shutil.copyfile(whole, cut)
    before = whole.read_bytes()[:-40]
    cut.write_bytes(before)
    assert main(["recover", str(cut)]) == 0
    assert "mended copy" in capsys.readouterr().out
    assert cut.read_bytes() == before
    streams, _ = pyxdf.load_xdf(str(tmp_path / "cut.recovered.xdf"))
    assert streams
