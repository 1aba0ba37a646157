"""The artefact gate: how good each channel of a window is, and whether the window may move the music.

Rails and what is no number are judged as received, stillness on both, all else after filtering and before
re-referencing; then the reference is applied, with bad channels left out of an average. A channel's quality is 1 up to
half of every limit and falls to 0 at the first limit that it reaches: then the channel is bad. A window is bad when
a channel that the decoder needs is bad, or more than `bad_share` of all are, or an ear that it is referred to is, or it
touches a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.values import FloatArray, Window, read_only
from sensing.cleaning.ears import FAULT as EAR_FAULT
from sensing.cleaning.ears import EarWatch
from sensing.cleaning.measures import Measures, Meter
from sensing.cleaning.muscle import MuscleBaseline
from sensing.cleaning.reference import Reference

# Worst first. The rows of `_levels`, with "gap" and "unit?" before them and "blink" for a frontal "amplitude".
FAULTS = ("not a number", "rails", "flat", "line", "amplitude", "step", "muscle")
AMPLITUDE = FAULTS.index("amplitude")
FRONTAL = ("Fp", "AF", "F")
LEAST_UV = 1e-9             # keeps a channel that is wholly still from a division by zero
MOST = 0.5                  # of the channels
UNIT_RANGE_UV = 3000.0      # every channel wider than this: twenty times the gate; no head does that, a wrong unit does


@dataclass(frozen=True, slots=True)
class Gate:
    """Limits of the gate; the defaults are typical of the field, and were tried on an OpenBCI recording."""

    amplitude_uv: float = 100.0
    peak_to_peak_uv: float = 150.0
    step_uv_per_ms: float = 25.0
    flat_s: float = 0.5
    flat_uv: float = 0.5
    muscle_sd: float = 3.0
    line_uv: float = 15.0           # RMS at the mains that the filters left: wrong notch
    rail_uv: float = 180_000.0      # just inside the ADS1299's +-187.5 mV (gain 24): the narrowest in use
    bad_share: float = 0.3          # of all channels


@dataclass(frozen=True, slots=True)
class Layout:
    """What the gate must know of the channels."""

    names: tuple[str, ...]          # in the 10-20 system where known, one a channel
    needed: tuple[int, ...]         # the channels that the decoder needs


class Grader:
    """Grades windows that follow each other by one hop.

    Parameters
    ----------
    layout : Layout
        The channels.
    gate : Gate
        The limits.
    meter : Meter
        Measures windows.
    reference : Reference
        Applied after grading.
    ears : EarWatch, optional
        Judges the ears, where the reference asks for them.
    """

    def __init__(
        self, layout: Layout, gate: Gate, meter: Meter, reference: Reference, ears: EarWatch | None = None
    ) -> None:
        self._gate = gate
        self._meter = meter
        self.reference = reference
        self._needed = np.asarray(layout.needed, dtype=np.intp)
        self._frontal = frontal(layout.names)
        self._ears = ears
        self._muscle = MuscleBaseline()
        self._learned_end = 0

    def grade(self, window: Window) -> Window:
        """Return the window with quality and faults, against the reference that was asked for."""
        measures = self._meter.measure(window)
        levels = self._levels(measures, self._muscle.excess_sd(measures.muscle_uv2))
        worst = np.maximum.reduce(levels, axis=0)
        quality = np.minimum(np.maximum(2.0 - 2.0 * worst, 0.0), 1.0)
        bad = worst >= 1.0
        faults = window.faults + (self._faults(levels >= 1.0, bad, measures) if np.logical_or.reduce(bad) else ())
        ears = window.ears
        if self._ears is not None and ears is not None and self._ears.bad(ears):
            faults = (*faults, EAR_FAULT)
        if not faults:
            self._learn(window, measures)
        beside = ears.samples if ears is not None else None
        samples = self.reference.apply(window.samples, bad, window.first_sample, beside)
        series = self.reference.series if self.reference.changes else window.series
        return Window(samples, window.first_sample, window.span_s, window.newest_s, read_only(quality), faults,
                      window.advance_s, window.raw, series, ears)

    def _levels(self, measures: Measures, excess_sd: FloatArray) -> FloatArray:
        """Return how far each channel is on the way to each limit, ``(len(FAULTS), n_channels)``; 1 is there."""
        gate = self._gate
        levels = np.array((
            np.zeros(len(excess_sd)),
            measures.raw_abs_uv / gate.rail_uv,
            gate.flat_uv / np.maximum(measures.still_uv, LEAST_UV),
            np.sqrt(measures.line_uv2) / gate.line_uv,
            np.maximum(measures.amplitude_uv / gate.amplitude_uv, measures.peak_to_peak_uv / gate.peak_to_peak_uv),
            measures.step_uv_per_ms / gate.step_uv_per_ms,
            excess_sd / gate.muscle_sd,
        ))
        finite = np.isfinite(measures.raw_range_uv)
        if not np.logical_and.reduce(finite):
            levels[:, ~finite] = 0.0
            levels[0, ~finite] = 1.0
        return levels

    def _faults(self, marks: NDArray[np.bool_], bad: NDArray[np.bool_], measures: Measures) -> tuple[str, ...]:
        """Return why the window is bad, worst first; nothing where the bad channels can be spared."""
        spread = float(bad.mean()) > self._gate.bad_share
        needed = bad[self._needed]
        if not spread and not needed.any():
            return ()
        counted = marks if spread else marks[:, self._needed]
        blink = not bool((marks[AMPLITUDE] & ~self._frontal).any())
        words = [*FAULTS[:AMPLITUDE], "blink" if blink else "amplitude", *FAULTS[AMPLITUDE + 1:]]
        found = tuple(word for word, row in zip(words, counted, strict=True) if row.any())
        return ("unit?", *found) if self._wrong_unit(measures) else found

    def _wrong_unit(self, measures: Measures) -> bool:
        """Whether every channel is alive but far too small, or far too large, for EEG in microvolts."""
        alive = float((measures.raw_range_uv > 0.0).mean()) > MOST
        small = bool((measures.peak_to_peak_uv < self._gate.flat_uv).all())
        return (alive and small) or bool((measures.peak_to_peak_uv > UNIT_RANGE_UV).all())

    def _learn(self, window: Window, measures: Measures) -> None:
        if window.first_sample >= self._learned_end:
            self._muscle.learn(measures.muscle_uv2)
            self._learned_end = window.first_sample + len(window.samples)


def frontal(names: Sequence[str]) -> NDArray[np.bool_]:
    """Say which channels lie so far in front that a blink reaches them."""
    return np.array([name.rstrip("0123456789z") in FRONTAL for name in names], dtype=np.bool_)
