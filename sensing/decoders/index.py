"""The index decoder: affect as change against the person's own baseline, anchored at the person's own rating.

``arousal = a0 + clip(z / 3, -1, 1)``, clipped to -1..1, with ``a0 = (SAM - 5) / 4`` of the last rating before steering
began (0 without one: relative to the baseline). Valence is the same with the frontal asymmetry: exploratory. The
state filter stands between z and affect, and is the only smoothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from loop.errors import MontageError
from loop.values import NAN, Affect, Features, Header, Hold, Moment
from sensing.decoders.drowsiness import DrowsinessGuard
from sensing.decoders.scale import CLOSED, Scale, Scales
from sensing.decoders.state import Estimate, state_filter
from sensing.features.indices import INDICES, LEFT, POSTERIOR, RIGHT, BandPowers
from sensing.features.spectrum import FREQUENCIES_HZ

NAME = "index"
SD_PER_UNIT = 3.0                       # z of 3 is the whole way from the anchor to the edge of the scale
SAM_MIDDLE, SAM_HALF = 5.0, 4.0         # SAM's 1..9 onto -1..1
UNKNOWN_SD = 1.0 / sqrt(3.0)            # of a number anywhere in -1..1
START_SD = 1.0 / SD_PER_UNIT            # after a baseline: one SD of a window about its centre
AROUSAL, VALENCE = "arousal", "asymmetry"
POSTERIOR_ALPHA, THETA_ALPHA = "posterior_alpha", "theta_alpha"
SHOWN = (AROUSAL, VALENCE, POSTERIOR_ALPHA, THETA_ALPHA)


@dataclass(frozen=True, slots=True)
class Timing:
    """What the decoder must know of time."""

    rate_hz: float
    window_s: float
    hop_s: float


class IndexDecoder:
    """Reads arousal and valence from log spectra.

    Parameters
    ----------
    header : Header
        Of the stream.
    roles : Sequence[str]
        The roles of the extractor, in its order; F3 and F4 must be among them.
    timing : Timing
        Of windows and decisions.

    Raises
    ------
    MontageError
        Where F3 or F4 is missing.
    """

    def __init__(self, header: Header, roles: Sequence[str], timing: Timing) -> None:
        missing = [role for role in (LEFT, RIGHT) if role not in roles]
        if missing:
            raise MontageError(f"The index decoder has no {' and no '.join(missing)} in {header.name}",
                               "name the channels that stand for F3 and F4 under stream: roles:")
        self._shape = (len(roles), len(FREQUENCIES_HZ))
        self._filter = state_filter(1.0 / SD_PER_UNIT, timing.hop_s, timing.window_s)
        self._scales = Scales({role: row for row, role in enumerate(roles)}, timing.rate_hz)
        self._guard = DrowsinessGuard()
        self._posterior = any(role in POSTERIOR for role in roles)
        self._anchor = (0.0, 0.0)
        self._eyes = ""
        self._scale: Scale | None = None
        self._arousal: Estimate = Estimate(0.0, START_SD**2)
        self._valence: Estimate = Estimate(0.0, START_SD**2)

    @property
    def n_values(self) -> int:
        """Numbers that it reads of a window."""
        return self._shape[0] * self._shape[1]

    @property
    def clean_s(self) -> float:
        """Seconds of clean, non-overlapping data in the running baseline."""
        return self._scales.clean_s

    @property
    def clean_windows(self) -> int:
        """Clean, non-overlapping windows in the running baseline."""
        return self._scales.clean_windows

    @property
    def iaf_hz(self) -> float:
        """The alpha frequency in use."""
        return self._scales.iaf.hz

    @property
    def iaf_note(self) -> str:
        """Where the alpha frequency comes from: one sentence."""
        return self._scales.iaf.note if self._posterior else "No posterior channel: the usual alpha at 10 Hz is taken."

    @property
    def drowsy(self) -> bool:
        """Whether sleep may be coming: what looks like arousal is then none."""
        return self._guard.drowsy

    @property
    def scale(self) -> Scale | None:
        """Baselines of the indices for the eyes as they are; None before there are any."""
        return self._scale

    def decode(self, features: Features | None, moment: Moment, advance_s: float) -> Affect:
        """Return the state after this decision; without features it only grows less sure."""
        self._follow(moment)
        readings = self._read(features, moment) if features is not None else {}
        if self._scale is None:
            return self._unscaled(readings, features is not None)
        self._watch_sleep(readings, advance_s)
        held = self._guard.drowsy
        self._arousal = self._step(self._arousal, NAN if held else self._change(readings, AROUSAL), advance_s)
        self._valence = self._step(self._valence, self._change(readings, VALENCE), advance_s)
        return Affect(
            valence=_clip(self._anchor[0] + self._valence.mean), arousal=_clip(self._anchor[1] + self._arousal.mean),
            valence_sd=self._valence.sd, arousal_sd=self._arousal.sd, quality=float(features is not None), decoder=NAME,
            valence_index=readings.get(VALENCE, NAN), arousal_index=readings.get(AROUSAL, NAN), scaled=True,
        )

    def rate(self, valence: float, arousal: float) -> None:
        """Take a SAM rating, 1..9 each, as the anchor; one given after steering began moves nothing."""
        anchor = tuple((sam - SAM_MIDDLE) / SAM_HALF for sam in (valence, arousal))
        if not self._scales.steered and all(-1.0 <= axis <= 1.0 for axis in anchor):
            self._anchor = (anchor[0], anchor[1])

    def hold(self, moment: Moment) -> Hold:
        """Say what forbids a decision in a phase that steers."""
        self._follow(moment)
        if not moment.steering:
            return Hold.NONE
        if self._scale is None:
            return Hold.NO_SCALE
        return Hold.DROWSY if self._guard.drowsy else Hold.NONE

    def _follow(self, moment: Moment) -> None:
        """Finish a baseline that was left; begin anew where the scale or the eyes have changed."""
        changed = self._scales.follow(moment)
        eyes = moment.eyes or self._eyes
        if changed or eyes != self._eyes:
            self._eyes = eyes
            self._scale = self._scales.by_eyes.get(eyes)
            self._guard = DrowsinessGuard()
            self._forget()

    def _forget(self) -> None:
        self._arousal = Estimate(0.0, START_SD**2)
        self._valence = Estimate(0.0, START_SD**2)

    def _read(self, features: Features, moment: Moment) -> dict[str, float]:
        log_psd = features.values.reshape(self._shape)
        self._scales.collect(log_psd, features.first_sample, features.span_s, moment)
        powers: BandPowers = self._scales.powers(log_psd)
        return {name: float(INDICES[name].of(powers)) for name in SHOWN}

    def _change(self, readings: dict[str, float], name: str) -> float:
        """Return clip(z / 3, -1, 1) of an index; NaN where it was not read."""
        if name not in readings or self._scale is None or name not in self._scale:
            return NAN
        return _clip(self._scale[name].z(readings[name]) / SD_PER_UNIT)

    def _step(self, estimate: Estimate, reading: float, advance_s: float) -> Estimate:
        return self._filter.step(estimate, advance_s, reading)

    def _watch_sleep(self, readings: dict[str, float], advance_s: float) -> None:
        if self._eyes != CLOSED or self._scale is None or THETA_ALPHA not in self._scale or not readings:
            return
        change = readings[POSTERIOR_ALPHA] - self._scale[POSTERIOR_ALPHA].centre
        self._guard.take(change, self._scale[THETA_ALPHA].z(readings[THETA_ALPHA]), advance_s)

    def _unscaled(self, readings: dict[str, float], seen: bool) -> Affect:
        return Affect(
            valence=self._anchor[0], arousal=self._anchor[1], valence_sd=UNKNOWN_SD, arousal_sd=UNKNOWN_SD,
            quality=float(seen), decoder=NAME, valence_index=readings.get(VALENCE, NAN),
            arousal_index=readings.get(AROUSAL, NAN), scaled=False,
        )


def _clip(value: float) -> float:
    return min(1.0, max(-1.0, value))
