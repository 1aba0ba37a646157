"""Sound dose after ITU-T H.870: equal energy, so that 3 dB more halves the time that a week allows.

Arithmetic alone: it knows no device, and steers nothing. What a sound's level at the ear is, somebody has to measure
first (`sessions/sound_calibration.py`); without that there is no dose.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

REFERENCE_PA = 20e-6               # 0 dB SPL
HOUR_S = 3600.0
DAYS_A_WEEK = 7
SESSION_SHARE = 1 / DAYS_A_WEEK    # of a week's dose: one day's even share, by choice; a session above it is told


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much sound a week allows."""

    name: str                      # as a protocol calls it
    who: str                       # in words
    level_dba: float               # may be heard ...
    hours: float                   # ... for so long a week

    @property
    def pa2h(self) -> float:
        """The exposure that is 100 %, Pa^2 h: 1.6 for adults."""
        return exposure_pa2h(self.level_dba, self.hours * HOUR_S)


# WHO/ITU-T H.870: 80 dB(A) for 40 h a week for adults (its mode 1), 75 for children and sensitive people (its mode 2).
ALLOWANCES: Mapping[str, Allowance] = MappingProxyType({row.name: row for row in (
    Allowance("adult", "adults", 80.0, 40.0),
    Allowance("sensitive", "children and sensitive listeners", 75.0, 40.0),
)})


def exposure_pa2h(level_dba: float, seconds: float) -> float:
    """Return the A-weighted exposure E = p^2 T of a level, dB SPL, that lasts for `seconds`: Pa^2 h (IEC 61252)."""
    return float(REFERENCE_PA**2 * 10 ** (level_dba / 10) * seconds / HOUR_S)


def allowed_hours(level_dba: float, allowance: Allowance) -> float:
    """Return for how long a week a level, dB(A), may be heard until 100 % is reached: 3 dB more, half as long."""
    return float(allowance.hours * 10 ** ((allowance.level_dba - level_dba) / 10))


@dataclass(frozen=True, slots=True)
class Dose:
    """What an ear has taken so far. Two doses add up, in whatever order they came."""

    pa2h: float = 0.0              # A-weighted exposure, Pa^2 h
    heard_s: float = 0.0           # for how long

    def plus(self, level_dba: float, seconds: float) -> Dose:
        """Return the dose after `seconds` more at a level, dB(A)."""
        return Dose(self.pa2h + exposure_pa2h(level_dba, seconds), self.heard_s + seconds)

    def __add__(self, other: Dose) -> Dose:
        """Return both together."""
        return Dose(self.pa2h + other.pa2h, self.heard_s + other.heard_s)

    def percent(self, allowance: Allowance) -> float:
        """Return the share of a week's allowance, %."""
        return 100.0 * self.pa2h / allowance.pa2h

    @property
    def mean_dba(self) -> float:
        """The steady level, dB(A), that would have given as much in the same time; minus infinity for none."""
        if not (self.pa2h > 0 and self.heard_s > 0):
            return -math.inf
        return 10 * math.log10(self.pa2h * HOUR_S / (self.heard_s * REFERENCE_PA**2))
