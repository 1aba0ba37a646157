"""What every part of a protocol has in common."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

Eyes = Literal["open", "closed"]


class Part(BaseModel):
    """A mapping of a protocol: frozen, nothing unknown in it, no value turned quietly into another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class OneKeyRow(Part):
    """A row of a list that is a mapping with exactly one key, which says what the row is."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    @field_validator("*", mode="before")
    @classmethod
    def _empty_means_defaults(cls, value: object) -> object:
        return {} if value is None else value

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        given = self._given()
        if len(given) != 1:
            raise ValueError("a row has exactly one key" + (f", not {', '.join(given)}" if given else ""))
        return self

    @property
    def kind(self) -> str:
        """The row's key: ``"regulate"``."""
        return self._given()[0]

    def _given(self) -> list[str]:
        return sorted(name for name in self.model_fields_set if getattr(self, name) is not None)
