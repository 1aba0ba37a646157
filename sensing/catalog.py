"""The decoders that can be chosen: a table, imported row by row when one is."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from loop.errors import EuthymiaError, MissingPart


@dataclass(frozen=True, slots=True)
class Row:
    """One decoder that can be chosen."""

    name: str
    factory: str                   # "module:Class": of `index` the decoder, of the learned ones the space
    extra: str                     # the optional dependencies that it needs; "" for none
    line: str                      # for a person
    learned: bool = True           # it needs a calibration that was accepted


ROWS = (
    Row("index", "sensing.decoders.index:IndexDecoder", "",
        "beta / alpha and frontal asymmetry against the person's own baseline", learned=False),
    Row("riemann", "sensing.decoders.riemann:Covariances", "learned",
        "filter-bank covariances in the tangent space of the session, with a ridge or logistic head"),
    Row("network", "sensing.decoders.network:Waves", "learned,torch",
        "a compact convolutional net (EEGNet-like) on the waves themselves"),
    Row("encoder", "sensing.decoders.encoder:Encoder", "learned,torch",
        "any braindecode model with weights from a file, frozen, with a linear head"),
)


def load(name: str, rows: tuple[Row, ...] = ROWS) -> type[Any]:
    """Return the class of that name.

    Raises
    ------
    EuthymiaError
        No row has the name.
    MissingPart
        What the row needs is not installed.
    """
    row = find(name, rows)
    module, kind = row.factory.split(":")
    try:
        chosen: type[Any] = getattr(import_module(module), kind)
    except ModuleNotFoundError as error:
        if not row.extra:
            raise
        raise MissingPart(
            f'the decoder "{name}" needs {error.name}, which is not installed', f"pip install 'euthymia[{row.extra}]'"
        ) from error
    return chosen


def find(name: str, rows: tuple[Row, ...] = ROWS) -> Row:
    """Return the row of that name; raises `EuthymiaError` where there is none."""
    by_name = {row.name: row for row in rows}
    if name in by_name:
        return by_name[name]
    near = get_close_matches(name, by_name, n=1)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    raise EuthymiaError(f'there is no decoder "{name}"', f"{hint}choose one of: {', '.join(sorted(by_name))}")
