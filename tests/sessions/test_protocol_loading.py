"""Protocol files load, merge and resolve."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.errors import ProtocolError
from sessions.protocol.loading import Loaded, load_protocol, shipped_names, with_minutes

SMALL = """\
version: 1
title: Small
phases:
  - baseline: {eyes: closed, minutes: 1}
  - regulate: {minutes: 2, towards: {valence: 0.2}}
"""


def load(folder: Path, text: str, name: str = "mine.yaml") -> Loaded:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load_protocol(path)


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_protocol_loads(name: str) -> None:
    loaded = load_protocol(name)
    assert loaded.protocol.title
    assert loaded.protocol.minutes <= loaded.protocol.safety.longest_minutes


def test_calm_uplift_open_loop_and_demo_are_shipped() -> None:
    assert {"calm", "uplift", "open_loop", "demo"} <= set(shipped_names())


def test_the_demo_lasts_two_minutes_and_asks_nothing() -> None:
    demo = load_protocol("demo").protocol
    assert demo.minutes == pytest.approx(2.0)
    assert demo.publish
    assert not {"rate", "screen"} & {row.kind for row in demo.phases}


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    protocol = load(tmp_path, SMALL).protocol
    assert [row.kind for row in protocol.cleaning] == ["highpass", "lowpass", "notch", "gate", "rereference"]
    assert (protocol.decoder.window_s, protocol.decoder.hop_s, protocol.control.lead_per_min) == (4.0, 0.25, 0.15)
    assert protocol.regulates[0].towards.tolerance == 0.2


def test_a_row_left_out_leaves_the_step_out(tmp_path: Path) -> None:
    protocol = load(tmp_path, SMALL + "cleaning:\n  - notch: {line_hz: 50}\n").protocol
    assert [row.kind for row in protocol.cleaning] == ["notch"]


def test_an_empty_row_means_its_defaults(tmp_path: Path) -> None:
    protocol = load(tmp_path, SMALL.replace("phases:", "phases:\n  - check_quality:")).protocol
    phase = protocol.phases[0].phase
    assert protocol.phases[0].kind == "check_quality"
    assert phase.note == ""


def test_extends_merges_mappings_and_replaces_lists(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(SMALL, encoding="utf-8")
    child = "extends: base.yaml\ncontrol: {name: scripted}\ncleaning: [{gate: {flat_s: 1}}]\n"
    protocol = load(tmp_path, child).protocol
    assert protocol.title == "Small"
    assert (protocol.control.name, protocol.control.lead_per_min) == ("scripted", 0.15)
    assert [row.kind for row in protocol.cleaning] == ["gate"]


def test_null_takes_a_key_back_to_its_default(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(SMALL + "decoder: {window_s: 8, hop_s: 1}\n", encoding="utf-8")
    protocol = load(tmp_path, "extends: base.yaml\ndecoder: {window_s: null}\n").protocol
    assert (protocol.decoder.window_s, protocol.decoder.hop_s) == (4.0, 1.0)


def test_open_loop_is_calm_but_for_its_control() -> None:
    calm, open_loop = load_protocol("calm").protocol, load_protocol("open_loop").protocol
    assert open_loop.control.name == "scripted"
    assert open_loop.phases == calm.phases
    assert open_loop.control.model_copy(update={"name": "regulate"}) == calm.control


@pytest.mark.parametrize("name", shipped_names())
def test_the_resolved_text_stands_for_the_same_protocol(name: str, tmp_path: Path) -> None:
    loaded = load_protocol(name)
    again = load(tmp_path, loaded.resolved_yaml)
    assert again.protocol == loaded.protocol
    assert again.sha256 == loaded.sha256 == hashlib.sha256(loaded.resolved_yaml.encode()).hexdigest()


def test_comments_and_order_of_keys_do_not_change_the_hash(tmp_path: Path) -> None:
    turned = "title: Small   # a comment\nversion: 1\n" + SMALL[SMALL.index("phases:"):]
    assert load(tmp_path, turned).sha256 == load(tmp_path, SMALL).sha256


def test_every_number_that_matters_changes_the_hash(tmp_path: Path) -> None:
    assert load(tmp_path, SMALL.replace("minutes: 2", "minutes: 3")).sha256 != load(tmp_path, SMALL).sha256


def test_minutes_set_the_length_of_every_regulate_phase_alone() -> None:
    calm, short = load_protocol("calm"), with_minutes(load_protocol("calm"), 1)
    assert [phase.minutes for phase in short.protocol.regulates] == [1.0, 1.0]
    assert short.protocol.minutes == calm.protocol.minutes - 13
    assert short.sha256 != calm.sha256


@pytest.mark.parametrize("minutes", [0.0, -1.0, float("nan"), 60.0])
def test_minutes_that_cannot_be_are_refused(minutes: float) -> None:
    with pytest.raises(ProtocolError, match="--minutes"):
        with_minutes(load_protocol("calm"), minutes)


@given(factor=st.floats(0.01, 9.0))
@settings(deadline=None, max_examples=20)
def test_any_length_survives_being_written_and_read(factor: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    short = with_minutes(load_protocol("calm"), factor)
    again = load(tmp_path_factory.mktemp("resolved"), short.resolved_yaml)
    assert again.protocol == short.protocol




def test_a_mirror_that_gives_instruction_strategy_and_reward_loads(tmp_path: Path) -> None:
    text = """\
version: 1
title: Mirror
control:
  name: mirror
  gain: 0.3
  instruction: Let the music grow quiet.
  strategy: Breathe out slowly.
  rewarded: {arousal: down}
phases:
  - baseline: {eyes: closed, minutes: 2}
  - mirror: {minutes: 5}
"""
    protocol = load(tmp_path, text).protocol
    assert (protocol.control.gain, protocol.phases[1].kind, protocol.minutes) == (0.3, "mirror", 7.0)
