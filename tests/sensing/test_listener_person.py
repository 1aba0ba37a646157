"""Who the simulated listeners are."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.cues import AROUSAL_CUES
from loop.errors import EuthymiaError
from sensing.sources.listener.person import (
    KINDS,
    MAINS_HZ,
    PARAMETERS,
    WEIGHT_SPREAD,
    Person,
    draw_person,
    mean_person,
    noise_free,
    person_of,
)

seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=60)
@given(seeds)
def test_every_parameter_of_every_listener_lies_in_its_range(seed: int) -> None:
    person = draw_person(seed)
    for name, row in PARAMETERS.items():
        assert row.low <= getattr(person, name) <= row.high, name
    assert person.mains_hz in MAINS_HZ


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_a_seed_is_a_person(seed: int) -> None:
    assert draw_person(seed) == draw_person(seed)
    assert draw_person(seed) != draw_person(seed + 1)


def test_every_field_has_a_row_with_unit_and_source() -> None:
    others = {"arousal_weights", "valence_weights", "mains_hz"}
    assert {field.name for field in fields(Person)} - others == set(PARAMETERS)
    assert all(row.unit and row.source and row.low <= row.mean <= row.high for row in PARAMETERS.values())


def test_the_ranges_are_those_that_were_asked_for() -> None:
    asked = {"perception_lag_s": (1, 4), "felt_tau_s": (10, 30), "mood_tau_s": (60, 300),
             "habituation_half_life_s": (300, 900), "arousal_coupling": (0.15, 0.45), "valence_coupling": (-0.1, 0.2),
             "drift_sd_per_min": (0.2, 0.5), "index_tau_s": (3, 16)}
    assert {name: (PARAMETERS[name].low, PARAMETERS[name].high) for name in asked} == asked
    gains = np.array([draw_person(seed).gain for seed in range(400)])
    assert gains.mean() == pytest.approx(0.35, abs=0.04)
    assert gains.std() == pytest.approx(0.2, abs=0.04)


def test_weights_are_the_persons_own_and_some_point_the_other_way() -> None:
    priors = np.array(tuple(AROUSAL_CUES.values()))
    ratios = np.array([draw_person(seed).arousal_weights for seed in range(200)]) / priors
    assert np.abs(np.abs(ratios) - 1.0).max() <= WEIGHT_SPREAD
    assert 0.05 < (ratios < 0).mean() < 0.2


def test_who_shows_it_in_the_eeg_is_not_who_feels_it() -> None:
    people = [draw_person(seed) for seed in range(1000)]
    shown = np.corrcoef([person.gain for person in people], [person.arousal_coupling for person in people])[0, 1]
    assert abs(shown) < 0.1


def test_the_mean_listener_is_nobody_drawn() -> None:
    person = mean_person()
    assert person.gain == PARAMETERS["gain"].mean
    assert noise_free(person).wander_sd == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_had_of_every_seed(kind: str) -> None:
    assert person_of(kind, 3).alpha_hz == draw_person(3).alpha_hz


def test_an_unknown_kind_is_refused_with_the_names_of_those_that_exist() -> None:
    with pytest.raises(EuthymiaError, match="non_responder"):
        person_of("perfect", 0)


def test_the_docs_give_the_table_as_it_is() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "listener.md").read_text(encoding="utf-8")
    rows = dict(line[2:].split(" | ", 1) for line in text.splitlines() if line.startswith("| "))
    for name, row in PARAMETERS.items():
        mean, span, _, unit, source, *_ = rows[name].removesuffix(" |").split(" | ")
        assert (float(mean), span, unit) == (row.mean, f"{row.low:g} .. {row.high:g}", row.unit), name
        assert source == row.source, name
    assert set(KINDS) <= set(rows)
