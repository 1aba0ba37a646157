"""Mends a record that was cut, so that every reader loads it; not one byte is lost."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from loop.errors import FileError, RecordError
from sessions.record import xdf
from sessions.record.appending import AppendOnlyFile, sync_folder
from sessions.record.reading import (
    ClockOffset,
    Cut,
    Numbers,
    StreamFooter,
    StreamHeader,
    Texts,
    XdfChunk,
    read_chunks,
)

_COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was done to a record."""

    path: Path                     # the file that every reader loads
    n_cut: int                     # bytes behind the last whole chunk, left out of it
    n_footers: int                 # that were missing and were added
    whole: bool = False            # there was nothing to mend
    cut_bytes: Path | None = None  # where the bytes left out are kept, where the file itself was mended


@dataclass(slots=True)
class _Survey:
    """What a file holds up to its cut."""

    end: int = 0
    n_cut: int = 0
    tallies: dict[int, xdf.Tally] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)

    def saw(self, item: XdfChunk) -> None:
        """Count one chunk."""
        if isinstance(item, StreamHeader):
            self.tallies[item.stream_id] = xdf.Tally()
        elif isinstance(item, StreamFooter):
            self.finished.add(item.stream_id)
        elif isinstance(item, ClockOffset):
            self.tallies[item.stream_id].offsets_s.append((item.time_s, item.offset_s))
        else:
            self.tallies[item.stream_id].add(_piece(item))

    @property
    def whole(self) -> bool:
        """Whether there is nothing to mend."""
        return self.end > 0 and self.n_cut == 0 and self.finished >= self.tallies.keys()

    def footers(self) -> list[bytes]:
        """Return the footers that are missing."""
        open_ids = [stream_id for stream_id in self.tallies if stream_id not in self.finished]
        return [xdf.stream_footer(open_id, self.tallies[open_id].footer_xml()).data for open_id in open_ids]


def recover(path: Path) -> Recovery:
    """Write a mended copy beside the file, which stays as it is; a whole file is returned as it stands.

    Raises
    ------
    FileError
        The file is no XDF file, cannot be read, or holds not one whole stream header.
    RecordError
        The copy cannot be written, or one stands there already.
    """
    survey = _survey(path)
    if not survey.tallies:
        raise FileError(f"{path} holds not one whole stream header: there is nothing to recover",
                        "it was cut before its first second, or is no record")
    if survey.whole:
        return Recovery(path, 0, 0, whole=True)
    footers = survey.footers()
    copy = path.with_name(f"{path.stem}.recovered.xdf")
    file = AppendOnlyFile.create(copy)
    try:
        _copy(path, 0, survey.end, file)
        _mend(file, survey.end, footers)
    finally:
        file.close()
    sync_folder(copy.parent)
    return Recovery(copy, survey.n_cut, len(footers))


def recover_in_place(path: Path) -> Recovery:
    """Mend the file itself; the bytes behind its last whole chunk are first kept in a file beside it.

    Raises
    ------
    FileError
        The file is no XDF file or cannot be read.
    RecordError
        The bytes that are cut cannot be kept, or the file cannot be written.
    """
    survey = _survey(path)
    if survey.whole:
        return Recovery(path, 0, 0, whole=True)
    footers = survey.footers()
    kept = _keep_tail(path, survey) if survey.n_cut else None
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        os.ftruncate(descriptor, survey.end)
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {error.strerror}", "make a mended copy") from error
    file = AppendOnlyFile(descriptor, str(path), survey.end)
    try:
        _mend(file, survey.end, footers)
    finally:
        file.close()
    return Recovery(path, survey.n_cut, len(footers), cut_bytes=kept)


def _survey(path: Path) -> _Survey:
    survey = _Survey()
    cut = None
    for item in read_chunks(path):
        if isinstance(item, Cut):
            cut = item
        else:
            survey.saw(item)
    survey.n_cut = cut.n_lost if cut else 0
    survey.end = cut.at_byte if cut else path.stat().st_size
    return survey


def _piece(item: Numbers | Texts) -> xdf.Piece:
    stamps_s = item.stamps_s
    ends = (float(stamps_s[0]), float(stamps_s[-1])) if len(stamps_s) else (0.0, 0.0)
    return xdf.Piece(item.stream_id, b"", ends, len(stamps_s))


def _keep_tail(path: Path, survey: _Survey) -> Path:
    kept = path.with_name(f"{path.name}.cut-at-{survey.end}")
    file = AppendOnlyFile.create(kept)
    try:
        _copy(path, survey.end, survey.end + survey.n_cut, file)
        file.sync()
    finally:
        file.close()
    sync_folder(kept.parent)
    return kept


def _mend(file: AppendOnlyFile, end: int, footers: Iterable[bytes]) -> None:
    start = b"" if end else xdf.file_start()
    file.write(start + b"".join(footers))
    file.sync()


def _copy(path: Path, start: int, end: int, file: AppendOnlyFile) -> None:
    with path.open("rb") as source:
        source.seek(start)
        while start < end:
            block = source.read(min(_COPY_BYTES, end - start))
            if not block:
                raise RecordError(f"{path} became shorter while it was copied", "close what else writes it")
            file.write(block)
            start += len(block)
