"""What a field expects, in words: every error of a protocol says what was found, what is meant, and what is near it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sessions.protocol.document import Loc

UNITS = (                      # the end of a field's name -> what its number counts; the first that fits holds
    ("minutes", "of minutes"),
    ("uv_per_ms", "of microvolts a millisecond"),
    ("per_min", "a minute"),
    ("per_s", "a second"),
    ("_hz", "of Hz"),
    ("_uv", "of microvolts"),
    ("_sd", "of standard deviations"),
    ("_lufs", "of LUFS"),
    ("_dbtp", "of dBTP"),
    ("_s", "of seconds"),
)
SHAPES = {
    "query": "name=.., type=.. or source_id=..",
    "roles": "a mapping of places to labels, such as {F3: Ch1}",
    "cleaning": "a list of steps, one key a row, such as `- highpass: {cut_hz: 1}`",
    "phases": "a list of phases, one key a row, such as `- rate: {form: sam}`",
    "palettes": "a list of names, such as [warm, calm]",
    "instruments": "a list of names, such as [keys]",
    "modes": "a list of names, such as [Aeolian]",
}
PLURALS = {"eyes": "choices", "line_hz": "choices", "to": "choices", "valence": "choices", "arousal": "choices"}
LONGEST_QUOTE = 60


def found(value: Any) -> str:
    """Return `value` as a person wrote it, cut where it is long."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    said = json.dumps(value, ensure_ascii=False) if not isinstance(value, float) else str(value)
    return said if len(said) <= LONGEST_QUOTE else said[: LONGEST_QUOTE - 4] + '..."'


def dotted(loc: Loc) -> str:
    """Return a place in the protocol as people say it: ``regulate.towards.valence``, without its row's number."""
    if len(loc) == 2 and isinstance(loc[1], int):
        return f"a row of {loc[0]}"
    words = ""
    for step in loc[2:] if len(loc) > 1 and isinstance(loc[1], int) else loc:
        words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else step
    return words


def near(word: Any, names: Iterable[str]) -> str:
    """Return ``'. Did you mean "rules"?'`` where something near or one thing only exists, else nothing."""
    known = list(names)
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.5) if isinstance(word, str) else []
    only = known if len(known) == 1 and isinstance(word, str) else []
    return "".join(f'. Did you mean "{name}"?' for name in close or only)


def field_at(model: type[BaseModel], loc: Loc) -> FieldInfo | None:
    """Return the field that `loc` leads to from `model`; None where it leads elsewhere."""
    at: type[BaseModel] | None = model
    info: FieldInfo | None = None
    for step in loc:
        if isinstance(step, str):
            info = at.model_fields.get(step) if at is not None else None
            at = model_in(info.annotation) if info is not None else None
    return info


def model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """Return the model of the mapping at `loc`."""
    if not loc:
        return model
    info = field_at(model, loc)
    return model_in(info.annotation) if info is not None else None


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model in ``Model``, ``Model | None`` or ``list[Model]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for model in map(model_in, get_args(annotation)) if model is not None), None)


def choices_in(annotation: Any) -> tuple[Any, ...]:
    """Return the values of the ``Literal`` in an annotation."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) in (Union, UnionType):
        return sum((choices_in(part) for part in get_args(annotation)), ())
    return ()


def expected(info: FieldInfo, loc: Loc, value: Any = None) -> str:
    """Return what belongs at `loc`: ``'generators here: rules. Did you mean "rules"?'``."""
    name = str(loc[-1])
    choices = choices_in(info.annotation)
    if choices:
        return _choice_words(loc, choices, info) + near(value, map(str, choices))
    if name in SHAPES:
        return SHAPES[name]
    if info.annotation is float:
        return " ".join(["a number", *_unit(name), *_bounds(info)])
    if model_in(info.annotation) is not None:
        return f"a mapping with keys among {', '.join(keys_of(model_in(info.annotation)))}"
    words = {bool: "true or false", str: "text" + _length(info), int: "a whole number"}
    return words.get(_plain_type(info), "something else")


def keys_of(model: type[BaseModel] | None) -> list[str]:
    """Return the keys that a mapping may have, its own before those that all have."""
    names = list(model.model_fields) if model is not None else []
    return [name for name in names if name != "note"] + [name for name in names if name == "note"]


def _plain_type(info: FieldInfo) -> Any:
    return get_args(info.annotation)[0] if get_origin(info.annotation) is Annotated else info.annotation


def _choice_words(loc: Loc, choices: Sequence[Any], info: FieldInfo) -> str:
    name = str(loc[-1])
    plural = f"{loc[-2]}s" if name == "name" and len(loc) > 1 else PLURALS.get(name, f"{name}s")
    lists = [part for part in map(_unwrapped, get_args(info.annotation)) if get_origin(part) is list]
    also = ", or a list of channel labels" if lists else ""
    return f"{plural} here: {', '.join(map(str, choices))}{also}"


def _unwrapped(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _unit(name: str) -> list[str]:
    return next(([words] for ending, words in UNITS if name.endswith(ending)), [])


def _bounds(info: FieldInfo) -> list[str]:
    limits = {sign: bound for rule in info.metadata for sign, bound in _limits(rule)}
    if "≥" in limits and "≤" in limits:
        return [f"from {limits['≥']:g} to {limits['≤']:g}"]
    return [" and ".join(f"{sign} {bound:g}" for sign, bound in limits.items())] if limits else []


def _limits(rule: Any) -> Iterable[tuple[str, float]]:
    for name, sign in (("gt", ">"), ("ge", "≥"), ("lt", "<"), ("le", "≤")):
        bound = getattr(rule, name, None)
        if bound is not None:
            yield sign, float(bound)


def _length(info: FieldInfo) -> str:
    longest = next((rule.max_length for rule in info.metadata if getattr(rule, "max_length", None)), None)
    return f" of 1 to {longest} characters" if longest else ""
