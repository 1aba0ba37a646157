"""The schema says what every field is, in which unit, and why its default is what it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from generators.catalog import ROWS, STREAMS
from sessions.protocol.loading import SHIPPED
from sessions.protocol.schema import json_schema

NUMBERS_WITHOUT_UNIT = {"version", "at_least", "valence", "arousal", "tolerance", "gain", "gain_kp",
                        "start_arousal_at_most", "start_valence_at_least", "rounds", "recalls"}
UNITS = re.compile(r"(minutes|_hz|_uv|_s|_ms|_min|_sd|_lufs|_dbtp)$")


def fields() -> Iterator[tuple[str, dict[str, Any]]]:
    schema = json_schema()
    yield from schema["properties"].items()
    for part in schema["$defs"].values():
        yield from part["properties"].items()


def test_every_field_is_described() -> None:
    assert not [name for name, field in fields() if not field.get("description")]


def test_every_default_has_its_reason() -> None:
    silent = [
        name for name, field in fields()
        if field.get("default") is not None and "by default" not in field["description"]
    ]
    assert not silent


def test_every_number_has_its_unit_in_its_name() -> None:
    numbers = {name for name, field in fields() if field.get("type") in ("number", "integer")}
    assert numbers
    assert not [name for name in numbers - NUMBERS_WITHOUT_UNIT if not UNITS.search(name)]


def test_nothing_unknown_is_allowed_anywhere() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert all(part["additionalProperties"] is False for part in schema["$defs"].values())


def test_a_row_has_one_key() -> None:
    schema = json_schema()
    for row in ("PhaseRow", "CleaningRow"):
        assert (schema["$defs"][row]["minProperties"], schema["$defs"][row]["maxProperties"]) == (1, 1)


def test_a_file_that_extends_may_leave_the_rest_out() -> None:
    assert json_schema()["anyOf"] == [{"required": ["extends"]}, {"required": ["version", "title", "phases"]}]


def test_the_schema_beside_the_shipped_protocols_knows_every_field() -> None:
    shipped = json.loads((SHIPPED / "protocol.schema.json").read_text(encoding="utf-8"))
    now = json_schema()
    assert shipped["properties"].keys() == now["properties"].keys()
    assert {name: list(part["properties"]) for name, part in shipped["$defs"].items()} == {
        name: list(part["properties"]) for name, part in now["$defs"].items()}


def test_the_generators_of_the_schema_are_those_of_the_catalogue() -> None:
    generator = json_schema()["$defs"]["MusicSettings"]["properties"]["generator"]
    assert set(generator.get("enum", [generator.get("const")])) == {row.name for row in (*ROWS, *STREAMS)}
