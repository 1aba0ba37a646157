"""From the words of a protocol to the course that the loop walks: phases, rules, gains."""

from __future__ import annotations

from loop.control.regulate import Gains
from loop.schedule import Phase, Rules
from loop.values import NAN, Target
from sessions.protocol.checks import EYED
from sessions.protocol.phases import (
    Baseline,
    CheckQuality,
    Excerpt,
    Mirror,
    PhaseRow,
    Rate,
    Regulate,
    Rest,
    TimedPhase,
    Transfer,
)
from sessions.protocol.schema import Protocol

SECONDS_A_MINUTE = 60.0
ALERT = Target(0.3, 0.2, 0.2)      # where return_to_alert leads: pleasant, and a little above rest
MIRRORED = Target(0.0, 0.0, 1.0)   # a mirror leads nowhere


def phases_of(protocol: Protocol) -> tuple[Phase, ...]:
    """Return the phases in order; the first baseline of an eye state that is used later gives its scale."""
    scales: set[str] = set()
    phases = []
    for index, row in enumerate(protocol.phases):
        phase = _phase(row)
        if isinstance(row.phase, Baseline) and row.phase.eyes not in scales and _used(protocol, index):
            scales.add(row.phase.eyes)
            phase = Phase("baseline", phase.length_s, phase.eyes, clean_s=row.phase.clean_s, scale=True)
        phases.append(phase)
    return tuple(phases)


def rules_of(protocol: Protocol) -> Rules:
    """Return what ends a session early."""
    return Rules(protocol.safety.longest_minutes * SECONDS_A_MINUTE, protocol.safety.end_lost_after_s)


def gains_of(protocol: Protocol) -> Gains:
    """Return the numbers of the `regulate` controller."""
    control = protocol.control
    return Gains(
        lead_per_min=control.lead_per_min, slew_per_s=control.slew_per_s, dead_band_sd=control.dead_band_sd,
        kp=control.gain_kp, ti_s=control.integral_s, start_arousal_most=control.start_arousal_at_most,
        start_valence_least=control.start_valence_at_least,
    )


def _phase(row: PhaseRow) -> Phase:
    phase = row.phase
    length_s = phase.minutes * SECONDS_A_MINUTE if isinstance(phase, TimedPhase) else NAN
    if isinstance(phase, CheckQuality):
        return Phase(row.kind, at_least=phase.at_least, wait_s=phase.wait_s)
    if isinstance(phase, Regulate):
        towards = phase.towards
        return Phase(row.kind, length_s, phase.eyes, Target(towards.valence, towards.arousal, towards.tolerance))
    if isinstance(phase, Excerpt):
        at = Target(phase.at.valence, phase.at.arousal, 1.0)
        return Phase(row.kind, phase.length_s, phase.eyes, at, silent=phase.silent)
    if isinstance(phase, Rest):
        return Phase(row.kind, phase.length_s)
    if isinstance(phase, Rate):
        return Phase(row.kind, mood=phase.of == "now")
    if isinstance(phase, Mirror):
        return Phase(row.kind, length_s, phase.eyes, MIRRORED)
    if row.kind == "return_to_alert":
        return Phase(row.kind, length_s, "open", ALERT)
    return Phase(row.kind, length_s, phase.eyes if isinstance(phase, Baseline | Transfer) else "")


def _used(protocol: Protocol, index: int) -> bool:
    """Whether a later phase reads the state with the same eyes as this baseline."""
    eyes = protocol.phases[index].phase.eyes  # type: ignore[union-attr]
    later = (row.phase for row in protocol.phases[index + 1:])
    return any(isinstance(phase, EYED) and phase.eyes == eyes for phase in later)
