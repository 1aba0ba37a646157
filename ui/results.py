"""What a command found, as JSON for programs and as lines for people."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sensing.sources.streams import StreamRow
    from sessions.record.recover import Recovery


def to_json(result: Any) -> str:
    """Return one line of JSON; NaN and infinities, which JSON does not know, become null."""
    return json.dumps(_plain(result), ensure_ascii=False, allow_nan=False)


def stream_object(rows: Iterable[StreamRow]) -> dict[str, Any]:
    """Return the streams in sight under the names that LSL gives their properties."""
    return {"streams": [
        {"name": row.name, "type": row.kind, "channels": row.channels, "rate_hz": row.rate_hz,
         "source_id": row.source_id, "host": row.host}
        for row in rows
    ]}


def replay_lines(result: Mapping[str, Any]) -> list[str]:
    """Return what a replay showed."""
    lines = [f"{result['identical']} of {result['cycles']} cycles identical, at {result['speed']:.0f} times real time"]
    difference = result["first_difference"]
    if difference is not None:
        said = ", ".join(f"{name} {value}" for name, value in difference.items())
        lines.append(f"first difference: {said}")
    return lines


def recovery_lines(recovery: Recovery) -> list[str]:
    """Return what was done to a record."""
    if recovery.whole:
        return [f"{recovery.path} is whole; nothing was changed"]
    return [
        f"mended copy: {recovery.path}",
        f"left out: {recovery.n_cut} bytes of a piece that was cut; added: {recovery.n_footers} stream footers",
        "the file itself was not changed",
    ]


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
