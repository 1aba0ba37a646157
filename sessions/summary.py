"""The summary of a session: counted while it runs, beside the path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from loop.inputs import Input, Report, ReportKind
from loop.ports import Clock
from loop.safety import ALARMS, ENDINGS
from loop.values import Cycle, Hold
from sensing.impedance import Impedance, impedance_words
from sensing.sides import SideState
from sessions.lost import LostWindows, lost_words
from sessions.sound_dose import dose_warning, dose_words
from sessions.sound_week import week_warning, week_words

PERCENTILES = {"p50": 50, "p95": 95, "max": 100}
DIGITS = 4


def rounded(number: float) -> float | None:
    """Return a number fit for a person; None for none, since JSON knows no NaN."""
    return round(float(number), DIGITS) if number == number else None


class Summary:
    """Counts cycles, holds and latencies; implements `loop.ports.Observer`.

    Latency is the time from the corrected LSL stamp of the newest sample to the moment at which the cycle was out:
    journalled, and handed to the music. It must stand last among the observers to say so.

    Parameters
    ----------
    clock : Clock
        The session's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latencies_ms: list[float] = []
        self._cycles = 0
        self._held = 0
        self._bars = 0
        self._dropped = 0                    # reports of music and sound that found no room
        self._alarms: dict[str, int] = {}
        self._standing: frozenset[str] = frozenset()
        self._last: Cycle | None = None
        self._lost = LostWindows()
        self._felt: Cycle | None = None      # the last that had a scale
        self._led: Cycle | None = None       # the last that was led to a target

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Count."""
        self._bars += isinstance(item, Report) and item.kind is ReportKind.BAR
        self._dropped += int(item.number) if isinstance(item, Report) and item.kind is ReportKind.DROPPED else 0
        for cycle in cycles:
            self._cycles += 1
            self._held += cycle.status.hold is not Hold.NONE
            self._lost.take(cycle)
            if cycle.status.hold is Hold.NONE and cycle.newest_s == cycle.newest_s:
                self._latencies_ms.append(1000.0 * (self._clock.now_s() - cycle.newest_s))
            new = frozenset(cycle.status.alarms) - self._standing
            self._alarms.update({name: self._alarms.get(name, 0) + 1 for name in new})
            self._standing = frozenset(cycle.status.alarms)
            self._last = cycle
            self._felt = cycle if cycle.affect.scaled else self._felt
            self._led = cycle if cycle.status.moment.steering else self._led

    def close(self) -> None:
        """Nothing is open."""

    def as_dict(
        self, session: Path, ended: str, sides: Sequence[SideState] = (), contacts: Sequence[Impedance] = (),
        sound_dose: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return what `run --json` prints: state and target are the last that were known and led to."""
        last = self._last
        status = last.status if last else None
        latency_ms = {name: rounded(self._latency_ms(share)) for name, share in PERCENTILES.items()}
        return {
            "session": str(session), "ended": ended, "cycles": self._cycles,
            "held": self._held, "stalls": status.stalls if status else 0, "gaps": status.gaps if status else 0,
            "underruns": status.underruns if status else 0, "latency_ms": latency_ms, "bars": self._bars,
            "reports_lost": self._dropped,
            "alarms": dict(self._alarms), "affect": _plain(self._felt.affect) if self._felt else None,
            "target": _plain(self._led.target) if self._led else None,
            "windows_lost": self._lost.rows(), "beside": [_side(side) for side in sides],
            "impedance": [_plain(contact) for contact in contacts], "sound_dose": sound_dose,
        }

    def lines(self, summary: dict[str, Any]) -> list[str]:
        """Return the ten lines for a person, and one more for each stream beside the EEG and for impedances."""
        latency_ms, affect, target = summary["latency_ms"], summary["affect"], summary["target"]
        alarms = ", ".join(f"{ALARMS[name].happened} ({count})" for name, count in summary["alarms"].items())
        share = 100.0 * summary["held"] / max(1, summary["cycles"])
        return [
            f"Session   {summary['session']}",
            f"Ended     {ENDINGS.get(summary['ended'], summary['ended'] or 'early')}",
            f"Cycles    {summary['cycles']}, held {summary['held']} ({share:.0f} %)",
            f"Signal    {summary['stalls']} stalls, {summary['gaps']} gaps; {lost_words(summary['windows_lost'])}",
            *(f"Contact   {contact_words(summary['impedance'])}" for _ in summary["impedance"][:1]),
            *(f"Beside    {side_words(side)}" for side in summary["beside"]),
            f"Latency   {_milliseconds(latency_ms)} from the newest sample to the decision",
            f"Sound     {summary['bars']} bars, {summary['underruns']} underruns{_lost(summary['reports_lost'])}",
            *_dose_lines(summary["sound_dose"]),
            f"State     {_said(affect)} (valence from EEG is exploratory)",
            f"Target    {_said(target)}",
            f"Alarms    {alarms or 'none'}",
            "Research use only; not for diagnosis or treatment.",
        ]

    def _latency_ms(self, share: int) -> float:
        return float(np.percentile(self._latencies_ms, share)) if self._latencies_ms else float("nan")


def _dose_lines(sound_dose: Mapping[str, Any] | None) -> list[str]:
    """Return the dose, the week's, and a warning where there is one; nothing where no sound was had."""
    if sound_dose is None:
        return []
    week = week_words(sound_dose)
    warnings = [sentence for sentence in (dose_warning(sound_dose), week_warning(sound_dose)) if sentence]
    return [f"Dose      {dose_words(sound_dose)}", *([f"Week      {week}"] if week else []),
            *(f"Warning   {sentence}" for sentence in warnings)]


def _lost(n_reports: int) -> str:
    return f"; {n_reports} reports of music and sound found no room" if n_reports else ""


def _plain(value: Any) -> dict[str, Any]:
    return {name: rounded(field) if isinstance(field, float) else field for name, field in asdict(value).items()}


def _side(side: SideState) -> dict[str, Any]:
    return {name: value for name, value in _plain(side).items() if name != "arrived_s"}


def side_words(side: dict[str, Any]) -> str:
    """Return one line on a stream beside the EEG."""
    heart = f", heart {side['heart_bpm']:.0f} a minute at the end" if side["heart_bpm"] is not None else ""
    return f"{side['name']}: {side['samples']} samples, {side['gaps']} gaps, lost {side['losses']} times{heart}"


def contact_words(rows: Sequence[dict[str, Any]]) -> str:
    """Return one line on the electrodes' impedance, as it was at the end."""
    return impedance_words([Impedance(**row) for row in rows])


def _said(point: dict[str, Any] | None) -> str:
    return f"valence {point['valence']:+.2f}, arousal {point['arousal']:+.2f}" if point else "none"


def _milliseconds(latency_ms: dict[str, float | None]) -> str:
    known = [f"{name} {value:.1f} ms" for name, value in latency_ms.items() if value is not None]
    return ", ".join(known) or "not known"
