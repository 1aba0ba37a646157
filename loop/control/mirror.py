"""Mirror: the state drives the music.

It is positive feedback (aroused -> loud -> more aroused), so the gain stays under 0.5 and the builder lets loudness
go only downward. After Ehrlich et al. 2019 (PLoS ONE e0213516) and Ramirez et al. 2015.
"""

from __future__ import annotations

from loop.errors import ProtocolError
from loop.values import Affect, Control, Hold, Moment, Target

GAIN_MOST = 0.5


class Mirror:
    """The controller of mirror sessions; implements `loop.ports.Controller`.

    Parameters
    ----------
    gain : float
        Share of the state that the music shows, 0..0.5 (excluded).
    slew_per_s : float
        How fast the music may move.

    Raises
    ------
    ProtocolError
        When the gain would let the loop run away.
    """

    def __init__(self, gain: float, slew_per_s: float) -> None:
        if not 0.0 < gain < GAIN_MOST:
            raise ProtocolError(f"control.gain is {gain}", f"a mirror's gain lies above 0 and below {GAIN_MOST}")
        self._gain = gain
        self._slew_per_s = slew_per_s
        self._valence = 0.0
        self._arousal = 0.0

    def control(self, affect: Affect, target: Target, moment: Moment, hold: Hold, advance_s: float) -> Control:
        """Return the state times the gain; what is held stays where it is."""
        most = self._slew_per_s * advance_s
        if hold in (Hold.NONE, Hold.DROWSY) and not moment.paused:
            self._valence += min(most, max(-most, self._gain * affect.valence - self._valence))
            if hold is Hold.NONE:
                self._arousal += min(most, max(-most, self._gain * affect.arousal - self._arousal))
        return Control(self._valence, self._arousal, hold)

    def rest(self, control: Control) -> None:
        """Take where the music went while another steered."""
        self._valence, self._arousal = control.valence, control.arousal

    def plan(self, latency_s: float) -> None:
        """A mirror shows what is: it leads nowhere, and its gain is bounded whatever the delay."""
