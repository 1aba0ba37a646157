"""The verdict on a learned decoder: its figures, and in words whether it may be used."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from loop.values import NAN

LARGEST_P = 0.05
FEWEST_PER_CLASS = 6            # excerpts, as calibration plays them
FALL_BACK = "The index decoder is used."


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured on excerpts that were held out whole."""

    score: float = NAN             # balanced accuracy 0..1, or R2
    low: float = NAN               # of the score's 95 % interval, by resampling what was held out
    high: float = NAN
    baseline: float = NAN          # of who always answers with the majority (0.5), or with the mean (R2 of 0)
    majority_share: float = NAN    # of excerpts that are in the larger class
    p: float = NAN                 # share of shuffles of whole excerpts that score as high
    gain_over_music: float = NAN   # share of the squared error that music and time leave, and the prediction takes away
    p_music: float = NAN           # share of shuffles of that rest that gain as much; NaN where p had refused already
    window_sd: float = NAN         # of one window's prediction about the truth, on -1..1
    n_permutations: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a decoder of one axis may be used, why, and on what figures."""

    accepted: bool
    sentence: str
    axis: str
    task: str                      # "classes" or "regression"
    held_out: str                  # "excerpt", "session" or "person"
    n_excerpts: int
    n_low: int
    n_high: int
    figures: Figures = Figures()


def refusal(axis: str, figures: Figures, told: str) -> str:
    """Return why a decoder may not be used; "" where it may."""
    if not figures.p <= LARGEST_P:
        return f"Refused: {told}, which shuffles of whole excerpts reach as well (p = {_p(figures.p)}). {FALL_BACK}"
    if not figures.p_music <= LARGEST_P:
        return (f"Refused: {told}, but that adds nothing to what the music's own intent says of {axis} "
                f"(p = {_p(figures.p_music)}): it may be the music that it reads. {FALL_BACK}")
    return ""


def sentence(axis: str, task: str, held_out: str, figures: Figures) -> str:
    """Return the verdict in words."""
    told = _told(axis, task, held_out, figures)
    return refusal(axis, figures, told) or (
        f"Accepted: {told} (p = {_p(figures.p)}), and it knows more than the music's intent alone does "
        f"(p = {_p(figures.p_music)}).")


def too_few(axis: str, n_low: int, n_high: int) -> str:
    """Return the refusal for want of excerpts; "" where there are enough."""
    if min(n_low, n_high) >= FEWEST_PER_CLASS:
        return ""
    return (f"Refused: {n_low} excerpts were rated low and {n_high} high in {axis}, and {FEWEST_PER_CLASS} of each are "
            f"needed. {FALL_BACK}")


def _told(axis: str, task: str, held_out: str, figures: Figures) -> str:
    if task == "classes":
        return (f"of {held_out}s that it had not seen it tells high from low {axis} with a balanced accuracy of "
                f"{figures.score:.0%} (95 % interval {figures.low:.0%} to {figures.high:.0%}; always answering "
                f"the majority gives {figures.baseline:.0%})")
    return (f"of {held_out}s that it had not seen it explains {figures.score:.0%} of the variance of {axis} (R2; 95 % "
            f"interval {figures.low:.0%} to {figures.high:.0%}; always answering the mean gives 0 %)")


def _p(value: float) -> str:
    return "unknown" if isnan(value) else f"{value:.2g}"
