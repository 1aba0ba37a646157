from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loop.errors import MontageError
from loop.values import Affect, Features, FloatArray, Hold, Moment
from sensing.decoders.index import IndexDecoder, Timing
from sensing.features.spectrum import FREQUENCIES_HZ
from tests.sensing.streams import header_of, moment_of

ROLES = ("F3", "F4", "Fz", "Pz", "O1", "O2", "Oz")
HOP, WINDOW, RATE_HZ = 62, 1000, 250.0
BANDS = {"theta": (4.0, 8.0), "alpha": (8.0, 12.0), "beta": (13.0, 30.0)}


class Session:
    """A decoder that is shown spectra as they would come, hop after hop."""

    def __init__(self, roles: tuple[str, ...] = ROLES, seed: int = 1) -> None:
        self.decoder = IndexDecoder(header_of(), roles, Timing(RATE_HZ, 4.0, 0.25))
        self.roles = roles
        self.first = 0
        self.affect: Affect | None = None
        self._rng = np.random.default_rng(seed)

    def log_psd(self, peak_hz: float = 10.0, **changes: float) -> FloatArray:
        """1/f with alpha and noise at all roles; changes are ln gains such as ``alpha=-1`` or ``F4_alpha=1``."""
        values = np.tile(np.log(100 / FREQUENCIES_HZ * (1 + 20 * np.exp(-((FREQUENCIES_HZ - peak_hz) / 0.8) ** 2))),
                         (len(self.roles), 1))
        values += self._rng.normal(0, 0.3, values.shape)
        for name, gain in changes.items():
            role, _, band = name.rpartition("_")
            low, high = BANDS[band]
            rows = [self.roles.index(role)] if role else list(range(len(self.roles)))
            inside = [low <= hz <= high for hz in FREQUENCIES_HZ]
            values[np.ix_(rows, inside)] += gain
        return values

    def run(self, seconds: float, moment: Moment, peak_hz: float = 10.0, **changes: float) -> Affect:
        for _ in range(int(seconds * 4)):
            features = Features((), self.log_psd(peak_hz, **changes).reshape(-1), self.first, 4.0)
            self.affect = self.decoder.decode(features, moment, 0.25)
            self.first += HOP
        assert self.affect is not None
        return self.affect

    def hold(self, moment: Moment) -> Hold:
        return self.decoder.hold(moment)


BASELINE, REGULATE = moment_of(), moment_of("regulate", index=2)
RATE = moment_of("rate", eyes="", index=1)


def scaled() -> Session:
    session = Session()
    session.run(70, BASELINE)
    return session


def test_without_f3_it_is_refused() -> None:
    with pytest.raises(MontageError, match="no F3"):
        Session(("F4", "O1"))


def test_nothing_is_scaled_before_a_baseline() -> None:
    session = Session()
    affect = session.run(10, REGULATE)
    assert not affect.scaled
    assert session.hold(REGULATE) is Hold.NO_SCALE
    assert np.isfinite(affect.arousal_index)


def test_a_phase_that_does_not_steer_is_never_held() -> None:
    assert Session().hold(BASELINE) is Hold.NONE


def test_clean_windows_are_those_that_do_not_overlap() -> None:
    session = Session()
    session.run(30, BASELINE)
    assert session.decoder.clean_windows == 8
    assert session.decoder.clean_s == 32.0


def test_a_window_that_began_before_the_baseline_is_not_of_it() -> None:
    session = Session()
    session.run(5, replace(BASELINE, elapsed_s=3.9))
    session.run(5, replace(BASELINE, paused=True))
    assert session.decoder.clean_windows == 0


def test_held_decisions_are_not_of_a_baseline() -> None:
    session = Session()
    for _ in range(100):
        session.decoder.decode(None, BASELINE, 0.25)
    assert session.decoder.clean_windows == 0


def test_the_scale_stands_when_the_baseline_is_left() -> None:
    session = scaled()
    assert session.decoder.scale is None
    affect = session.run(0.25, REGULATE)
    assert affect.scaled
    assert session.decoder.scale is not None
    assert session.hold(REGULATE) is Hold.NONE
    assert session.decoder.clean_s == 0.0


def test_asking_for_a_hold_alone_finishes_the_baseline() -> None:
    assert scaled().hold(REGULATE) is Hold.NONE


def test_rest_like_the_baseline_is_at_the_anchor() -> None:
    affect = scaled().run(60, REGULATE)
    assert abs(affect.arousal) < 0.2
    assert abs(affect.valence) < 0.2


@pytest.mark.parametrize(("changes", "axis", "sign"), [
    ({"beta": 1.0}, "arousal", 1), ({"alpha": 1.0}, "arousal", -1),
    ({"F4_alpha": 1.0}, "valence", 1), ({"F3_alpha": 1.0}, "valence", -1),
])
def test_the_indices_move_their_axis(changes: dict[str, float], axis: str, sign: int) -> None:
    affect = scaled().run(90, REGULATE, **changes)
    assert getattr(affect, axis) * sign > 0.5


def test_a_rating_before_steering_is_the_anchor() -> None:
    session = scaled()
    session.run(1, RATE)
    session.decoder.rate(7.0, 3.0)
    affect = session.run(30, REGULATE)
    assert affect.valence == pytest.approx(0.5, abs=0.2)
    assert affect.arousal == pytest.approx(-0.5, abs=0.2)


def test_a_rating_after_steering_began_moves_nothing() -> None:
    session = scaled()
    session.run(30, REGULATE)
    session.decoder.rate(9.0, 9.0)
    assert abs(session.run(1, REGULATE).arousal) < 0.3


@pytest.mark.parametrize("rating", [(0.0, 5.0), (np.nan, 5.0), (5.0, 99.0)])
def test_a_rating_off_the_scale_is_no_anchor(rating: tuple[float, float]) -> None:
    session = Session()
    session.decoder.rate(*rating)
    affect = session.run(1, BASELINE)
    assert (affect.valence, affect.arousal) == (0.0, 0.0)


def test_affect_stays_on_its_scale() -> None:
    session = scaled()
    session.decoder.rate(9.0, 9.0)
    affect = session.run(300, REGULATE, beta=5.0, F4_alpha=5.0)
    assert (affect.valence, affect.arousal) == (1.0, 1.0)


def test_a_held_decision_only_grows_less_sure() -> None:
    session = scaled()
    before = session.run(30, REGULATE)
    after = session.decoder.decode(None, REGULATE, 0.25)
    assert (after.valence, after.arousal) == (before.valence, before.arousal)
    assert after.arousal_sd > before.arousal_sd
    assert session.decoder.decode(None, REGULATE, 0.0).arousal_sd == after.arousal_sd


def test_each_eye_state_has_its_own_scale() -> None:
    session = scaled()
    session.run(5, REGULATE)
    open_eyes = moment_of("regulate", eyes="open", index=3)
    assert session.hold(open_eyes) is Hold.NO_SCALE
    assert session.hold(REGULATE) is Hold.NONE


def test_a_baseline_that_gives_no_scale_gives_none() -> None:
    session = Session()
    session.run(70, replace(BASELINE, scale=False))
    assert session.hold(REGULATE) is Hold.NO_SCALE


def test_too_few_clean_windows_give_no_scale() -> None:
    session = Session()
    session.run(12, BASELINE)
    assert session.hold(REGULATE) is Hold.NO_SCALE


def test_a_baseline_after_steering_does_not_move_the_frozen_scale() -> None:
    session = scaled()
    session.run(10, REGULATE)
    frozen = session.decoder.scale
    session.run(70, moment_of(index=3), beta=2.0)
    session.run(1, moment_of("regulate", index=4))
    assert session.decoder.scale == frozen


def test_a_baseline_before_steering_may_be_taken_again() -> None:
    session = scaled()
    session.run(70, moment_of(index=1), beta=2.0)
    assert abs(session.run(60, REGULATE, beta=2.0).arousal) < 0.3


def test_closed_eyes_give_the_alpha_frequency_and_scales_in_its_bands() -> None:
    session = Session()
    session.run(70, BASELINE, peak_hz=11.5)
    affect = session.run(60, REGULATE, peak_hz=11.5)
    assert session.decoder.iaf_hz == pytest.approx(11.5, abs=0.2)
    assert "11.5 Hz" in session.decoder.iaf_note
    assert abs(affect.arousal) < 0.2


def test_an_alpha_frequency_found_later_recomputes_the_scale_of_open_eyes() -> None:
    session = Session()
    session.run(70, moment_of(eyes="open"), peak_hz=11.5)
    session.run(70, moment_of(index=1), peak_hz=11.5)
    affect = session.run(60, moment_of("regulate", eyes="open", index=2), peak_hz=11.5)
    assert abs(affect.arousal) < 0.2


def test_open_eyes_give_no_alpha_frequency() -> None:
    session = Session()
    session.run(70, moment_of(eyes="open"), peak_hz=11.5)
    session.run(1, moment_of("regulate", eyes="open", index=2))
    assert session.decoder.iaf_hz == 10.0


def test_without_a_channel_at_the_back_ten_hertz_is_said() -> None:
    assert "10 Hz" in Session(("F3", "F4")).decoder.iaf_note


SLEEP = {"alpha": -1.5, "theta": 0.3}


def test_sleep_onset_is_held_after_fifteen_seconds_and_clears() -> None:
    session = scaled()
    session.run(60, REGULATE)
    session.run(10, REGULATE, **SLEEP)
    assert session.hold(REGULATE) is Hold.NONE
    before = session.run(6, REGULATE, **SLEEP)
    assert session.hold(REGULATE) is Hold.DROWSY
    after = session.run(60, REGULATE, **SLEEP)
    assert after.arousal == pytest.approx(before.arousal, abs=0.05)
    session.run(15, REGULATE)
    assert session.hold(REGULATE) is Hold.NONE


def test_arousal_without_sleep_is_not_drowsy() -> None:
    session = scaled()
    session.run(60, REGULATE, beta=1.5)
    assert session.hold(REGULATE) is Hold.NONE


def test_the_same_features_give_the_same_affect() -> None:
    one, two = scaled().run(30, REGULATE), scaled().run(30, REGULATE)
    assert one == two
