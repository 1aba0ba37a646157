"""The record of what was played: a thread of the session reads the ring and writes FLAC, 24 bits at 48 kHz.

It owns the files and the reading end of the ring. Every fifth of a second it writes what has come and flushes it, so a
kill of the session loses that and the FLAC frame that was open. A write error ends the record, and is kept to be read.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import soundfile

from generators.sound.ring import N_CHANNELS, RATE_HZ, RingReader
from loop.clock import every
from loop.errors import SoundError

WRITE_EVERY_S = 0.2
JOIN_S = 5.0
SUBTYPE = "PCM_24"
SUFFIXES = (".flac", ".wav")


class Recorder:
    """Writes the ring to one or more sound files, from its making until `close`.

    Parameters
    ----------
    reader : RingReader
        The reading end of the ring.
    paths : tuple[Path, ...]
        New files, ".flac" or ".wav" each; none is overwritten.

    Raises
    ------
    SoundError
        Where a file exists already, has another suffix, or cannot be made.
    """

    def __init__(self, reader: RingReader, paths: tuple[Path, ...]) -> None:
        self._reader = reader
        self._files = [_new_file(path) for path in paths]
        self._stop = threading.Event()
        self.error: str = ""                  # why the record ended early
        self.frames = 0                       # written so far
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """Frames that were overwritten in the ring before they could be written."""
        return self._reader.lost

    def close(self) -> None:
        """Write what is left and close the files."""
        self._stop.set()
        self._thread.join(JOIN_S)

    def _run(self) -> None:
        try:
            while every(WRITE_EVERY_S, self._stop):
                self._write()
            self._write()
            for file in self._files:
                file.close()
        except (OSError, soundfile.LibsndfileError) as error:
            self.error = f"the sound is not recorded any more: {error}"

    def _write(self) -> None:
        pcm = self._reader.read()
        for file in self._files:
            file.write(pcm)
            file.flush()
        self.frames += len(pcm)


def check_path(path: Path) -> None:
    """Raise `SoundError` where a recording cannot be begun at `path`."""
    if path.suffix.lower() not in SUFFIXES:
        raise SoundError(f"{path} is no sound file that can be written", f"give it one of {', '.join(SUFFIXES)}")
    check_new(path)


def check_new(path: Path) -> None:
    """Raise `SoundError` where no new file can be made at `path`."""
    try:
        there, has_folder = path.exists(), path.parent.is_dir()
    except OSError as error:       # a name that is too long, a folder that may not be looked into
        raise SoundError(f"{path} cannot be written: {error.strerror}", "choose another name") from error
    if there:
        raise SoundError(f"{path} exists already", "choose another name; nothing is overwritten")
    if not has_folder:
        raise SoundError(f"the folder of {path} does not exist", "make it first")


def _new_file(path: Path) -> Any:
    check_path(path)
    try:
        return soundfile.SoundFile(path, "w", RATE_HZ, N_CHANNELS, SUBTYPE)
    except (OSError, soundfile.LibsndfileError) as error:
        raise SoundError(f"{path} cannot be written: {error}", "choose a folder that can be written") from error
