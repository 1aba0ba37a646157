"""How struck notes are let go: detached ones end before the next begins, legato ones ring into it, calm or not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.bars import EIGHTHS_A_BAR, Bar, Note
from generators.render import InTurn, rendered
from generators.sound.mix import MixSettings
from generators.sound.ring import RATE_HZ, Pcm
from generators.sound.sequencer import BPM_TO_EIGHTHS_A_S
from generators.sound.soundfont import EVERY_SEMITONES, PROGRAMS
from generators.sound.struck import TIMBRES, Timbre
from generators.sound.touch import Touch, hertz
from tests.generators import scenes

EIGHTHS_A_S = scenes.INTENT.tempo_bpm * BPM_TO_EIGHTHS_A_S
PITCH = 72
N_BARS = 3

timbres = st.sampled_from(sorted(TIMBRES)).map(TIMBRES.__getitem__)


def touch(softness: float, calm: bool = False) -> Touch:
    return Touch(PITCH, 0.5, calm, 0.4, softness)


@given(timbres, st.floats(0, 1), st.floats(0, 1))
def test_the_softer_a_note_the_longer_it_is_let_go(timbre: Timbre, one: float, other: float) -> None:
    short_s, long_s = (timbre.release(touch(softness)) for softness in sorted((one, other)))
    assert timbre.release_s[0] <= short_s * (1 + 1e-9)
    assert short_s <= long_s * (1 + 1e-9)
    assert long_s <= timbre.release_s[1] * (1 + 1e-9)


@given(timbres, st.floats(0, 1))
def test_calm_notes_are_let_go_as_all_are(timbre: Timbre, softness: float) -> None:
    assert timbre.release(touch(softness, calm=True)) == timbre.release(touch(softness))


@dataclass(frozen=True)
class Row:
    """One note again and again, each written to last until the next, in calm music."""

    articulation: float
    mix: MixSettings
    every_eighths: int

    @property
    def __name__(self) -> str:
        return f"row {self.articulation}"

    def __call__(self) -> Pcm:
        wish = scenes.wish(calm=True, articulation=self.articulation)
        return rendered(InTurn(self._bars()), lambda at_s: wish, N_BARS * EIGHTHS_A_BAR / EIGHTHS_A_S, mix=self.mix)

    def _bars(self) -> Iterator[Bar]:
        notes = tuple(Note(float(at), float(self.every_eighths), PITCH, 0.7, "pluck")
                      for at in range(0, EIGHTHS_A_BAR, self.every_eighths))
        return (Bar(index, notes, "Dorian", 0, 0) for index in itertools.count())

    def fallen_db(self, folder: Path) -> float:
        """Return how far below their peak the last bar's notes lie just before the next begins, dB."""
        n_notes, n_frames = EIGHTHS_A_BAR // self.every_eighths, int(self.every_eighths / EIGHTHS_A_S * RATE_HZ)
        sound = scenes.in_child(self, folder)[-n_notes * n_frames:]
        course = np.hypot(*sound.astype(float).T).reshape(n_notes, n_frames).mean(axis=0)
        parts = [part.mean() for part in np.array_split(course, 20)]
        return float(20 * np.log10(max(parts) / parts[-1]))


def bank_of_sines(instrument: str, folder: Path) -> str:
    """Write a SoundFont's notes of one instrument, that ring on level; return the file."""
    program, at_s = PROGRAMS[instrument], np.arange(3 * RATE_HZ) / RATE_HZ
    notes = {f"{instrument}:{pitch}": (0.14 * np.sin(2 * np.pi * hertz(pitch) * at_s)).astype(np.float32)
             for pitch in range(program.lowest, program.highest + 1, EVERY_SEMITONES)}
    np.savez(folder / "bank.npz", **notes)  # type: ignore[arg-type]
    return str(folder / "bank.npz")


@pytest.mark.parametrize("banked", [False, True])
@pytest.mark.parametrize(("palette", "instrument", "every_eighths"), [
    ("calm", "pluck", 1), ("warm", "keys", 1), ("sparse", "bells", 2)])
def test_detached_notes_are_further_down_when_the_next_begins(
    palette: str, instrument: str, every_eighths: int, banked: bool, tmp_path: Path
) -> None:
    mix = MixSettings(palette, bank=bank_of_sines(instrument, tmp_path) if banked else "")
    legato_db, detached_db = (Row(x, mix, every_eighths).fallen_db(tmp_path) for x in (0.0, 0.6))
    assert detached_db > legato_db + 7
