"""Intents over the affect plane, by the intent table: shared by the tests and the benchmark of the composer."""

from __future__ import annotations

from hypothesis import strategies as st

from generators.bars import Bar
from generators.rules.compose import compose
from generators.rules.state import RulesState
from loop.intent import TEMPO_CENTRE_BPM, mode_for, wanted
from loop.values import Control, Intent


def intent_at(valence: float, arousal: float) -> Intent:
    """Return the intent of a point of the plane, without slews."""
    numbers = wanted(Control(valence, arousal))
    tempo_bpm = TEMPO_CENTRE_BPM * 2 ** numbers.pop("tempo_octaves")
    return Intent(tempo_bpm=tempo_bpm, mode=mode_for(valence), **numbers)


def piece(intent: Intent, seed: int, n_bars: int, calm: bool = False) -> list[Bar]:
    """Return the first bars of a piece under one intent."""
    bars, state = [], RulesState.begin(seed)
    for _ in range(n_bars):
        bar, state = compose(intent, state, calm=calm)
        bars.append(bar)
    return bars


def ended(intent: Intent, state: RulesState, calm: bool = False) -> list[Bar]:
    """Return the bars of an ending asked for now."""
    bars: list[Bar] = []
    while not bars or not bars[-1].last:
        bar, state = compose(intent, state, ending=True, calm=calm)
        bars.append(bar)
    return bars


points = st.tuples(st.floats(-1, 1), st.floats(-1, 1))
seeds = st.integers(0, 2**31)
