"""From a protocol to how its stream is read: what `sensing` takes of the rows under `cleaning:` and `decoder:`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sensing.cleaning.quality import Gate
from sensing.pipeline import Settings
from sessions.protocol.schema import Protocol


def settings_of(protocol: Protocol) -> Settings:
    """Return how the stream is read: a step that the protocol leaves out is off."""
    steps = {row.kind: row.step for row in protocol.cleaning}
    given = {
        "highpass_hz": _field(steps, "highpass", "cut_hz"), "lowpass_hz": _field(steps, "lowpass", "cut_hz"),
        "notch": _field(steps, "notch", "line_hz"), "reference": _reference(_field(steps, "rereference", "to")),
        "eog": _labels(_field(steps, "eog", "channels")), "asr_cutoff_sd": _field(steps, "asr", "cutoff_sd"),
    }
    gate = Gate(**steps["gate"].model_dump()) if "gate" in steps else Gate()
    decoder = protocol.decoder
    return Settings(window_s=decoder.window_s, hop_s=decoder.hop_s, gate=gate, roles=protocol.stream.roles,
                    spectrum=decoder.spectrum, **given)


def _field(steps: Mapping[str, Any], kind: str, name: str) -> Any:
    return getattr(steps[kind], name) if kind in steps else None


def _reference(to: Any) -> str | tuple[str, ...] | None:
    if to in (None, "device"):
        return None
    return to if isinstance(to, str) else tuple(to)


def _labels(channels: Any) -> str | tuple[str, ...] | None:
    return tuple(channels) if isinstance(channels, list) else channels
