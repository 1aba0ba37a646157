"""Listeners' files on the command line: what one says in words, and what ratings teach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessions.taste.learning import Axis, Lesson

LEFT_ALONE = 0.05                  # a leaning nearer to 1 is not worth a word


def taste_object(path: Path) -> dict[str, Any]:
    """Return a listener's file, every default written out, and the palette that follows from it."""
    from sessions.taste.loading import load_taste

    file = load_taste(path).file
    return {**file.model_dump(mode="json"), "palette": file.palette}


def taste_lines(path: Path) -> list[str]:
    """Return what a listener's file does to the music, for a person."""
    from sessions.taste.loading import load_taste

    file = load_taste(path).file
    palette = file.palette or "as the protocol says, else calm"
    lines = [f"palette, where the protocol sets none: {palette}"]
    lines += [f"{mode} is not played; {instead} stands in for it" for mode, instead in file.taste.instead.items()]
    lines += [f"no tempo between {low:g} and {high:g} bpm, but in passing" for low, high in file.avoid.tempo_bpm]
    if file.learned is None:
        return [*lines, "nothing learned: the weights are the house's"]
    learned = file.learned
    lines.append(f"learned from {learned.excerpts} rated excerpts of {learned.sessions} sessions:")
    for axis, leanings in (("arousal", learned.arousal), ("valence", learned.valence)):
        lines += [f"  {axis}: {cue} {_moved_words(lean)}" for cue, lean in leanings.items()] or [f"  {axis}: nothing"]
    return lines


def lines_in_use(path: Path | None) -> list[str]:
    """Return what a session says at its start of the listener's file that it follows; nothing where there is none."""
    return [f"the music follows {path.name}:", *(f"  {line}" for line in taste_lines(path))] if path is not None else []


def learn_from(sessions: Sequence[Path], into: Path) -> Lesson:
    """Learn from sessions, and write what was learned into a listener's file.

    Raises
    ------
    FileError
        Where a folder is no session, the sessions are of several listeners, or the file cannot be used.
    """
    from sessions.taste.teaching import teach

    return teach(sessions, into)


def lesson_object(lesson: Lesson) -> dict[str, Any]:
    """Return all that was learned."""
    return asdict(lesson)


def lesson_lines(lesson: Lesson, into: Path) -> list[str]:
    """Return what was learned, and how sure it is, for a person."""
    from sessions.taste.learning import EXCERPTS_LEAST, SESSIONS_LEAST

    said = f"{lesson.excerpts} rated excerpts of {lesson.sessions} sessions"
    if lesson.arousal is None or lesson.valence is None:
        return [f"{said}: too few; {EXCERPTS_LEAST} of {SESSIONS_LEAST} sessions are needed. Nothing moves, "
                f"{into} is as it was."]
    return [f"{said}, written into {into}", *_axis_lines("arousal", lesson.arousal),
            *_axis_lines("valence", lesson.valence),
            "valence is told and not applied: on simulated listeners applying it did not help",
            "ratings are few and cues move together: take this as a hint, not as a finding"]


def _axis_lines(name: str, axis: Axis) -> list[str]:
    strength = f"{axis.strength:.2f} +- {axis.strength_sd:.2f}"
    if not axis.moved:
        return [f"{name}: the music's strength is {strength}: it is not sure that it acts at all. Nothing moves."]
    lines = [f"{name}: the music's strength is {strength} of the scale (0.35 is usual)"]
    for heard in axis.heard:
        fixed = "; the loudness is never moved" if heard.cue == "loudness" else ""
        words = f"; {_moved_words(heard.leaning)}" if name == "arousal" and not fixed else fixed
        lines.append(f"  {heard.cue}: {heard.estimate:.2f} +- {heard.sd:.2f} of the mean listener's; the ratings told "
                     f"{100 * heard.told:.0f} % of it{words}")
    return lines


def _moved_words(lean: float) -> str:
    if lean < 0:
        return f"is turned round, and moved {-lean:.2f} times as far"
    return f"is moved {lean:.2f} times as far" if abs(lean - 1.0) >= LEFT_ALONE else "stays as it is"
