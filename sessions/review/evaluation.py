"""What decoders come to over recorded sessions: within people, across a person's sessions, and across people.

Each question holds out whole excerpts, sessions or people, and everything that learns is fitted without them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from statistics import median

from loop.errors import EuthymiaError, MontageError
from sensing import catalog
from sensing.decoders.evidence import Examined
from sensing.decoders.excerpts import AXES, Excerpt, rated
from sensing.decoders.verdict import FALL_BACK, LARGEST_P, Figures
from sessions.calibration import SHUFFLES, Wanted, readable, recipe_maker
from sessions.review.excerpts import Sitting, read_sitting, with_columns

FEW_SITTINGS = 10              # fewer draws than that say little of the spread among sessions or people
EXPLORATORY = "Valence from EEG is exploratory."
RESEARCH = "Research use only; not for diagnosis or treatment."


@dataclass(frozen=True, slots=True)
class Pool:
    """Excerpts of one or more sittings with the same channels and rate."""

    excerpts: tuple[Excerpt, ...]
    names: tuple[str, ...]
    iaf_hz: float                  # the median over sittings


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, and what came of it."""

    who: str                       # a person, or "all people"
    examined: Examined
    r2: Figures                    # the rating itself, predicted for the same excerpts: `score` is R2; no p of its own


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All questions that could be asked of the sessions."""

    decoder: str
    sessions: tuple[str, ...]
    pool: Pool
    answers: tuple[Answer, ...]
    notes: tuple[str, ...] = field(default=())


def evaluate(paths: Sequence[Path], wanted: Wanted, say: Callable[[str], None]) -> Evaluation:
    """Judge a kind of decoder over recorded sessions.

    Raises
    ------
    MissingPart
        What the decoder needs is not installed.
    EuthymiaError
        Where a session is there twice, holds nothing to learn from, or has other channels than the rest.
    """
    catalog.load(wanted.decoder)
    sittings = [_read(path, say) for path in paths]
    _refuse_copies(sittings)
    pool = pooled(sittings)
    answers = _answers(pool, wanted, say)
    if not any(answer.examined.verdict.n_low and answer.examined.verdict.n_high for answer in answers):
        raise EuthymiaError("all excerpts were rated alike: there is no high and low to tell apart",
                            "take sessions whose excerpts differ")
    return Evaluation(wanted.decoder, tuple(str(each.run.session) for each in sittings), pool, tuple(answers),
                      tuple(_notes(sittings, pool, answers)))


def pooled(sittings: Sequence[Sitting]) -> Pool:
    """Return the sittings' excerpts with the channels that all of them have; raises `MontageError` where none are."""
    rates = {sitting.excerpts[0].rate_hz for sitting in sittings}
    if len(rates) > 1:
        raise MontageError(f"the sessions have {' and '.join(f'{rate:g} Hz' for rate in sorted(rates))}",
                           "evaluate sessions of one rate together")
    names = tuple(name for name in sittings[0].names if all(name in sitting.names for sitting in sittings))
    if not names:
        raise MontageError("the sessions have no channel in common", "evaluate sessions of one montage together")
    excerpts: list[Excerpt] = []
    for sitting in sittings:
        taken = {excerpt.place for excerpt in excerpts}
        mine = with_columns(sitting.excerpts, [sitting.names.index(name) for name in names])
        session = mine[0].session
        if mine[0].place in taken:             # another folder of recordings, with a session of the same number
            session = str(sitting.run.session)
        excerpts += [replace(excerpt, session=session) for excerpt in mine]
    return Pool(tuple(excerpts), names, median(sitting.iaf_hz for sitting in sittings))


def _read(path: Path, say: Callable[[str], None]) -> Sitting:
    say(f"reading {path}")
    sitting = read_sitting(path)
    readable(sitting)
    return sitting


def _refuse_copies(sittings: Sequence[Sitting]) -> None:
    """A session that is there twice would be learned from and judged on."""
    seen: dict[str, Path] = {}
    for sitting in sittings:
        content = sha256(sitting.run.xdf.read_bytes()).hexdigest()
        if content in seen:
            raise EuthymiaError(f"{sitting.run.session} is the same recording as {seen[content]}", "give it once")
        seen[content] = sitting.run.session


def _answers(pool: Pool, wanted: Wanted, say: Callable[[str], None]) -> list[Answer]:
    from sensing.decoders.validation import REGRESSION, Question, examine, validate

    answers = []
    for who, hold_out, excerpts in _questions(pool):
        part = replace(pool, excerpts=excerpts)
        for axis in AXES:
            if rated(excerpts, axis):
                say(f"{who}, {axis}, whole {hold_out}s held out")
                make = recipe_maker(part, wanted)
                examined = examine(excerpts, make, wanted.seed, Question(axis, hold_out=hold_out),
                                   wanted.shuffles or SHUFFLES[wanted.decoder])
                rating = validate(excerpts, make, wanted.seed, Question(axis, REGRESSION, hold_out), n_permutations=0)
                answers.append(Answer(who, examined, rating.figures))
    return answers


def _questions(pool: Pool) -> list[tuple[str, str, tuple[Excerpt, ...]]]:
    """Return who is asked about, what is held out, and the excerpts."""
    people = list(dict.fromkeys(excerpt.person for excerpt in pool.excerpts))
    asked = []
    for person in people:
        mine = tuple(excerpt for excerpt in pool.excerpts if excerpt.person == person)
        asked.append((person, "excerpt", mine))
        if len({excerpt.session for excerpt in mine}) > 1:
            asked.append((person, "session", mine))
    return [*asked, ("all people", "person", pool.excerpts)] if len(people) > 1 else asked


def _notes(sittings: Sequence[Sitting], pool: Pool, answers: Sequence[Answer]) -> list[str]:
    """Return what a reader must know before any figure."""
    notes = [f"{len(answers)} questions, each tested at {LARGEST_P:.0%}: where there is nothing to find, "
             f"one in twenty is let through."]
    if any(answer.examined.verdict.held_out != "excerpt" for answer in answers) and len(sittings) < FEW_SITTINGS:
        notes.append("Where whole sessions or people are held out and there are few of them, the interval spans only "
                     "those that are there, and says little of others.")
    if any(answer.examined.verdict.held_out == "session" for answer in answers):
        notes.append("Shuffles stay within a session: where one session was rated high and another low, telling the "
                     "sessions apart scores well, and so do the shuffles.")
    left_out = sorted({name for sitting in sittings for name in sitting.names} - set(pool.names))
    if left_out:
        notes.append(f"Channels that not all sessions have were left out: {', '.join(left_out)}.")
    if len({sitting.eyes for sitting in sittings}) > 1:
        notes.append("The eyes were open in some sessions and closed in others.")
    if len({str(sitting.protocol.cleaning) for sitting in sittings}) > 1:
        notes.append("The sessions were not all cleaned in the same way.")
    lost = sum(len(sitting.lost) for sitting in sittings)
    if lost:
        notes.append(f"{lost} excerpts had no good window and are left out.")
    if any(sitting.simulated for sitting in sittings):
        notes.append("Simulated listeners are among them: this shows that evaluation works, and nothing about people.")
    return notes


def told(found: Evaluation) -> list[str]:
    """Return what an evaluation came to, for a person."""
    lines = [f"{answer.who}, {answer.examined.verdict.axis}: "
             f"{answer.examined.verdict.sentence.removesuffix(' ' + FALL_BACK)}{_r2_told(answer.r2)}"
             for answer in found.answers]
    return [*found.notes, *lines, f"{EXPLORATORY} {RESEARCH}"]


def r2_words(figures: Figures) -> str:
    """Return R2 and its interval; "" where it was not asked."""
    if figures.score != figures.score:
        return ""
    return f"{figures.score:.2f} ({figures.low:.2f} to {figures.high:.2f})".replace("-", "−")


def _r2_told(figures: Figures) -> str:
    words = r2_words(figures)
    return f" Of the rating itself: R2 {words}; always answering the mean gives 0." if words else ""
