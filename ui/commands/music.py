"""The commands of music and sound without a session."""

from __future__ import annotations

import sys

import typer

from ui import flags
from ui.saying import say, show, show_lines


def compose(
    out: flags.PieceOut, valence: flags.Valence = None, arousal: flags.Arousal = None,
    minutes: flags.PieceMinutes = None, seed: flags.SeedOption = 1, generator: flags.Generator = "",
    palette: flags.PaletteOption = None, midi: flags.MidiOption = None, path: flags.CourseOption = None,
    taste: flags.TasteOption = None,
    bed: flags.BedOption = "off", soundfont: flags.SoundFontOption = None,
    model: flags.ModelOption = "", allow_download: flags.DownloadFlag = False,
) -> None:
    """Compose music for a point of the plane, or a course through it, into a file."""
    from ui.composing import ComposeOptions, compose_piece, piece_lines

    show_lines(piece_lines(compose_piece(
        ComposeOptions(out, valence, arousal, minutes, seed, generator, palette, midi, path, taste, bed, soundfont,
                       model, allow_download))))


def generators(as_json: flags.JsonFlag = False) -> None:
    """List what composes, and in which palettes it sounds."""
    from ui.composing import generator_object, generator_table

    show(generator_object(), generator_table(), as_json)


def calibrate_sound(
    sound: flags.CalibratedSound = "auto", lufs: flags.NoiseLoudness = -23.0, for_s: flags.NoiseLength = 20.0,
    spl: flags.MeterReading = None, sensitivity: flags.Sensitivity = None, volts: flags.Volts = None,
    note: flags.CalibrationNote = "", as_json: flags.JsonFlag = False,
) -> None:
    """Play noise through an output, and keep the level that a sound level meter reads at the ear."""
    from ui.sound_calibrating import SoundCalibrationOptions, calibrate_sound, calibration_lines

    def ask(question: str) -> str:
        return str(typer.prompt(question, err=True))

    asked = SoundCalibrationOptions(sound, lufs, for_s, spl, sensitivity, volts, note)
    found = calibrate_sound(asked, say, ask if sys.stdin.isatty() else None)
    show(found, calibration_lines(found), as_json)
