"""What a command found, as JSON for programs and as lines for people."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generators.sound.ring import RATE_HZ
from loop.errors import NotReady
from loop.safety import ENDINGS, NOT_READY_ENDINGS
from sessions.sound_dose import dose_words

if TYPE_CHECKING:
    from generators.sound.flac import FlacRecovery
    from sensing.sources.streams import StreamRow
    from sessions.record.mending import Mended
    from sessions.record.recover import Recovery


def to_json(result: Any) -> str:
    """Return one line of JSON; NaN and infinities, which JSON does not know, become null."""
    return json.dumps(_plain(result), ensure_ascii=False, allow_nan=False)


def refuse_unready(summary: Mapping[str, Any]) -> None:
    """Raise `NotReady` where a session ended because its signal was not good enough; what was recorded stays."""
    if summary["ended"] in NOT_READY_ENDINGS:
        remedy = f"mend the contact of the electrodes and begin again; recorded in {summary['session']}"
        raise NotReady(ENDINGS[summary["ended"]], remedy)


def stream_object(rows: Iterable[StreamRow]) -> dict[str, Any]:
    """Return the streams in sight under the names that LSL gives their properties."""
    return {"streams": [
        {"name": row.name, "type": row.kind, "channels": row.channels, "rate_hz": row.rate_hz,
         "source_id": row.source_id, "host": row.host, "impedance": row.impedance}
        for row in rows
    ]}


def replay_lines(result: Mapping[str, Any]) -> list[str]:
    """Return what a replay showed."""
    lines = [f"{result['identical']} of {result['cycles']} cycles identical, at {result['speed']:.0f} times real time"]
    if result["sound_dose"]["heard_s"]:
        lines.append(f"sound dose, recomputed: {dose_words(result['sound_dose'])}")
    difference = result["first_difference"]
    if difference is not None:
        said = ", ".join(f"{name} {value}" for name, value in difference.items())
        lines.append(f"first difference: {said}")
    return lines


def recovery_lines(mended: Mended) -> list[str]:
    """Return what was done to a record and its sound."""
    lines = [_record_words(mended.xdf)] if mended.xdf else []
    lines += [_sound_words(mended.sound)] if mended.sound else []
    cut = any(part is not None and not part.whole for part in (mended.xdf, mended.sound))
    return [*lines, "the originals were not changed"] if cut else lines


def _record_words(done: Recovery) -> str:
    if done.whole:
        return f"{done.path} is whole; nothing was changed"
    return (f"mended copy: {done.path} (left out: {done.n_cut} bytes of a piece that was cut; "
            f"added: {done.n_footers} stream footers)")


def _sound_words(done: FlacRecovery) -> str:
    if done.whole:
        return f"{done.path} is whole; nothing was changed"
    return f"mended copy: {done.path} ({done.n_frames / RATE_HZ:.1f} s of sound)"


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
