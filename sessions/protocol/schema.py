"""The protocol, whole: what a session is, in words that a clinician can read aloud."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field

from sessions.protocol.cleaning import CleaningRow, usual_cleaning
from sessions.protocol.part import Part
from sessions.protocol.phases import Excerpt, Excerpts, PhaseRow, Regulate, Rest, TimedPhase
from sessions.protocol.settings import ControlSettings, DecoderSettings, MusicSettings, Safety, Stream

TIMED = TimedPhase | Excerpts | Excerpt | Rest
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
EXTENDS = {
    "type": "string",
    "description": "A shipped protocol's name, or a path beside this file, that this one changes: mappings are merged, "
    "lists are replaced, and null takes a key back to its default.",
}


class Protocol(Part):
    """A session's protocol, with every default filled in."""

    version: Literal[1] = Field(description="Of this format. No default: a file says what it was written for.")
    title: str = Field(min_length=1, max_length=60, description="A short name; it goes into file names. No default.")
    about: str = Field(default="", description="A sentence on what it is for. Empty by default.")
    publish: bool = Field(
        default=False,
        description="Whether affect, music and markers go out over LSL. false by default: an LSL outlet can be reached "
        "from the network.",
    )
    stream: Stream = Field(default_factory=Stream, description="Which stream; any EEG stream by default.")
    cleaning: list[CleaningRow] = Field(
        default_factory=usual_cleaning,
        description="Steps, in order; leave a row out to leave the step out. By default, and in this order: "
        "highpass, lowpass, notch, gate, rereference; eog and asr are left out.",
    )
    decoder: DecoderSettings = Field(default_factory=DecoderSettings, description="The index decoder by default.")
    control: ControlSettings = Field(default_factory=ControlSettings, description="regulate by default.")
    music: MusicSettings = Field(default_factory=MusicSettings, description="The symbolic composer by default.")
    phases: list[PhaseRow] = Field(min_length=1, description="What happens, one after the other. No default.")
    safety: Safety = Field(default_factory=Safety, description="The usual limits by default.")

    @property
    def minutes(self) -> float:
        """The length of all phases that end by the clock."""
        return sum(row.phase.minutes for row in self.phases if isinstance(row.phase, TIMED))

    @property
    def regulates(self) -> tuple[Regulate, ...]:
        """The regulate phases, in order."""
        return tuple(row.phase for row in self.phases if isinstance(row.phase, Regulate))


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a protocol file, for editors: a file that extends another may leave anything out."""
    schema = Protocol.model_json_schema()
    required = schema.pop("required")
    schema["properties"] = {"extends": EXTENDS, **schema["properties"]}
    schema["anyOf"] = [{"required": ["extends"]}, {"required": required}]
    return {"$schema": SCHEMA_DIALECT, **schema}


def schema_text() -> str:
    """Return the JSON Schema as the text of `protocol.schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False)
