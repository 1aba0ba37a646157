"""Runs an evaluation for the command line: sessions in, verdicts and a page out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loop import catalog
from loop.catalog import Row
from loop.errors import FileError
from sessions.calibration import NETWORK, RIEMANN, Wanted
from sessions.review.evaluation import Answer, Evaluation, evaluate
from ui.options import OptionError

PAGE = Row("html", "sessions.review.report:page", "report", "an evaluation as a page with plots")
DECODERS = (RIEMANN, NETWORK)
SUFFIXES = (".html", ".htm")


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """An evaluation as it was asked for."""

    sessions: Sequence[Path]
    decoder: str = RIEMANN
    out: Path | None = None        # None = no page
    seed: int = 1


def run_evaluation(options: EvaluateOptions, say: Callable[[str], None]) -> Evaluation:
    """Judge, and write the page where one was asked for; what cannot be written is said before anything is read.

    Raises
    ------
    EuthymiaError
        For bad input.
    """
    if options.decoder not in DECODERS:
        raise OptionError(f'--decoder is "{options.decoder}"', f"choose one of {', '.join(DECODERS)}")
    page = _page_of(options.out) if options.out else None
    found = evaluate(options.sessions, Wanted(options.decoder, options.seed), say)
    if page is not None and options.out is not None:
        _write(options.out, page(found))
        say(f"the page is {options.out}")
    return found


def evaluation_object(found: Evaluation, out: Path | None) -> dict[str, Any]:
    """Return what an evaluation came to, for programs."""
    return {"decoder": found.decoder, "sessions": list(found.sessions), "channels": list(found.pool.names),
            "page": str(out) if out else None, "notes": list(found.notes),
            "verdicts": [{"who": answer.who, **asdict(answer.examined.verdict), "r2": _r2(answer)}
                         for answer in found.answers]}


def _r2(answer: Answer) -> dict[str, float]:
    return {"score": answer.r2.score, "low": answer.r2.low, "high": answer.r2.high}


def _page_of(out: Path) -> Callable[[Evaluation], str]:
    if out.suffix.lower() not in SUFFIXES:
        raise FileError(f"{out} is no page", f"give it one of {', '.join(SUFFIXES)}")
    if out.exists():
        raise FileError(f"{out} exists already", "choose another name; nothing is overwritten")
    if not out.parent.is_dir():
        raise FileError(f"the folder of {out} does not exist", "make it first")
    page: Callable[[Evaluation], str] = catalog.load(PAGE, "report")
    return page


def _write(out: Path, text: str) -> None:
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise FileError(f"{out} cannot be written: {error.strerror}", "choose another folder") from error
