"""`euthymia calibrate-sound`: plays noise through an output, and keeps what a person read from their sound level meter.

The level at the ear belongs to one output, one position of its volume control and one pair of headphones. It gives the
estimate of the sound dose, and moves no music.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generators.sound.meter import OFFSET_LU
from generators.sound.mix import LEVEL_LUFS
from generators.sound.noise import LEAST_LUFS, MOST_LUFS, SHORTEST_S, a_level_db, calibration_signal
from generators.sound.noise_player import NoisePlayer
from generators.sound.outputs import AUTO, JACK, RECORD_ONLY
from generators.sound.palettes import DEFAULT
from generators.sound.recorder import SUBTYPE
from generators.sound.ring import RATE_HZ
from generators.sound.weighting import a_minus_k
from loop.clock import wall_time
from loop.dose import ALLOWANCES, allowed_hours
from loop.errors import FileError
from sessions.sound_calibration import (
    Method,
    SoundCalibration,
    calibrations_file,
    keep_calibration,
    read_calibrations,
)
from sessions.sound_dose import HOURS_A_WEEK
from ui.options import OptionError, check_sound
from ui.playing import stopped_by_a_person

SPL_DBA = (30.0, 100.0)            # what a meter may have read: a quiet room; and nothing louder is to be calibrated at
SENSITIVITY_DB = (70.0, 140.0)     # of headphones, dB SPL at 1 V: data sheets give 90 to 130
VOLTS = (0.01, 10.0)               # of a full-scale sine: a telephone gives .5 to 1, a studio amplifier up to 8
LONGEST_S = 120.0
LONGEST_NOTE = 200
# A full-scale sine of 1 kHz on both sides: its mean squares add up to 1, and A-weighting leaves it alone.
FULL_SCALE_A_DB = OFFSET_LU

Say = Callable[[str], None]
Ask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class SoundCalibrationOptions:
    """What `euthymia calibrate-sound` was asked for."""

    sound: str = "auto"            # auto, jack, or a .flac or .wav file
    lufs: float = LEVEL_LUFS
    for_s: float = 20.0
    spl: float | None = None       # dB(A) that the meter read; None asks for it
    sensitivity: float | None = None   # dB SPL at 1 V, instead of a meter
    volts: float | None = None     # rms of a full-scale sine at this position of the volume control
    note: str = ""


def calibrate_sound(options: SoundCalibrationOptions, say: Say, ask: Ask | None) -> dict[str, Any]:
    """Play the noise, take the reading, keep it; return what `--json` prints.

    Parameters
    ----------
    options : SoundCalibrationOptions
        As on the command line.
    say : callable
        Takes one line for a person.
    ask : callable or None
        Puts a question and returns the answer; None where nobody is there to answer.

    Raises
    ------
    EuthymiaError
        An option cannot be done, there is no such output, or nothing can be kept.
    KeyboardInterrupt
        A person stopped it: the noise has faded, nothing was kept.
    """
    _check(options, ask)
    file = calibrations_file()
    read_calibrations(file)        # what cannot be kept at the end is told before anything sounds
    output = _played(options, say)
    dba_at_usual = _from_data_sheet(options) if options.sensitivity is not None else _from_meter(options, ask)
    method: Method = "meter" if options.sensitivity is None else "sensitivity"
    made = SoundCalibration(round(dba_at_usual, 2), method, wall_time().date().isoformat(), options.note)
    keep_calibration(file, output, made)
    return _found(file, output, made)


def calibration_lines(found: dict[str, Any]) -> list[str]:
    """Return what was found, for a person."""
    hours = found["adult_hours_a_week"]
    allowed = "the whole week" if hours >= HOURS_A_WEEK else f"{hours:.0f} h a week"
    return [
        f"kept for this output ({found['output']}) in {found['file']}",
        f"music at its usual level ({LEVEL_LUFS:g} LUFS, palette {DEFAULT}) is about {found['music_dba']:.0f} dB(A) "
        f"here; ITU-T H.870 allows that to adults for {allowed}",
        "it holds for these headphones and this position of the volume control; calibrate again when either changes",
    ]


def _check(options: SoundCalibrationOptions, ask: Ask | None) -> None:
    """Raise `OptionError` for the first option that cannot be done."""
    if options.sound == "off":
        raise OptionError("--sound is off", "a calibration has to be heard: auto, jack, or a file to try it out")
    check_sound(options.sound)
    for name, value, (low, high) in (
        ("--lufs", options.lufs, (LEAST_LUFS, MOST_LUFS)), ("--for", options.for_s, (SHORTEST_S, LONGEST_S)),
        ("--spl", options.spl, SPL_DBA), ("--sensitivity", options.sensitivity, SENSITIVITY_DB),
        ("--volts", options.volts, VOLTS),
    ):
        if value is not None and not low <= value <= high:
            raise OptionError(f"{name} is {value:g}", f"give a number from {low:g} to {high:g}")
    if len(options.note) > LONGEST_NOTE:
        raise OptionError(f"--note has {len(options.note)} letters", f"give {LONGEST_NOTE} or fewer")
    _check_reading(options, ask)


def _check_reading(options: SoundCalibrationOptions, ask: Ask | None) -> None:
    sheet = options.sensitivity is not None, options.volts is not None
    if any(sheet) and options.spl is not None:
        raise OptionError("--spl and --sensitivity were both given", "leave one out: a meter, or a data sheet")
    if any(sheet) and not all(sheet):
        raise OptionError("--sensitivity and --volts belong together",
                          "give dB SPL at 1 V, and the volts (rms) of a full-scale sine at this volume")
    if ask is None and options.spl is None and not any(sheet):
        raise OptionError("nobody is at the terminal to read a meter",
                          "give --spl with what it shows in dB(A), or --sensitivity with --volts")


def _played(options: SoundCalibrationOptions, say: Say) -> str:
    """Play the noise to its end; return the output's name."""
    said = f"pink noise, 500 to 2000 Hz, {options.lufs:g} LUFS, {options.for_s:g} s"
    if options.sound not in (AUTO, JACK):
        _write(Path(options.sound), options)
        say(f"{said}, written to {options.sound}; nobody hears a file: this is for trying it out")
        return RECORD_ONLY
    with stopped_by_a_person() as stop, NoisePlayer(options.sound, options.lufs, options.for_s) as player:
        say(f"{said}, through {player.output.output}; Ctrl-C is STOP")
        say("hold the meter where the ear is: A-weighting, slow")
        if not player.wait(stop):
            say("stopped; nothing was kept")
            raise KeyboardInterrupt
    return player.output.name


def _write(path: Path, options: SoundCalibrationOptions) -> None:
    import soundfile

    try:
        soundfile.write(path, calibration_signal(options.lufs, options.for_s), RATE_HZ, subtype=SUBTYPE)
    except (OSError, soundfile.LibsndfileError) as error:
        raise FileError(f"{path} cannot be written: {error}", "give another name") from error


def _from_meter(options: SoundCalibrationOptions, ask: Ask | None) -> float:
    """Return what the output gives at the ear, dB(A), when the A-weighted level is -23 dB."""
    spl_dba = options.spl
    while spl_dba is None and ask is not None:
        spl_dba = _reading(ask("what does the meter read, in dB(A)?"))
    assert spl_dba is not None
    return spl_dba + LEVEL_LUFS - a_level_db(options.lufs)


def _reading(answer: str) -> float | None:
    """Return the number that was typed; None for one that no meter can have shown here."""
    try:
        number = float(answer.replace(",", "."))
    except ValueError:
        return None
    return number if SPL_DBA[0] <= number <= SPL_DBA[1] else None


def _from_data_sheet(options: SoundCalibrationOptions) -> float:
    """Return the same from dB SPL at 1 V and the volts of a full-scale sine."""
    assert options.sensitivity is not None and options.volts is not None
    return options.sensitivity + 20 * math.log10(options.volts) - FULL_SCALE_A_DB + LEVEL_LUFS


def _found(file: Path, output: str, made: SoundCalibration) -> dict[str, Any]:
    music_dba = made.dba(LEVEL_LUFS, a_minus_k(DEFAULT, own_voices=True).mean_db)
    hours = allowed_hours(music_dba, ALLOWANCES["adult"])
    return {"file": str(file), "output": output, **asdict(made), "music_dba": round(music_dba, 1),
            "adult_hours_a_week": round(hours, 1)}
