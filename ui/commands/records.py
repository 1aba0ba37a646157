"""The commands of records: replay, evaluate, recover, and what ratings teach."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui import flags
from ui.saying import say, show, show_lines

DIFFERENCE_EXIT = 1


def replay(session: flags.SessionArgument, as_json: flags.JsonFlag = False) -> None:
    """Run a recorded session again and compare every cycle."""
    from sessions.review.replay import replay_session
    from ui.results import replay_lines

    result = replay_session(session)
    show(result, replay_lines(result), as_json)
    if result["first_difference"] is not None:
        raise typer.Exit(DIFFERENCE_EXIT)


def evaluate(
    sessions: flags.RecordedSessions, decoder: flags.JudgedDecoder = "riemann", out: flags.PageOut = None,
    seed: flags.ShuffleSeed = 1, as_json: flags.JsonFlag = False,
) -> None:
    """Judge a decoder over recorded sessions, within and across people, and write a page with plots."""
    from sessions.review.evaluation import told
    from ui.evaluating import EvaluateOptions, evaluation_object, run_evaluation

    found = run_evaluation(EvaluateOptions(sessions, decoder, out, seed), say)
    show(evaluation_object(found, out), told(found), as_json)


def recover(path: Annotated[Path, typer.Argument(help="A session's folder, or its XDF or FLAC file.")]) -> None:
    """Mend the record of a session that was cut; the originals stay as they are."""
    from sessions.record.mending import mend
    from ui.results import recovery_lines

    show_lines(recovery_lines(mend(path)))


def taste_show(file: flags.TasteFile, as_json: flags.JsonFlag = False) -> None:
    """Show what a listener's file makes of the intent table; faults are named with their lines."""
    from ui.tasting import taste_lines, taste_object

    show(taste_object(file), taste_lines(file), as_json)


def taste_learn(sessions: flags.SessionsArgument, into: flags.TasteInto, as_json: flags.JsonFlag = False) -> None:
    """Learn from the ratings of one listener's sessions how the music acts on them."""
    from ui.tasting import learn_from, lesson_lines, lesson_object

    lesson = learn_from(sessions, into)
    show(lesson_object(lesson), lesson_lines(lesson, into), as_json)
