"""Every fault of a protocol file is a sentence with its file and line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.errors import ProtocolError
from sessions.protocol.loading import load_protocol, shipped_names

GOOD = """\
version: 1
title: Mine
control: {name: regulate}
music: {generator: rules}
decoder: {window_s: 4}
phases:
  - baseline: {eyes: closed, minutes: 2}
  - regulate: {minutes: 8, towards: {valence: 0.4, arousal: -0.6}}
  - return_to_alert: {minutes: 1}
safety: {longest_minutes: 40}
"""

FAULTS = [
    # (a part of GOOD, what stands there instead, the line, what the error says)
    ("version: 1", "version: 2", 1, "version is 2; versions here: 1"),
    ("generator: rules", "generator: symbolik", 4, 'music.generator is "symbolik"; generators here: symbolic, '
     'rules, musicgen, transformers-musicgen. Did you mean "symbolic"?'),
    ("name: regulate", "name: mirorr", 3, 'control.name is "mirorr"; controls here: regulate, mirror, scripted. '
     'Did you mean "mirror"?'),
    ("minutes: 8", "minutes: eight", 8, 'regulate.minutes is "eight"; a number of minutes > 0'),
    ("minutes: 8", "minutes: 0", 8, "regulate.minutes is 0; a number of minutes > 0"),
    ("minutes: 8", "minutes: .nan", 8, "regulate.minutes is nan; a number of minutes > 0"),
    ("minutes: 8", "minutes: true", 8, "regulate.minutes is true; a number of minutes > 0"),
    ("minutes: 8", "minutes: ~", 8, "regulate.minutes is empty; a number of minutes > 0"),
    ("minutes: 8", "minuts: 8", 8, 'unknown key "minuts" in regulate; keys there: minutes, eyes, towards, note. '
     'Did you mean "minutes"?'),
    ("minutes: 8, ", "", 8, "regulate.minutes is missing; a number of minutes > 0"),
    ("eyes: closed", "eyes: half", 7, 'baseline.eyes is "half"; choices here: open, closed'),
    ("safety:", "safty:", 10, 'unknown key "safty"; keys there: '),
    ("regulate: {minutes: 8", "regualte: {minutes: 8", 8, 'unknown key "regualte" in a row of phases; keys there: '),
    ("  - return_to_alert: {minutes: 1}", "  - return_to_alert", 9,
     'a row of phases is "return_to_alert"; a row with one key'),
    ("  - return_to_alert: {minutes: 1}", "  - {rate: {}, screen: {}}", 9,
     "a row has exactly one key, not rate, screen"),
    ("version: 1", "version: 1\nstream: {query: type=ECG, beside: [{query: type=ECG}]}", 2,
     "stream.beside[0].query is type=ECG, which is read already; leave it out"),
    ("{window_s: 4}", "index", 5, 'decoder is "index"; a mapping with keys among name, file, window_s, hop_s'),
    ("{window_s: 4}", "{window_s: 4, hop_s: 4.5}", 5, "decoder.hop_s is 4.5, longer than window_s, which is 4"),
    ("{window_s: 4}", "{window_s: 400}", 5, "decoder.window_s is 400; a number of seconds from 1 to 30"),
    ("name: regulate", "gain_kp: 0.6", 3, "control.gain_kp is 0.6; a number from 0 to 0.5"),
    ("name: regulate", "integral_s: 30", 3, "control.integral_s is 30; a number of seconds from 60"),
    ("name: regulate", "start_arousal_at_most: 0.7", 3,
     "control.start_arousal_at_most is 0.7; a number from -1 to 0.4"),
    ("name: regulate", "start_valence_at_least: -0.5", 3, "control.start_valence_at_least is -0.5; a number from -0.2"),
    ("name: regulate", "gain: 0.2", 3, "control.gain is for the mirror, and control.name is regulate"),
    ("name: regulate", "name: mirror, gain: 0.5", 3, "control.gain is 0.5; a number > 0 and < 0.5"),
    ("name: regulate", "name: mirror", 3, "control.instruction is missing; a mirror must say it"),
    ("name: regulate", "name: mirror", 3, "control.strategy is missing; a mirror must say it"),
    ("name: regulate", "name: mirror", 3, "control.rewarded is missing; a mirror must say which way it rewards"),
    ("name: regulate", "name: mirror", 8, "regulate needs control.name: regulate or scripted; it is mirror"),
    ("  - return_to_alert", "  - mirror: {minutes: 1}\n  - return_to_alert", 9, "mirror needs control.name: mirror"),
    ("eyes: closed", "eyes: open", 8, "regulate has eyes closed and no baseline with eyes closed before it"),
    ("  - return_to_alert", "  - transfer: {minutes: 1, eyes: open}\n  - return_to_alert", 9,
     "transfer has eyes open and no baseline with eyes open before it"),
    ("minutes: 2", "minutes: 0.5", 7, "baseline.minutes is 0.5: shorter than clean_s, the 60 s"),
    ("minutes: 2", "minutes: 2, clean_s: 10", 7, "baseline.clean_s is 10; a number of seconds from 20"),
    ("valence: 0.4", "valence: -0.7", 8, "regulate.towards.valence is -0.7; a target below 0 needs "
     "safety.allow_low_valence: true"),
    ("  - return_to_alert: {minutes: 1}\n", "", 8,
     "regulate.towards.arousal is below 0 and no return_to_alert follows"),
    ("longest_minutes: 40", "longest_minutes: 10", 6,
     "phases last 11 minutes in all, longer than safety.longest_minutes"),
    ("safety:", "cleaning: [{notch: {}}, {notch: {}}]\nsafety:", 10, "notch is there twice; keep one"),
    ("safety:", "cleaning:\n  - rereference: {to: device}\n  - gate: {}\nsafety:", 12, "gate comes after rereference"),
    ("safety:", "cleaning:\n  - eog: {}\n  - highpass: {}\nsafety:", 11, "eog has no highpass above it"),
    ("safety:", "cleaning:\n  - highpass: {}\n  - asr: {}\n  - eog: {}\nsafety:", 13, "eog comes after asr"),
    ("safety:", "cleaning:\n  - highpass: {}\n  - gate: {}\n  - asr: {}\nsafety:", 13, "asr comes after gate"),
    ("safety:", "cleaning:\n  - highpass: {}\n  - asr: {cutoff_sd: 2}\nsafety:", 12, "asr.cutoff_sd is 2"),
    ("safety:", "stream: {query: headset}\nsafety:", 10, 'stream.query is "headset"; name=.., type=.. or source_id=..'),
    ("title: Mine", "title: Mine\ntitle: Yours", 3, '"title" is there twice, first in line 2; keep one'),
    ("title: Mine", "title: [Mine", 3, "not YAML: "),
    ("title: Mine", "title: &a Mine", 2, "anchors (&, *) are not used here"),
    ("title: Mine", "title: !!str Mine", 2, "tags (!) are not used here"),
    ("title: Mine", "title: Mine\nextends: clam", 3, 'extends: there is no protocol "clam"'),
    ("title: Mine", "title: Mine\nextends: mine.yaml", 3, "extends leads back to mine.yaml"),
    ("title: Mine", "title: Mine\nextends: [calm]", 3, "extends is a list; the name of a protocol, or a path"),
    ("title: Mine", 'title: "\\ud800"', 2, "title is "),
]


def complaint(folder: Path, text: str | bytes) -> str:
    path = folder / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ProtocolError) as caught:
        load_protocol(path)
    return str(caught.value)


def test_the_file_that_all_faults_are_put_into_is_good(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD, encoding="utf-8")
    assert load_protocol(tmp_path / "mine.yaml").protocol.minutes == 11


@pytest.mark.parametrize(("part", "instead", "line", "says"), FAULTS, ids=[row[3][:60] for row in FAULTS])
def test_a_fault_is_a_sentence_with_its_line(tmp_path: Path, part: str, instead: str, line: int, says: str) -> None:
    assert part in GOOD
    lines = complaint(tmp_path, GOOD.replace(part, instead, 1)).splitlines()
    assert any(said.startswith(f"mine.yaml:{line}: ") and says in said for said in lines), lines


def test_all_faults_of_a_file_are_told_at_once_in_its_order(tmp_path: Path) -> None:
    text = GOOD.replace("minutes: 8", "minutes: x").replace("generator: rules", "generator: x").replace("40", "forty")
    lines = complaint(tmp_path, text).splitlines()
    assert [line.split(":")[1] for line in lines] == ["4", "8", "10"]


def test_a_fault_in_what_is_extended_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(GOOD.replace("minutes: 8", "minutes: x"), encoding="utf-8")
    assert complaint(tmp_path, "extends: base.yaml\ntitle: Yours\n").startswith("base.yaml:8: regulate.minutes")


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    for text in ("", "# only a comment\n", "---\n"):
        assert complaint(tmp_path, text) == "mine.yaml:1: the file is empty; start with version, title and phases"


def test_a_binary_file_says_so(tmp_path: Path) -> None:
    assert complaint(tmp_path, b"title: x\n\xff\xfe\x00").startswith("mine.yaml:2: not text in UTF-8")
    assert complaint(tmp_path, b"title: x\n\x00").startswith("mine.yaml:2: not text, but a binary file")
    assert "a protocol is a page" in complaint(tmp_path, b"#" * 2_000_000)


def test_a_file_that_is_no_mapping_says_what_belongs_there(tmp_path: Path) -> None:
    assert complaint(tmp_path, "- a\n- b\n").startswith("mine.yaml:1: the file holds a list; a mapping with keys among")
    assert complaint(tmp_path, "calm\n").startswith('mine.yaml:1: the file holds "calm"; a mapping')


@pytest.mark.parametrize("name", ["clam", "nowhere/calm.yaml", "", "a\0b", "x" * 5000])
def test_a_missing_file_lists_the_shipped_protocols(name: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        load_protocol(name)
    assert ", ".join(shipped_names()) in str(caught.value)


def test_deep_nesting_is_refused_before_it_hurts(tmp_path: Path) -> None:
    assert "nested over 30 deep" in complaint(tmp_path, "[" * 100_000)


def test_no_error_speaks_of_python(tmp_path: Path) -> None:
    for part, instead, _, _ in FAULTS:
        said = complaint(tmp_path, GOOD.replace(part, instead, 1))
        assert not re.search(r"pydantic|Traceback|<class|dict|NoneType", said)


YAML_BITS = st.sampled_from([*GOOD.split(), *"[]{}:,-#&*!|>'\"%@`?~", "\n", "\n  ", "  ", "\t", ": ", "- ", "---\n",
                             "...\n", "null", "1e999", ".inf", "0o7", "<<", "=", "!!binary x", "\\ud800",
                             "extends: calm\n", "\x85"])


@given(text=st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.lists(YAML_BITS, max_size=40).map("".join),
    st.lists(YAML_BITS, max_size=40).map(" ".join),
))
@settings(deadline=None, max_examples=400)
def test_no_text_raises_anything_but_a_protocol_error(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    try:
        load_protocol(path)
    except ProtocolError as error:
        assert str(error)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


PARTS = ("1\n", "Mine", "regulate", "rules", "4", "closed", "2", "{minutes: 1}", "-0.6")


@given(part=st.sampled_from(PARTS), value=VALUES)
@settings(deadline=None, max_examples=200)
def test_no_value_anywhere_raises_anything_but_a_protocol_error(
    part: str, value: object, tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(GOOD.replace(part, json.dumps(value) + "\n" * part.endswith("\n"), 1), encoding="utf-8")
    try:
        load_protocol(path)
    except ProtocolError as error:
        assert str(error).startswith("any.yaml:")
