from __future__ import annotations

import inspect
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from loop.errors import EuthymiaError
from sensing.decoders import validation
from sensing.decoders.chance import codes, halves, known, p_value, shuffles, split
from sensing.decoders.recipe import Fold
from sensing.decoders.riemann import Covariances, riemann
from sensing.decoders.validation import Question, examine, validate
from tests.benchmarks.leakage import compare
from tests.sensing.excerpts import Plan, simulate

SPACE = Covariances(range(6), 125.0, 10.0)
RUNS = 20
MOST_BY_CHANCE = 4              # of 20 at 5 %: 5 or more come up in 0.3 % of such suites, and the seeds stand
FEWEST_STRONG = 18              # 90 %


def judge(excerpts, seed: int = 1, n_permutations: int = 39, **question: str):
    return validate(excerpts, lambda: riemann(SPACE), seed, Question(**question), n_permutations)


def test_only_excerpts_can_be_validated() -> None:
    public = {name for name, thing in vars(validation).items()
              if inspect.isfunction(thing) and thing.__module__ == validation.__name__ and not name.startswith("_")}
    assert public == {"validate", "examine"}
    assert list(inspect.signature(validate).parameters) == list(inspect.signature(examine).parameters)
    assert next(iter(inspect.signature(validate).parameters)) == "excerpts"
    assert set(validation.HELD_OUT) == {"excerpt", "session", "person"}


def test_without_a_relation_few_are_accepted() -> None:
    assert sum(judge(simulate(seed), seed).accepted for seed in range(RUNS)) <= MOST_BY_CHANCE


def test_a_strong_relation_is_accepted() -> None:
    plan = Plan(relation=1.0)
    assert sum(judge(simulate(seed, plan), seed).accepted for seed in range(RUNS)) >= FEWEST_STRONG


def test_a_decoder_that_reads_the_music_is_refused_in_words() -> None:
    verdict = judge(simulate(3, Plan(evoked=1.0, music_share=0.95)))
    assert verdict.figures.p <= 0.05
    assert not verdict.accepted
    assert "adds nothing to what the music's own intent says of arousal" in verdict.sentence
    assert verdict.sentence.endswith("The index decoder is used.")


def test_a_decoder_that_reads_nothing_is_refused_in_words() -> None:
    verdict = judge(simulate(1))
    assert not verdict.accepted
    assert "which shuffles of whole excerpts reach as well" in verdict.sentence


def test_what_is_accepted_says_so_with_its_figures() -> None:
    verdict = judge(simulate(1, Plan(relation=1.0)))
    figures = verdict.figures
    assert verdict.sentence.startswith("Accepted: of excerpts that it had not seen it tells high from low arousal")
    assert figures.low <= figures.score <= figures.high
    assert figures.baseline == 0.5
    assert figures.majority_share == max(verdict.n_low, verdict.n_high) / verdict.n_excerpts


def test_a_rating_can_be_regressed() -> None:
    assert judge(simulate(1, Plan(relation=1.0)), task="regression").figures.score > 0.3
    assert judge(simulate(1), task="regression").figures.score < 0.1


def test_the_same_seed_gives_the_same_verdict() -> None:
    excerpts = simulate(2, Plan(relation=0.3))
    assert judge(excerpts, 5) == judge(excerpts, 5)


def test_too_few_excerpts_of_a_class_are_refused_in_words() -> None:
    verdict = judge(simulate(1, Plan(n_excerpts=10)))
    assert not verdict.accepted
    assert "6 of each are needed" in verdict.sentence


def test_whole_people_can_be_held_out() -> None:
    people = [excerpt for seed in range(4)
              for excerpt in simulate(seed, Plan(n_excerpts=12, relation=1.0, rest_s=20.0, person=f"P{seed}"))]
    verdict = judge(people, hold_out="person")
    assert verdict.held_out == "person"
    assert verdict.n_excerpts == 48


@pytest.mark.parametrize(("question", "told"), [
    (dict(axis="mood"), '"mood"'), (dict(task="windows"), '"windows"'), (dict(hold_out="window"), '"window"'),
    (dict(hold_out="person"), "only one person is there"),
])
def test_a_question_that_cannot_be_asked_is_answered(question: dict[str, str], told: str) -> None:
    with pytest.raises(EuthymiaError, match=told):
        judge(simulate(1), **question)


def test_excerpts_that_nobody_rated_are_refused() -> None:
    unrated = [replace(excerpt, arousal=float("nan")) for excerpt in simulate(1)]
    with pytest.raises(EuthymiaError, match="no excerpt was rated on arousal"):
        judge(unrated)


class Spy:
    """Notes what each fold is shown; answers nothing."""

    seen: ClassVar[list[tuple[set[int], set[int], int]]] = []

    def prepare(self, excerpt):
        return riemann(SPACE).prepare(excerpt)

    def predict(self, fold: Fold, targets):
        self.seen.append(({id(each) for each in fold.train}, {id(each) for each in fold.test}, len(targets)))
        return [np.zeros((len(each.windows), targets.shape[1])) for each in fold.test]


def test_no_fold_shows_a_held_out_excerpt_and_each_is_held_out_once() -> None:
    Spy.seen = []
    validate(simulate(1, Plan(seconds=6.0)), Spy, 1, n_permutations=19)
    assert all(not train & test and len(train) == n for train, test, n in Spy.seen)
    held_out = [name for _, test, _ in Spy.seen for name in test]
    assert len(held_out) == len(set(held_out)) == 24


def test_random_windows_feign_what_whole_excerpts_do_not() -> None:
    leaks, truths, _ = compare(drift=0.4, runs=3)
    assert leaks.mean() > 0.65
    assert truths.mean() < 0.65


# ------------------------------------------------------------------------------------------------ chance

@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.integers(0, 99))
def test_a_shuffle_never_leaves_its_sitting(places: list[int], seed: int) -> None:
    sittings = codes(places)
    orders = shuffles(sittings, 5, np.random.default_rng(seed))
    assert (np.sort(orders, axis=0) == np.arange(len(places))[:, None]).all()
    assert (sittings[orders] == sittings[:, None]).all()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=40), st.integers(0, 99))
def test_a_group_is_held_out_whole_and_once(groups: list[int], seed: int) -> None:
    folds = split(codes(groups), np.random.default_rng(seed))
    assert (np.sum(folds, axis=0) == 1).all()
    assert all(len({bool(fold[k]) for k in np.flatnonzero(codes(groups) == group)}) == 1
               for fold in folds for group in codes(groups))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=30, unique=True))
def test_halves_are_even_where_no_two_ratings_are_alike(ratings: list[int]) -> None:
    signs = halves(np.array(ratings, dtype=float)[:, None], np.zeros(len(ratings), dtype=np.intp))
    assert abs(signs.sum()) <= 1


def test_p_counts_what_was_seen_among_chance() -> None:
    assert p_value(1.0, np.zeros(19)) == 0.05
    assert p_value(0.0, np.zeros(19)) == 1.0


def test_a_score_that_only_repeats_the_music_gains_nothing() -> None:
    excerpts = simulate(1)
    states = np.array([[excerpt.state("arousal")] for excerpt in excerpts])
    music = np.array([excerpt.intent[1:2] for excerpt in excerpts])
    assert known(excerpts).gain(states, music)[0] <= 1e-9
    assert known(excerpts).gain(states, states)[0] == pytest.approx(1.0)
    assert known(excerpts).gain(states, -states)[0] == 0.0


def test_a_person_alone_says_nothing_of_the_music() -> None:
    excerpts = [replace(excerpt, intent=np.zeros(0)) for excerpt in simulate(1)]
    assert known(excerpts).basis.shape == (24, 4)


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield
