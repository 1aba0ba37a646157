from __future__ import annotations

import getpass
import json
import os
import platform
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.catalog import ROWS as COMPOSERS
from generators.catalog import STREAM_NAMES, STREAMS
from loop.clock import wall_time
from loop.errors import FileError, RecordError
from loop.inputs import Report, ReportKind
from sensing.catalog import LEARNED
from sensing.catalog import ROWS as DECODERS
from sessions.record.manifest import (
    PACKAGES_OF,
    Manifest,
    complete_manifest,
    read_manifest,
    software,
    write_manifest,
)
from sessions.record.storage import find_run, new_run, pseudonym
from sessions.record.weights import WeightsSeen, weights_at_start
from tests.sessions.record_parts import HEADER


def test_a_run_is_named_as_bids_names_it(tmp_path: Path) -> None:
    run = new_run(tmp_path / "rec", "P001", "Calm")
    assert run.xdf == tmp_path / "rec/sub-P001/ses-001/eeg/sub-P001_ses-001_task-calm_run-001_eeg.xdf"
    assert run.session == tmp_path / "rec/sub-P001/ses-001"
    assert run.participant == "P001"
    beside = [run.protocol, run.manifest, run.flac, run.given, run.live]
    assert [item.name for item in beside] == ["protocol.yaml", "manifest.json", "audio.flac", "given", "live"]
    assert {item.parent for item in beside} == {run.eeg}
    assert run.given.is_dir() and run.live.is_dir() and not run.xdf.exists()


def test_sessions_are_counted_up_and_none_is_taken_twice(tmp_path: Path) -> None:
    names = [new_run(tmp_path, "P001", "calm").session.name for _ in range(3)]
    assert names == ["ses-001", "ses-002", "ses-003"]
    (tmp_path / "sub-P001" / "ses-041").mkdir()
    (tmp_path / "sub-P001" / "notes.txt").write_text("mine")
    assert new_run(tmp_path, "P001", "calm").session.name == "ses-042"
    assert new_run(tmp_path, "P002", "calm").session.name == "ses-001"


def test_many_at_once_each_get_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        runs = list(pool.map(lambda _: new_run(tmp_path, "P001", "calm"), range(32)))
    assert len({run.session for run in runs}) == 32


def test_a_pseudonym_is_drawn_where_none_is_given(tmp_path: Path) -> None:
    ids = {new_run(tmp_path, None, "calm").participant for _ in range(10)}
    assert len(ids) == 10
    assert all(re.fullmatch(r"P[2-9A-HJ-NP-Z]{4}", name) for name in {*ids, pseudonym()})


@pytest.mark.parametrize("name", ["", "Ann B", "ann@home.org", "../up", "sub-P001", "Zoë", "P" * 33, "P001\n", "a_b"])
def test_an_id_that_is_not_letters_and_digits_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="participant id"):
        new_run(tmp_path, name, "calm")
    assert list(tmp_path.iterdir()) == []


@settings(deadline=None, max_examples=40)
@given(task=st.text(max_size=60))
def test_any_title_makes_a_name_that_can_be_found_again(
    tmp_path_factory: pytest.TempPathFactory, task: str
) -> None:
    run = new_run(tmp_path_factory.mktemp("task"), "P1", task)
    run.xdf.write_bytes(b"")
    assert re.fullmatch(r"sub-P1_ses-001_task-[a-z0-9]+_run-001_eeg\.xdf", run.xdf.name)
    assert find_run(run.session) == find_run(run.eeg) == find_run(run.xdf) == run


def test_what_is_no_session_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is no session"):
        find_run(tmp_path / "nothing")
    with pytest.raises(FileError, match="holds no recording"):
        find_run(tmp_path)
    run = new_run(tmp_path, "P1", "calm")
    run.xdf.touch()
    run.xdf.with_name("sub-P1_ses-001_task-calm_run-002_eeg.xdf").touch()
    with pytest.raises(FileError, match="holds 2 recordings"):
        find_run(run.session)


def test_a_recovered_copy_does_not_hide_the_record(tmp_path: Path) -> None:
    run = new_run(tmp_path, "P1", "calm")
    run.xdf.touch()
    run.xdf.with_name(f"{run.xdf.stem}.recovered.xdf").touch()
    assert find_run(run.session) == run


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, no folder")
    with pytest.raises(RecordError, match="cannot be written"):
        new_run(tmp_path / "file", "P1", "calm")
    with pytest.raises(RecordError, match="cannot be written"):
        new_run(tmp_path / "file" / "below", None, "calm")


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_health_data_is_the_owners_alone(tmp_path: Path) -> None:
    run = new_run(tmp_path, "P1", "calm")
    write_manifest(run.manifest, a_manifest())
    assert run.session.stat().st_mode & 0o077 == run.eeg.stat().st_mode & 0o077 == 0
    assert run.manifest.stat().st_mode & 0o077 == 0


def a_manifest() -> Manifest:
    return Manifest("P1", "calm", HEADER, {"music": 7, "listener": 8}, "title: Calm\n", wall_time(), {"weights": {}})


def test_a_manifest_holds_what_a_replay_needs_and_no_names(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    write_manifest(path, a_manifest())
    found = read_manifest(path)
    assert found["protocol_sha256"] == sha256(b"title: Calm\n").hexdigest()
    assert found["seeds"] == {"music": 7, "listener": 8}
    assert found["stream"]["labels"] == ["Fp1", "F3", "F4"]
    assert found["software"]["python"] == platform.python_version() and "numpy" in found["software"]
    assert found["machine"]["cores"] == os.cpu_count()
    assert "host" not in found["stream"] and found["weights"] == {}
    words = set(re.split(r"[^\w.-]+", path.read_text(encoding="utf-8")))
    assert platform.node() not in words and getpass.getuser() not in words
    assert list(tmp_path.iterdir()) == [path]


def test_a_manifest_is_never_overwritten_nor_half_written(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    write_manifest(path, a_manifest())
    before = path.read_bytes()
    with pytest.raises(RecordError, match="exists already"):
        write_manifest(path, a_manifest())
    assert path.read_bytes() == before
    with pytest.raises(RecordError, match="cannot be written"):
        write_manifest(tmp_path / "no" / "manifest.json", a_manifest())


def test_a_manifest_is_completed_and_nothing_in_it_is_lost(tmp_path: Path) -> None:
    path, seen = tmp_path / "manifest.json", WeightsSeen()
    write_manifest(path, a_manifest())
    before = read_manifest(path)
    complete_manifest(path, seen.counted)
    assert read_manifest(path) == before
    counted = {"state_dict.bin": {"bytes": 3, "sha256": "ab"}}
    seen.saw(Report(ReportKind.WEIGHTS, 1.0, text=json.dumps(counted)), [])
    complete_manifest(path, seen.counted)
    assert read_manifest(path) == before | {"weights": counted}
    assert list(tmp_path.iterdir()) == [path]


def test_before_they_are_counted_weights_have_their_size_and_no_model_has_none(tmp_path: Path) -> None:
    file = tmp_path / "state_dict.bin"
    file.write_bytes(b"123")
    assert weights_at_start({file.name: file}) == {"weights": {file.name: {"bytes": 3}}}
    assert weights_at_start({}) == {}


def test_the_software_of_a_part_is_told_where_the_part_is_used() -> None:
    assert "scikit-learn" not in software() and "scikit-learn" not in software(["index", "rules"])
    assert {"scikit-learn", "pyriemann", "skops"} <= set(software(["riemann", "rules"]))


def test_every_learned_decoder_and_every_stream_names_its_software() -> None:
    assert LEARNED | STREAM_NAMES <= set(PACKAGES_OF) <= {row.name for row in (*DECODERS, *COMPOSERS, *STREAMS)}


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps("x")])
def test_a_broken_manifest_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(FileError, match="no manifest"):
        read_manifest(tmp_path / "manifest.json")
    with pytest.raises(FileError, match="cannot be read"):
        read_manifest(tmp_path / "other.json")
