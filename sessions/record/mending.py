"""Mends what a killed session left behind: its XDF and its sound; the originals stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generators.sound.flac import FlacRecovery, recover_copy
from sessions.record.recover import Recovery, recover
from sessions.record.storage import find_run

FLAC = ".flac"


@dataclass(frozen=True, slots=True)
class Mended:
    """What was done to the files of a session; None for one that was not asked for, or is not there."""

    xdf: Recovery | None = None
    sound: FlacRecovery | None = None


def mend(path: Path) -> Mended:
    """Mend a session's folder, or one XDF or FLAC file; a copy stands beside each file that was cut.

    Raises
    ------
    FileError
        There is no session, or a file is not what its name says.
    RecordError
        A copy cannot be written, or one stands there already.
    """
    if path.is_file():
        return Mended(sound=recover_copy(path)) if path.suffix.lower() == FLAC else Mended(xdf=recover(path))
    run = find_run(path)
    sound = recover_copy(run.flac) if run.flac.exists() else None      # first: it is worth having where the XDF is not
    return Mended(recover(run.xdf), sound)

