"""A SoundFont's notes: in tune, joined without a step, and refused in a sentence where there is nothing to play."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from generators.render import Studio
from generators.sound.loudness import Loudness
from generators.sound.mix import LEVEL_LUFS, MixSettings
from generators.sound.ring import RATE_HZ, Pcm
from generators.sound.soundfont import EXTRA, JOIN_S, PROGRAMS, faded, looped, render_bank, render_notes
from loop.errors import FileError, MissingPart
from tests.generators import scenes
from tests.generators.tiny_font import write_font

MISSING = "fluidsynth is not here: apt install libfluidsynth3"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("font")
    try:
        return render_bank(write_font(folder / "tiny.sf2"), "calm", folder)
    except MissingPart:
        pytest.skip(MISSING)


def test_every_note_is_in_tune_and_of_one_level(bank: str) -> None:
    with np.load(bank) as notes:
        assert {key.split(":")[0] for key in notes} == {"pad", "pluck", "bass", "bells"}
        for key in ("pad:61", "pluck:69", "bass:40", "bells:84"):
            note, pitch = notes[key], int(key.split(":")[1])
            spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note))))
            heard_hz = np.argmax(spectrum) * RATE_HZ / len(note)
            assert abs(1200 * np.log2(heard_hz / (441.0 * 2 ** ((pitch - 69) / 12)))) < 15
            assert 0.03 < np.sqrt(np.mean(note[:RATE_HZ] ** 2)) < 0.3


def test_a_held_note_runs_into_its_own_beginning_without_a_step() -> None:
    tone = np.sin(2 * np.pi * 311.3 * np.arange(3 * RATE_HZ) / RATE_HZ)
    loop = looped(tone)
    assert len(loop) == len(tone) - int(JOIN_S * RATE_HZ)
    slope = np.abs(np.diff(tone)).max()
    assert abs(loop[0] - loop[-1]) <= 1.01 * slope
    assert np.abs(np.diff(loop)).max() <= 1.5 * slope      # equal power: two tones in phase are 3 dB louder


def test_a_note_that_rings_ends_on_nothing() -> None:
    assert faded(np.ones(RATE_HZ))[-1] == 0.0


def test_its_music_is_without_clicks_and_without_holes(bank: str, tmp_path: Path) -> None:
    sound = scenes.in_child(scenes.WithMix("tiny", MixSettings("calm", bank=bank)), tmp_path)
    body = sound[3 * RATE_HZ:]
    quarter = np.sqrt(np.mean(body[:len(body) // 12000 * 12000].reshape(-1, 12000, 2).astype(float) ** 2, axis=(1, 2)))
    assert quarter.min() > 1e-3
    assert np.abs(np.fft.rfft(body[:, 0] * np.hanning(len(body))))[int(16_000 * len(body) / RATE_HZ):].max() < 1.0


def test_a_bank_that_is_gone_leaves_the_own_instruments_playing(tmp_path: Path) -> None:
    lost, own = (scenes.in_child(scenes.WithMix(name, MixSettings("calm", bank=bank), 4), tmp_path)
                 for name, bank in (("lost", str(tmp_path / "gone.npz")), ("own", "")))
    assert np.array_equal(lost, own)


@dataclass(frozen=True)
class Makeup:
    """What the music of a wish is thought to lack, dB, as the player of a mix sees it."""

    name: str
    mix: MixSettings

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self) -> Pcm:
        studio = Studio(mix=self.mix)
        studio.player.wish(scenes.wish())
        for _ in range(4):
            studio.block()
        return np.array([[studio.player.gains.makeup_db]], dtype=np.float32)


def test_a_font_s_music_is_levelled_by_what_was_measured_of_a_font(bank: str, tmp_path: Path) -> None:
    for name, path in (("font", bank), ("gone", str(tmp_path / "gone.npz"))):
        heard = float(scenes.in_child(Makeup(name, MixSettings("calm", bank=path)), tmp_path)[0, 0])
        expected = Loudness("calm", LEVEL_LUFS, banked=name == "font").makeup_db(scenes.wish())
        assert heard == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("content", [b"", b"RIFF....sfbkrubbish", b"%PDF-1.7 no sound here at all"])
def test_rubbish_is_refused_in_one_sentence(
        content: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rubbish.sf2"
    path.write_bytes(content)
    with pytest.raises((FileError, MissingPart), match=r"rubbish\.sf2 (is no SoundFont|cannot be played)|needs fluid"):
        render_notes(path, ("pad",), tmp_path / "bank.npz")
    assert capfd.readouterr().err == ""            # fluidsynth and GLib would say four lines of their own


def test_a_font_without_the_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises((FileError, MissingPart), match=r"has no sound for bells|needs fluidsynth"):
        render_notes(write_font(tmp_path / "tiny.sf2", programs=(48,)), ("bells",), tmp_path / "bank.npz")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"nowhere\.sf2 cannot be read: No such file"):
        render_notes(tmp_path / "nowhere.sf2", tuple(PROGRAMS), tmp_path / "bank.npz")
    assert "libfluidsynth" in EXTRA
