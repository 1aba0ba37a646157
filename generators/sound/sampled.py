"""Instruments that play rendered notes of a SoundFont: held ones from a loop, struck ones once from the beginning."""

from __future__ import annotations

from typing import Any
from zipfile import BadZipFile

import numpy as np

from generators.sound.held import BASS_HAND, PAD_HAND
from generators.sound.soundfont import EVERY_SEMITONES, PROGRAMS
from generators.sound.struck import CALM_ATTACK_S, CALM_SOFTEST, CALM_VELOCITY, MIDDLE_C, STRUCK_VOICES, TIMBRES, place
from generators.sound.touch import OCTAVE, Stage, Touch

VOICES_OF = {"pad": 10, "bass": 3}
HANDS = {"pad": PAD_HAND, "bass": BASS_HAND}
STRUCK_ATTACK_S = 0.004            # the sample has its own
LEVELS = {"pad": 0.5, "bass": 0.8, "pluck": 2.2, "keys": 2.0, "bells": 1.8}     # balance, by spectrum and taste
OPENERS = {"pad": 1.5, "bass": 0.0, "pluck": 3.0, "keys": 3.0, "bells": 4.0}
SWAY_CENTS = {"pad": 4.0, "bass": 1.0, "pluck": 2.0, "keys": 1.0, "bells": 1.0}


class Bank:
    """Rendered notes as pyo's tables.

    Parameters
    ----------
    pyo : Any
        `quiet.Graph`.
    notes : Any
        By "instrument:pitch": (n_frames,) float32, as `soundfont.render_notes` wrote them.
    """

    def __init__(self, pyo: Any, notes: Any) -> None:
        self._tables = {key: _table(pyo, np.asarray(notes[key], dtype=np.float32)) for key in notes}

    def has(self, instrument: str) -> bool:
        """Whether there are notes of an instrument."""
        return any(key.startswith(f"{instrument}:") for key in self._tables)

    def nearest(self, instrument: str, pitch: int) -> tuple[Any, int]:
        """Return the table of the nearest note that was rendered, and its pitch."""
        program = PROGRAMS[instrument]
        steps = round((min(max(pitch, program.lowest), program.highest) - program.lowest) / EVERY_SEMITONES)
        steps = min(steps, (program.highest - program.lowest) // EVERY_SEMITONES)
        root = program.lowest + EVERY_SEMITONES * steps
        return self._tables[f"{instrument}:{root}"], root


def read_bank(pyo: Any, path: str) -> Bank | None:
    """Return the bank in a file; None where there is none that can be read: the own instruments play then."""
    if not path:
        return None
    try:
        with np.load(path) as notes:
            return Bank(pyo, notes)
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def _table(pyo: Any, note: Any) -> Any:
    table = pyo.DataTable(len(note))
    np.asarray(table.getBuffer())[:len(note)] = note
    return table


class Sampled:
    """One instrument of a bank.

    Parameters
    ----------
    stage : Stage
        What it is built on.
    bank : Bank
        Its notes.
    name : str
        A name of `soundfont.PROGRAMS`.
    """

    def __init__(self, stage: Stage, bank: Bank, name: str) -> None:
        pyo, self._bank, self._name = stage.pyo, bank, name
        self.n_voices = stage.n_voices or VOICES_OF.get(name, STRUCK_VOICES)
        self.ties, self.opener = PROGRAMS[name].holds, OPENERS[name]
        self._release_of = (HANDS.get(name) or TIMBRES[name]).release
        rows, sway = range(self.n_voices), stage.swaying(SWAY_CENTS[name])
        table, _ = bank.nearest(name, MIDDLE_C)
        self._speeds = [pyo.Sig(table.getRate(), mul=sway) for _ in rows]
        self._gains = [pyo.SigTo(0.0, time=0.01, init=0.0) for _ in rows]
        self._pans = [pyo.Sig(0.5) for _ in rows]
        self._readers = [pyo.TableRead(table, freq=self._speeds[v], loop=int(self.ties), interp=4, mul=self._gains[v])
                         for v in rows]
        placed = [pyo.SPan(self._readers[v], outs=2, pan=self._pans[v]) for v in rows]
        self._release_s = [0.01] * self.n_voices
        self.out = pyo.Mix(placed, voices=2, mul=LEVELS[name])

    def start(self, voice: int, touch: Touch) -> None:
        """Begin a note on a silent voice."""
        table, root = self._bank.nearest(self._name, touch.pitch)
        self._readers[voice].table = table
        self._speeds[voice].value = float(table.getRate() * 2 ** ((touch.pitch - root) / OCTAVE))
        self._pans[voice].value = 0.5 if self._name in HANDS else place(touch.pitch)
        self._readers[voice].play()
        self.tie(voice, touch)

    def tie(self, voice: int, touch: Touch) -> None:
        """Go on with the note that sounds, as strong as `touch` says."""
        self._gains[voice].time = self._attack_s(touch)
        held = self._name in HANDS
        self._gains[voice].value = min(touch.velocity, CALM_VELOCITY) if touch.calm and not held else touch.velocity
        self._release_s[voice] = self._release_of(touch)

    def release(self, voice: int) -> float:
        """Let a note go; return the seconds until it is silent."""
        self.quench(voice, self._release_s[voice])
        return self._release_s[voice]

    def quench(self, voice: int, within_s: float) -> None:
        """Take a voice to silence within `within_s`."""
        self._gains[voice].time = within_s
        self._gains[voice].value = 0.0

    def _attack_s(self, touch: Touch) -> float:
        if self._name in HANDS:
            return HANDS[self._name].attack(touch)
        return CALM_ATTACK_S * CALM_SOFTEST ** touch.softness if touch.calm else STRUCK_ATTACK_S
