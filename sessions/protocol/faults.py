"""From what pydantic and the checks found to lines that name the place: ``calm.yaml:12: unknown key "minuts" ...``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sessions.protocol.checks import Fault
from sessions.protocol.document import Entry, Loc, nearest
from sessions.protocol.schema import Protocol
from sessions.protocol.wording import dotted, expected, field_at, found, keys_of, model_at, near


def type_lines(root: Entry, error: ValidationError, model: type[BaseModel] = Protocol) -> list[str]:
    """Return a line for each thing whose type, key or range is wrong in a file of `model`, in the order of the file."""
    details = error.errors(include_url=False)
    locs = [_stripped(detail["loc"]) for detail in details]
    return _in_order(
        _type_line(root, loc, detail, model)
        for loc, detail in zip(locs, details, strict=True)
        if not any(len(other) > len(loc) and other[: len(loc)] == loc for other in locs)
    )


def check_lines(root: Entry, faults: Iterable[Fault]) -> list[str]:
    """Return a line for each fault that the checks found, in the order of the file."""
    return _in_order(_fault_line(root, fault) for fault in faults)


def _in_order(lines: Iterable[tuple[int, str]]) -> list[str]:
    return list(dict.fromkeys(line for _, line in sorted(lines, key=lambda pair: pair[0])))


def _fault_line(root: Entry, fault: Fault) -> tuple[int, str]:
    _, entry = nearest(root, fault.loc)
    return entry.place.line, f"{entry.place}: {dotted(fault.loc)} {fault.what}"


def _stripped(loc: Loc) -> Loc:
    """Leave out what pydantic calls the branches of a union: they are not in the file."""
    return tuple(step for step in loc if isinstance(step, int) or not step.startswith(("literal[", "list[")))


def _type_line(root: Entry, loc: Loc, detail: ErrorDetails, model: type[BaseModel]) -> tuple[int, str]:
    reached, entry = nearest(root, loc)
    words = _missing if detail["type"] == "missing" else _unknown if detail["type"] == "extra_forbidden" else _wrong
    if detail["type"] == "missing":
        reached = loc
    return entry.place.line, f"{entry.place}: {words(reached, entry.plain(), detail, model)}"


def _missing(loc: Loc, value: Any, detail: ErrorDetails, model: type[BaseModel]) -> str:
    info = field_at(model, loc)
    return f"{dotted(loc)} is missing" + (f"; {expected(info, loc)}" if info is not None else "")


def _unknown(loc: Loc, value: Any, detail: ErrorDetails, model: type[BaseModel]) -> str:
    keys = keys_of(model_at(model, loc[:-1]))
    inside = f" in {dotted(loc[:-1])}" if len(loc) > 1 else ""
    return f"unknown key {found(loc[-1])}{inside}; keys there: {', '.join(keys)}{near(loc[-1], keys)}"


def _wrong(loc: Loc, value: Any, detail: ErrorDetails, model: type[BaseModel]) -> str:
    if not loc:
        return f"the file holds {found(value)}; a mapping with keys among {', '.join(keys_of(model))}"
    if detail["type"] == "value_error":
        return f"{dotted(loc)}: {detail['msg'].removeprefix('Value error, ')}"
    if isinstance(loc[-1], int):
        return f"{dotted(loc)} is {found(value)}; {_row_words(loc, value, model)}"
    info = field_at(model, loc)
    return f"{dotted(loc)} is {found(value)}; " + (expected(info, loc, value) if info is not None else "text")


def _row_words(loc: Loc, value: Any, model: type[BaseModel]) -> str:
    keys = keys_of(model_at(model, loc))
    if not keys:
        return "text"
    return f"a row with one key among {', '.join(keys)}{near(value, keys)}"
