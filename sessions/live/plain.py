"""Frozen values to plain JSON and back, by their own field types."""

from __future__ import annotations

import types
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

T = TypeVar("T")

_LEAVES = frozenset({float, int, str, bool, type(None)})


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))  # type: ignore[arg-type]


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def to_plain(value: Any) -> Any:
    """Return dataclasses as dicts, tuples and arrays as lists; all else as it is."""
    kind = value.__class__
    if kind in _LEAVES:
        return value
    if kind is tuple:
        return [to_plain(item) for item in value]
    if hasattr(kind, "__dataclass_fields__"):
        return {name: to_plain(getattr(value, name)) for name in _names(kind)}
    return value.tolist() if kind is np.ndarray else value


def from_plain(kind: type[T], plain: Any) -> T:
    """Return the value of type `kind` that `to_plain` took apart."""
    return _build(kind, plain)  # type: ignore[no-any-return]


def _build(kind: Any, plain: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return None if plain is None else _build(get_args(kind)[0], plain)
    if origin is tuple:
        return tuple(_build(get_args(kind)[0], item) for item in plain)
    if origin is np.ndarray:
        array = np.array(plain, dtype=np.float64)
        array.flags.writeable = False
        return array
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        return kind(**{name: _build(hints[name], item) for name, item in plain.items()})  # type: ignore[operator]
    return kind(plain) if isinstance(kind, type) and issubclass(kind, Enum) else plain
