"""One mapped file that a session writes and any number of windows read, without either ever waiting.

A sequence lock: the writer makes the sequence odd, writes, and makes it even again; a reader that saw an odd
or a changed sequence reads again. The checksum guards the text on processors that reorder writes. One process
writes; readers own nothing and can be killed at any time. A writer that was killed in the middle of a write
leaves an odd sequence: readers then keep what they read last.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
N = TypeVar("N", bound=np.generic)

MAGIC = int.from_bytes(b"EUTHLIV1", "little")
HEADER_SLOTS = 16                  # of 8 bytes each
TEXT_BYTES = 262_144               # a snapshot is about 8 kB; a protocol of a thousand phases still fits
READ_TRIES = 1000                  # a try takes about 1 us and a write under 200 us
(_MAGIC, _SEQUENCE, _LENGTH, _CHECK, _TRACE_ROWS, _TRACE_COLUMNS, _TRACE_CAPACITY, _PATH_ROWS, _PATH_COLUMNS,
 _PATH_CAPACITY, _NOTE_ROWS, _NOTE_COLUMNS, _NOTE_CAPACITY) = range(13)


@dataclass(frozen=True, slots=True)
class SheetShape:
    """How large the three rings of a sheet are."""

    trace_capacity: int            # rows of raw EEG
    trace_columns: int             # channels at most; the text says which are in use
    path_capacity: int             # rows of the path, one a second
    path_columns: int
    note_capacity: int             # rows of notes as played
    note_columns: int

    @property
    def n_bytes(self) -> int:
        """Size of the whole file."""
        wide = self.path_capacity * self.path_columns + self.note_capacity * self.note_columns
        return HEADER_SLOTS * 8 + TEXT_BYTES + wide * 8 + self.trace_capacity * self.trace_columns * 4


class _Regions:
    """Views of the mapped bytes: header, text, path and notes (float64), traces (float32)."""

    def __init__(self, raw: NDArray[np.uint8], shape: SheetShape) -> None:
        text_at = HEADER_SLOTS * 8
        path_at = text_at + TEXT_BYTES
        notes_at = path_at + shape.path_capacity * shape.path_columns * 8
        traces_at = notes_at + shape.note_capacity * shape.note_columns * 8
        self.header = raw[:text_at].view(np.uint64)
        self.text = raw[text_at:path_at]
        self.path = raw[path_at:notes_at].view(np.float64).reshape(shape.path_capacity, shape.path_columns)
        self.notes = raw[notes_at:traces_at].view(np.float64).reshape(shape.note_capacity, shape.note_columns)
        self.traces = raw[traces_at:shape.n_bytes].view(np.float32).reshape(-1, shape.trace_columns)


class SheetWriter:
    """The session's side of a sheet.

    Parameters
    ----------
    path : Path
        The file; made anew, readable by its owner only.
    shape : SheetShape
        The sizes of the rings.
    """

    def __init__(self, path: Path, shape: SheetShape) -> None:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            file.truncate(shape.n_bytes)
        raw = np.memmap(path, dtype=np.uint8, mode="r+")
        self._regions = _Regions(raw.view(np.ndarray), shape)
        header = self._regions.header
        header[_TRACE_COLUMNS:_TRACE_CAPACITY + 1] = shape.trace_columns, shape.trace_capacity
        header[_PATH_COLUMNS:_PATH_CAPACITY + 1] = shape.path_columns, shape.path_capacity
        header[_NOTE_COLUMNS:_NOTE_CAPACITY + 1] = shape.note_columns, shape.note_capacity
        header[_MAGIC] = MAGIC

    def write(self, text: bytes | None = None, traces: NDArray[np.float32] | None = None,
              point: NDArray[np.float64] | None = None, notes: NDArray[np.float64] | None = None) -> None:
        """Write any of the four parts; a text that is too long is left out: nothing here can fail."""
        header = self._regions.header
        header[_SEQUENCE] += np.uint64(1)
        if text is not None and len(text) <= TEXT_BYTES:
            self._regions.text[:len(text)] = np.frombuffer(text, np.uint8)
            header[_LENGTH], header[_CHECK] = len(text), zlib.crc32(text)
        if traces is not None:
            ring = self._regions.traces[:, :traces.shape[1]]
            header[_TRACE_ROWS] = _push(ring, int(header[_TRACE_ROWS]), traces)
        if point is not None:
            header[_PATH_ROWS] = _push(self._regions.path, int(header[_PATH_ROWS]), point.reshape(1, -1))
        if notes is not None:
            header[_NOTE_ROWS] = _push(self._regions.notes, int(header[_NOTE_ROWS]), notes)
        header[_SEQUENCE] += np.uint64(1)


class SheetReader:
    """A window's side of a sheet; every method returns None where nothing steady can be read.

    Parameters
    ----------
    path : Path
        The file that a `SheetWriter` made.
    """

    def __init__(self, path: Path) -> None:
        raw = np.memmap(path, dtype=np.uint8, mode="r").view(np.ndarray)
        header = raw[:HEADER_SLOTS * 8].view(np.uint64)
        if int(header[_MAGIC]) != MAGIC:
            raise ValueError("not a sheet, or not yet one")
        shape = SheetShape(int(header[_TRACE_CAPACITY]), int(header[_TRACE_COLUMNS]),
                           int(header[_PATH_CAPACITY]), int(header[_PATH_COLUMNS]),
                           int(header[_NOTE_CAPACITY]), int(header[_NOTE_COLUMNS]))
        self._regions = _Regions(raw, shape)

    @property
    def sequence(self) -> int:
        """Changes with every write."""
        return int(self._regions.header[_SEQUENCE])

    @property
    def text_mark(self) -> tuple[int, int]:
        """Changes with every text."""
        return int(self._regions.header[_LENGTH]), int(self._regions.header[_CHECK])

    def text(self) -> bytes | None:
        """Return the newest text."""
        return self._steady(self._copy_text)

    def traces(self, since: int, at_most: int) -> tuple[int, NDArray[np.float32]] | None:
        """Return the count of rows ever written, and those after row `since`: `(n_times, n_channels)`."""
        return self._steady(lambda: _pull(self._regions.traces, int(self._regions.header[_TRACE_ROWS]),
                                          since, at_most))

    def path(self, since: int) -> tuple[int, NDArray[np.float64]] | None:
        """Return the count of points ever written, and those after point `since`."""
        ring = self._regions.path
        return self._steady(lambda: _pull(ring, int(self._regions.header[_PATH_ROWS]), since, len(ring)))

    def notes(self) -> tuple[int, NDArray[np.float64]] | None:
        """Return the count of notes ever written, and those that the ring still holds, oldest first."""
        ring = self._regions.notes
        return self._steady(lambda: _pull(ring, int(self._regions.header[_NOTE_ROWS]), 0, len(ring)))

    def _copy_text(self) -> bytes | None:
        header = self._regions.header
        length, check = int(header[_LENGTH]), int(header[_CHECK])
        text = self._regions.text[:min(length, TEXT_BYTES)].tobytes()
        return text if text and zlib.crc32(text) == check else None

    def _steady(self, copy: Callable[[], T | None]) -> T | None:
        for _ in range(READ_TRIES):
            before = self.sequence
            if before % 2:
                continue
            value = copy()
            if self.sequence == before:
                return value
        return None


def _push(ring: NDArray[N], count: int, rows: NDArray[N]) -> int:
    """Put rows at the end of a ring; return the new count of rows ever put."""
    capacity = len(ring)
    rows, skipped = rows[-capacity:], max(0, len(rows) - capacity)
    start = (count + skipped) % capacity
    first = min(len(rows), capacity - start)
    ring[start:start + first] = rows[:first]
    ring[:len(rows) - first] = rows[first:]
    return count + skipped + len(rows)


def _pull(ring: NDArray[N], count: int, since: int, at_most: int) -> tuple[int, NDArray[N]]:
    """Return the count and a copy of the rows after `since` that the ring still holds."""
    n_rows = min(max(0, count - since), at_most, len(ring))
    return count, ring[np.arange(count - n_rows, count) % len(ring)]
