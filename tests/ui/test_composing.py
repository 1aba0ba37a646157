"""Music without a session."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from generators.bars import Bar, Wish
from generators.piece import Conductor, Piece, Station, composing, place
from generators.render import Studio, blocks
from generators.sound.player import BLOCK_FRAMES, BLOCK_S
from generators.sound.ring import RATE_HZ, Pcm
from generators.sound.sequencer import Sequencer
from loop.errors import FileError
from loop.values import Presence
from tests.generators.stage import sound_of
from tests.waiting import wait_for
from ui.cli import main
from ui.composing import SHORTEST_MINUTES, read_course

HEAD = "time_s,valence,arousal\n"
COMMAND = "import sys; from ui.cli import main; sys.exit(main())"


def written(folder: Path, text: str) -> Path:
    path = folder / "path.csv"
    path.write_text(text, encoding="utf-8")
    return path


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["compose", *words]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    return said


def test_a_course_is_read_row_by_row(tmp_path: Path) -> None:
    course = read_course(written(tmp_path, HEAD + "0,-0.5,0.5\n\n60, 0.5,-0.5\n"))
    assert course == (Station(0.0, -0.5, 0.5), Station(60.0, 0.5, -0.5))


@pytest.mark.parametrize(("text", "said"), [
    ("", "does not begin with time_s,valence,arousal"),
    ("a,b\n", "does not begin with"),
    (HEAD, "has no row"),
    (HEAD + "0,0\n", r"path\.csv:2: '0,0' is not three numbers"),
    (HEAD + "0,0,x\n", r"path\.csv:2: '0,0,x' is not three numbers"),
    (HEAD + "0,0,0\n5,1.5,0\n", r"path\.csv:3: valence is 1\.5; -1\.\.1"),
    (HEAD + "0,0,nan\n", r"path\.csv:2: arousal is nan"),
    (HEAD + "-1,0,0\n", r"path\.csv:2: time_s is -1"),
    (HEAD + "0,0,0\n9,0,0\n9,0,0\n", r"path\.csv:4: time_s is 9 after 9"),
])
def test_a_course_that_cannot_be_followed_is_refused_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=said):
        read_course(written(tmp_path, text))


def test_a_course_is_straight_between_stations_and_stands_beyond_them() -> None:
    course = (Station(10.0, -1.0, 0.0), Station(20.0, 1.0, 0.5))
    assert [place(course, at_s) for at_s in (0.0, 15.0, 30.0)] == [(-1.0, 0.0), (0.0, 0.25), (1.0, 0.5)]


def test_the_conductor_follows_the_course_and_ends_in_time() -> None:
    conductor = Conductor(Piece((Station(0.0, 0.0, 0.6), Station(60.0, 0.0, -0.6)), 90.0))
    wishes = [conductor.wish(float(at_s)) for at_s in range(90)]
    assert wishes[0].intent.tempo_bpm > wishes[60].intent.tempo_bpm
    assert [wish.calm for wish in (wishes[0], wishes[60])] == [False, True]
    ends_s = next(at_s for at_s, wish in enumerate(wishes) if wish.presence is Presence.ENDING)
    assert 70 < ends_s < 80
    assert {wish.presence for wish in wishes[:ends_s]} == {Presence.PLAYING}
    assert [wish.presence for wish in (wishes[85], wishes[86])] == [Presence.ENDING, Presence.SILENT]


@pytest.mark.parametrize("arousal", [-1.0, -0.5, 0.0, 0.5, 1.0])
@pytest.mark.parametrize("length_s", [60 * SHORTEST_MINUTES, 21.0, 33.0, 90.0])
def test_a_piece_has_resolved_before_it_is_faded_and_not_long_before_its_end(length_s: float, arousal: float) -> None:
    listener = Unheard()
    conductor = Conductor(Piece((Station(0.0, 0.0, arousal),), length_s))
    n_blocks = round(length_s / BLOCK_S)
    for _ in zip(range(n_blocks), blocks(listener, composing("rules", 1), conductor.wish), strict=False):
        pass
    last = listener.sequencer.played()[-1]
    assert last.bar.last
    assert length_s - last.frame / RATE_HZ > 4.25            # when its chord began, the fade had not
    assert length_s - last.frame / RATE_HZ - last.bar_s < 9.0


class Unheard(Studio):
    """Plays bars without any sound."""

    def __init__(self) -> None:
        self.player = self
        self.sequencer = Sequencer(0)

    queued = property(lambda self: self.sequencer.queued)
    frame = property(lambda self: self.sequencer.frame)

    def offer(self, *bars: Bar) -> bool:
        return self.sequencer.offer(*bars)

    def wish(self, wish: Wish) -> None:
        self.sequencer.aim(wish.intent.tempo_bpm, wish.intent.articulation, wish.calm)
        if wish.presence is Presence.PLAYING:
            self.sequencer.wake()

    def block(self) -> Pcm:
        self.sequencer.advance(BLOCK_FRAMES)
        return np.zeros((BLOCK_FRAMES, 2), dtype=np.float32)


@pytest.mark.parametrize(("words", "said"), [
    (["--valence", "1.5", "--arousal", "0"], "--valence is 1.5"),
    (["--valence", "0", "--arousal", "nan"], "--arousal is nan"),
    (["--valence", "0"], "--arousal is missing"),
    (["--valence", "0", "--arousal", "0", "--minutes", "0"], "--minutes is 0"),
    (["--valence", "0", "--arousal", "0", "--minutes", "inf"], "--minutes is inf"),
    (["--valence", "0", "--arousal", "0", "--seed", "-1"], "--seed is -1"),
    (["--valence", "0", "--arousal", "0", "--seed", "9" * 30], "a whole number from 0 to 2147483647"),
    (["--valence", "0", "--arousal", "0", "--generator", "ruls"], 'did you mean "rules"'),
    (["--valence", "0", "--arousal", "0", "--palette", "warmer"], 'did you mean "warm"'),
    (["--valence", "0", "--arousal", "0", "--midi", "notes.txt"], "notes.txt is no MIDI file"),
    (["--path", "nowhere.csv"], "nowhere.csv cannot be read"),
])
def test_what_cannot_be_composed_is_said_in_one_sentence(
        words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.flac"
    assert said in refused([*words, "--out", str(out)], capsys)
    assert not out.exists()


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "kept.wav"
    kept.write_bytes(b"precious")
    assert "exists already" in refused(["--valence", "0", "--arousal", "0", "--out", str(kept)], capsys)
    assert kept.read_bytes() == b"precious"


def test_where_the_notes_cannot_be_written_no_empty_sound_is_left(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, midi = tmp_path / "out.flac", tmp_path / "out.mid"
    midi.symlink_to(tmp_path / "gone.mid")         # it is not there, and cannot be made
    assert "out.mid cannot be written" in refused(
        ["--valence", "0", "--arousal", "0", "--out", str(out), "--midi", str(midi)], capsys)
    assert list(tmp_path.iterdir()) == [midi]


@pytest.mark.parametrize("option", ["--out", "--midi"])
def test_a_name_that_no_file_can_have_is_said(
        option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = {"--out": tmp_path / "out.flac", "--midi": tmp_path / "out.mid"}
    names[option] = names[option].with_stem("n" * 300)
    words = [str(word) for pair in names.items() for word in pair]
    assert "cannot be written: File name too long" in refused(["--valence", "0", "--arousal", "0", *words], capsys)


def test_a_command_that_is_killed_leaves_no_half_a_piece(tmp_path: Path) -> None:
    words = ["compose", "--valence", "0", "--arousal", "0", "--minutes", "200", "--generator", "rules",
             "--out", str(tmp_path / "out.flac"), "--midi", str(tmp_path / "out.mid")]
    killed = subprocess.Popen([sys.executable, "-c", COMMAND, *words], stderr=subprocess.PIPE, text=True)
    wait_for(lambda: any(file.stat().st_size for file in tmp_path.iterdir()), 60.0, "the first of the sound")
    killed.kill()
    assert killed.communicate()[1] == ""           # of both: it ends when the last of them closes it
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "none" / "out.flac"
    assert "does not exist" in refused(["--valence", "0", "--arousal", "0", "--out", str(out)], capsys)


def test_a_piece_sounds_ends_in_silence_and_has_its_notes_beside_it(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import mido

    out, midi = tmp_path / "piece.flac", tmp_path / "piece.mid"
    path = written(tmp_path, HEAD + "0,0.5,0.5\n30,0.5,0\n")
    assert main(["compose", "--path", str(path), "--out", str(out), "--midi", str(midi), "--palette", "warm"]) == 0
    sound = sound_of(out)
    assert abs(len(sound) / RATE_HZ - 30.0) < 0.01
    assert np.abs(sound[5 * RATE_HZ:10 * RATE_HZ]).max() > 1e-2
    assert np.abs(sound[-RATE_HZ // 10:]).max() < 1e-4
    notes = mido.MidiFile(midi)
    assert [track.name for track in notes.tracks] == ["tempo", "pad", "pluck", "bass"]
    assert 20 < notes.length < 40
    assert "0.5 minutes" in capsys.readouterr().out


def test_generators_lists_composers_and_palettes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generators", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "rules" in {row["name"] for row in found["generators"]}
    assert {row["name"] for row in found["palettes"]} == {"calm", "warm", "bright", "sparse"}
    assert main(["generators"]) == 0
    assert "rules" in capsys.readouterr().out
