"""Limits, and what each fault does: two tables, and the rule that ends a session when mood worsens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loop.values import Hold


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one session that no protocol moves."""

    tick_s: float = 0.25           # design: the clock's input
    held_s: float = 0.5            # nothing fresh for this long: affect is held
    stalled_s: float = 1.0         # ... an alarm
    bad_signal_s: float = 4.0      # bad windows for this long: the operator is told
    start_arousal_most: float = 0.4   # iso principle: the music never begins more aroused than this
    start_valence_least: float = -0.2
    rating_drop: float = 2.0       # SAM points below the start, twice running
    rating_floor: float = 2.0      # SAM valence at or below this, and below the start


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Words:
    """One line for a person: what happened, what the program did about it, what the person can do."""

    happened: str
    did: str
    can_do: str

    def line(self) -> str:
        """Return the three as one line."""
        return "; ".join(part for part in (self.happened, self.did, self.can_do) if part)


HOLD_WORDS = {
    Hold.NONE: "",
    Hold.NO_DATA: "held: no data",
    Hold.LATE: "held: data came late",
    Hold.BAD: "held: artefact",
    Hold.LOST: "held: source lost",
    Hold.RETURNING: "held: source is back, waiting for a clean window",
    Hold.PAUSED: "paused",
    Hold.NO_SCALE: "held: no baseline yet",
    Hold.DROWSY: "arousal held: drowsy?",
}

ALARMS = {
    "stalled": Words("no EEG for a second", "the state is held", "check the headset and its link"),
    "source_lost": Words("the EEG stream is lost", "the session is paused, the music is neutral",
                         "switch the stream on again; the session goes on by itself"),
    "stream_changed": Words("the stream came back with other channels", "it is not used",
                            "restore the channels of the session's start"),
    "bad_signal": Words("the signal has been bad for 4 s", "the state is held", "check electrodes; ask for stillness"),
    "clock": Words("the stream's time stamps cannot be true", "arrival times are used", "check the sender's clock"),
    "underrun": Words("the sound was late", "it was counted", "close other programs"),
    "music_lost": Words("the music process ended", "it is being started again; the sound goes on", ""),
    "composer_replaced": Words("the chosen composer cannot play", "the rule-based composer plays instead",
                               "the record says why; see `euthymia doctor`"),
    "sound_lost": Words("the sound process ended", "it is being started again with a fade", "check the output device"),
    "sound_gone": Words("the sound process ended twice within a minute", "the session is paused",
                        "check the output device, then resume"),
}

ENDINGS = {
    "complete": "the protocol is complete",
    "stop": "stopped by a person",
    "quality": "the signal was not good enough to begin",
    "baseline": "the baseline had too little clean EEG for a scale",
    "lost": "the EEG stream did not come back",
    "longest": "the longest session that the protocol allows is over",
    "mood": "the ratings worsened: the stop rule of the protocol",
}
NOT_READY_ENDINGS = frozenset({"quality", "baseline"})


def mood_worsened(valences: Sequence[float]) -> bool:
    """Say whether the SAM valences so far, first one at the start, end the session.

    Two points or more below the start twice running, or at most 2 and below the start (science: a stop rule).
    """
    if len(valences) < 2:
        return False
    start, last = valences[0], valences[-1]
    low = [start - valence >= LIMITS.rating_drop for valence in valences[1:]]
    return (all(low[-2:]) and len(low) >= 2) or (last <= LIMITS.rating_floor and last < start)
