from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.values import NAN, Features, Hold, Window, read_only
from sensing.decoders.chance import halves
from sensing.decoders.excerpts import Excerpt, Shown, show, windows_of
from sensing.decoders.heads import LogisticHead, RidgeHead
from sensing.decoders.learned import Learned, LearnedDecoder
from sensing.decoders.recipe import Fold
from sensing.decoders.riemann import Covariances, riemann, shrink
from tests.sensing.excerpts import Plan, simulate
from tests.sensing.streams import moment_of, pink

RATE_HZ = 250.0
N = 5
SPACE = Covariances(range(N), RATE_HZ, 10.0)


def window(samples: np.ndarray, first: int = 0) -> Window:
    return Window(read_only(samples.astype(float)), first, len(samples) / RATE_HZ, NAN, read_only(np.ones(N)))


def stack(n_windows: int, seed: int = 1) -> np.ndarray:
    samples = pink(n_windows * 1000, N, seed)
    return np.array([SPACE.extract(window(samples[k * 1000:(k + 1) * 1000])).values for k in range(n_windows)])


def test_a_wave_in_a_band_has_its_power_there_and_none_elsewhere() -> None:
    time_s = np.arange(1000) / RATE_HZ
    samples = np.tile(10 * np.sin(2 * np.pi * 10 * time_s)[:, None], (1, N))
    theta, alpha, beta = SPACE._matrices(SPACE.extract(window(samples)).values[None])[:, 0]
    assert alpha.trace() == pytest.approx(N * 50, rel=0.01)
    assert max(theta.trace(), beta.trace()) < 1e-3 * alpha.trace()


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.integers(0, 1000))
def test_a_shrunk_covariance_is_positive_and_keeps_its_trace(n_samples: int, seed: int) -> None:
    samples = np.random.default_rng(seed).standard_normal((n_samples, N))
    raw = samples.T @ samples / n_samples
    shrunk = shrink(raw, n_samples)
    assert np.linalg.eigvalsh(shrunk).min() > 0
    assert shrunk.trace() == pytest.approx(raw.trace(), rel=1e-4)


def test_a_flat_channel_makes_no_matrix_singular() -> None:
    samples = pink(1000, N)
    samples[:, 2] = 0
    values = SPACE.extract(window(samples)).values[None]
    assert np.isfinite(SPACE.express(values, SPACE.centre(values))).all()


def test_the_same_window_gives_the_same_values_to_the_last_bit() -> None:
    samples = pink(2000, N)
    again = np.concatenate([samples[500:], samples])
    first, second = SPACE.extract(window(samples[500:1500])), SPACE.extract(window(again[:1000]))
    assert first.values.tobytes() == second.values.tobytes()


def test_a_session_seen_from_its_own_centre_has_no_offset() -> None:
    values = stack(30)
    tangent = SPACE.express(values, SPACE.centre(values))
    assert np.abs(tangent.mean(axis=0)).max() < 0.1 * tangent.std()


def test_other_gains_of_the_amplifier_are_gone_after_recentring() -> None:
    gains = np.array([0.5, 1.0, 2.0, 1.0, 3.0])
    samples = pink(30_000, N)
    cuts = [slice(k * 1000, (k + 1) * 1000) for k in range(30)]
    plain, louder = (np.array([SPACE.extract(window(rows[part])).values for part in cuts])
                     for rows in (samples, samples * gains))
    before = np.linalg.norm(plain - louder) / np.linalg.norm(plain)
    shown = [SPACE.express(values, SPACE.centre(values)) for values in (plain, louder)]
    assert np.linalg.norm(shown[0] - shown[1]) / np.linalg.norm(shown[0]) < 0.2 * before


@pytest.mark.parametrize("head", ["ridge", "logistic"])
def test_many_sets_of_targets_are_learned_each_for_itself(head: str) -> None:
    rng = np.random.default_rng(1)
    windows, owners = rng.standard_normal((60, 8)), np.repeat(np.arange(20), 3)
    targets = rng.choice([-1.0, 1.0], (20, 3))[owners]
    kind = RidgeHead if head == "ridge" else LogisticHead
    together, alone = kind(), kind()
    together.fit(windows, targets, owners)
    alone.fit(windows, targets[:, 1:2], owners)
    assert together.predict(windows)[:, 1] == pytest.approx(alone.predict(windows)[:, 0], abs=1e-9)


def test_a_held_out_excerpt_is_told_from_its_relation() -> None:
    excerpts = simulate(1, Plan(relation=1.0))
    recipe = riemann(Covariances(range(6), 125.0, 10.0))
    shown = [recipe.prepare(excerpt) for excerpt in excerpts]
    signs = halves(np.array([[e.arousal] for e in excerpts]), np.zeros(len(excerpts), dtype=np.intp))
    scores = recipe.predict(Fold(shown[:18], shown[18:]), signs[:18])
    assert np.mean([np.sign(each.mean()) == sign for each, sign in zip(scores, signs[18:, 0], strict=True)]) > 0.8


def test_windows_with_samples_that_cannot_be_used_are_left_out() -> None:
    usable = np.ones(3000, dtype=bool)
    usable[1100] = False
    excerpt = Excerpt(pink(3000, N).astype(float), RATE_HZ, "a", usable=usable)
    assert [each.first_sample for each in windows_of(excerpt)] == [0, 1500, 2000]


# ------------------------------------------------------------------------------------------------ live

BASELINE, REGULATE = moment_of(), moment_of("regulate", index=2)


class Session:
    """A learned arousal decoder that is shown windows as they come."""

    def __init__(self) -> None:
        self.values = stack(20)
        recipe = riemann(SPACE)
        shown = [Shown(row[None] * gain, ("", "")) for row in self.values for gain in (0.25, 4.0)]
        head = recipe.fit(shown, np.tile([[-0.8], [0.8]], (20, 1)))
        self.decoder = LearnedDecoder(Learned("riemann", SPACE, {"arousal": head}, {"arousal": 0.3}), RATE_HZ, 0.25)
        self.first = 0

    def run(self, n: int, moment, gain: float = 1.0, seen: bool = True):
        for k in range(n):
            features = Features(SPACE.names, self.values[k % 20] * gain, self.first, 4.0)
            self.first += 250
            affect = self.decoder.decode(features if seen else None, moment, 0.25)
        return affect


def test_without_a_baseline_the_learned_decoder_holds() -> None:
    session = Session()
    assert not session.run(3, REGULATE).scaled
    assert session.decoder.hold(REGULATE) is Hold.NO_SCALE


def test_after_a_baseline_arousal_follows_what_was_learned() -> None:
    session = Session()
    session.run(80, BASELINE)
    assert session.decoder.clean_s == 80.0
    assert session.decoder.hold(REGULATE) is Hold.NONE
    assert session.run(400, REGULATE, gain=4.0).arousal > 0.3
    assert session.run(800, REGULATE, gain=0.25).arousal < -0.3


def test_held_decisions_only_widen() -> None:
    session = Session()
    session.run(80, BASELINE)
    before = session.run(50, REGULATE)
    after = session.run(50, REGULATE, seen=False)
    assert after.arousal == before.arousal
    assert after.arousal_sd > before.arousal_sd


def test_an_axis_that_was_not_learned_stays_at_the_rating() -> None:
    session = Session()
    session.run(80, BASELINE)
    session.decoder.rate(valence=7, arousal=5)
    assert session.run(50, REGULATE).valence == 0.5


def test_a_rating_after_steering_moves_nothing() -> None:
    session = Session()
    session.run(80, BASELINE)
    session.run(5, REGULATE)
    session.decoder.rate(valence=9, arousal=9)
    assert session.run(1, REGULATE).valence == 0.0


def test_the_centre_belongs_to_its_eyes() -> None:
    session = Session()
    session.run(80, BASELINE)
    assert session.decoder.hold(replace(REGULATE, eyes="open")) is Hold.NO_SCALE


def test_an_excerpt_shorter_than_a_window_is_refused() -> None:
    from loop.errors import EuthymiaError

    with pytest.raises(EuthymiaError, match='no window of 4 s in excerpt "short" can be used'):
        show(Excerpt(pink(900, N).astype(float), RATE_HZ, "short"), SPACE)
