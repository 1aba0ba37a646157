"""Mends a FLAC file whose writer was killed: its frames are whole, and its header does not yet say how many there are.

The header's 36 bits of "total samples" stand in bytes 21 to 25 of the file (RFC 9639, section 8.2); 0 means unknown,
and libsndfile then believes in 2^63 of them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from loop.errors import FileError

MAGIC = b"fLaC"
TOTAL_AT = 21                      # the byte whose lower four bits begin the count
TOTAL_BYTES = 5
LOW_BITS = 36
PIECE_FRAMES = 1024                # what at most is given up where the last frame of the file is cut


@dataclass(frozen=True, slots=True)
class FlacRecovery:
    """What was done to the record of the sound."""

    path: Path                     # the file that every player plays
    n_frames: int
    whole: bool = False            # there was nothing to mend


def recover_copy(path: Path) -> FlacRecovery:
    """Write a mended copy beside the file, which stays as it is; a whole file is returned as it stands.

    Raises
    ------
    FileError
        Where `path` is no FLAC file, holds not one frame, or was mended before.
    """
    total = _total(path)
    if total:
        return FlacRecovery(path, total, whole=True)
    copy = path.with_name(f"{path.stem}.recovered{path.suffix}")
    if copy.exists():
        raise FileError(f"{copy} exists already", "a record is never overwritten; move it away first")
    shutil.copyfile(path, copy)
    try:
        return FlacRecovery(copy, recover_flac(copy))
    except FileError:
        copy.unlink()
        raise


def recover_flac(path: Path) -> int:
    """Write the number of decodable frames into the header, where it is missing; return that number.

    Raises
    ------
    FileError
        Where `path` is no FLAC file, or holds not one frame.
    """
    total = _total(path)
    if total:
        return total
    n_frames = _decodable(path)
    with path.open("r+b") as file:
        file.seek(TOTAL_AT)
        field = int.from_bytes(file.read(TOTAL_BYTES), "big")
        file.seek(TOTAL_AT)
        file.write((field | n_frames).to_bytes(TOTAL_BYTES, "big"))
    return n_frames


def _total(path: Path) -> int:
    """Return the number of frames that the header gives; 0 where it gives none."""
    with path.open("rb") as file:
        head = file.read(TOTAL_AT + TOTAL_BYTES)
    if len(head) < TOTAL_AT + TOTAL_BYTES or not head.startswith(MAGIC):
        raise FileError(f"{path.name} is no FLAC file", "it may have been cut before its first second was written")
    return int.from_bytes(head[TOTAL_AT:], "big") & ((1 << LOW_BITS) - 1)


def _decodable(path: Path) -> int:
    import soundfile

    n_frames = 0
    with soundfile.SoundFile(path) as sound:
        while True:
            try:
                piece = sound.read(PIECE_FRAMES, dtype="float32")
            except soundfile.LibsndfileError:
                break
            n_frames += len(piece)
            if len(piece) < PIECE_FRAMES:
                break
    return n_frames
