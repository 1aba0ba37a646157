"""Ratings teach how music acts on a listener: never on few data, never beyond bounds, never what they cannot tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.cues import AROUSAL_CUES, VALENCE_CUES
from loop.errors import FileError
from loop.inputs import Command, CommandKind
from loop.intent import NO_TASTE
from loop.taste import Avoided, taste_of
from loop.values import Presence
from sessions.record.journal import XdfJournal
from sessions.record.storage import new_run
from sessions.taste.excerpts import Excerpt, excerpts_of
from sessions.taste.learning import EXCERPTS_LEAST, GAIN, SESSIONS_LEAST, bounded, learn
from sessions.taste.loading import load_taste
from sessions.taste.teaching import teach, with_lesson
from tests.sessions.record_parts import HEADER, LABELS, cycle

CUES = sorted({*AROUSAL_CUES, *VALENCE_CUES})
A_SESSION = 3


def rated(n, *, factors=None, gain=GAIN, noise=0.0, seed=0, together=False):
    """Excerpts of a listener whose cues count `factors` times the prior's."""
    rng, factors, found = np.random.default_rng(seed), factors or {}, []
    for k in range(n):
        one = rng.uniform(-1, 1)
        cues = {cue: one if together else float(rng.uniform(-1, 1)) for cue in CUES}
        valence, arousal = (
            gain * sum(p * factors.get(cue, 1.0) * cues[cue] for cue, p in priors.items()) + noise * rng.normal()
            for priors in (VALENCE_CUES, AROUSAL_CUES))
        found.append(Excerpt(f"s{k // A_SESSION}", cues, float(valence), float(arousal)))
    return found


def leaning(lesson, cue):
    return lesson.leanings.arousal.get(cue, 1.0)


def test_below_the_floor_of_excerpts_or_sessions_nothing_moves():
    few = learn(rated(EXCERPTS_LEAST - 1))
    one_mood = learn([replace(excerpt, session="s") for excerpt in rated(100)])
    for lesson in (few, one_mood, learn([])):
        assert taste_of(lesson.leanings, Avoided()) == NO_TASTE
    assert learn(rated(EXCERPTS_LEAST)).arousal is not None
    assert EXCERPTS_LEAST >= A_SESSION * SESSIONS_LEAST


@pytest.mark.parametrize("gain", [0.2, 0.35, 0.7])
def test_a_listener_like_the_prior_keeps_the_house_table_however_strongly_music_acts(gain):
    lesson = learn(rated(120, gain=gain))
    assert lesson.arousal.moved
    assert all(lean == pytest.approx(1.0, abs=0.1) for lean in lesson.leanings.arousal.values())


def test_what_acts_more_on_this_listener_leans_more_and_what_acts_less_leans_less():
    lesson = learn(rated(240, factors={"tempo": 1.4, "density": 0.5}))
    assert leaning(lesson, "tempo") > 1.1
    assert leaning(lesson, "density") < 0.8


def test_cues_that_always_move_together_cannot_be_told_apart():
    lesson = learn(rated(240, factors={"tempo": 1.4, "density": 0.5}, together=True))
    assert all(heard.told < 0.05 for heard in lesson.arousal.heard)
    assert all(lean == pytest.approx(1.0, abs=0.05) for lean in lesson.leanings.arousal.values())


def test_ratings_that_music_does_not_move_change_nothing():
    lesson = learn(rated(240, gain=0.0, noise=0.25))
    assert not lesson.arousal.moved
    assert taste_of(lesson.leanings, Avoided()) == NO_TASTE


def test_a_sign_turns_only_on_strong_evidence():
    assert bounded(-0.4, 0.3) == 0.5
    assert bounded(-0.4, 0.1) == -0.4
    assert bounded(-3.0, 0.1) == -0.5
    assert leaning(learn(rated(300, factors={"density": -1.0}, gain=0.7)), "density") < 0
    assert leaning(learn(rated(24, factors={"density": -1.0}, gain=0.7)), "density") >= 0.5


@given(st.integers(0, 10_000), st.floats(0.0, 2.0), st.floats(-1.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_whatever_is_rated_the_leanings_stay_in_their_bounds_and_order_does_not_matter(seed, noise, gain):
    excerpts = rated(30, gain=gain, noise=noise, seed=seed)
    lesson, turned = learn(excerpts), learn(excerpts[::-1])
    for axis, again in ((lesson.leanings.arousal, turned.leanings.arousal),
                        (lesson.leanings.valence, turned.leanings.valence)):
        assert all(-0.5 <= lean <= 0.0 or 0.5 <= lean <= 1.5 for lean in axis.values())
        assert axis == pytest.approx(again)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_ratings_never_make_the_listener_less_known(seed):
    lesson = learn(rated(24, noise=0.3, seed=seed))
    assert all(-1e-9 <= heard.told <= 1.0 for heard in (*lesson.arousal.heard, *lesson.valence.heard))


def test_what_was_learned_is_written_beside_what_the_listener_said(tmp_path):
    text = "# mine\nversion: 1\navoid:\n  modes: [Dorian]   # it itches\n"
    lesson = learn(rated(240, factors={"tempo": 1.4}))
    path = tmp_path / "taste.yaml"
    path.write_text(with_lesson(with_lesson(text, lesson), lesson))
    assert "# mine" in path.read_text() and "# it itches" in path.read_text()
    assert path.read_text().count("learned") == 1
    file = load_taste(path).file
    assert file.avoid.modes == ["Dorian"]
    assert file.learned.arousal == pytest.approx(lesson.leanings.arousal, abs=1e-3)
    assert file.learned.excerpts == 240


def session(out, n_rated, participant="P1"):
    """A record of a rating in silence, then music and a rating, `n_rated` times: three minutes each."""
    run = new_run(out, participant, "rated")
    journal = XdfJournal.create(run.xdf, HEADER, {}, LABELS)
    rng, time_s = np.random.default_rng(len(str(run.session))), 0.0
    journal.input(Command(CommandKind.RATE, time_s, 5.0, 6.0))
    for _ in range(n_rated):
        density = float(rng.uniform(0.1, 0.8))
        for _ in range(90):
            time_s += 2.0
            heard = cycle(1, time_s, presence=Presence.PLAYING)
            journal.cycle(replace(heard, intent=replace(heard.intent, density=density)))
        journal.input(Command(CommandKind.RATE, time_s, 7.0, 6.0 + round(4 * (density - 0.42))))
    journal.input(Command(CommandKind.RATE, time_s, 1.0, 1.0))      # nothing was heard since
    journal.close()
    return run


def test_an_excerpt_is_the_music_before_a_rating_against_the_rating_before_any_music(tmp_path):
    run, excerpts = excerpts_of(session(tmp_path, 3).session)
    assert len(excerpts) == 3
    assert {excerpt.session for excerpt in excerpts} == {str(run.session)}
    assert all(excerpt.valence == 0.5 for excerpt in excerpts)
    assert len({excerpt.cues["density"] for excerpt in excerpts}) == 3
    assert excerpts[0].cues["loudness"] == -0.25


def test_sessions_of_one_listener_teach_their_file_and_those_of_two_do_not(tmp_path):
    runs = [session(tmp_path, 6).session for _ in range(SESSIONS_LEAST)]
    into = tmp_path / "taste.yaml"
    lesson = teach(runs, into)
    assert (lesson.sessions, lesson.excerpts) == (SESSIONS_LEAST, 24)
    assert load_taste(into).file.learned.excerpts == 24
    assert {path.name for path in tmp_path.iterdir()} == {"taste.yaml", "sub-P1"}
    with pytest.raises(FileError, match="P1, P2"):
        teach([*runs, session(tmp_path, 6, "P2").session], into)
