"""What the session remembers to tell: counts, the user's level, and which alarms stand."""

from __future__ import annotations

from loop.inputs import Command, CommandKind, Input, Report, ReportKind
from loop.safety import LIMITS
from loop.values import Hold

ALARM_STANDS_S = 10.0              # an alarm about something that is over is shown for this long
LOST_ALARMS = {("music", False): "music_lost", ("music", True): "music_lost", ("sound", False): "sound_lost",
               ("sound", True): "sound_gone"}
LEVEL_MOST_DB = 0.0                # a person may only go softer than the protocol's level
LEVEL_LEAST_DB = -30.0


class Notes:
    """Counts what inputs and decisions say."""

    def __init__(self) -> None:
        self.underruns = 0
        self.late = 0
        self.level_db = 0.0
        self._bad_s = 0.0
        self._untrue_stamps = False
        self._until_s: dict[str, float] = {}

    def take(self, item: Input) -> None:
        """Take what a report or a command says."""
        if isinstance(item, Report):
            self._report(item)
        elif isinstance(item, Command) and item.kind is CommandKind.LEVEL:
            self.level_db = min(LEVEL_MOST_DB, max(LEVEL_LEAST_DB, item.number))

    def decided(self, hold: Hold, advance_s: float, *, untrue_stamps: bool) -> None:
        """Take how a decision went."""
        self.late += hold is Hold.LATE
        self._bad_s = self._bad_s + advance_s if hold is Hold.BAD else 0.0
        self._untrue_stamps = untrue_stamps

    def alarms(self, now_s: float, of_source: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of the alarms that stand."""
        passing = tuple(name for name, until_s in self._until_s.items() if now_s < until_s)
        bad = ("bad_signal",) * (self._bad_s >= LIMITS.bad_signal_s)
        return of_source + bad + ("clock",) * self._untrue_stamps + passing

    def _report(self, report: Report) -> None:
        if report.kind is ReportKind.UNDERRUN:
            self.underruns += int(report.number)
            self._until_s["underrun"] = report.time_s + ALARM_STANDS_S
        if report.kind is ReportKind.REPLACED:
            self._until_s["composer_replaced"] = report.time_s + ALARM_STANDS_S
        if report.kind is ReportKind.LOST:
            name = LOST_ALARMS[(report.text, report.number >= 2)]
            self._until_s[name] = report.time_s + ALARM_STANDS_S
