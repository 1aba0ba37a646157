from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from loop.errors import FileError, RecordError
from loop.inputs import Input
from loop.values import Cycle
from sessions.record import xdf
from sessions.record.appending import AppendOnlyFile
from sessions.record.journal import XdfJournal
from sessions.record.reading import Cut, StreamFooter, read_chunks
from sessions.record.recover import recover, recover_in_place
from tests.sessions.record_parts import HEADER, a_session, load, write_all


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "a.xdf"
    journal = XdfJournal.create(path, HEADER)
    items: list[Input | Cycle] = a_session(3)
    write_all(journal, items)
    journal.close()
    return path.read_bytes()


def small_header(stream_id: int, name: str, n_channels: int, channel_format: str) -> xdf.Piece:
    return xdf.stream_header(stream_id, (
        f"<info><name>{name}</name><type>T</type><channel_count>{n_channels}</channel_count>"
        f"<nominal_srate>0</nominal_srate><channel_format>{channel_format}</channel_format></info>"
    ))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("small") / "a.xdf"
    file = AppendOnlyFile.create(path)
    writer = xdf.XdfWriter(file)
    writer.begin([small_header(1, "n", 2, "float32"), small_header(2, "t", 1, "string")])
    for i in range(3):
        samples = np.arange(6, dtype="f4").reshape(3, 2)
        numbers = xdf.numbers(1, "float32", samples, np.arange(3.0) + 3 * i)
        writer.write([xdf.text(2, "f\u00fcr \U0001f3b5" * i, 1.0 + i), numbers])
        writer.write([xdf.clock_offset(1, 2.0 + i, 0.5), xdf.text(2, "x" * 300 * i, 2.0 + i)])
    writer.end()
    file.close()
    return path.read_bytes()


def texts(path: Path) -> list[str]:
    return [repr(item) for item in read_chunks(path) if not isinstance(item, Cut)]


def test_a_file_cut_at_any_byte_reads_up_to_the_cut(tmp_path: Path, small: bytes) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(small)
    everything = texts(path)
    n_before = 0
    for n_bytes in range(len(small)):
        path.write_bytes(small[:n_bytes])
        items = list(read_chunks(path))
        n_found = sum(not isinstance(item, Cut) for item in items)
        assert n_before <= n_found <= n_before + 1
        assert n_found in (0, n_before) or repr(items[n_found - 1]) == everything[n_found - 1]
        n_before = n_found
        cuts = [item for item in items if isinstance(item, Cut)]
        assert [cut.at_byte + cut.n_lost for cut in cuts] in ([], [n_bytes])
    assert n_before == len(everything) - 1


@pytest.mark.parametrize(("name", "step"), [("small", 1), ("whole", 41)])
def test_recover_makes_pyxdf_load_a_file_cut_at_any_byte(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, name: str, step: int
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)      # thousands of them would take minutes
    path, whole = tmp_path / "a.xdf", request.getfixturevalue(name)
    for n_bytes in range(0, len(whole), step):
        path.write_bytes(whole[:n_bytes])
        if not texts(path):
            with pytest.raises(FileError, match="nothing to recover"):
                recover(path)
            continue
        mended = recover(path)
        assert path.read_bytes() == whole[:n_bytes]
        again = recover(mended.path)
        assert again.whole
        before = [line for line in texts(path) if not line.startswith(StreamFooter.__name__)]
        after = [line for line in texts(mended.path) if not line.startswith(StreamFooter.__name__)]
        assert before == after
        streams = load(mended.path, synchronize_clocks=n_bytes % 16 == 0)      # its line fit is slow
        assert all("footer" in stream for stream in streams.values())
        if mended.path != path:
            mended.path.unlink()


def test_mending_in_place_keeps_every_byte_that_it_cuts(tmp_path: Path, whole: bytes) -> None:
    for n_bytes in range(3, len(whole), 97):
        path = tmp_path / f"{n_bytes}.xdf"
        path.write_bytes(whole[:n_bytes])
        mended = recover_in_place(path)
        kept = mended.cut_bytes.read_bytes() if mended.cut_bytes else b""
        assert len(kept) == mended.n_cut
        assert path.read_bytes().startswith(whole[:n_bytes - len(kept)])
        assert whole[:n_bytes].endswith(kept)
        assert recover_in_place(path).whole
        load(path)


def test_a_whole_file_is_left_alone(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(whole)
    assert recover(path).path == path and recover(path).whole
    assert recover_in_place(path).whole
    assert path.read_bytes() == whole and list(tmp_path.iterdir()) == [path]


def test_a_footer_says_what_the_journal_would_have_said(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "a.xdf").write_bytes(whole)
    first = next(item for item in read_chunks(tmp_path / "a.xdf") if isinstance(item, StreamFooter))
    (tmp_path / "b.xdf").write_bytes(whole[:whole.index(first.xml.encode()) + 3])
    mended = recover(tmp_path / "b.xdf")
    assert mended.n_cut > 0 and mended.n_footers == 5
    assert mended.path.read_bytes() == whole


def test_no_earlier_recovery_is_overwritten(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(whole[:-3])
    recover(path)
    with pytest.raises(RecordError, match="exists already"):
        recover(path)


def test_zeros_behind_a_power_cut_are_a_cut(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(whole + bytes(4096))
    mended = recover(path)
    assert mended.n_cut == 4096 and mended.n_footers == 0
    assert mended.path.read_bytes() == whole


@pytest.mark.parametrize("junk", [b"", xdf.MAGIC, xdf.MAGIC + bytes(100), xdf.MAGIC + b"junk" * 50])
def test_what_holds_no_stream_is_refused_and_no_empty_copy_is_made(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(junk)
    with pytest.raises(FileError, match="nothing to recover"):
        recover(path)
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_xdf_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(b"XDFG" + xdf.MAGIC)
    for mend in (recover, recover_in_place):
        with pytest.raises(FileError, match="no XDF file"):
            mend(path)
    assert path.read_bytes() == b"XDFG" + xdf.MAGIC
