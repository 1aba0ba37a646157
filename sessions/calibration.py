"""Calibration: a decoder of one person is learned from rated excerpts, accepted or refused, and stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from loop.errors import EuthymiaError
from sensing import catalog
from sensing.decoders.excerpts import AXES, WINDOW_S, Excerpt, rated, rests
from sensing.decoders.verdict import FALL_BACK, Verdict
from sessions.chosen import cleaning_of
from sessions.review.excerpts import Sitting

RIEMANN, NETWORK, ENCODER = "riemann", "network", "encoder"
SHUFFLES = {RIEMANN: 1000, ENCODER: 1000, NETWORK: 19}   # the net is trained anew ten times for each: 19 tell p = 0.05
FOLDER = "decoder"
VALENCE = "valence"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decoder to learn."""

    decoder: str = RIEMANN
    seed: int = 1                  # of folds and shuffles
    encoder: Mapping[str, Any] = field(default_factory=dict)   # `model`, `weights`, and more of `EncoderPlan`
    shuffles: int = 0              # 0 = as many as `SHUFFLES` says


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a calibration came to."""

    verdicts: Mapping[str, Verdict]
    card: Path
    decoder: str
    n_excerpts: int
    lost: tuple[str, ...]          # excerpts without one good window
    simulated: bool = False

    @property
    def accepted(self) -> tuple[str, ...]:
        """The axes that may be used."""
        return tuple(axis for axis, verdict in self.verdicts.items() if verdict.accepted)


def calibrate(sitting: Sitting, wanted: Wanted) -> Calibrated:
    """Learn a decoder from a sitting, judge it on whole excerpts held out, and store it or its refusal.

    Raises
    ------
    MissingPart
        What the decoder needs is not installed.
    EuthymiaError
        Where nothing can be learned from the session.
    """
    catalog.load(wanted.decoder)
    heard = readable(sitting)
    verdicts = judged(sitting, wanted)
    path = _store(sitting, wanted, verdicts)
    return Calibrated(verdicts, path, wanted.decoder, len(heard), sitting.lost, sitting.simulated)


def readable(sitting: Sitting) -> list[Excerpt]:
    """Return the excerpts that were rated; raises `EuthymiaError` where nothing can be learned from the session."""
    if sitting.protocol.decoder.window_s != WINDOW_S:
        raise EuthymiaError(f"the windows of {sitting.run.session} have {sitting.protocol.decoder.window_s:g} s",
                            f"calibrate with decoder: {{window_s: {WINDOW_S:g}}}")
    heard = [excerpt for excerpt in sitting.excerpts if any(rated([excerpt], axis) for axis in AXES)]
    if not heard:
        raise EuthymiaError(f"{sitting.run.session} holds no excerpt that was rated and could be read",
                            "rate each excerpt after it was heard, or take a session of the calibration protocol")
    return heard


def judged(sitting: Sitting, wanted: Wanted) -> dict[str, Verdict]:
    """Return the verdict on each axis."""
    from sensing.decoders.validation import Question, validate

    shuffles = wanted.shuffles or SHUFFLES[wanted.decoder]
    return {axis: validate(sitting.excerpts, recipe_maker(sitting, wanted), wanted.seed, Question(axis), shuffles)
            for axis in AXES}


class Teaching(Protocol):
    """What a recipe must know of what it learns from: one sitting, or several with the same channels."""

    @property
    def excerpts(self) -> Sequence[Excerpt]:
        """What was heard; one rate."""

    @property
    def names(self) -> Sequence[str]:
        """The channels, one a column."""

    @property
    def iaf_hz(self) -> float:
        """The alpha frequency from which the bands follow."""


def recipe_maker(sitting: Teaching, wanted: Wanted) -> Callable[[], Any]:
    """Return what makes a model that has learned nothing."""
    rate_hz, columns = sitting.excerpts[0].rate_hz, range(len(sitting.names))
    if wanted.decoder == RIEMANN:
        from sensing.decoders.riemann import Covariances, riemann

        return lambda: riemann(Covariances(columns, rate_hz, sitting.iaf_hz))
    if wanted.decoder == NETWORK:
        from sensing.decoders.network import network

        return lambda: network(columns, wanted.seed)
    from sensing.decoders.encoder import EncoderPlan, encoder

    if not {"model", "weights"} <= wanted.encoder.keys():
        raise EuthymiaError("an encoder needs its model and its weights", "give --model NAME and --weights FILE")
    plan = EncoderPlan(**dict(wanted.encoder) | {"weights": Path(wanted.encoder["weights"])})
    made = encoder(columns, plan, sitting.names)
    return lambda: made


def _store(sitting: Sitting, wanted: Wanted, verdicts: Mapping[str, Verdict]) -> Path:
    from sensing.decoders.store import Card, digest, save, save_refusal

    accepted = [axis for axis, verdict in verdicts.items() if verdict.accepted]
    encoder = dict(wanted.encoder)
    if encoder:
        encoder |= {"weights": str(Path(encoder["weights"]).resolve()), "sha256": digest(Path(encoder["weights"]))}
    card = Card(
        wanted.decoder, "net" if wanted.decoder == NETWORK else "ridge", sitting.names, sitting.iaf_hz, WINDOW_S, {},
        {axis: asdict(verdict.figures) for axis, verdict in verdicts.items()},
        {axis: verdict.sentence for axis, verdict in verdicts.items()}, sitting.eyes, cleaning_of(sitting.protocol),
        encoder, simulated=sitting.simulated)
    folder = _new_folder(sitting.run.session)
    if not accepted:
        return save_refusal(card, folder)
    heads, window_sds = _learned(sitting, wanted, accepted)
    return save(replace(card, window_sds=window_sds), heads, folder)


def _learned(sitting: Sitting, wanted: Wanted, axes: Sequence[str]) -> tuple[dict[str, Any], dict[str, float]]:
    """Return heads fitted on all excerpts to the ratings, and the SD of one window's reading, out of fold."""
    from sensing.decoders.validation import REGRESSION, Question, validate

    make = recipe_maker(sitting, wanted)
    recipe = make()
    silent = [recipe.prepare(rest) for rest in rests(sitting.excerpts)]
    heads, window_sds = {}, {}
    for axis in axes:
        heard = rated(sitting.excerpts, axis)
        states = np.array([[excerpt.state(axis)] for excerpt in heard])
        heads[axis] = recipe.fit([recipe.prepare(excerpt) for excerpt in heard], states, silent)
        out_of_fold = validate(sitting.excerpts, make, wanted.seed, Question(axis, REGRESSION), n_permutations=0)
        window_sds[axis] = out_of_fold.figures.window_sd
    return heads, window_sds


def _new_folder(session: Path) -> Path:
    """Return a folder beside the record that is not there yet: nothing that was stored is overwritten."""
    names = (FOLDER, *(f"{FOLDER}-{k}" for k in range(2, 1000)))
    return next(session / name for name in names if not (session / name).exists())


def told(result: Calibrated) -> list[str]:
    """Return what a calibration came to, for a person."""
    lines = [f"{result.n_excerpts} excerpts were rated and could be read"
             + (f"; without one good window: {', '.join(result.lost)}" if result.lost else "")]
    if result.simulated:
        lines.append("a simulated listener: this shows that calibration works, and nothing about people; the decoder's "
                     "card says so, and no session of a person takes it")
    n_shuffles = max(verdict.figures.n_permutations for verdict in result.verdicts.values())
    if n_shuffles:
        lines.append(f"{n_shuffles} shuffles of whole excerpts: no p is told finer than {1 / (n_shuffles + 1):.2g}")
    lines += [f"{axis}{' (exploratory)' if axis == VALENCE else ''}: {verdict.sentence.removesuffix(' ' + FALL_BACK)}"
              for axis, verdict in result.verdicts.items()]
    if not result.accepted:
        return [*lines, f"{FALL_BACK} Leave decoder: {{name: index}} in the protocol; the figures are kept in "
                        f"{result.card}"]
    by_index = [axis for axis in AXES if axis not in result.accepted]
    rest = f"; {' and '.join(by_index)} is read by the index" if by_index else ""
    return [*lines, f"to use it{rest}, write in a protocol with the same cleaning and eyes:",
            f"decoder: {{name: {result.decoder}, file: {result.card}}}"]
