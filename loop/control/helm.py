"""The helm: who steers the music now: the protocol's controller, a plain lead back to alertness, or nobody."""

from __future__ import annotations

from typing import Protocol

from loop.control.regulate import SECONDS_A_MINUTE, lead
from loop.schedule import EXCERPT
from loop.values import Affect, Control, Hold, Moment, Presence, Target

NEUTRAL_SLEW_PER_S = 0.02          # towards neutral while the source is lost
ALERT_LEAD_PER_MIN = 1.2           # a minute must lead from calm to alert
NEUTRAL = Target(0.0, 0.0, 1.0)


class Steersman(Protocol):
    """A controller that can be told where the music went while it did not steer, and how late it is heard."""

    def control(self, affect: Affect, target: Target, moment: Moment, hold: Hold, advance_s: float) -> Control: ...
    def rest(self, control: Control) -> None: ...
    def plan(self, latency_s: float) -> None: ...


class Helm:
    """Implements `loop.ports.Controller` for the whole session.

    Parameters
    ----------
    steersman : Steersman
        The controller that the protocol chose; it steers the phases that steer.
    """

    def __init__(self, steersman: Steersman) -> None:
        self._steersman = steersman
        self._now = Control(0.0, 0.0)

    def control(self, affect: Affect, target: Target, moment: Moment, hold: Hold, advance_s: float) -> Control:
        """Return where the music should be in any phase."""
        if moment.paused or hold is Hold.LOST:
            self._now = self._to_neutral(hold, advance_s)
            self._steersman.rest(self._now)
        elif moment.steering:
            self._now = self._steersman.control(affect, target, moment, hold, advance_s)
        elif moment.phase == "return_to_alert":
            self._now = self._led(target, ALERT_LEAD_PER_MIN / SECONDS_A_MINUTE * advance_s, hold)
            self._steersman.rest(self._now)
        elif moment.phase == EXCERPT and moment.presence is not Presence.SILENT:
            self._now = Control(target.valence, target.arousal, hold)
            self._steersman.rest(self._now)
        else:
            self._now = Control(self._now.valence, self._now.arousal, hold)
        return self._now

    def plan(self, latency_s: float) -> None:
        """Take how long it is from a decision to its sound."""
        self._steersman.plan(latency_s)

    def _to_neutral(self, hold: Hold, advance_s: float) -> Control:
        """Neutral never swells: valence goes to 0, arousal only down to 0 (no swell on an alarm or a hold)."""
        goal = Target(NEUTRAL.valence, min(NEUTRAL.arousal, self._now.arousal), NEUTRAL.tolerance)
        return self._led(goal, NEUTRAL_SLEW_PER_S * advance_s, hold)

    def _led(self, goal: Target, step: float, hold: Hold) -> Control:
        valence, arousal = lead((self._now.valence, self._now.arousal), goal, step)
        return Control(valence, arousal, hold)
