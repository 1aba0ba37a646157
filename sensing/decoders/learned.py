"""The live decoder that was learned: space, heads and state filter behind the loop's port.

Its readings are absolute, on the person's own rating scale. A session's baseline gives the centre from which its
windows are seen; until then nothing is decoded. An axis without an accepted head stays at the person's rating here:
`paired` takes it from the index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from loop.values import NAN, Affect, Features, FloatArray, Hold, Moment
from sensing.decoders.excerpts import SAM_HALF, SAM_MIDDLE, WINDOW_S
from sensing.decoders.recipe import Head, Space
from sensing.decoders.state import Estimate, state_filter

BASELINE = "baseline"
FEWEST_WINDOWS = 5              # of a centre, not overlapping
UNKNOWN_SD = 1.0 / sqrt(3.0)    # of a number anywhere in -1..1


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned: heads by axis, and the SD of one window's reading about the truth, out of fold."""

    name: str
    space: Space
    heads: Mapping[str, Head]
    window_sds: Mapping[str, float]


class LearnedDecoder:
    """Reads affect from windows as a space expresses them.

    Parameters
    ----------
    learned : Learned
        Space and heads.
    rate_hz : float
        Of the stream.
    hop_s : float
        Between decisions.
    """

    def __init__(self, learned: Learned, rate_hz: float, hop_s: float) -> None:
        self._learned = learned
        self._middle = Middle(learned.space, rate_hz)
        self._filters = {axis: state_filter(sd, hop_s, WINDOW_S) for axis, sd in learned.window_sds.items()}
        self._anchor = {"valence": 0.0, "arousal": 0.0}
        self._steered = False
        self._eyes = ""
        self._estimates: dict[str, Estimate] = {}

    @property
    def clean_s(self) -> float:
        """Seconds of clean, non-overlapping data in the running baseline."""
        return self._middle.clean_s

    @property
    def axes(self) -> frozenset[str]:
        """The axes that it reads."""
        return frozenset(self._learned.heads)

    def decode(self, features: Features | None, moment: Moment, advance_s: float, *, drowsy: bool = False) -> Affect:
        """Return the state after this decision; without features, or arousal while drowsy, it only grows less sure."""
        self._follow(moment)
        if features is not None:
            self._middle.collect(features, moment)
        centre = self._middle.of(self._eyes)
        readings = self._read(features, centre)
        if drowsy:
            readings.pop("arousal", None)
        if centre is not None:
            for axis, model in self._filters.items():
                before = self._estimates.get(axis, Estimate(self._anchor[axis], UNKNOWN_SD**2))
                self._estimates[axis] = model.step(before, advance_s, readings.get(axis, NAN))
        return self._affect(readings, features is not None, centre is not None)

    def rate(self, valence: float, arousal: float) -> None:
        """Take a SAM rating, 1..9 each: where an axis begins, and where one without a head stays."""
        if not self._steered:
            given = {"valence": (valence - SAM_MIDDLE) / SAM_HALF, "arousal": (arousal - SAM_MIDDLE) / SAM_HALF}
            self._anchor |= {axis: state for axis, state in given.items() if -1.0 <= state <= 1.0}

    def hold(self, moment: Moment) -> Hold:
        """Say what forbids a decision in a phase that steers."""
        self._follow(moment)
        return Hold.NO_SCALE if moment.steering and self._middle.of(self._eyes) is None else Hold.NONE

    def _follow(self, moment: Moment) -> None:
        changed = self._middle.follow(moment)
        self._steered = self._steered or moment.steering
        if changed or (moment.eyes or self._eyes) != self._eyes:
            self._eyes = moment.eyes or self._eyes
            self._estimates = {}

    def _read(self, features: Features | None, centre: FloatArray | None) -> dict[str, float]:
        if features is None or centre is None:
            return {}
        windows = self._learned.space.express(features.values[None], centre)
        return {axis: float(np.clip(head.predict(windows)[0, 0], -1.0, 1.0))
                for axis, head in self._learned.heads.items()}

    def _affect(self, readings: Mapping[str, float], seen: bool, scaled: bool) -> Affect:
        stands = {axis: Estimate(self._anchor[axis], UNKNOWN_SD**2) for axis in self._anchor} | self._estimates
        return Affect(
            valence=_clip(stands["valence"].mean), arousal=_clip(stands["arousal"].mean),
            valence_sd=stands["valence"].sd, arousal_sd=stands["arousal"].sd, quality=float(seen),
            decoder=self._learned.name, valence_index=readings.get("valence", NAN),
            arousal_index=readings.get("arousal", NAN), scaled=scaled,
        )


class Middle:
    """Collects a session's baselines, and keeps the centre of each eye state; frozen once a phase has steered.

    Parameters
    ----------
    space : Space
        In which centres are taken.
    rate_hz : float
        Of the stream.
    """

    def __init__(self, space: Space, rate_hz: float) -> None:
        self._space = space
        self._rate_hz = rate_hz
        self._running: Moment | None = None
        self._windows: list[FloatArray] = []
        self._free_from = 0
        self._span_s = 0.0
        self._centres: dict[str, FloatArray] = {}
        self._steered = False

    @property
    def clean_s(self) -> float:
        """Seconds collected in the running baseline."""
        return len(self._windows) * self._span_s if self._running else 0.0

    def of(self, eyes: str) -> FloatArray | None:
        """Return the centre of an eye state; None before there is one."""
        return self._centres.get(eyes)

    def follow(self, moment: Moment) -> bool:
        """Take where the session is; finish a baseline that it has left. True where that gave a centre."""
        here = moment if moment.phase == BASELINE else None
        changed = False
        if (here and here.phase_index) != (self._running and self._running.phase_index):
            changed = self._finish(self._running) if self._running else False
            self._running, self._windows, self._free_from = here, [], 0
        self._steered = self._steered or moment.steering
        return changed

    def collect(self, features: Features, moment: Moment) -> None:
        """Take a clean window, if it lies wholly in the running baseline and overlaps none that was taken."""
        inside = self._running and not moment.paused and moment.elapsed_s >= features.span_s
        if inside and features.first_sample >= self._free_from:
            self._span_s = features.span_s
            self._free_from = features.first_sample + round(features.span_s * self._rate_hz)
            self._windows.append(features.values)

    def _finish(self, baseline: Moment) -> bool:
        frozen = self._steered and baseline.eyes in self._centres
        if frozen or not baseline.scale or len(self._windows) < FEWEST_WINDOWS:
            return False
        self._centres[baseline.eyes] = self._space.centre(np.array(self._windows))
        return True


def _clip(value: float) -> float:
    return min(1.0, max(-1.0, value))
