"""Inputs as rows of JSON, and back, to the last bit.

A float is written with `repr` and so comes back as it was; NaN is null, an infinity is the string "inf" or "-inf", so
every row is strict JSON in ASCII. The samples of a `Chunk` are not in its row: they stand behind it in the
EEG stream, those of a `SideChunk` in the stream that it came from.
"""

from __future__ import annotations

import json
import math
from dataclasses import fields
from enum import StrEnum
from typing import Any

from loop.frozen import frozen
from loop.inputs import (
    Chunk,
    Command,
    CommandKind,
    Input,
    Report,
    ReportKind,
    SideChunk,
    SideEvent,
    SourceEvent,
    SourceKind,
    Tick,
)

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_decode = json.JSONDecoder().raw_decode          # without the search for white space that `loads` makes


@frozen
class ChunkRow:
    """All of a `Chunk` but its samples and stamps."""

    n_times: int
    offset_s: float
    time_s: float


@frozen
class SideRow:
    """All of a `SideChunk` but its samples and stamps."""

    stream: int
    n_times: int
    offset_s: float
    time_s: float


Row = SourceEvent | SideEvent | Tick | Report | Command | ChunkRow | SideRow


@frozen
class _Shape:
    """How a class of inputs is written."""

    name: str                      # the row's `kind`
    made: type[Any]
    what: type[StrEnum] | None     # of the field `kind`, which the row calls `what`
    floats: frozenset[str]
    others: tuple[str, ...]


def _shape(name: str, made: type[Any], what: type[StrEnum] | None = None) -> _Shape:
    typed = {item.name: item.type for item in fields(made) if item.name != "kind"}
    floats = frozenset(key for key, type_name in typed.items() if type_name == "float")
    return _Shape(name, made, what, floats, tuple(key for key in typed if key not in floats))


_SHAPES = (
    _shape("tick", Tick),
    _shape("source", SourceEvent, SourceKind),
    _shape("report", Report, ReportKind),
    _shape("command", Command, CommandKind),
    _shape("chunk", ChunkRow),
    _shape("side", SideRow),
    _shape("side_event", SideEvent, SourceKind),
)
_BY_CLASS = {shape.made: shape for shape in _SHAPES}
_BY_NAME = {shape.name: shape for shape in _SHAPES}


def row_of(order: int, item: Input) -> str:
    """Return the row of an input; `order` counts the inputs of the session from 0."""
    if isinstance(item, Chunk):
        return _row(order, ChunkRow(len(item.stamps_s), item.offset_s, item.time_s))
    if isinstance(item, SideChunk):
        return _row(order, SideRow(item.stream, len(item.stamps_s), item.offset_s, item.time_s))
    return _row(order, item)


def input_of(row: str) -> tuple[int, Row]:
    """Return the order and the input that `row_of` wrote; a `Chunk` comes as its `ChunkRow`, a `SideChunk` likewise.

    Raises
    ------
    ValueError
        The row is none of ours.
    """
    try:
        found, end = _decode(row)
        if end != len(row):
            raise ValueError(f"more than an input: {row[:80]}")
        order, shape = found.pop("n"), _BY_NAME[found.pop("kind")]
        if shape.what is not None:
            found["kind"] = shape.what(found.pop("what"))
        for name, value in found.items():
            if type(value) is not float and name in shape.floats:
                found[name] = _float(value)
        return order, shape.made(**found)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"no input: {row[:80]}") from error


def _row(order: int, item: Any) -> str:
    shape = _BY_CLASS[type(item)]
    row: dict[str, Any] = {"n": order, "kind": shape.name}
    if shape.what is not None:
        row["what"] = item.kind
    for name in shape.others:
        row[name] = getattr(item, name)
    for name in sorted(shape.floats):
        row[name] = number(getattr(item, name))
    return _encode(row)


def number(value: float) -> float | str | None:
    """Return a float as strict JSON can hold it."""
    if math.isfinite(value):
        return float(value)
    return None if math.isnan(value) else repr(float(value))


def _float(value: float | str | None) -> float:
    return math.nan if value is None else float(value)
