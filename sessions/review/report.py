"""An evaluation as one HTML page that needs nothing else: no link, no script, plots within."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from math import isnan
from typing import Any

from jinja2 import Environment, PackageLoader
from matplotlib import rc_context
from matplotlib.figure import Figure

from sensing.decoders.evidence import Evidence
from sensing.decoders.verdict import Figures, Verdict
from sessions.review.evaluation import EXPLORATORY, RESEARCH, Answer, Evaluation, r2_words

HIGH, LOW, QUIET = "#007a59", "#a8447c", "#5a646e"
STYLE: Any = {"svg.fonttype": "path", "svg.hashsalt": "euthymia", "font.size": 9, "axes.spines.top": False,
         "axes.spines.right": False, "axes.edgecolor": QUIET, "axes.labelcolor": "#1b1f23"}
SIZE_INCHES = (4.6, 3.0)
N_BINS = 25


def page(found: Evaluation) -> str:
    """Return the page; what came from a record is escaped."""
    environment = Environment(loader=PackageLoader("sessions.review", "."), autoescape=True)
    sections = [_section(answer) for answer in found.answers]
    text: str = environment.get_template("evaluation.html").render(
        found=found, sections=sections, exploratory=EXPLORATORY, research=RESEARCH)
    return text


def _section(answer: Answer) -> dict[str, Any]:
    verdict, evidence = answer.examined.verdict, answer.examined.evidence
    row = {"who": answer.who, "verdict": verdict, "cells": _cells(verdict, answer.r2), "plots": []}
    if len(evidence.predicted):
        row["plots"] = [("Each excerpt: predicted without having seen it, against its rating. A line spans the windows "
                         "of the excerpt.", _drawn(lambda axes: _draw_excerpts(axes, evidence, verdict))),
                        ("What chance gives: the score of each shuffle of whole excerpts, the observed score, and its "
                         "95 % interval.", _drawn(lambda axes: _draw_chance(axes, evidence, verdict)))]
    return row


def _cells(verdict: Verdict, r2: Figures) -> list[str]:
    figures = verdict.figures
    if isnan(figures.score):
        return ["–"] * 6
    music = "not asked" if isnan(figures.p_music) else f"{figures.p_music:.2g}"
    return [f"{figures.score:.0%} ({figures.low:.0%} to {figures.high:.0%})",
            f"{figures.baseline:.0%} ({figures.majority_share:.0%})", f"{figures.p:.2g}", r2_words(r2),
            f"{figures.gain_over_music:.0%}".replace("-", "−"), music]


def _drawn(draw: Callable[[Any], None]) -> str:
    """Return a plot as base64 of an SVG, for an image within the page."""
    with rc_context(STYLE):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        draw(figure.add_subplot())
        file = BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return b64encode(file.getvalue()).decode("ascii")


def _draw_excerpts(axes: Any, evidence: Evidence, verdict: Verdict) -> None:
    for high, color, name in ((True, HIGH, "rated high"), (False, LOW, "rated low")):
        mine = (evidence.truth > 0) == high
        axes.vlines(evidence.rated[mine], evidence.lowest[mine], evidence.highest[mine], color=color, alpha=0.35, lw=1)
        axes.plot(evidence.rated[mine], evidence.predicted[mine], "o", color=color, ms=4.5, label=name)
    axes.axhline(0, color=QUIET, lw=0.8, ls=":")
    axes.set_xlabel(f"rated {verdict.axis} (SAM, on −1 to 1)")
    axes.set_ylabel("predicted: low (< 0) or high (> 0)")
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=2)


def _draw_chance(axes: Any, evidence: Evidence, verdict: Verdict) -> None:
    figures = verdict.figures
    axes.hist(evidence.by_chance * 100, bins=N_BINS, range=(0, 100), color="#c3ccd5")
    axes.axvspan(figures.low * 100, figures.high * 100, color=HIGH, alpha=0.12, lw=0)
    axes.axvline(figures.score * 100, color=HIGH, lw=2)
    axes.set_title(f"observed {figures.score:.0%}, p = {figures.p:.2g}", color=HIGH, fontsize=9)
    axes.set_xlabel("balanced accuracy, %")
    axes.set_ylabel(f"shuffles of {figures.n_permutations}")
