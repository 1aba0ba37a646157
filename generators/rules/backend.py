"""The rules as a backend of the catalogue: a wish in, a bar out."""

from __future__ import annotations

from generators.bars import Bar, Wish
from generators.rules.compose import compose
from generators.rules.state import RulesState
from loop.values import Presence


class Rules:
    """The algorithmic composer behind the catalogue's `Composer`."""

    def begin(self, seed: int, index: int) -> RulesState:
        """Return the memory before bar `index`."""
        return RulesState.begin(seed, index)

    def compose(self, wish: Wish, state: RulesState) -> tuple[Bar, RulesState]:
        """Return the next bar for the wish; an ending resolves within two bars."""
        return compose(wish.intent, state, ending=wish.presence is Presence.ENDING, calm=wish.calm)


def rules() -> Rules:
    """Return the algorithmic composer."""
    return Rules()
