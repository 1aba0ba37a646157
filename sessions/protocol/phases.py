"""The rows of `phases`: what happens in a session, one after the other."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sessions.protocol.part import Eyes, OneKeyRow, Part

SECONDS_A_MINUTE = 60.0
POINTS_A_ROUND = 8                 # of the plane: see `dealing`

_EYES = "The person's eyes, open or closed: alpha differs so much between them that each needs a baseline of its own."


class Phase(Part):
    """What every phase may carry."""

    note: str = Field(default="", description="A sentence for the operator; empty by default. It changes nothing.")


class TimedPhase(Phase):
    """A phase that ends by the clock."""

    minutes: float = Field(gt=0.0, le=120.0, description="Its length. No default: the length is the protocol's to say.")


class Screen(Phase):
    """Questions before anything else: who should not take part today."""

    form: Literal["screening"] = Field(
        default="screening",
        description="The questions asked. screening by default: epilepsy, hearing, medication, sleep.",
    )


class CheckQuality(Phase):
    """Waits for a signal that is good enough to begin."""

    at_least: float = Field(
        default=0.8, ge=0.0, le=1.0,
        description="Share of clean windows asked for. 0.8 by default: one bad window in five is life, more a bad fit.",
    )
    wait_s: float = Field(
        default=120.0, ge=1.0, le=3600.0,
        description="Longest wait for it. 120 s by default: time to wet or move an electrode or two.",
    )


class Baseline(TimedPhase):
    """Rest in silence; it gives the scale of its own eye state."""

    eyes: Eyes = Field(description=_EYES + " No default.")
    clean_s: float = Field(
        default=60.0, ge=20.0, le=1800.0,
        description="Clean, non-overlapping data that the scale needs. 60 s by default: 15 windows of 4 s; fewer give "
        "a scale that wobbles, and under 20 s there is none.",
    )


class Point(Part):
    """A point of the plane."""

    valence: float = Field(ge=-1.0, le=1.0, description="Unpleasant -1 to pleasant 1. No default.")
    arousal: float = Field(ge=-1.0, le=1.0, description="Calm -1 to excited 1. No default.")


class Excerpt(Phase):
    """Music of one point of the plane, to be rated: the EEG moves nothing."""

    length_s: float = Field(
        default=30.0, ge=8.0, le=120.0,
        description="Its length. 30 s by default, 20 to 40 are usual: enough to be felt, and short.",
    )
    eyes: Eyes = Field(default="closed", description=_EYES + " closed by default, as in the regulate phases.")
    at: Point = Field(description="What the music is like; in silence, what the person is asked to recall. No default.")
    silent: bool = Field(
        default=False,
        description="Whether the person recalls in silence instead of hearing music. false by default.",
    )

    @property
    def minutes(self) -> float:
        """Its length in minutes."""
        return self.length_s / SECONDS_A_MINUTE


class Rest(Phase):
    """A pause in silence."""

    length_s: float = Field(
        default=10.0, ge=1.0, le=120.0,
        description="Its length. 10 s by default: what was felt before fades.",
    )

    @property
    def minutes(self) -> float:
        """Its length in minutes."""
        return self.length_s / SECONDS_A_MINUTE


class Excerpts(Phase):
    """A calibration's excerpts across the plane, each with its rating and a rest, dealt anew for each session."""

    rounds: int = Field(
        default=3, ge=1, le=10,
        description="Each round plays 8 points once, 4 of them low and 4 high on either axis. 3 by default: 12 "
        "excerpts a class, and 6 are the fewest from which a decoder is learned.",
    )
    recalls: int = Field(
        default=4, ge=0, le=20,
        description="Recall trials without music. 4 by default: they show whether a decoder reads more than the music.",
    )
    length_s: float = Field(default=30.0, ge=8.0, le=120.0, description="Of each excerpt. 30 s by default.")
    rest_s: float = Field(default=10.0, ge=1.0, le=120.0, description="Silence after each. 10 s by default.")
    eyes: Eyes = Field(default="closed", description=_EYES + " closed by default, as in the regulate phases.")

    @property
    def minutes(self) -> float:
        """The length of all, without the time that ratings take."""
        n_excerpts = self.rounds * POINTS_A_ROUND + self.recalls
        return n_excerpts * (self.length_s + self.rest_s) / SECONDS_A_MINUTE


class Rate(Phase):
    """The person says how they feel; ends with the answer."""

    of: Literal["now", "excerpt"] = Field(
        default="now",
        description="now by default: how the person is, and the stop rule reads it. excerpt: what the excerpt before "
        "made them feel; the stop rule does not read it.",
    )

    form: Literal["sam"] = Field(
        default="sam", description="The form. sam by default: valence and arousal, 1 to 9 each.",
    )


class Towards(Part):
    """Where a regulate phase leads to."""

    valence: float = Field(
        default=0.0, ge=-1.0, le=1.0,
        description="Unpleasant -1 to pleasant 1. 0 by default: neither. Below 0 needs safety.allow_low_valence.",
    )
    arousal: float = Field(default=0.0, ge=-1.0, le=1.0, description="Calm -1 to excited 1. 0 by default: neither.")
    tolerance: float = Field(
        default=0.2, gt=0.0, le=1.0,
        description="Radius of the target zone. 0.2 by default: a tenth of the axis, about the state filter's own "
        "uncertainty.",
    )


class Regulate(TimedPhase):
    """The loop is closed: the music leads from where the person is to the target."""

    eyes: Eyes = Field(
        default="closed", description=_EYES + " closed by default: fewer blinks, and music is all there is.",
    )
    towards: Towards = Field(description="The target. No default: it is what the protocol is for.")


class Mirror(TimedPhase):
    """The state drives the music and the person is told how; needs control.name: mirror."""

    eyes: Eyes = Field(
        default="closed", description=_EYES + " closed by default: fewer blinks, and music is all there is.",
    )


class Transfer(TimedPhase):
    """No feedback: shows whether the person stays there alone."""

    eyes: Eyes = Field(default="closed", description=_EYES + " closed by default, as in the regulate phases.")


class ReturnToAlert(TimedPhase):
    """Back to wakefulness before standing up."""

    minutes: float = Field(
        default=1.0, gt=0.0, le=30.0,
        description="Its length. 1 minute by default: long enough to open the eyes and stretch.",
    )


AnyPhase = (
    Screen | CheckQuality | Baseline | Rate | Regulate | Mirror | Transfer | ReturnToAlert | Excerpts | Excerpt | Rest)


class PhaseRow(OneKeyRow):
    """One phase: a mapping with one key."""

    screen: Screen | None = Field(default=None, description="Questions before anything else.")
    check_quality: CheckQuality | None = Field(
        default=None, description="Waits for a signal that is good enough to begin.",
    )
    baseline: Baseline | None = Field(
        default=None, description="Rest in silence; gives the scale of its own eye state.",
    )
    rate: Rate | None = Field(default=None, description="The person says how they feel.")
    regulate: Regulate | None = Field(
        default=None, description="The music leads from where the person is to the target.",
    )
    mirror: Mirror | None = Field(default=None, description="The state drives the music.")
    transfer: Transfer | None = Field(default=None, description="No feedback.")
    excerpts: Excerpts | None = Field(default=None, description="A calibration's excerpts, in a dealt order.")
    excerpt: Excerpt | None = Field(default=None, description="Music of one point of the plane, to be rated.")
    rest: Rest | None = Field(default=None, description="A pause in silence.")
    return_to_alert: ReturnToAlert | None = Field(default=None, description="Back to wakefulness before standing up.")

    @property
    def phase(self) -> AnyPhase:
        """What stands under the key."""
        phase: AnyPhase = getattr(self, self.kind)
        return phase
