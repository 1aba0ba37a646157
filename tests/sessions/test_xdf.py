from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
import pyxdf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from loop.errors import FileError, RecordError
from sessions.record import xdf
from sessions.record.appending import AppendOnlyFile, Syncer
from sessions.record.reading import ClockOffset, Cut, Numbers, StreamFooter, StreamHeader, Texts, read_chunks
from tests.sessions.record_parts import load
from tests.waiting import wait_for


def header_xml(name: str, n_channels: int, channel_format: str, rate_hz: float = 0) -> str:
    return (
        f'<?xml version="1.0"?><info><name>{name}</name><type>T</type><channel_count>{n_channels}</channel_count>'
        f"<nominal_srate>{rate_hz}</nominal_srate><channel_format>{channel_format}</channel_format></info>"
    )


def write(path: Path, headers: list[xdf.Piece], pieces: list[xdf.Piece], *, footers: bool = True) -> None:
    path.unlink(missing_ok=True)
    file = AppendOnlyFile.create(path)
    writer = xdf.XdfWriter(file)
    writer.begin(headers)
    for piece in pieces:
        writer.write([piece])
    if footers:
        writer.end()
    file.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("xdf")


@pytest.mark.parametrize(("name", "dtype"), [("float32", "f4"), ("double64", "f8"), ("int32", "i4"), ("int64", "i8")])
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_numbers_and_stamps_come_back_to_the_last_bit(folder: Path, data: st.DataObject, name: str, dtype: str) -> None:
    values = data.draw(hnp.arrays(dtype, st.tuples(st.integers(0, 5), st.just(2))))
    stamps_s = data.draw(hnp.arrays("f8", len(values)))
    path = folder / f"{name}.xdf"
    write(path, [xdf.stream_header(9, header_xml("n", 2, name))], [xdf.numbers(9, name, values, stamps_s)])
    (_, back, _) = read_chunks(path)
    assert isinstance(back, Numbers)
    assert back.values.dtype == values.dtype and back.values.tobytes() == values.tobytes()
    assert back.stamps_s.tobytes() == stamps_s.tobytes()
    if np.isfinite(stamps_s).all():
        found = load(path, synchronize_clocks=False, dejitter_timestamps=False)["n"]
        assert found["time_series"].tobytes() == values.tobytes()
        assert found["time_stamps"].tobytes() == stamps_s.tobytes()


@settings(deadline=None, max_examples=40)
@given(lines=st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_strings_come_back_in_order(folder: Path, lines: list[str]) -> None:
    path = folder / "text.xdf"
    pieces = [xdf.text(3, line, 5.0 + i) for i, line in enumerate(lines)]
    write(path, [xdf.stream_header(3, header_xml("t", 1, "string"))], pieces)
    back = [item for item in read_chunks(path) if isinstance(item, Texts)]
    assert [item.rows[0][0] for item in back] == lines
    assert [row for (row,) in load(path)["t"]["time_series"]] == lines


@pytest.mark.parametrize("length", [255, 256, 70_000])
def test_long_strings_come_back(folder: Path, length: int) -> None:
    path = folder / "long.xdf"
    write(path, [xdf.stream_header(3, header_xml("t", 1, "string"))], [xdf.text(3, "x" * length, 1.0)])
    assert load(path)["t"]["time_series"] == [["x" * length]]
    assert [item.rows for item in read_chunks(path) if isinstance(item, Texts)] == [(("x" * length,),)]


def test_footers_say_what_was_written(folder: Path) -> None:
    path = folder / "footer.xdf"
    values = np.arange(6, dtype="f4").reshape(3, 2)
    pieces = [
        xdf.clock_offset(1, 10.0, 0.5),
        xdf.numbers(1, "float32", values, np.array([1.0, 2.0, 3.0])),
        xdf.numbers(1, "float32", values, np.array([4.0, 5.0, 6.0])),
    ]
    write(path, [xdf.stream_header(1, header_xml("n", 2, "float32", 1))], pieces)
    footer = load(path)["n"]["footer"]["info"]
    assert footer["first_timestamp"] == ["1.0"]
    assert footer["last_timestamp"] == ["6.0"]
    assert footer["sample_count"] == ["6"]
    assert footer["clock_offsets"][0]["offset"][0] == {"time": ["9.5"], "value": ["0.5"]}


def test_a_boundary_comes_often_enough_and_disturbs_no_reader(folder: Path) -> None:
    path = folder / "boundary.xdf"
    values = np.ones((1000, 8), "f4")
    pieces = [xdf.numbers(1, "float32", values, np.arange(1000.0) + 1000 * i) for i in range(30)]
    write(path, [xdf.stream_header(1, header_xml("n", 8, "float32", 1))], pieces)
    parts = path.read_bytes().split(xdf.BOUNDARY_ID)
    assert len(parts) == 5
    assert max(map(len, parts)) <= xdf.BOUNDARY_EVERY_BYTES + 2 * len(pieces[0].data)
    assert load(path, dejitter_timestamps=False)["n"]["time_series"].shape == (30_000, 8)
    assert sum(len(item.stamps_s) for item in read_chunks(path) if isinstance(item, Numbers)) == 30_000


def test_no_file_is_ever_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    path.write_text("precious")
    with pytest.raises(RecordError, match="exists already"):
        AppendOnlyFile.create(path)
    assert path.read_text() == "precious"


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be made"):
        AppendOnlyFile.create(tmp_path / "no" / "a.xdf")


def test_a_file_that_is_no_xdf_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.xdf").write_text("hello, I am a text")
    with pytest.raises(FileError, match="no XDF file"):
        list(read_chunks(tmp_path / "a.xdf"))
    with pytest.raises(FileError, match="cannot be read"):
        list(read_chunks(tmp_path / "b.xdf"))


@settings(deadline=None, max_examples=200)
@given(junk=st.binary(max_size=80))
def test_junk_behind_the_magic_is_a_cut_and_never_an_exception(folder: Path, junk: bytes) -> None:
    path = folder / "junk.xdf"
    path.write_bytes(xdf.file_start() + xdf.stream_header(1, header_xml("t", 1, "string")).data + junk)
    items = list(read_chunks(path))
    assert isinstance(items[0], StreamHeader)
    assert all(not isinstance(item, Cut) for item in items[:-1])


@settings(deadline=None, max_examples=200)
@given(tag=st.integers(0, 8), body=st.binary(max_size=60))
def test_a_chunk_of_junk_is_a_cut_and_never_an_exception(folder: Path, tag: int, body: bytes) -> None:
    path = folder / "junk.xdf"
    junk = xdf.varlen(len(body) + 6) + bytes([tag, 0, 1, 0, 0, 0]) + body
    path.write_bytes(xdf.file_start() + xdf.stream_header(1, header_xml("n", 2, "float32")).data + junk)
    assert isinstance(next(iter(read_chunks(path))), StreamHeader)
    assert len(list(read_chunks(path))) <= 2


@pytest.mark.parametrize("name", ["minimal.xdf", "clock_resets.xdf", "empty_streams.xdf"])
def test_files_of_other_programs_read_as_pyxdf_reads_them(shared_data: Path, name: str) -> None:
    path = shared_data / "xdf" / name
    items = list(read_chunks(path))
    assert not any(isinstance(item, Cut) for item in items)
    streams, _ = pyxdf.load_xdf(str(path), synchronize_clocks=False, dejitter_timestamps=False)
    for stream in streams:
        stream_id = stream["info"]["stream_id"]
        mine = [item for item in items if not isinstance(item, Cut) and item.stream_id == stream_id]
        parts = [item for item in mine if isinstance(item, Numbers | Texts)]
        np.testing.assert_array_equal([s for item in parts for s in item.stamps_s], stream["time_stamps"])
        rows = [list(row) for item in parts for row in (item.rows if isinstance(item, Texts) else item.values)]
        assert rows == [list(row) for row in stream["time_series"]]
        assert [item.offset_s for item in mine if isinstance(item, ClockOffset)] == stream["clock_values"]
        assert any(isinstance(item, StreamFooter) for item in mine) == ("footer" in stream)


class CountingFile(AppendOnlyFile):
    """Counts how often it is synced."""

    def __init__(self) -> None:
        self.n_syncs = 0

    def sync(self) -> None:
        self.n_syncs += 1


def test_a_syncer_syncs_again_and_again_until_it_is_closed() -> None:
    file = CountingFile()
    syncer = Syncer(file, period_s=0.001)
    wait_for(lambda: file.n_syncs >= 3, 10, "a third sync")
    syncer.close()
    assert "record-sync" not in [thread.name for thread in threading.enumerate()]


def test_a_disk_that_cannot_be_synced_is_told_by_the_next_write() -> None:
    reading, writing = os.pipe()      # what a pipe holds cannot be synced
    file = AppendOnlyFile(writing, "a.xdf")
    file.write(b"1")
    file.sync()
    with pytest.raises(RecordError, match="cannot be written any more"):
        file.write(b"2")
    assert file.failed and os.read(reading, 10) == b"1"
    file.close()
    os.close(reading)
