"""`bridge` and `devices`, run as a person runs them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import uuid

import pytest

from loop.clock import SystemClock
from loop.inputs import Chunk
from sensing.sources.lsl import LslSource
from tests.ui.test_cli_commands import COMMAND, ROOT, euthymia
from tests.waiting import wait_for
from ui.cli import main


def test_devices_lists_the_boards_with_what_each_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^synthetic +BrainFlow +250 ", out, re.MULTILINE)
    assert re.search(r"^ganglion +OpenBCI +200 +4 +--serial-port", out, re.MULTILINE)


def test_devices_as_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", "--json"]) == 0
    boards = {row["board"]: row for row in json.loads(capsys.readouterr().out)["boards"]}
    assert boards["muse_2"] == {
        "board": "muse_2", "title": "Muse2", "maker": "InteraXon", "labels": ["TP9", "AF7", "AF8", "TP10"],
        "rate_hz": 256.0, "reference": "Fpz", "needs": "", "motion": True,
    }
    assert boards["cyton"]["needs"] == "--serial-port"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cytn"], "did you mean cyton"),
        (["cyton"], "--serial-port"),
        (["cyton", "--serial-port", "/dev/there-is-none"], "cannot be opened"),
        (["enophone"], "--mac"),
        (["cyton_wifi"], "--ip-port"),
        (["cyton_wifi", "--ip-port", "99999"], "less than or equal to 65535"),
        (["cyton", "--file", "there-is-none.csv"], "there-is-none.csv cannot be read"),
        (["synthetic", "--labels", "F3,F4"], "16 EEG channels; 2 labels"),
        (["synthetic", "--for", "0"], "--for is 0"),
    ],
)
def test_what_cannot_be_bridged_is_one_sentence_and_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bridge", *words]) == 2
    told = capsys.readouterr()
    assert said in told.err and len(told.err.splitlines()) == 1 and told.out == ""


def test_without_brainflow_both_commands_tell_the_install_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "brainflow", None)
    assert [main(["devices"]), main(["bridge", "synthetic"])] == [2, 2]
    assert capsys.readouterr().err.count("pip install") == 2


def test_a_bridge_in_its_own_process_is_heard_and_ends_on_a_polite_kill() -> None:
    name = f"test-{uuid.uuid4().hex[:12]}"
    line = [sys.executable, "-W", "error", "-c", COMMAND, "bridge", "synthetic", "--name", name]
    clock = SystemClock()
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            source = LslSource(f"name={name}", clock, wait_s=20.0)
            wait_for(lambda: any(isinstance(item, Chunk) for item in source.read(clock.now_s() + 0.1, 5)), 10.0)
            source.close()
        finally:
            process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=10.0)[1].splitlines()
    assert process.returncode == 0
    assert said[0] == f'streaming "{name}" from Synthetic: 19 channels, 250 Hz'
    assert said[-1].startswith("Synthetic: ") and "s sent" in said[-1]


def test_help_names_the_board_and_its_ways() -> None:
    done = euthymia("bridge", "--help")
    assert done.returncode == 0
    assert all(option in done.stdout for option in ("--serial-port", "--mac", "--ip", "--file", "--name", "--for"))
