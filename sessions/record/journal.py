"""The journal of a session: one XDF file to which every input is written before it is stepped.

Chunks stand in the order of the inputs. The row of an input and, where it has some, its samples are one `write`, so a
process that is killed leaves whole inputs behind. Only the session's own thread calls this; the file's `Syncer` is the
one other thread, and does nothing but `fsync` once a second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loop.errors import RecordError
from loop.inputs import (
    Chunk,
    Command,
    Input,
    Report,
    ReportKind,
    SideChunk,
    SideEvent,
    SourceEvent,
    SourceKind,
)
from loop.values import Cycle, Header
from sessions.record import headers, xdf
from sessions.record.appending import AppendOnlyFile, Syncer, sync_folder
from sessions.record.cycles import LABELS, full_row
from sessions.record.markers import CycleMarkers, bar_line, command_marker
from sessions.record.rows import row_of

OFFSETS_APART_S = 0.1              # closer ones are noise to a line fit, and pyxdf takes time going back for a reset
EEG_ID, INPUTS_ID, CYCLES_ID, MARKERS_ID, MUSIC_ID = 1, 2, 3, 4, 5
SIDE_ID = 6                        # of the first stream beside the EEG; the others follow
_TIME_COLUMN = LABELS.index("time_s")


class XdfJournal:
    """Implements `loop.ports.Journal` on an XDF file.

    Parameters
    ----------
    file : AppendOnlyFile
        New and empty; closed by `close`.
    header : Header
        Of the EEG.
    about : Mapping
        What else the record should say of the session: anything that JSON can hold, and no name of a person.
    quality_labels : sequence of str, optional
        The channels whose quality a `Cycle` gives; all of the stream where it is not said.
    sides : sequence of Header
        Of the streams beside the EEG, in the order of `SideChunk.stream`.
    """

    def __init__(
        self,
        file: AppendOnlyFile,
        header: Header,
        about: Mapping[str, Any] | None = None,
        quality_labels: Sequence[str] | None = None,
        sides: Sequence[Header] = (),
    ) -> None:
        quality_labels = header.labels if quality_labels is None else quality_labels
        self._file = file
        self._signals = {EEG_ID: header, **dict(enumerate(sides, SIDE_ID))}
        self._offsets = {stream_id: _Offsets(stream_id) for stream_id in self._signals}
        self._n_quality = len(quality_labels)
        self._markers = CycleMarkers()
        self._n_inputs = 0
        self._writer = xdf.XdfWriter(file)
        self._writer.begin([
            xdf.stream_header(EEG_ID, headers.signal_xml(header)),
            xdf.stream_header(INPUTS_ID, headers.inputs_xml(header, about or {}, sides)),
            xdf.stream_header(CYCLES_ID, headers.cycles_xml(quality_labels)),
            xdf.stream_header(MARKERS_ID, headers.texts_xml("markers", "Markers")),
            xdf.stream_header(MUSIC_ID, headers.texts_xml("music", "Music")),
            *(xdf.stream_header(SIDE_ID + index, headers.signal_xml(side)) for index, side in enumerate(sides)),
        ])
        self._syncer: Syncer | None = Syncer(file)

    @classmethod
    def create(
        cls,
        path: Path,
        header: Header,
        about: Mapping[str, Any] | None = None,
        quality_labels: Sequence[str] | None = None,
        sides: Sequence[Header] = (),
    ) -> XdfJournal:
        """Make the file and begin the journal; raise `RecordError` where it exists or cannot be written."""
        file = AppendOnlyFile.create(path)
        try:
            journal = cls(file, header, about, quality_labels, sides)
        except RecordError:
            file.close()
            raise
        sync_folder(path.parent)
        return journal

    def input(self, item: Input) -> None:
        """Write an input; it is in the system's hands when this returns.

        Raises
        ------
        RecordError
            It could not be written whole, or it is not what the header says.
        """
        pieces = [xdf.text(INPUTS_ID, row_of(self._n_inputs, item), item.time_s)]
        if isinstance(item, Chunk):
            pieces.extend(self._chunk_pieces(EEG_ID, item))
        elif isinstance(item, SideChunk):
            pieces.extend(self._chunk_pieces(SIDE_ID + item.stream, item))
        else:
            pieces.extend(self._other_pieces(item))
        if self._n_inputs == 0:
            pieces.extend(_own_clock_pieces(item.time_s))
        self._writer.write(pieces)
        self._n_inputs += 1

    def cycle(self, cycle: Cycle) -> None:
        """Write a cycle, and the markers of what changed in it."""
        row = full_row(cycle, self._n_quality)
        pieces = [xdf.numbers(CYCLES_ID, "double64", row, row[:, _TIME_COLUMN])]
        pieces.extend(xdf.text(MARKERS_ID, line, cycle.time_s) for line in self._markers.of(cycle))
        self._writer.write(pieces)

    def end(self, why: str, time_s: float) -> None:
        """Write the marker of the end, where the last cycle did not bring it."""
        self._writer.write([xdf.text(MARKERS_ID, line, time_s) for line in self._markers.end(why)])

    def close(self) -> None:
        """Write the footers, sync and close; a second call does nothing."""
        if self._syncer is None:
            return
        self._syncer.close()
        self._syncer = None
        try:
            if not self._file.failed:
                self._writer.end()
                self._file.sync()
        finally:
            self._file.close()

    def _chunk_pieces(self, stream_id: int, chunk: Chunk | SideChunk) -> list[xdf.Piece]:
        header = self._signals[stream_id]
        _check(header, chunk)
        pieces = self._offsets[stream_id].pieces(chunk.time_s, chunk.offset_s, measured=False)
        if len(chunk.stamps_s):
            channel_format = headers.FORMAT_OF_DTYPE[header.dtype]
            pieces.insert(0, xdf.numbers(stream_id, channel_format, chunk.samples, chunk.stamps_s))
        return pieces

    def _other_pieces(self, item: Input) -> list[xdf.Piece]:
        if isinstance(item, Command):
            return [xdf.text(MARKERS_ID, command_marker(item), item.time_s)]
        if isinstance(item, Report) and item.kind == ReportKind.BAR:
            return [xdf.text(MUSIC_ID, bar_line(item), item.time_s)]
        if isinstance(item, SourceEvent) and item.kind == SourceKind.OFFSET:
            return self._offsets[EEG_ID].pieces(item.time_s, item.offset_s, measured=True)
        if isinstance(item, SideEvent) and item.kind == SourceKind.OFFSET:
            return self._offsets[SIDE_ID + item.stream].pieces(item.time_s, item.offset_s, measured=True)
        return []


class _Offsets:
    """The clock offsets of one stream: each measurement once, none right behind another."""

    def __init__(self, stream_id: int) -> None:
        self._stream_id = stream_id
        self._offset_s = math.nan
        self._at_s = -math.inf

    def pieces(self, time_s: float, offset_s: float, *, measured: bool) -> list[xdf.Piece]:
        """Return what is to be written; a chunk carries the offset in use: it is a new one only where it changed."""
        new = measured or offset_s != self._offset_s
        if not new or not math.isfinite(offset_s) or time_s - self._at_s < OFFSETS_APART_S:
            return []
        self._offset_s, self._at_s = offset_s, time_s
        return [xdf.clock_offset(self._stream_id, time_s, offset_s)]


def _check(header: Header, chunk: Chunk | SideChunk) -> None:
    found = (chunk.samples.dtype.name, chunk.samples.shape)
    meant = (header.dtype, (len(chunk.stamps_s), len(header.labels)))
    if found != meant:
        raise RecordError(
            f"{header.name} handed over {found[0]} samples of shape {found[1]}; "
            f"its header and stamps say {meant[0]} and {meant[1]}",
            "this is a fault of the source, not of the recording",
        )


def _own_clock_pieces(time_s: float) -> list[xdf.Piece]:
    """Say that all streams but the signals are stamped by this machine's clock: pyxdf warns where nothing is said."""
    if not math.isfinite(time_s):
        return []
    return [xdf.clock_offset(stream_id, time_s, 0.0) for stream_id in (INPUTS_ID, CYCLES_ID, MARKERS_ID, MUSIC_ID)]
