from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.errors import FileError
from loop.inputs import Chunk, Input
from loop.values import Cycle, Header
from sessions.record.cycles import LABELS, cycle_row
from sessions.record.journal import XdfJournal
from sessions.record.replaying import RecordedCycle, RecordedRun, read_run, same_bits
from sessions.record.storage import RunFolder
from tests.sessions.record_parts import HEADER, HEADER64, SIDES, a_session, inputs, same_input, write_all
from tests.sessions.record_parts import LABELS as EEG


def record(path: Path, items: list[Input | Cycle], header: Header) -> RecordedRun:
    journal = XdfJournal.create(path, header, {"seeds": {"music": 7}}, sides=SIDES)
    write_all(journal, items)
    journal.close()
    return read_run(RunFolder(path))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("replaying")


@pytest.mark.parametrize("header", [HEADER, HEADER64])
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_every_input_comes_back_in_order_to_the_last_bit(folder: Path, data: st.DataObject, header: Header) -> None:
    items = data.draw(st.lists(inputs(header), max_size=12))
    path = folder / "a.xdf"
    path.unlink(missing_ok=True)
    back = list(record(path, list(items), header))
    assert len(back) == len(items)
    for one, other in zip(items, back, strict=True):
        assert not isinstance(other, RecordedCycle) and same_input(one, other)


def test_cycles_stand_where_they_were_made(tmp_path: Path) -> None:
    items = a_session()
    back = list(record(tmp_path / "a.xdf", items, HEADER))
    assert [isinstance(item, Cycle) for item in items] == [isinstance(item, RecordedCycle) for item in back]
    for one, other in zip(items, back, strict=True):
        if isinstance(one, Cycle):
            assert isinstance(other, RecordedCycle)
            assert same_bits(other.row, cycle_row(one))
            quality = one.quality.astype(np.float64) if len(one.quality) else np.full(3, np.nan)
            assert same_bits(other.quality, quality)


def test_a_record_can_be_read_as_often_as_one_likes(tmp_path: Path) -> None:
    run = record(tmp_path / "a.xdf", a_session(), HEADER)
    assert len(list(run)) == len(list(run)) == len(a_session())


def test_a_record_says_what_it_is_of(tmp_path: Path) -> None:
    run = record(tmp_path / "a.xdf", [], HEADER)
    assert run.header == HEADER
    assert run.about == {"seeds": {"music": 7}}
    assert run.columns == LABELS and run.quality_labels == EEG
    assert run.cut is None


def test_samples_come_back_closed_to_writing_and_contiguous(tmp_path: Path) -> None:
    found = next(item for item in record(tmp_path / "a.xdf", a_session(), HEADER) if isinstance(item, Chunk))
    assert found.samples.flags.c_contiguous and not found.samples.flags.writeable
    assert found.stamps_s.flags.c_contiguous and not found.stamps_s.flags.writeable


def test_a_record_cut_anywhere_gives_the_first_of_its_inputs(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    whole = [repr(item) for item in record(path, a_session(1), HEADER)]
    written = path.read_bytes()
    n_found = 0
    for n_bytes in [*range(written.index(b"tick") - 60, len(written), 3), len(written)]:
        path.write_bytes(written[:n_bytes])
        run = RecordedRun(path)
        found = [repr(item) for item in run]
        assert n_found <= len(found) and found == whole[:len(found)]
        n_found = len(found)
    assert n_found == len(whole)


def test_a_record_cut_within_its_headers_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    record(path, [], HEADER)
    written = path.read_bytes()
    for n_bytes in range(0, written.index(b"<name>cycles"), 5):
        path.write_bytes(written[:n_bytes])
        with pytest.raises(FileError, match="no record of a session"):
            RecordedRun(path)


def test_a_foreign_recording_is_refused_in_a_sentence(shared_data: Path) -> None:
    with pytest.raises(FileError, match="no record of a session"):
        RecordedRun(shared_data / "xdf" / "minimal.xdf")


def test_a_record_whose_rows_do_not_fit_its_samples_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    record(path, a_session(), HEADER)
    path.write_bytes(path.read_bytes().replace(b'"n_times":5', b'"n_times":6'))
    with pytest.raises(FileError, match="was changed after it was recorded"):
        list(RecordedRun(path))
    path.write_bytes(path.read_bytes().replace(b'"kind":"chunk"', b'"kind":"chalk"'))
    with pytest.raises(FileError, match="was changed after it was recorded"):
        list(RecordedRun(path))
