"""From recorded sessions into a listener's file: reads the ratings, learns, and writes what was learned."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from loop.errors import FileError
from loop.taste import Leanings
from sessions.record.appending import PRIVATE
from sessions.record.storage import find_run
from sessions.taste.excerpts import Excerpt, excerpts_of
from sessions.taste.learning import Lesson, learn
from sessions.taste.loading import load_taste

NEW = "version: 1\n"
DIGITS = 3                         # of a leaning: more would be noise


def teach(sessions: Sequence[Path], into: Path) -> Lesson:
    """Learn from sessions of one listener; what they teach replaces `learned` in the file, the rest stays as written.

    Below the floor of data nothing is written.

    Raises
    ------
    FileError
        Where a folder is no session, one is named twice, they are of several listeners, or the file cannot be used.
    """
    text = load_taste(into).text if into.exists() else NEW
    _check_apart(sessions)
    excerpts: list[Excerpt] = []
    for path in sessions:
        excerpts += excerpts_of(path)[1]
    lesson = learn(excerpts)
    if lesson.arousal is not None:
        _write(into, with_lesson(text, lesson))
    return lesson


def with_lesson(text: str, lesson: Lesson) -> str:
    """Return a listener's file with what was learned in it; comments stay."""
    yaml = YAML()
    tree: Any = yaml.load(text)
    tree["learned"] = {"sessions": lesson.sessions, "excerpts": lesson.excerpts, **_rounded(lesson.leanings)}
    stream = io.StringIO()
    yaml.dump(tree, stream)
    return stream.getvalue()


def _rounded(leanings: Leanings) -> dict[str, dict[str, float]]:
    both = {"arousal": leanings.arousal, "valence": leanings.valence}
    return {axis: {cue: round(lean, DIGITS) for cue, lean in found.items()} for axis, found in both.items()}


def _check_apart(sessions: Sequence[Path]) -> None:
    runs = [find_run(path) for path in sessions]
    if len({run.xdf.resolve() for run in runs}) < len(runs):
        raise FileError("a session is named twice", "name each once: its ratings would count double")
    listeners = sorted({run.participant for run in runs})
    if len(listeners) > 1:
        raise FileError(f"these are sessions of {', '.join(listeners)}", "name those of one listener")


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}", "choose another folder") from error
