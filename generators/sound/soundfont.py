"""Notes of a SoundFont, rendered ahead: a process of its own plays each one that may be needed, and keeps it in a file.

The sound process only reads tables, as it does with its own instruments: its callback stays free, and a font that is
broken takes down nobody but its reader.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from generators.sound.palettes import find_palette
from generators.sound.quiet import silenced_stderr
from generators.sound.ring import RATE_HZ
from loop.errors import FileError, MissingPart

EVERY_SEMITONES = 3                # one note in three is rendered; its neighbours are it, a little faster or slower
VELOCITY = 84                      # of the rendered notes: mezzo forte; how loud and how bright is the bus's own doing
TAIL_S = 0.05                      # the end of a note that rings is faded, so that it ends on nothing
JOIN_S = 1.0                       # over which the end of a held note is faded into its beginning
LEVEL_RMS = 0.1                    # each instrument's notes are brought to one level
SETTLE_S = 0.6                     # of a held note: its own attack is left out, the hand of the player makes it
RENDERED_S = 120.0                 # a font that takes longer is not read
REFUSED_EXIT, MISSING_EXIT = 3, 4
HEAD = (b"RIFF", b"sfbk")
EXTRA = 'pip install "euthymia[soundfont]", and the system\'s library (Debian: apt install libfluidsynth3)'


@dataclass(frozen=True, slots=True)
class Program:
    """Which General MIDI program stands for an instrument, and how it is rendered."""

    number: int                    # from 0
    lowest: int                    # MIDI pitches
    highest: int
    length_s: float
    holds: bool                    # it sounds for as long as it is held: its table is a loop


# General MIDI level 1: 48 string ensemble, 46 harp, 4 electric piano, 8 celesta, 32 acoustic bass.
PROGRAMS: Mapping[str, Program] = MappingProxyType({
    "pad": Program(48, 43, 84, 6.0, True), "bass": Program(32, 28, 60, 3.0, False),
    "pluck": Program(46, 48, 96, 3.5, False), "keys": Program(4, 36, 96, 4.0, False),
    "bells": Program(8, 60, 108, 3.0, False),
})


def check_font(path: Path) -> None:
    """Raise `FileError` where a file cannot be a SoundFont."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise FileError(f"the SoundFont {path} cannot be read: {error.strerror}", "name an .sf2 file") from error
    if (head[:4], head[8:12]) != HEAD:
        raise FileError(f"{path} is no SoundFont", "name an .sf2 file")


def render_bank(font: Path, palette: str, folder: Path) -> str:
    """Render what a palette plays into a new file in `folder`; return its path, for `MixSettings.bank`."""
    into = folder / "bank.npz"
    render_notes(font, find_palette(palette).instruments, into)
    return str(into)


def render_notes(font: Path, instruments: tuple[str, ...], into: Path) -> None:
    """Render the notes of some instruments of `PROGRAMS` into an .npz file, in a process of its own.

    Raises
    ------
    FileError
        Where the font cannot be read, or has no sound for one of them.
    MissingPart
        Where fluidsynth is not installed.
    """
    check_font(font)
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=_render, args=(str(font), instruments, str(into)), daemon=True)
    child.start()
    child.join(RENDERED_S)
    code = child.exitcode
    if code is None:
        child.kill()
    if code == MISSING_EXIT:
        raise MissingPart("a SoundFont needs fluidsynth to be played", EXTRA)
    if code != 0 or not into.exists():
        wanted = ", ".join(instruments)
        raise FileError(f"the SoundFont {font} cannot be played: it is damaged, or has no sound for {wanted}",
                        "try it in another player, or leave soundfont out")


def _render(font: str, instruments: tuple[str, ...], into: str) -> None:
    try:
        import fluidsynth
    except (ImportError, OSError):
        os._exit(MISSING_EXIT)
    with silenced_stderr():        # fluidsynth and GLib write of a damaged font what the sentence says
        os._exit(_rendered(fluidsynth, font, instruments, into))


def _rendered(fluidsynth: Any, font: str, instruments: tuple[str, ...], into: str) -> int:
    """Render into an .npz file; return the exit code that tells of it."""
    synth = fluidsynth.Synth(gain=0.5, samplerate=RATE_HZ, **{"synth.dynamic-sample-loading": 1})
    number = synth.sfload(font)
    if number < 0:
        return REFUSED_EXIT
    synth.set_reverb(0.0, 0.0, 0.0, 0.0)
    synth.set_chorus(0, 0.0, 0.3, 0.0, 0)
    tables: dict[str, Any] = {}
    for name in instruments:
        program = PROGRAMS[name]
        if synth.program_select(0, number, 0, program.number) != 0:
            return REFUSED_EXIT
        notes = {pitch: _note(synth, pitch, program)
                 for pitch in range(program.lowest, program.highest + 1, EVERY_SEMITONES)}
        level = float(np.sqrt(np.mean([np.mean(note[:RATE_HZ] ** 2) for note in notes.values()])))
        if not level > 0.0:
            return REFUSED_EXIT
        tables |= {f"{name}:{pitch}": (note * (LEVEL_RMS / level)).astype(np.float32) for pitch, note in notes.items()}
    np.savez(into, **tables)
    return 0


def _note(synth: Any, pitch: int, program: Program) -> Any:
    """Return one note, (n_frames,) mono."""
    settle_s = SETTLE_S if program.holds else 0.0
    n_frames = int((settle_s + program.length_s) * RATE_HZ)
    synth.noteon(0, pitch, VELOCITY)
    pcm = np.asarray(synth.get_samples(n_frames), dtype=np.float64).reshape(-1, 2).mean(axis=1) / 2**15
    synth.all_sounds_off(0)
    synth.get_samples(RATE_HZ // 10)
    return looped(pcm[int(settle_s * RATE_HZ):]) if program.holds else faded(pcm)


def looped(pcm: Any) -> Any:
    """Return `pcm`, shorter by `JOIN_S`, so that its end runs into its beginning: an equal-power crossfade."""
    n_join = int(JOIN_S * RATE_HZ)
    angle = np.linspace(0.0, np.pi / 2, n_join, endpoint=False)
    body = pcm[:-n_join].copy()
    body[:n_join] = body[:n_join] * np.sin(angle) + pcm[-n_join:] * np.cos(angle)
    return body


def faded(pcm: Any) -> Any:
    """Return `pcm` with its last `TAIL_S` faded to nothing."""
    n_tail = int(TAIL_S * RATE_HZ)
    return np.concatenate([pcm[:-n_tail], pcm[-n_tail:] * np.linspace(1.0, 0.0, n_tail)])
