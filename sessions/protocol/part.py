"""What every part of a protocol has in common."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Eyes = Literal["open", "closed"]


class Part(BaseModel):
    """A mapping of a protocol: frozen, nothing unknown in it, no value turned quietly into another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def only_key(row: Part) -> str:
    """Return the one key that a one-key row has; ValueError where it has none or several."""
    given = sorted(name for name in row.model_fields_set if getattr(row, name) is not None)
    if len(given) != 1:
        raise ValueError("a row has exactly one key" + (f", not {', '.join(given)}" if given else ""))
    return given[0]
