"""Reads the tensors of a TensorFlow checkpoint without TensorFlow.

A bundle is two files: ``.index``, a LevelDB table (sorted string table, here uncompressed) from a tensor's name to a
`BundleEntryProto` (dtype, shape, shard, offset, size), and ``.data-00000-of-00001``, the raw little-endian values.
Formats: leveldb/doc/table_format.md; tensorflow/core/protobuf/tensor_bundle.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

import numpy as np

MAGIC = 0xDB4775248B80FB57         # the last 8 bytes of a LevelDB table
FOOTER_BYTES = 48
UNCOMPRESSED = 0
FLOAT32 = 1                        # tensorflow's DataType
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5     # protobuf's wire types
ENTRY_DTYPE, ENTRY_SHAPE, ENTRY_OFFSET, ENTRY_SIZE = 1, 2, 4, 5
SHAPE_DIM, DIM_SIZE = 2, 1


def read_bundle(index: bytes, data: bytes) -> dict[str, np.ndarray]:
    """Return the float32 tensors of a bundle by name; others (step counts) are left out."""
    tensors = {}
    for name, value in table(index):
        entry = fields(value)
        if not name or entry.get(ENTRY_DTYPE, [0])[0] != FLOAT32:
            continue
        shape = [fields(dim).get(DIM_SIZE, [0])[0] for dim in fields(entry[ENTRY_SHAPE][0]).get(SHAPE_DIM, [])]
        start = entry.get(ENTRY_OFFSET, [0])[0]
        raw = data[start:start + entry[ENTRY_SIZE][0]]
        tensors[name] = np.frombuffer(raw, "<f4").reshape(shape)
    return tensors


def table(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the keys and values of a LevelDB table."""
    footer = raw[-FOOTER_BYTES:]
    if struct.unpack("<Q", footer[-8:])[0] != MAGIC:
        raise ValueError("this is no LevelDB table")
    at = 0
    for _ in range(2):             # of the meta index, which holds nothing here
        _, at = varint(footer, at)
    start, at = varint(footer, at)
    size, _ = varint(footer, at)
    for _, handle in _block(raw, start, size):
        first, after = varint(handle, 0)
        length, _ = varint(handle, after)
        for key, value in _block(raw, first, length):
            yield key.decode(), value


def _block(raw: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if raw[start + size] != UNCOMPRESSED:
        raise ValueError("the table is compressed")
    block = raw[start:start + size]
    n_restarts = struct.unpack("<I", block[-4:])[0]
    end, at, key = size - 4 * (n_restarts + 1), 0, b""
    while at < end:
        shared, at = varint(block, at)
        own, at = varint(block, at)
        length, at = varint(block, at)
        key = key[:shared] + block[at:at + own]
        yield key, block[at + own:at + own + length]
        at += own + length


def fields(message: bytes) -> Mapping[int, list]:
    """Return the fields of a protobuf message by number, each as often as it comes."""
    found: dict[int, list] = {}
    at = 0
    while at < len(message):
        tag, at = varint(message, at)
        value: object
        if tag & 7 == VARINT:
            value, at = varint(message, at)
        elif tag & 7 == BYTES:
            length, at = varint(message, at)
            value, at = message[at:at + length], at + length
        else:
            width = {FIXED64: 8, FIXED32: 4}[tag & 7]
            value, at = message[at:at + width], at + width
        found.setdefault(tag >> 3, []).append(value)
    return found


def varint(raw: bytes, at: int) -> tuple[int, int]:
    """Return a number in base 128, least first, and where what follows begins."""
    value = shift = 0
    while True:
        value |= (raw[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if raw[at - 1] < 0x80:
            return value, at
