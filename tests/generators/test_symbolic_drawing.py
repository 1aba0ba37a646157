"""What chance makes of the model's opinion."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from generators.bars import EIGHTHS_A_BAR
from generators.symbolic.drawing import drawn, evened

opinions = st.integers(1, EIGHTHS_A_BAR).flatmap(
    lambda n_places: arrays(float, n_places, elements=st.floats(-20, 20)))


def shares(logits):
    return np.exp(logits - np.logaddexp.reduce(logits))


@given(opinions, st.integers(1, 4), st.floats(1, 5))
def test_an_onset_stays_as_likely_as_it_was_wherever_it_falls(places, n_onsets, temperature):
    even = evened(places, n_onsets, temperature)
    assert np.logaddexp.reduce(even) == pytest.approx(np.logaddexp.reduce(places))


@given(opinions, st.integers(1, 4))
def test_at_a_temperature_of_one_the_models_opinion_stands(places, n_onsets):
    assert evened(places, n_onsets, 1.0) == pytest.approx(places)


@pytest.mark.parametrize("n_onsets", range(1, EIGHTHS_A_BAR + 1))
def test_at_an_endless_temperature_every_rhythm_is_as_likely_as_every_other(n_onsets):
    rng = np.random.default_rng(0)
    for rhythm in combinations(range(EIGHTHS_A_BAR), n_onsets):
        share, here = 1.0, -1
        for left, slot in zip(range(n_onsets, 0, -1), rhythm, strict=True):
            places = rng.normal(0, 5, EIGHTHS_A_BAR - left - here)
            share *= shares(evened(places, left, 1e9))[slot - here - 1]
            here = slot
        assert share == pytest.approx(1 / comb(EIGHTHS_A_BAR, n_onsets), rel=1e-6)


@given(arrays(float, 12, elements=st.floats(-20, 20)), st.sets(st.integers(0, 11), min_size=1), st.integers(0, 99))
def test_only_what_is_allowed_is_drawn(logits, allowed, seed):
    mask = np.isin(np.arange(12), sorted(allowed))
    assert drawn(logits, mask, np.random.default_rng(seed)) in allowed
