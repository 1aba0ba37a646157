"""Which windows were lost to the loop, phase by phase, and to what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from loop.engine import BLIND
from loop.values import Cycle

DIGITS = 4


@dataclass(slots=True)
class _Row:
    """Of one phase."""

    phase: str
    windows: int = 0
    lost: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


class LostWindows:
    """Counts decisions phase by phase, and those whose window was of no use: bad, late, missing, not yet clean."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}

    def take(self, cycle: Cycle) -> None:
        """Count a decision; a window with several faults counts for each of them."""
        moment, hold = cycle.status.moment, cycle.status.hold
        row = self._rows.setdefault(moment.phase_index, _Row(moment.phase))
        row.windows += 1
        if hold in BLIND:
            row.lost += 1
            row.reasons.update(cycle.status.faults or (hold.value,))

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a phase, in order: what `run --json` prints."""
        return [{"phase": row.phase, "windows": row.windows, "lost": row.lost,
                 "share": round(row.lost / row.windows, DIGITS), "reasons": dict(row.reasons.most_common())}
                for _, row in sorted(self._rows.items()) if row.phase]


def lost_words(rows: Sequence[dict[str, Any]]) -> str:
    """Return what was lost in one clause, phase by phase."""
    windows, lost = sum(row["windows"] for row in rows), sum(row["lost"] for row in rows)
    if not lost:
        return "no window lost"
    phases = ", ".join(f"{row['phase'].replace('_', ' ')} {100 * row['share']:.0f} %" for row in rows if row["lost"])
    return f"{100 * lost / windows:.0f} % of windows lost ({phases})"
