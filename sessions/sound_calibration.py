"""What each sound output of this user gives at the ear, as `euthymia calibrate-sound` found it: one small file.

It stands in the user's own configuration folder, since a level belongs to a machine, its volume control and a pair of
headphones, and to no session. A session copies the row that it used into its manifest, without the output's name and
the note: people name their headphones after themselves.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from generators.sound.mix import LEVEL_LUFS
from loop.errors import FileError
from sessions.live.registry import APP, write_private

FILE = "sound_calibrations.json"
REMEDY = "move it away, and calibrate again with `euthymia calibrate-sound`"
LEAST_DBA, MOST_DBA = 0.0, 130.0   # of anything that can be true of a level at `LEVEL_LUFS`

Method = Literal["meter", "sensitivity"]


@dataclass(frozen=True, slots=True)
class SoundCalibration:
    """What one output gives at the ear."""

    dba_at_usual: float            # dB(A) SPL of a sound whose A-weighted level is -23 dB, on the scale of LUFS
    method: Method                 # a sound level meter was read, or a data sheet
    made: str                      # ISO 8601, the day
    note: str = ""                 # the user's own words: which headphones, which volume

    def dba(self, lufs: float, a_minus_k_db: float) -> float:
        """Return the level at the ear, dB(A), of a sound of this loudness whose A lies `a_minus_k_db` off its K."""
        return self.dba_at_usual + lufs - LEVEL_LUFS + a_minus_k_db


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    dba_at_usual: float = Field(ge=LEAST_DBA, le=MOST_DBA)
    method: Method
    made: str
    note: str = ""


class _Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal[1]
    outputs: dict[str, _Row]


_ROW = TypeAdapter(_Row)


def calibrations_file() -> Path:
    """Return where this user's calibrations stand, whether there are any or not."""
    return Path(platformdirs.user_config_dir(APP)) / FILE


def read_calibrations(file: Path) -> dict[str, SoundCalibration]:
    """Return the calibration of each output, by the output's name; none where there is no file.

    Raises
    ------
    FileError
        It cannot be read, or says something else.
    """
    try:
        page = _Page.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror}", "see who may read it") from error
    except ValidationError as error:
        raise FileError(f"{file} holds no calibrations of sound outputs: {_first(error)}", REMEDY) from None
    return {output: _made(row) for output, row in page.outputs.items()}


def keep_calibration(file: Path, output: str, calibration: SoundCalibration) -> None:
    """Write the calibration of an output beside those of the others; that output's older one is replaced.

    Raises
    ------
    FileError
        The file cannot be written, or what stands there is no list of calibrations.
    """
    rows = {**read_calibrations(file), output: calibration}
    page = _Page(format=1, outputs={name: _Row(**asdict(row)) for name, row in sorted(rows.items())})
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(file, page.model_dump_json(indent=2).encode() + os.linesep.encode())
    except OSError as error:
        raise FileError(f"{file} cannot be written: {error.strerror}", "see who may write there") from error


def calibration_to_plain(calibration: SoundCalibration) -> dict[str, Any]:
    """Return a calibration as a manifest holds it: without the user's own words, which may name somebody."""
    return {name: value for name, value in asdict(calibration).items() if name != "note"}


def calibration_from_plain(plain: Mapping[str, Any]) -> SoundCalibration:
    """Return what `calibration_to_plain` was given, without its note; raise `FileError` for anything else."""
    try:
        return _made(_ROW.validate_python(dict(plain)))
    except ValidationError as error:
        raise FileError(f"the manifest's sound calibration is none: {_first(error)}", "use an untouched copy") from None


def _made(row: _Row) -> SoundCalibration:
    return SoundCalibration(**row.model_dump())


def _first(error: ValidationError) -> str:
    fault = error.errors()[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else str(fault["msg"])
