"""A listener's file: what it says, what it makes of a protocol, and every fault as a sentence with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.errors import EuthymiaError, FileError
from loop.intent import NO_TASTE, TABLE
from sessions.protocol.loading import load_protocol
from sessions.taste.loading import LoadedTaste, in_palette, load_taste

GOOD = """\
version: 1
likes: {palettes: [warm], instruments: [bells]}
avoid:
  modes: [Aeolian]
  tempo_bpm: [[50, 55]]
  instruments: [pluck]
learned:
  sessions: 8
  excerpts: 24
  arousal: {tempo: 1.2}
  valence: {mode: -0.3}
"""
FAULTS = [
    ("version: 1", "version: 2", 1, "version is 2; versions here: 1"),
    ("[warm]", "[wram]", 2, '"wram" is no palette; palettes here: calm, warm, bright, sparse. Did you mean "warm"?'),
    ("[warm]", "warm", 2, 'likes.palettes is "warm"; a list of names'),
    ("[bells]", "[bell]", 2, 'likes.instruments: "bell" is no instrument; instruments here: '),
    ("[Aeolian]", "[Aeolean]", 4, 'avoid.modes: "Aeolean" is no mode; modes here: Aeolian, Dorian, Mixolydian, Ion'),
    ("[Aeolian]", "[Aeolian, Dorian, Mixolydian, Ionian]", 4, "avoid.modes: no mode is left"),
    ("[[50, 55]]", "[50, 55]", 5, "avoid.tempo_bpm: 50 is no range; [lowest, highest] in bpm"),
    ("[[50, 55]]", "[[55, 50]]", 5, "avoid.tempo_bpm: [55, 50] is no range"),
    ("[[50, 55]]", "[[50, .nan]]", 5, "is no range"),
    ("[[50, 55]]", "[[40, 60], [60, 100]]", 5, "avoid.tempo_bpm: no tempo is left from 50 to 84 bpm"),
    ("modes:", "mods:", 4, 'unknown key "mods" in avoid; keys there: instruments, modes, tempo_bpm'),
    ("tempo: 1.2", "tempo: 3", 10, "learned.arousal: tempo is 3; a number from -0.5 to 1.5"),
    ("tempo: 1.2", "loudness: 1.2", 10, 'learned.arousal: "loudness" is no cue; cues here: tempo, '),
    ("  excerpts: 24\n", "", 7, "learned.excerpts is missing; a whole number"),
]


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "taste.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def loaded(folder: Path, text: str) -> LoadedTaste:
    return load_taste(written(folder, text))


@pytest.mark.parametrize(("part", "instead", "line", "says"), FAULTS, ids=[row[3][:50] for row in FAULTS])
def test_a_fault_is_a_sentence_with_its_line(tmp_path: Path, part: str, instead: str, line: int, says: str) -> None:
    assert part in GOOD
    with pytest.raises(FileError) as caught:
        loaded(tmp_path, GOOD.replace(part, instead, 1))
    lines = str(caught.value).splitlines()
    assert any(said.startswith(f"taste.yaml:{line}: ") and says in said for said in lines), lines


def test_a_missing_an_empty_and_a_binary_file_say_so(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        load_taste(tmp_path / "none.yaml")
    for text, says in ((b"", "the file is empty; start with `version: 1`"), (b"\xff\xfe\x00", "not text in UTF-8")):
        with pytest.raises(FileError, match=says):
            load_taste(written(tmp_path, text))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=50, deadline=None)
def test_whatever_is_written_behind_a_key_is_a_file_or_one_of_our_errors(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), f"version: 1\navoid: {text}\n")
        try:
            load_taste(path)
        except EuthymiaError as error:
            assert "taste.yaml" in str(error)


def test_a_file_that_says_nothing_is_the_houses_table(tmp_path: Path) -> None:
    taste = loaded(tmp_path, "version: 1\n")
    assert taste.taste == NO_TASTE
    assert taste.file.palette == ""


def test_what_the_file_says_is_what_the_map_gets(tmp_path: Path) -> None:
    taste = loaded(tmp_path, GOOD).taste
    assert taste.table["tempo_octaves"].a == pytest.approx(1.2 * TABLE["tempo_octaves"].a)
    assert taste.mode_lean == -0.3
    assert taste.instead == {"Aeolian": "Dorian"}
    assert len(taste.avoided_octaves) == 1


@pytest.mark.parametrize(("likes", "avoids", "palette"), [
    ("{palettes: [sparse, warm]}", "{}", "sparse"), ("{instruments: [keys]}", "{}", "warm"),
    ("{}", "{instruments: [pluck]}", "sparse"), ("{palettes: [calm, sparse]}", "{instruments: [pluck]}", "sparse"),
    ("{}", "{modes: [Dorian]}", "")])
def test_the_dearest_palette_without_what_is_avoided_is_chosen(tmp_path, likes, avoids, palette):
    assert loaded(tmp_path, f"version: 1\nlikes: {likes}\navoid: {avoids}\n").file.palette == palette


def test_a_liked_palette_is_taken_where_the_protocol_sets_none_and_only_there(tmp_path: Path) -> None:
    taste = loaded(tmp_path, "version: 1\nlikes: {palettes: [warm]}\n")
    chosen = in_palette(load_protocol("calm"), taste)
    assert chosen.protocol.music.palette == "warm"
    assert "palette: warm" in chosen.resolved_yaml
    assert chosen.sha256 != load_protocol("calm").sha256
    path = tmp_path / "own.yaml"
    path.write_text("extends: calm\nmusic: {palette: sparse}\n")
    assert in_palette(load_protocol(path), taste).protocol.music.palette == "sparse"
    silent = loaded(tmp_path, "version: 1\n")
    assert in_palette(load_protocol("calm"), silent) == load_protocol("calm")
