"""Markers and bars, derived from inputs and cycles for people who open the record with other programs."""

from __future__ import annotations

import json
from typing import Any

from loop.inputs import Command, Report
from loop.values import Cycle, Hold
from sessions.record.rows import number

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def command_marker(command: Command) -> str:
    """Return the marker of what a person asked."""
    row: dict[str, Any] = {"mark": "command", "what": command.kind, "by": command.by}
    given = {"valence": command.valence, "arousal": command.arousal, "number": command.number}
    row.update({key: number(value) for key, value in given.items() if value == value})
    return _encode(row)


def bar_line(report: Report) -> str:
    """Return a report of a bar as one line: where in the sound it began, and the bar itself."""
    return _encode({"frame": report.frame, "number": number(report.number), "bar": _bar(report.text)})


class CycleMarkers:
    """Watches cycles and says what changed from one to the next."""

    def __init__(self) -> None:
        self._phase: tuple[int, str, str] | None = None
        self._paused = False
        self._hold = Hold.NONE
        self._alarms: frozenset[str] = frozenset()
        self._ended = ""

    def of(self, cycle: Cycle) -> list[str]:
        """Return the markers of this cycle, in the order phase, pause, hold, alarms, end."""
        status, moment = cycle.status, cycle.status.moment
        rows: list[dict[str, Any]] = []
        phase = (moment.phase_index, moment.phase, moment.eyes)
        if phase != self._phase:
            rows.append({"mark": "phase", "index": phase[0], "phase": phase[1], "eyes": phase[2]})
        if moment.paused != self._paused:
            rows.append({"mark": "pause", "on": moment.paused})
        if status.hold != self._hold:
            rows.append({"mark": "hold", "why": status.hold, "faults": list(status.faults)})
        rows.extend(self._alarm_rows(frozenset(status.alarms)))
        if moment.ended and moment.ended != self._ended:
            rows.append({"mark": "end", "why": moment.ended})
        self._phase, self._paused, self._hold, self._ended = phase, moment.paused, status.hold, moment.ended
        return [_encode(row) for row in rows]

    def end(self, why: str) -> list[str]:
        """Return the marker of the end, where no cycle has said it: an input may end a session between two cycles."""
        return [] if self._ended else [_encode({"mark": "end", "why": why})]

    def _alarm_rows(self, alarms: frozenset[str]) -> list[dict[str, Any]]:
        changed = sorted(alarms ^ self._alarms)
        self._alarms = alarms
        return [{"mark": "alarm", "name": name, "on": name in alarms} for name in changed]


def _bar(text: str) -> Any:
    try:
        bar = json.loads(text)
        _encode(bar)
    except ValueError:
        return text
    return bar
