"""Who plays when the chosen composer cannot: the rules, from where it left off; and why, in a sentence.

A composer may be missing (its part is not installed, its weights are broken) or too slow for the machine. Compose a
file with it and that is an error; in a session the music goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from generators.bars import EIGHTHS_A_BAR, Bar
from generators.catalog import Composer, find, load
from generators.rules.melody import Voice
from generators.rules.phrase import Key
from generators.rules.state import RulesState, fingerprint
from generators.rules.voicing import SPREAD
from loop.errors import EuthymiaError

RULES = "rules"
USUAL = "symbolic"                 # who composes where nobody is named
MOST_SHARE = 0.8                   # of a bar's own length that its composing may take: music.md section 3
LATE_BARS = 3                      # so many in a row are no hiccup of the machine


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who composes."""

    name: str                      # of the catalogue
    composer: Composer[Any]
    why: str = ""                  # it is not who was asked for; "" where it is


def choose(name: str) -> Chosen:
    """Return the composer of that name, or the rules where it cannot be had here; raises for an unknown name."""
    find(name)
    try:
        return Chosen(name, load(name))
    except (EuthymiaError, ImportError, OSError) as error:
        return Chosen(RULES, load(RULES), instead(name, f"cannot be had: {error}"))


def instead(name: str, trouble: str, who: str = RULES) -> str:
    """Return the sentence that says who plays, and why."""
    return f'the composer "{name}" {trouble}; the composer "{who}" plays instead'


class Patience:
    """Counts the bars that took too long to compose.

    Parameters
    ----------
    name : str
        Of the composer.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._late = 0

    def lost(self, composing_s: float, bar_s: float) -> str:
        """Take how long a bar took, and how long it lasts; return why the composer is too slow, "" while it is not."""
        self._late = self._late + 1 if composing_s > MOST_SHARE * bar_s else 0
        if self._name == RULES or self._late < LATE_BARS:
            return ""
        return instead(self._name, f"took {composing_s:.1f} s for a bar of {bar_s:.1f} s, {LATE_BARS} times in a row")


def going_on(state: object, newest: Bar, seed: int) -> RulesState:
    """Return the memory of rules that go on from a composer's memory where that holds theirs, else from its bar."""
    plan = getattr(state, "plan", None)
    return plan if isinstance(plan, RulesState) else following(newest, seed)


def coming_back(composer: Composer[Any], before: object, plan: RulesState) -> Any:
    """Return the memory of a composer that comes back after rules that stand in `plan`.

    Where it plans like the rules, it has its memory of `before` again, motifs and all, with their plan; else it begins.
    """
    if isinstance(getattr(before, "plan", None), RulesState):
        return replace(before, plan=plan)  # type: ignore[type-var]
    return composer.begin(plan.seed, plan.index)


def following(bar: Bar, seed: int) -> RulesState:
    """Return the memory of rules that go on after another composer's bar: in its key, its voices led on."""
    held = sorted({note.pitch for note in bar.notes if note.voice == "pad"
                   and note.onset_eighths + note.length_eighths >= EIGHTHS_A_BAR})
    sung = [note for note in bar.notes if note.voice == "pluck"]
    low = [note.pitch for note in bar.notes if note.voice == "bass"]
    begun = RulesState.begin(seed, bar.index + 1)
    return replace(
        begun,
        key=Key(bar.tonic, bar.mode),
        pad=tuple(held) if len(held) == len(SPREAD) else (),
        pluck=Voice(max(sung, key=lambda note: note.onset_eighths).pitch) if sung else begun.pluck,
        bass=low[-1] if low else None,
        after_open=not bar.last,
        memory=begun.remembering(fingerprint(bar.notes)),
    )
