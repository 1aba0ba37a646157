"""Listeners' files on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loop.intent import NO_TASTE
from ui.cli import main
from ui.options import RunOptions, checked
from ui.running import plan_of
from ui.tasting import lesson_lines, lines_in_use

TEXT = """version: 1
likes: {palettes: [sparse]}
avoid: {modes: [Dorian], tempo_bpm: [[60, 70]]}
learned: {sessions: 8, excerpts: 24, arousal: {tempo: 1.2, density: 1.0}, valence: {mode: -0.3}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "taste.yaml"
    path.write_text(TEXT)
    return path


def test_show_says_in_words_what_the_file_does(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["taste", "show", str(file)]) == 0
    said = capsys.readouterr().out
    for words in ("sparse", "Dorian is not played; Mixolydian stands in", "60 and 70 bpm", "24 rated excerpts",
                  "tempo is moved 1.20 times as far", "density stays as it is", "mode is turned round"):
        assert words in said
    assert main(["taste", "show", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["palette"] == "sparse"


def test_a_fault_in_the_file_is_told_with_its_line_by_every_command(
        file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(TEXT.replace("Dorian", "Dorain"))
    out = str(file.parent / "x.flac")
    for words in (["taste", "show", str(file)], ["run", "calm", "--simulate", "--taste", str(file)],
                  ["compose", "--valence", "0", "--arousal", "0", "--out", out, "--taste", str(file)]):
        assert main(words) == 2
        assert capsys.readouterr().err.startswith('taste.yaml:3: avoid.modes: "Dorain" is no mode')
    assert not Path(out).exists()


def test_a_run_takes_the_taste_and_its_palette_and_its_own_minutes(file: Path, tmp_path: Path) -> None:
    plan = plan_of(checked(RunOptions("calm", simulate=True, minutes=2.0, out=tmp_path / "out", taste=file)))
    assert plan.taste is not None and plan.taste.taste != NO_TASTE
    assert plan.loaded.protocol.music.palette == "sparse"
    assert plan.loaded.protocol.regulates[0].minutes == 2.0
    assert plan_of(RunOptions("calm")).taste is None


def test_a_session_says_at_its_start_whose_file_it_follows(file: Path) -> None:
    said = lines_in_use(file)
    assert said[0] == "the music follows taste.yaml:"
    assert any("Dorian is not played" in line for line in said)
    assert lines_in_use(None) == []


def test_learning_from_what_is_no_session_is_one_sentence(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["taste", "learn", str(file.parent), "--into", str(file)]) == 2
    assert "holds no recording" in capsys.readouterr().err
    assert file.read_text() == TEXT


def test_what_was_learned_says_how_sure_it_is_and_that_it_is_a_hint(file: Path) -> None:
    from sessions.taste.learning import learn
    from tests.sessions.test_taste_learning import rated

    said = "\n".join(lesson_lines(learn(rated(240, factors={"tempo": 1.4})), file))
    assert "the ratings told" in said and "a hint" in said and "the loudness is never moved" in said
    assert "too few" in lesson_lines(learn(rated(5)), file)[0]
    assert "Nothing moves" in "\n".join(lesson_lines(learn(rated(24, gain=0.0)), file))
