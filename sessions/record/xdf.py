"""Writes XDF 1.0, chunk by chunk: https://github.com/sccn/xdf/wiki/Specifications.

A chunk is ``[NumLengthBytes][Length][Tag][Content]``, little-endian. Every sample carries its own stamp of 8 bytes, so
a stamp comes back to the last bit. Pieces are made by functions; `XdfWriter` writes any number of them in one `write`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sessions.record.appending import AppendOnlyFile

MAGIC = b"XDF:"
BOUNDARY_ID = bytes.fromhex("43A546DCCBF5410FB30ED5467383CBE4")     # the UUID of the specification
FILE_HEADER_XML = '<?xml version="1.0"?><info><version>1.0</version></info>'
BOUNDARY_EVERY_BYTES = 1 << 18     # a reader that lost its way loses at most this: 6 s of 32 channels
STAMP_BYTES = 8
STRING = "string"
NUMERIC_FORMATS = {
    "float32": "<f4", "double64": "<f8", "int8": "<i1", "int16": "<i2", "int32": "<i4", "int64": "<i8",
}


class Tag(IntEnum):
    """What a chunk holds."""

    FILE_HEADER = 1
    STREAM_HEADER = 2
    SAMPLES = 3
    CLOCK_OFFSET = 4
    BOUNDARY = 5
    STREAM_FOOTER = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of one chunk, and what its stream's footer has to know of it."""

    stream_id: int
    data: bytes
    stamps_s: tuple[float, float] = (0.0, 0.0)      # of the first and the last sample
    n_samples: int = 0
    offset_s: tuple[float, float] | None = None     # when a clock offset was measured, and the offset


@dataclass(slots=True)
class Tally:
    """What a stream's footer says."""

    first_s: float = 0.0
    last_s: float = 0.0
    n_samples: int = 0
    offsets_s: list[tuple[float, float]] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        """Count a piece."""
        if piece.n_samples:
            self.first_s = self.first_s if self.n_samples else piece.stamps_s[0]
            self.last_s = piece.stamps_s[1]
            self.n_samples += piece.n_samples
        if piece.offset_s is not None:
            self.offsets_s.append(piece.offset_s)

    def footer_xml(self) -> str:
        """Return the content of the footer."""
        pairs = (f"<time>{time_s!r}</time><value>{offset_s!r}</value>" for time_s, offset_s in self.offsets_s)
        offsets = "".join(f"<offset>{pair}</offset>" for pair in pairs)
        return (
            f'<?xml version="1.0"?><info><first_timestamp>{self.first_s!r}</first_timestamp>'
            f"<last_timestamp>{self.last_s!r}</last_timestamp><sample_count>{self.n_samples}</sample_count>"
            f"<clock_offsets>{offsets}</clock_offsets></info>"
        )


def varlen(number: int) -> bytes:
    """Return a length as XDF writes it: how many bytes it takes, then the bytes."""
    if number < 1 << 8:
        return struct.pack("<BB", 1, number)
    if number < 1 << 32:
        return struct.pack("<BI", 4, number)
    return struct.pack("<BQ", 8, number)


def chunk(tag: Tag, content: bytes) -> bytes:
    """Return one whole chunk."""
    return varlen(len(content) + 2) + struct.pack("<H", tag) + content


@cache
def record_dtype(channel_format: str, n_channels: int) -> np.dtype[np.void]:
    """Return the layout of one sample in a chunk: the stamp's size, the stamp, the values."""
    value = NUMERIC_FORMATS[channel_format]
    return np.dtype([("mark", "u1"), ("stamp", "<f8"), ("values", value, (n_channels,))])


def file_start() -> bytes:
    """Return what every XDF file begins with."""
    return MAGIC + chunk(Tag.FILE_HEADER, FILE_HEADER_XML.encode())


def stream_header(stream_id: int, xml: str) -> Piece:
    """Return the header of a stream."""
    content = struct.pack("<I", stream_id) + xml.encode("utf-8", "replace")
    return Piece(stream_id, chunk(Tag.STREAM_HEADER, content))


def stream_footer(stream_id: int, xml: str) -> Piece:
    """Return the footer of a stream."""
    return Piece(stream_id, chunk(Tag.STREAM_FOOTER, struct.pack("<I", stream_id) + xml.encode()))


def numbers(
    stream_id: int, channel_format: str, values: NDArray[np.generic], stamps_s: NDArray[np.floating]
) -> Piece:
    """Return samples of numbers as one piece.

    Parameters
    ----------
    stream_id : int
        The stream.
    channel_format : str
        One of `NUMERIC_FORMATS`.
    values : ndarray (n_times, n_channels)
        Of the dtype that the format names.
    stamps_s : ndarray (n_times,)
        One stamp a sample.
    """
    n_times, n_channels = values.shape
    records = np.empty(n_times, record_dtype(channel_format, n_channels))
    records["mark"] = STAMP_BYTES
    records["stamp"] = stamps_s
    records["values"] = values
    content = struct.pack("<I", stream_id) + varlen(n_times) + records.tobytes()
    ends = (float(stamps_s[0]), float(stamps_s[-1])) if n_times else (0.0, 0.0)
    return Piece(stream_id, chunk(Tag.SAMPLES, content), ends, n_times)


def text(stream_id: int, line: str, stamp_s: float) -> Piece:
    """Return one sample of a stream of one string a sample."""
    coded = line.encode("utf-8", "replace")
    sample = struct.pack("<Bd", STAMP_BYTES, stamp_s) + varlen(len(coded)) + coded
    content = struct.pack("<I", stream_id) + varlen(1) + sample
    return Piece(stream_id, chunk(Tag.SAMPLES, content), (float(stamp_s), float(stamp_s)), 1)


def clock_offset(stream_id: int, measured_s: float, offset_s: float) -> Piece:
    """Return a clock offset, measured at `measured_s` of this machine's clock.

    As LabRecorder does, the time is written in the sender's clock: ``measured_s - offset_s``.
    """
    pair = (float(measured_s - offset_s), float(offset_s))
    return Piece(stream_id, chunk(Tag.CLOCK_OFFSET, struct.pack("<Idd", stream_id, *pair)), offset_s=pair)


class XdfWriter:
    """Writes an XDF file: headers first, then pieces as they come, then footers.

    Parameters
    ----------
    file : AppendOnlyFile
        New and empty.
    """

    def __init__(self, file: AppendOnlyFile) -> None:
        self._file = file
        self._tallies: dict[int, Tally] = {}
        self._last_boundary = 0

    def begin(self, headers: Sequence[Piece]) -> None:
        """Write and sync the file's start and the header of every stream."""
        self._tallies = {header.stream_id: Tally() for header in headers}
        self._file.write(file_start() + b"".join(header.data for header in headers))
        self._file.sync()

    def write(self, pieces: Iterable[Piece]) -> None:
        """Append the pieces in one `write`; raise `RecordError` where that fails."""
        pieces = tuple(pieces)
        self._file.write(b"".join(piece.data for piece in pieces) + self._boundary_if_due())
        for piece in pieces:
            self._tallies[piece.stream_id].add(piece)

    def end(self) -> None:
        """Write the footers."""
        footers = (stream_footer(stream_id, tally.footer_xml()) for stream_id, tally in self._tallies.items())
        self._file.write(b"".join(footer.data for footer in footers))

    def _boundary_if_due(self) -> bytes:
        if self._file.size - self._last_boundary < BOUNDARY_EVERY_BYTES:
            return b""
        self._last_boundary = self._file.size
        return chunk(Tag.BOUNDARY, BOUNDARY_ID)
