"""The journal of a session: one XDF file to which every input is written before it is stepped.

Chunks stand in the order of the inputs. The row of an input and, for EEG, its samples are one `write`, so a process
that is killed leaves whole inputs behind. Only the session's own thread calls this; the file's `Syncer` is the one
other thread, and does nothing but `fsync` once a second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loop.errors import RecordError
from loop.inputs import Chunk, Command, Input, Report, ReportKind, SourceEvent, SourceKind
from loop.values import Cycle, Header
from sessions.record import headers, xdf
from sessions.record.appending import AppendOnlyFile, Syncer, sync_folder
from sessions.record.cycles import LABELS, full_row
from sessions.record.markers import CycleMarkers, bar_line, command_marker
from sessions.record.rows import row_of

OFFSETS_APART_S = 0.1              # closer ones are noise to a line fit, and pyxdf takes time going back for a reset
EEG_ID, INPUTS_ID, CYCLES_ID, MARKERS_ID, MUSIC_ID = 1, 2, 3, 4, 5
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
    """

    def __init__(
        self,
        file: AppendOnlyFile,
        header: Header,
        about: Mapping[str, Any] | None = None,
        quality_labels: Sequence[str] | None = None,
    ) -> None:
        quality_labels = header.labels if quality_labels is None else quality_labels
        self._file = file
        self._header = header
        self._format = headers.FORMAT_OF_DTYPE[header.dtype]
        self._n_quality = len(quality_labels)
        self._markers = CycleMarkers()
        self._n_inputs = 0
        self._offset_s = math.nan
        self._offset_at_s = -math.inf
        self._writer = xdf.XdfWriter(file)
        self._writer.begin([
            xdf.stream_header(EEG_ID, headers.eeg_xml(header)),
            xdf.stream_header(INPUTS_ID, headers.inputs_xml(header, about or {})),
            xdf.stream_header(CYCLES_ID, headers.cycles_xml(quality_labels)),
            xdf.stream_header(MARKERS_ID, headers.texts_xml("markers", "Markers")),
            xdf.stream_header(MUSIC_ID, headers.texts_xml("music", "Music")),
        ])
        self._syncer: Syncer | None = Syncer(file)

    @classmethod
    def create(
        cls,
        path: Path,
        header: Header,
        about: Mapping[str, Any] | None = None,
        quality_labels: Sequence[str] | None = None,
    ) -> XdfJournal:
        """Make the file and begin the journal; raise `RecordError` where it exists or cannot be written."""
        file = AppendOnlyFile.create(path)
        try:
            journal = cls(file, header, about, quality_labels)
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
            pieces.extend(self._chunk_pieces(item))
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

    def _chunk_pieces(self, chunk: Chunk) -> list[xdf.Piece]:
        self._check(chunk)
        pieces = self._offset_pieces(chunk.time_s, chunk.offset_s, measured=False)
        if len(chunk.stamps_s):
            pieces.insert(0, xdf.numbers(EEG_ID, self._format, chunk.samples, chunk.stamps_s))
        return pieces

    def _other_pieces(self, item: Input) -> list[xdf.Piece]:
        if isinstance(item, Command):
            return [xdf.text(MARKERS_ID, command_marker(item), item.time_s)]
        if isinstance(item, Report) and item.kind == ReportKind.BAR:
            return [xdf.text(MUSIC_ID, bar_line(item), item.time_s)]
        if isinstance(item, SourceEvent) and item.kind == SourceKind.OFFSET:
            return self._offset_pieces(item.time_s, item.offset_s, measured=True)
        return []

    def _offset_pieces(self, time_s: float, offset_s: float, *, measured: bool) -> list[xdf.Piece]:
        # a chunk carries the offset in use: it is a new measurement only where it changed
        new = measured or offset_s != self._offset_s
        if not new or not math.isfinite(offset_s) or time_s - self._offset_at_s < OFFSETS_APART_S:
            return []
        self._offset_s, self._offset_at_s = offset_s, time_s
        return [xdf.clock_offset(EEG_ID, time_s, offset_s)]

    def _check(self, chunk: Chunk) -> None:
        found = (chunk.samples.dtype.name, chunk.samples.shape)
        meant = (self._header.dtype, (len(chunk.stamps_s), len(self._header.labels)))
        if found != meant:
            raise RecordError(
                f"{self._header.name} handed over {found[0]} samples of shape {found[1]}; "
                f"its header and stamps say {meant[0]} and {meant[1]}",
                "this is a fault of the source, not of the recording",
            )


def _own_clock_pieces(time_s: float) -> list[xdf.Piece]:
    """Say that all streams but the EEG are stamped by this machine's clock: pyxdf warns where nothing is said."""
    if not math.isfinite(time_s):
        return []
    return [xdf.clock_offset(stream_id, time_s, 0.0) for stream_id in (INPUTS_ID, CYCLES_ID, MARKERS_ID, MUSIC_ID)]
