"""The decoders that can be chosen: a table, imported row by row when one is."""

from __future__ import annotations

from typing import Any

from loop import catalog
from loop.catalog import Row

KIND = "decoder"

# The place is a class: of `index` the decoder, of the learned ones the space that their head stands on.
ROWS = (
    Row("index", "sensing.decoders.index:IndexDecoder", "",
        "beta / alpha and frontal asymmetry against the person's own baseline"),
    Row("riemann", "sensing.decoders.riemann:Covariances", "learned",
        "filter-bank covariances in the tangent space of the session, with a ridge or logistic head"),
    Row("network", "sensing.decoders.network:Waves", "learned,torch",
        "a compact convolutional net (EEGNet-like) on the waves themselves"),
    Row("encoder", "sensing.decoders.encoder:Encoder", "learned,torch",
        "any braindecode model with weights from a file, frozen, with a linear head"),
)
LEARNED = frozenset({"riemann", "network", "encoder"})      # they need a calibration that was accepted


def load(name: str, rows: tuple[Row, ...] = ROWS) -> type[Any]:
    """Return the class of that name.

    Raises
    ------
    EuthymiaError
        No row has the name.
    MissingPart
        What the row needs is not installed.
    """
    chosen: type[Any] = catalog.load(find(name, rows), KIND)
    return chosen


def find(name: str, rows: tuple[Row, ...] = ROWS) -> Row:
    """Return the row of that name; raises `EuthymiaError` where there is none."""
    return catalog.find(rows, KIND, name)
