"""Does a decoder read the person? Judged on whole excerpts held out, with everything that learns fitted in the fold.

The unit is the excerpt: it has one rating, so its windows are one piece of evidence however many they are. There is no
way in here to split by window; docs/leakage.md shows what that would feign.

Two questions are asked, each against shuffles of whole excerpts for which all that learns is fitted anew. Is the score
more than chance gives? And does the prediction add to what the music's intent and the time in the session already say?
A decoder calibrated on our music may decode the music, and would then confirm itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from loop.errors import EuthymiaError
from loop.values import NAN, FloatArray
from sensing.decoders.chance import codes, halves, known, p_value, shuffles, split
from sensing.decoders.evidence import Evidence, Examined
from sensing.decoders.excerpts import AXES, Excerpt, Shown, rated, rests
from sensing.decoders.recipe import Fold, Indices, Model
from sensing.decoders.verdict import LARGEST_P, Figures, Verdict, sentence, too_few

CLASSES, REGRESSION = "classes", "regression"
HELD_OUT = ("excerpt", "session", "person")
N_PERMUTATIONS = 1000
N_RESAMPLES = 2000
ONE_THREAD = 1                  # of BLAS: small matrices; two threads beside other work took three times as long
INTERVAL = (0.025, 0.975)
CHANCE_OF_CLASSES = 0.5
MakeModel = Callable[[], Model]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a decoder."""

    axis: str = "arousal"
    task: str = CLASSES            # high or low about the person's own median; or "regression" of the rating
    hold_out: str = "excerpt"      # what is held out whole: "excerpt", "session" or "person"


AROUSAL, VALENCE = Question(), Question("valence")


def validate(
    excerpts: Sequence[Excerpt], make_model: MakeModel, seed: int, question: Question = AROUSAL,
    n_permutations: int = N_PERMUTATIONS,
) -> Verdict:
    """Return whether models made like this may be used, and the figures; `examine` says what they rest on."""
    return examine(excerpts, make_model, seed, question, n_permutations).verdict


def examine(
    excerpts: Sequence[Excerpt], make_model: MakeModel, seed: int, question: Question = AROUSAL,
    n_permutations: int = N_PERMUTATIONS,
) -> Examined:
    """Return whether models made like this may be used, the figures, and each excerpt's prediction.

    Parameters
    ----------
    excerpts : sequence of Excerpt
        In the order in which they were heard. Those without a rating of any axis are rests.
    make_model : callable
        Returns a model that has learned nothing; called for every fold.
    seed : int
        Of folds, shuffles and resamples.
    question : Question, optional
        Axis, task and what is held out.
    n_permutations : int, optional
        Shuffles of each test; 19 are the fewest with which p can be 0.05.

    Raises
    ------
    EuthymiaError
        Where the question cannot be asked of these excerpts.
    """
    heard = rated(excerpts, question.axis)
    _check(heard, question)
    trial = _Trial(heard, question, np.random.default_rng(seed))
    signs = halves(trial.states, trial.persons)[:, 0]
    n_high = int(np.count_nonzero(signs > 0))
    counts = (len(heard), len(heard) - n_high, n_high)
    refused = too_few(question.axis, *counts[1:])
    if refused:
        return Examined(Verdict(False, refused, question.axis, question.task, question.hold_out, *counts))
    with threadpool_limits(ONE_THREAD):
        trial.prepare(make_model, rests(excerpts))
        figures, evidence = _figures(trial, make_model, n_permutations)
    figures = replace(figures, majority_share=max(counts[1:]) / len(heard))
    accepted = figures.p <= LARGEST_P and figures.p_music <= LARGEST_P
    words = sentence(question.axis, question.task, question.hold_out, figures)
    verdict = Verdict(accepted, words, question.axis, question.task, question.hold_out, *counts, figures)
    return Examined(verdict, evidence)


@dataclass(slots=True)
class _Predicted:
    """What models said of the excerpts that they had not seen."""

    scores: FloatArray                          # (n_excerpts, n_sets)
    naive: FloatArray                           # (n_excerpts, n_sets) who always answers with the training's mean
    ranges: FloatArray                          # (n_excerpts, 2) lowest and highest window of the first set
    window_sd: float = NAN                      # of the first set's windows about its truth


@dataclass(slots=True)
class _Trial:
    """Excerpts, and how they are split."""

    heard: list[Excerpt]
    question: Question
    rng: np.random.Generator
    states: FloatArray = field(init=False)      # (n_excerpts, 1)
    persons: Indices = field(init=False)
    groups: Indices = field(init=False)
    folds: list[NDArray[np.bool_]] = field(init=False)
    shown: list[Shown] = field(init=False, default_factory=list)
    rests: list[Shown] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.states = np.array([[excerpt.state(self.question.axis)] for excerpt in self.heard])
        self.persons = codes([excerpt.person for excerpt in self.heard])
        self.groups = codes([_group(excerpt, self.question.hold_out) for excerpt in self.heard])
        self.folds = split(self.groups, self.rng)

    def prepare(self, make_model: MakeModel, rests: Sequence[Excerpt]) -> None:
        """Compute once what learns nothing."""
        model = make_model()
        self.shown = [model.prepare(excerpt) for excerpt in self.heard]
        self.rests = [model.prepare(excerpt) for excerpt in rests]

    def truths(self, states: FloatArray) -> FloatArray:
        """Return what is to be predicted for states ``(n_excerpts, n_sets)``."""
        return halves(states, self.persons) if self.question.task == CLASSES else states

    def predict(self, make_model: MakeModel, truths: FloatArray) -> _Predicted:
        """Return what models fitted without an excerpt say of it, for each set of truths."""
        said = _Predicted(np.empty_like(truths), np.empty_like(truths), np.empty((len(truths), 2)))
        squares: list[FloatArray] = []
        for out in self.folds:
            fold = Fold([self.shown[k] for k in np.flatnonzero(~out)], [self.shown[k] for k in np.flatnonzero(out)],
                        self.rests)
            targets = _balanced(truths[~out]) if self.question.task == CLASSES else truths[~out]
            for k, windows in zip(np.flatnonzero(out), make_model().predict(fold, targets), strict=True):
                said.scores[k], said.naive[k] = windows.mean(axis=0), targets.mean(axis=0)
                said.ranges[k] = windows[:, 0].min(), windows[:, 0].max()
                squares.append(np.square(windows[:, 0] - truths[k, 0]))
        said.window_sd = float(np.sqrt(np.concatenate(squares).mean()))
        return said


def _figures(trial: _Trial, make_model: MakeModel, n_permutations: int) -> tuple[Figures, Evidence]:
    places = codes([excerpt.place for excerpt in trial.heard])
    truths = trial.truths(trial.states)
    swapped = truths[:, 0][shuffles(places, n_permutations, trial.rng)]
    all_truths = np.hstack([truths, swapped])
    said = trial.predict(make_model, all_truths)
    hits = _score(trial.question.task, all_truths, said.scores, said.naive)
    low, high = _interval(trial, truths, said.scores[:, :1], said.naive[:, :1])
    p = p_value(float(hits[0]), hits[1:])
    gain = float(known(trial.heard).gain(trial.states, said.scores[:, :1])[0])
    p_music = _p_music(trial, make_model, gain, n_permutations) if p <= LARGEST_P else NAN
    baseline = CHANCE_OF_CLASSES if trial.question.task == CLASSES else 0.0
    evidence = Evidence(trial.states[:, 0], truths[:, 0], said.scores[:, 0], said.ranges[:, 0], said.ranges[:, 1],
                        hits[1:])
    return Figures(float(hits[0]), low, high, baseline, NAN, p, gain, p_music, said.window_sd, n_permutations), evidence


def _p_music(trial: _Trial, make_model: MakeModel, gain: float, n_permutations: int) -> float:
    """Return how often the prediction gains as much where EEG adds nothing to music and time."""
    places = codes([excerpt.place for excerpt in trial.heard])
    without_eeg = known(trial.heard)
    states = without_eeg.shuffled(trial.states[:, 0], shuffles(places, n_permutations, trial.rng))
    said = trial.predict(make_model, trial.truths(states))
    return p_value(gain, without_eeg.gain(states, said.scores)) if gain > 0 else 1.0


def _balanced(signs: FloatArray) -> FloatArray:
    """Return targets that sum to zero, so that a fold with more high excerpts does not lean towards high."""
    high = signs > 0
    n_high = np.maximum(np.count_nonzero(high, axis=0), 1)
    n_low = np.maximum(np.count_nonzero(~high, axis=0), 1)
    return np.asarray(np.where(high, len(signs) / (2.0 * n_high), -len(signs) / (2.0 * n_low)))


def _score(task: str, truths: FloatArray, scores: FloatArray, naive: FloatArray) -> FloatArray:
    """Return balanced accuracy or R2 of each set, ``(n_sets,)``."""
    return np.asarray(_weighted_score(task, truths, scores, naive, np.ones((1, len(truths))))[0])


def _weighted_score(
    task: str, truths: FloatArray, scores: FloatArray, naive: FloatArray, weights: FloatArray,
) -> FloatArray:
    """Return the same for excerpts counted ``weights`` times, ``(n_weightings, n_sets)``."""
    if task == REGRESSION:
        return np.asarray(1 - weights @ np.square(truths - scores) / (weights @ np.square(truths - naive)))
    high, right = truths > 0, (truths > 0) == (scores > 0)
    shares = [(weights @ (right & of)) / np.maximum(weights @ of, 1) for of in (high, ~high)]
    return np.asarray((shares[0] + shares[1]) / 2)


def _interval(trial: _Trial, truths: FloatArray, scores: FloatArray, naive: FloatArray) -> tuple[float, float]:
    """Return the score's 95 % interval over resamples of what was held out, windows and excerpts with it."""
    n_groups = int(trial.groups.max()) + 1
    drawn = trial.rng.multinomial(n_groups, np.full(n_groups, 1.0 / n_groups), size=N_RESAMPLES).astype(float)
    weights = drawn[:, trial.groups]
    if trial.question.task == CLASSES:
        both = ((weights @ (truths > 0)) > 0) & ((weights @ (truths < 0)) > 0)
        weights = weights[both[:, 0]]
    low, high = np.quantile(_weighted_score(trial.question.task, truths, scores, naive, weights)[:, 0], INTERVAL)
    return float(low), float(high)


def _group(excerpt: Excerpt, hold_out: str) -> tuple[str, ...]:
    return {"excerpt": (*excerpt.place, excerpt.id), "session": excerpt.place, "person": (excerpt.person,)}[hold_out]


def _check(heard: Sequence[Excerpt], question: Question) -> None:
    if question.axis not in AXES or question.task not in (CLASSES, REGRESSION) or question.hold_out not in HELD_OUT:
        raise EuthymiaError(
            f'"{question.axis}", "{question.task}", "{question.hold_out}" is no question',
            f"ask for {' or '.join(AXES)}; {CLASSES} or {REGRESSION}; of each {', '.join(HELD_OUT)} held out")
    if not heard:
        raise EuthymiaError(f"no excerpt was rated on {question.axis}", "rate each excerpt after it was heard")
    n_intents = {len(excerpt.intent) for excerpt in heard}
    if len(n_intents) > 1:
        raise EuthymiaError(f"the excerpts' intents have {sorted(n_intents)} numbers", "describe all music alike")
    if question.hold_out != "excerpt" and len({getattr(excerpt, question.hold_out) for excerpt in heard}) == 1:
        raise EuthymiaError(f"only one {question.hold_out} is there: it cannot be held out",
                            f"give two {question.hold_out}s or more, or hold out excerpts")
