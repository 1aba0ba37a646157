"""Reads XDF chunk by chunk, in file order, up to wherever the file was cut.

The file is mapped, not read: a session of hours costs no memory. Nothing here raises for a file that ends too soon;
the last thing that comes is then a `Cut` that says where and why.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from loop.errors import FileError
from loop.frozen import frozen
from sessions.record.xdf import MAGIC, NUMERIC_FORMATS, STRING, Tag, record_dtype

_LENGTHS = {4: struct.Struct("<I"), 8: struct.Struct("<Q")}
_TAG = struct.Struct("<H")
_STREAM_ID = struct.Struct("<I")
_STAMP = struct.Struct("<d")
_OFFSET = struct.Struct("<dd")
_OF_STREAMS = frozenset(int(tag) for tag in (Tag.STREAM_HEADER, Tag.SAMPLES, Tag.CLOCK_OFFSET, Tag.STREAM_FOOTER))
_SAMPLES = int(Tag.SAMPLES)        # to compare enums takes longer than to read a chunk's head


@frozen
class StreamHeader:
    """The header of a stream."""

    stream_id: int
    xml: str
    name: str
    kind: str
    n_channels: int
    rate_hz: float
    channel_format: str


@frozen
class Numbers:
    """Samples of a numeric stream."""

    stream_id: int
    values: NDArray[np.generic]        # (n_times, n_channels)
    stamps_s: NDArray[np.float64]      # (n_times,)


@frozen
class Texts:
    """Samples of a string stream."""

    stream_id: int
    rows: tuple[tuple[str, ...], ...]  # one tuple a sample, one string a channel
    stamps_s: tuple[float, ...]


@frozen
class ClockOffset:
    """A clock offset as measured."""

    stream_id: int
    time_s: float                      # of the sender's clock
    offset_s: float


@frozen
class StreamFooter:
    """The footer of a stream."""

    stream_id: int
    xml: str


@frozen
class Cut:
    """Where the file cannot be read any further."""

    at_byte: int                       # all before it was read
    n_lost: int                        # bytes from there to the file's end
    why: str

    def __str__(self) -> str:
        return f"cut at byte {self.at_byte}: {self.why}; {self.n_lost} bytes cannot be read"


XdfChunk = StreamHeader | Numbers | Texts | ClockOffset | StreamFooter


class _BrokenError(Exception):
    """A chunk is not whole, or not what it says."""


class _Decoder:
    """Turns chunks into values; knows the streams that it has seen, and their last stamps."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._streams: dict[int, StreamHeader] = {}
        self._last_s: dict[int, float] = {}

    def decode(self, tag: int, start: int, end: int) -> XdfChunk | None:
        """Return the value of the chunk, None for one that carries none."""
        if tag not in _OF_STREAMS:
            return None
        stream_id = _STREAM_ID.unpack_from(self._data, start)[0]
        start += _STREAM_ID.size
        if tag == Tag.STREAM_HEADER:
            return self._header(stream_id, self._data[start:end])
        if stream_id not in self._streams:
            raise _BrokenError(f"stream {stream_id} has no header")
        if tag == _SAMPLES:
            return self._samples(self._streams[stream_id], start, end)
        if tag == Tag.CLOCK_OFFSET:
            if end - start != _OFFSET.size:
                raise _BrokenError("a clock offset has not its size")
            return ClockOffset(stream_id, *_OFFSET.unpack_from(self._data, start))
        return StreamFooter(stream_id, self._data[start:end].decode("utf-8", "replace"))

    def _header(self, stream_id: int, coded: bytes) -> StreamHeader:
        xml = coded.decode("utf-8", "replace")
        info = ElementTree.fromstring(xml)
        header = StreamHeader(
            stream_id, xml, info.findtext("name", ""), info.findtext("type", ""),
            int(info.findtext("channel_count", "")), float(info.findtext("nominal_srate", "0")),
            info.findtext("channel_format", ""),
        )
        if header.channel_format != STRING and header.channel_format not in NUMERIC_FORMATS:
            raise _BrokenError(f"stream {stream_id} has the unknown format {header.channel_format!r}")
        self._streams[stream_id] = header
        return header

    def _samples(self, stream: StreamHeader, start: int, end: int) -> Numbers | Texts:
        n_times, start = _varlen(self._data, start)
        if stream.channel_format == STRING:
            return self._texts(stream, n_times, start, end)
        layout = record_dtype(stream.channel_format, stream.n_channels)
        size = layout.itemsize
        if end - start == n_times * size and 0 not in self._data[start:end:size]:       # every sample has its stamp
            records = np.frombuffer(self._data, layout, n_times, start) if n_times else np.zeros(0, layout)
            return self._numbers(stream, records["values"].copy(), records["stamp"].copy())
        return self._sparse(stream, n_times, start, end)

    def _numbers(
        self, stream: StreamHeader, values: NDArray[np.generic], stamps_s: NDArray[np.float64]
    ) -> Numbers:
        if len(stamps_s):
            self._last_s[stream.stream_id] = float(stamps_s[-1])
        return Numbers(stream.stream_id, values, stamps_s)

    def _sparse(self, stream: StreamHeader, n_times: int, start: int, end: int) -> Numbers:
        """Read samples of which some left their stamp out, as other programs write them."""
        value = np.dtype((NUMERIC_FORMATS[stream.channel_format], (stream.n_channels,)))
        if n_times * (1 + value.itemsize) > end - start:
            raise _BrokenError("its samples do not fill it")
        values, stamps_s = [], np.empty(n_times)
        for i in range(n_times):
            stamps_s[i], start = self._stamp(stream, start)
            values.append(self._data[start:start + value.itemsize])
            start += value.itemsize
        if start != end:
            raise _BrokenError("its samples do not fill it")
        joined = np.frombuffer(b"".join(values), value.base).reshape(n_times, stream.n_channels)
        return self._numbers(stream, joined.copy(), stamps_s)

    def _texts(self, stream: StreamHeader, n_times: int, start: int, end: int) -> Texts:
        rows, stamps_s = [], []
        for _ in range(n_times):
            stamp_s, start = self._stamp(stream, start)
            row = []
            for _ in range(stream.n_channels):
                n_bytes, start = _varlen(self._data, start)
                row.append(self._data[start:start + n_bytes].decode("utf-8", "replace"))
                start += n_bytes
            if start > end:
                raise _BrokenError("a string runs over its end")
            rows.append(tuple(row))
            stamps_s.append(stamp_s)
        return Texts(stream.stream_id, tuple(rows), tuple(stamps_s))

    def _stamp(self, stream: StreamHeader, start: int) -> tuple[float, int]:
        marked = self._data[start] != 0
        if marked:
            stamp_s, start = _STAMP.unpack_from(self._data, start + 1)[0], start + _STAMP.size
        else:
            period_s = 1 / stream.rate_hz if stream.rate_hz else 0.0
            stamp_s = self._last_s.get(stream.stream_id, 0.0) + period_s
        self._last_s[stream.stream_id] = stamp_s
        return stamp_s, start + 1


def read_chunks(path: Path) -> Iterator[XdfChunk | Cut]:
    """Yield the chunks of an XDF file in file order; a `Cut` last where the file ends too soon or breaks.

    Raises
    ------
    FileError
        The file cannot be opened, or is no XDF file.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
            if not MAGIC.startswith(start):
                raise FileError(f"{path} is no XDF file", "give a file that begins with the letters XDF:")
            if start != MAGIC:
                yield Cut(0, len(start), "the file ends before it begins")
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield from _walk(data)
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}"
        raise FileError(what, "check the path, and who may read it") from error


def _walk(data: mmap.mmap) -> Iterator[XdfChunk | Cut]:
    decoder, at, size = _Decoder(data), len(MAGIC), len(data)
    while at < size:
        try:
            length, start = _varlen(data, at)
            end = start + length
            if length < _TAG.size or end > size:
                raise _BrokenError("the chunk is not whole")
            value = decoder.decode(_TAG.unpack_from(data, start)[0], start + _TAG.size, end)
        except (_BrokenError, struct.error, IndexError, ValueError, MemoryError, ElementTree.ParseError) as error:
            yield Cut(at, size - at, str(error))
            return
        if value is not None:
            yield value
        at = end


def _varlen(data: mmap.mmap, at: int) -> tuple[int, int]:
    if data[at] == 1:
        return data[at + 1], at + 2
    kind = _LENGTHS.get(data[at])
    if kind is None:
        raise _BrokenError("no length stands where one should")
    return kind.unpack_from(data, at + 1)[0], at + 1 + kind.size
