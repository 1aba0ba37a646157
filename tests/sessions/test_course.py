"""From a protocol's words to the course of the loop, and the course that is blind."""

from __future__ import annotations

import numpy as np
import pytest

from loop.values import Target
from sessions.blind import blind_courses, courses_from_json, courses_to_json
from sessions.course import gains_of, phases_of, rules_of
from sessions.protocol.dealing import dealt
from sessions.protocol.loading import load_protocol, shipped_names
from sessions.stream_settings import settings_of

HOP_S = 0.25
READ = ("regulate", "mirror", "transfer", "excerpt")


def calm():
    return load_protocol("calm").protocol


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_protocol_has_a_scale_for_every_eye_state_that_is_read(name):
    phases = phases_of(dealt(load_protocol(name), seed=1).protocol)
    read = {phase.eyes for phase in phases if phase.kind in READ}
    assert {phase.eyes for phase in phases if phase.scale} == read


def test_only_the_first_baseline_of_the_eyes_that_are_read_gives_a_scale():
    phases = phases_of(calm())
    assert [(phase.eyes, phase.scale) for phase in phases if phase.kind == "baseline"] == [
        ("open", False), ("closed", True), ("closed", False)]


def test_lengths_targets_and_limits_come_through_in_seconds():
    protocol = calm()
    phases = phases_of(protocol)
    regulate = next(phase for phase in phases if phase.kind == "regulate")
    assert (regulate.length_s, regulate.target) == (480.0, Target(0.4, -0.6, 0.2))
    assert rules_of(protocol).longest_s == 2400.0
    assert gains_of(protocol).lead_per_min == 0.15


def test_a_cleaning_step_that_is_left_out_is_off(tmp_path):
    path = tmp_path / "bare.yaml"
    path.write_text("extends: calm\ncleaning:\n  - highpass: {cut_hz: 0.5}\n")
    settings = settings_of(load_protocol(path).protocol)
    assert settings.highpass_hz == 0.5
    assert settings.lowpass_hz is None
    assert settings.notch is None
    assert settings.reference is None
    assert settings.eog is None
    assert settings.asr_cutoff_sd is None


def test_the_steps_that_learn_are_on_where_a_protocol_asks_for_them(tmp_path):
    path = tmp_path / "learning.yaml"
    path.write_text("extends: calm\ncleaning:\n  - highpass: {}\n  - eog: {}\n  - asr: {}\n")
    settings = settings_of(load_protocol(path).protocol)
    assert (settings.eog, settings.asr_cutoff_sd) == ("auto", 20.0)
    path.write_text("extends: calm\ncleaning:\n  - highpass: {}\n  - eog: {channels: [Fp1, Fp2]}\n")
    assert settings_of(load_protocol(path).protocol).eog == ("Fp1", "Fp2")
    usual = settings_of(calm())
    assert (usual.eog, usual.asr_cutoff_sd) == (None, None)


def test_the_blind_course_leads_the_mean_listener_to_the_target_and_is_always_the_same():
    protocol = load_protocol("open_loop").protocol
    courses, again = (blind_courses(phases_of(protocol), gains_of(protocol), HOP_S) for _ in range(2))
    assert sorted(courses) == [5, 7]
    first, last = courses[5].points, courses[7].points
    assert len(first) == 480 / HOP_S
    assert first[0][1] > -0.2
    assert last[-1][1] < -0.5
    assert np.abs(np.diff(np.vstack([first, last]), axis=0)).max() <= gains_of(protocol).slew_per_s * HOP_S + 1e-12
    assert all(np.array_equal(courses[index].points, again[index].points) for index in courses)


def test_courses_come_back_from_their_file_to_the_last_bit():
    protocol = load_protocol("open_loop").protocol
    courses = blind_courses(phases_of(protocol), gains_of(protocol), HOP_S)
    back = courses_from_json(courses_to_json(courses))
    assert all(courses[index].points.tobytes() == back[index].points.tobytes() for index in courses)


def test_a_protocol_without_a_steered_phase_has_no_course():
    assert blind_courses((), gains_of(calm()), HOP_S) == {}
