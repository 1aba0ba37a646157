"""What the simulated listener feels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.values import MODES, Intent
from sensing.sources.listener.latent import Latent, LatentState, seems
from sensing.sources.listener.person import Person, mean_person, noise_free, person_of

EXCITING = Intent(107.0, 0.72, "Ionian", 3.0, 0.35, 0.60, 3.0, 0.65)
CALMING = Intent(57.0, 0.12, "Ionian", -3.0, 0.15, 0.0, -6.0, 0.15)
STEP_S = 0.25

intents = st.builds(
    Intent, tempo_bpm=st.floats(40, 180), density=st.floats(0, 1), mode=st.sampled_from(MODES),
    register_semitones=st.floats(-12, 12), dissonance=st.floats(0, 1), articulation=st.floats(0, 1),
    loudness_db=st.floats(-6, 3), brightness=st.floats(0, 1),
)


def course(person: Person, intent: Intent | None, length_s: float, eyes: str = "closed", seed: int = 0,
           step_s: float = STEP_S) -> list[LatentState]:
    latent = Latent(person, np.random.default_rng(seed))
    return [latent.advance(intent, step_s, eyes) for _ in range(round(length_s / step_s))]


def still(person: Person) -> Person:
    """The same listener, moved by nothing but music."""
    return replace(noise_free(person), relaxation=0.0, start_arousal=0.0, start_valence=0.0)


def test_exciting_music_excites_and_calm_music_calms_the_mean_listener() -> None:
    person = still(mean_person())
    assert course(person, EXCITING, 120)[-1].arousal > 0.15
    assert course(person, CALMING, 120)[-1].arousal < -0.15


def test_a_bright_mode_pleases_and_a_dark_one_saddens() -> None:
    person = still(mean_person())
    assert course(person, EXCITING, 120)[-1].valence > 0.1
    assert course(person, replace(CALMING, mode="Phrygian", dissonance=0.5), 120)[-1].valence < -0.1


@settings(deadline=None, max_examples=10)
@given(intents, st.integers(0, 1000))
def test_music_moves_a_non_responder_not_at_all(intent: Intent, seed: int) -> None:
    person = person_of("non_responder", seed)
    with_music, without = (course(person, heard, 60, seed=seed)[-1] for heard in (intent, None))
    assert (with_music.valence, with_music.arousal) == (without.valence, without.arousal)


@pytest.mark.parametrize("seed", range(5))
def test_an_inverted_listener_goes_the_other_way(seed: int) -> None:
    inverted = still(person_of("inverted", seed))
    upright = replace(inverted, gain=-inverted.gain)
    for intent in (EXCITING, CALMING):
        assert course(inverted, intent, 120)[-1].arousal == pytest.approx(-course(upright, intent, 120)[-1].arousal)
    assert course(inverted, EXCITING, 120)[-1].arousal < 0.0


def test_a_strong_listener_is_moved_more_than_a_weak_one() -> None:
    strong, weak = (course(still(person_of(kind, 1)), CALMING, 120)[-1].arousal for kind in ("strong", "weak"))
    assert strong < 3.0 * weak < 0.0


def test_nothing_is_felt_before_the_lag_is_over() -> None:
    person = replace(still(mean_person()), perception_lag_s=3.0)
    felt = [abs(state.arousal) for state in course(person, EXCITING, 10)]
    assert max(felt[: round(3.0 / STEP_S)]) == 0.0
    assert felt[round(4.0 / STEP_S)] > 0.0


def test_the_same_music_for_long_moves_less() -> None:
    person = replace(still(mean_person()), habituation_half_life_s=300.0)
    felt = [state.arousal for state in course(person, EXCITING, 3600)]
    assert felt[-1] < 0.7 * max(felt)


def test_sitting_in_silence_calms() -> None:
    person = noise_free(mean_person())
    assert course(person, None, 900)[-1].arousal == pytest.approx(person.start_arousal - person.relaxation, abs=0.01)


def test_the_drowsy_get_drowsy_with_closed_eyes_only() -> None:
    person = noise_free(person_of("drowsy", 4))
    assert course(person, None, 400)[-1].drowsiness > 0.9
    assert course(person, None, 400, eyes="open")[-1].drowsiness == 0.0


def test_eyes_open_now_and_then_against_the_instruction() -> None:
    person = replace(mean_person(), peeks_per_min=0.5)
    opened = np.mean([state.eyes_open for state in course(person, None, 3600)])
    assert 0.003 < opened < 0.05
    assert all(state.eyes_open for state in course(person, None, 60, eyes="open"))


@settings(deadline=None, max_examples=25)
@given(intents, st.integers(0, 1000))
def test_the_state_stays_on_the_scale_whatever_sounds(intent: Intent, seed: int) -> None:
    person = person_of("strong", seed)
    assert all(abs(cue) <= 1.0 for cue in seems(intent, person))
    for state in course(person, intent, 60, seed=seed):
        assert abs(state.valence) <= 1.0 and abs(state.arousal) <= 1.0 and 0.0 <= state.drowsiness <= 1.0


@pytest.mark.parametrize("step_s", [0.1, 0.5, 1.0])
def test_the_length_of_a_step_hardly_changes_the_course(step_s: float) -> None:
    person = noise_free(mean_person())
    fine, other = (course(person, CALMING, 300, step_s=s)[-1].arousal for s in (STEP_S, step_s))
    assert other == pytest.approx(fine, abs=0.01)


def test_the_mood_wanders_as_far_as_its_parameter_says() -> None:
    person = replace(mean_person(), relaxation=0.0, drowsy_onset_s=1e9)
    arousal = [state.arousal for state in course(person, None, 40_000, step_s=1.0)]
    assert np.std(arousal) == pytest.approx(person.wander_sd, rel=0.2)


def test_ratings_are_whole_points_about_the_truth() -> None:
    latent = Latent(noise_free(mean_person()), np.random.default_rng(0))
    state = latent.advance(None, 1.0)
    assert latent.sam() == (np.rint(5 + 4 * state.valence), np.rint(5 + 4 * state.arousal))
    noisy = Latent(replace(mean_person(), rating_noise=3.0), np.random.default_rng(0))
    ratings = np.array([noisy.sam() for _ in range(300)])
    assert ratings.min() >= 1 and ratings.max() <= 9 and np.array_equal(ratings, np.rint(ratings))
    assert len(np.unique(ratings)) > 4


def test_asking_for_a_rating_changes_nothing() -> None:
    asked, unasked = (Latent(mean_person(), np.random.default_rng(7)) for _ in range(2))
    asked.sam()
    assert asked.advance(EXCITING, 1.0, "closed") == unasked.advance(EXCITING, 1.0, "closed")
