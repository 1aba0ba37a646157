"""Sessions of which something is missing: one sentence, or all that is left of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.acceptance.answers import answered
from tests.acceptance.scenes import Scene
from ui.cli import main


@pytest.fixture
def broken(commanded: Scene, tmp_path: Path) -> Path:
    """A copy of a real session, to be broken."""
    copy = tmp_path / "sub-P001" / "ses-001"
    shutil.copytree(commanded.record.run.session, copy)
    return copy


def test_a_session_without_its_protocol_is_not_replayed(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (broken / "eeg" / "protocol.yaml").unlink()
    answered(["replay", str(broken)], capsys)


def test_a_session_with_another_protocol_is_not_replayed(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (broken / "eeg" / "protocol.yaml").write_text("version: 1\ntitle: [\n")
    answered(["replay", str(broken)], capsys)


def test_a_session_cut_within_its_headers_is_not_replayed(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = next((broken / "eeg").glob("*.xdf"))
    record.write_bytes(record.read_bytes()[:1500])
    answered(["replay", str(broken)], capsys)


def test_a_session_cut_in_the_middle_replays_up_to_the_cut(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = next((broken / "eeg").glob("*.xdf"))
    record.write_bytes(record.read_bytes()[:-100_000])
    assert main(["replay", str(broken), "--json"]) == 0
    assert '"cut"' in capsys.readouterr().out


def test_two_recordings_in_one_folder_are_told_apart_by_a_sentence(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = next((broken / "eeg").glob("*.xdf"))
    shutil.copyfile(record, record.with_name(record.name.replace("run-001", "run-002")))
    answered(["replay", str(broken)], capsys)
