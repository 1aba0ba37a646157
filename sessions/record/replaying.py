"""Reads a record back as the session lived it: every input, and behind it the cycles that it made."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.errors import FileError
from loop.frozen import frozen
from loop.inputs import Chunk, Input, SideChunk
from loop.values import FloatArray, Header, read_only
from sessions.record.headers import about_of, header_of, labels_of, sides_of
from sessions.record.journal import CYCLES_ID, EEG_ID, INPUTS_ID, SIDE_ID
from sessions.record.reading import Cut, Numbers, StreamHeader, Texts, read_chunks
from sessions.record.rows import ChunkRow, SideRow, input_of
from sessions.record.storage import RunFolder

_QUALITY = "quality "              # the labels of the quality columns begin so


@frozen
class RecordedCycle:
    """A cycle as it was recorded."""

    numbers: NDArray[np.float64]   # (n_columns + n_channels,), as `cycles.full_row` makes it
    n_columns: int

    @property
    def row(self) -> NDArray[np.float64]:
        """As `cycles.cycle_row` makes it, ``(n_columns,)``."""
        return self.numbers[:self.n_columns]

    @property
    def quality(self) -> NDArray[np.float64]:
        """Of each channel, ``(n_channels,)``; NaN where the cycle had none."""
        return self.numbers[self.n_columns:]


class RecordedRun:
    """A record, ready to be read from its first input to its last.

    Parameters
    ----------
    path : Path
        The XDF file; it may end anywhere behind its headers.

    Attributes
    ----------
    header : Header
        Of the EEG, as the session had it.
    sides : tuple of Header
        Of the streams beside it.
    about : dict
        What the session said of itself to `XdfJournal`.
    columns, quality_labels : tuple of str
        What the numbers of a `RecordedCycle` are called.
    cut : Cut or None
        Where the file ends too soon; known when it has been read to its end.

    Raises
    ------
    FileError
        The file is missing, no XDF file, none of ours, or cut within its headers.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.cut: Cut | None = None
        headers = self._headers()
        inputs, labels = headers[INPUTS_ID].xml, labels_of(headers[CYCLES_ID].xml)
        self.header: Header = header_of(inputs)
        self.sides: tuple[Header, ...] = sides_of(inputs)
        self.about: dict[str, Any] = about_of(inputs)
        self.columns = tuple(label for label in labels if not label.startswith(_QUALITY))
        self.quality_labels = tuple(label.removeprefix(_QUALITY) for label in labels[len(self.columns):])

    def __iter__(self) -> Iterator[Input | RecordedCycle]:
        """Yield inputs and cycles in file order; stop where the file was cut.

        Raises
        ------
        FileError
            The rows do not fit the samples: the file was changed.
        """
        self.cut = None
        waiting: ChunkRow | SideRow | None = None
        for item in read_chunks(self._path):
            if isinstance(item, Cut):
                self.cut = item
            elif isinstance(item, Texts) and item.stream_id == INPUTS_ID:
                for taken in map(self._input, item.rows):
                    if isinstance(taken, (ChunkRow, SideRow)):
                        waiting = taken
                    else:
                        yield taken
            elif isinstance(item, Numbers) and item.stream_id == CYCLES_ID:
                yield from self._cycles(item)
            elif isinstance(item, Numbers):
                yield self._chunk(waiting, item)
                waiting = None

    def _headers(self) -> dict[int, StreamHeader]:
        found: dict[int, StreamHeader] = {}
        for item in read_chunks(self._path):
            if not isinstance(item, StreamHeader):
                break
            found[item.stream_id] = item
        named = found.get(INPUTS_ID), found.get(CYCLES_ID)
        if [header and header.name for header in named] != ["inputs", "cycles"]:
            raise FileError(f"{self._path} is no record of a session", "give a file that `euthymia run` wrote")
        return found

    def _input(self, row: tuple[str, ...]) -> Input | ChunkRow | SideRow:
        try:
            taken = input_of(row[0])[1]
        except ValueError as error:
            raise self._changed(str(error)) from error
        if isinstance(taken, (ChunkRow, SideRow)) and taken.n_times == 0:
            return self._empty_chunk(taken)
        return taken

    def _chunk(self, row: ChunkRow | SideRow | None, item: Numbers) -> Chunk | SideChunk:
        if row is None or row.n_times != len(item.stamps_s) or _stream_id(row) != item.stream_id:
            raise self._changed("samples stand where none were announced")
        return _made(row, read_only(item.values), read_only(item.stamps_s))

    def _empty_chunk(self, row: ChunkRow | SideRow) -> Chunk | SideChunk:
        header = self.header if isinstance(row, ChunkRow) else self.sides[row.stream]
        samples = np.zeros((0, len(header.labels)), header.dtype)
        return _made(row, read_only(samples), read_only(np.zeros(0)))

    def _cycles(self, item: Numbers) -> Iterator[RecordedCycle]:
        for numbers in item.values.astype(np.float64, copy=False):
            yield RecordedCycle(numbers, len(self.columns))

    def _changed(self, why: str) -> FileError:
        return FileError(f"{self._path} was changed after it was recorded: {why}", "use an untouched copy")


def _stream_id(row: ChunkRow | SideRow) -> int:
    return EEG_ID if isinstance(row, ChunkRow) else SIDE_ID + row.stream


def _made(row: ChunkRow | SideRow, samples: FloatArray, stamps_s: FloatArray) -> Chunk | SideChunk:
    if isinstance(row, ChunkRow):
        return Chunk(samples, stamps_s, row.offset_s, row.time_s)
    return SideChunk(row.stream, samples, stamps_s, row.offset_s, row.time_s)


def read_run(run: RunFolder) -> RecordedRun:
    """Return the record of a session: iterate it, as often as you like."""
    return RecordedRun(run.xdf)


def same_bits(recorded: FloatArray, again: FloatArray) -> bool:
    """Return whether two rows hold the same numbers to the last bit; NaN equals NaN."""
    if recorded.shape != again.shape:
        return False
    if recorded.tobytes() == again.tobytes():
        return True
    signs = np.signbit(recorded) == np.signbit(again)
    both_nan = np.isnan(recorded) & np.isnan(again)
    return bool(np.all(both_nan | ((recorded == again) & signs)))


def largest_difference(recorded: FloatArray, again: FloatArray) -> float:
    """Return the largest difference of two rows; infinite where one has a number and the other has none."""
    if recorded.shape != again.shape or np.any(np.isnan(recorded) != np.isnan(again)):
        return math.inf
    with np.errstate(invalid="ignore"):
        differences = np.abs(recorded - again)[recorded != again]
    return float(np.nanmax(differences, initial=0.0))
