"""EEG from a file: read whole, and played through a clock as a source.

A file's samples become float32 microvolts, every channel kept. A channel that a file calls EEG and labels otherwise
(`ECG ECG`, `EOG1`) gets the type that its label says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import numpy as np

from loop.errors import FileError
from loop.inputs import Chunk, SourceEvent, SourceKind
from loop.ports import Clock
from loop.values import FloatArray, Header, read_only
from sensing.montage import EOG_LABEL, NOT_EEG_LABEL, channel_name
from sensing.sources.headers import header_xml

# Ending -> the module that reads it. Modules are imported when a file asks for them: MNE takes a second to import.
READERS = {
    ".edf": "sensing.sources.mne_files",
    ".bdf": "sensing.sources.mne_files",
    ".fif": "sensing.sources.mne_files",
    ".set": "sensing.sources.mne_files",
    ".xdf": "sensing.sources.xdf_file",
    ".txt": "sensing.sources.openbci_file",
}
CHUNK_S = 0.02
LABEL_TYPES = ("ecg", "emg", "gsr", "resp", "ppg", "stim")


@dataclass(frozen=True, slots=True)
class Recording:
    """A file's EEG, whole."""

    header: Header
    samples: FloatArray            # (n_times, n_channels) float32, microvolts where the header says so
    stamps_s: FloatArray | None    # (n_times,) where the file has stamps of its own


@dataclass(frozen=True, slots=True)
class Contents:
    """What a reader of one format found in a file."""

    samples: FloatArray            # (n_times, n_channels)
    rate_hz: float
    labels: tuple[str, ...]
    units: tuple[str, ...]
    types: tuple[str, ...]         # as the file gives them, "" where it does not
    stamps_s: FloatArray | None = None
    reference: str = ""
    maker: str = ""


def load_recording(path: Path) -> Recording:
    """Read a recorded EEG file: EDF, BDF, FIF, SET, XDF or OpenBCI text.

    Raises
    ------
    FileError
        Where the file is missing, of another kind, cut, or empty.
    """
    path = Path(path)
    if not path.is_file():
        raise FileError(f"there is no file {path}", "check the path")
    if path.suffix.lower() not in READERS:
        raise FileError(f"{path.name} has an unknown ending", f"known are {', '.join(sorted(READERS))}")
    if path.stat().st_size == 0:
        raise FileError(f"{path.name} is empty", "copy it again from where it was recorded")
    read: Callable[[Path], Contents] = import_module(READERS[path.suffix.lower()]).read
    return _recording(path, read(path))


def _recording(path: Path, contents: Contents) -> Recording:
    samples = np.ascontiguousarray(contents.samples, dtype=np.float32)
    if not samples.size:
        raise FileError(f"{path.name} holds no samples", "choose a file with EEG in it")
    types = tuple(_type(label, kind) for label, kind in zip(contents.labels, contents.types, strict=True))
    header = Header(
        name=path.stem,
        kind="EEG",
        rate_hz=contents.rate_hz,
        labels=contents.labels,
        units=contents.units,
        source_id=f"euthymia-file-{path.stem}",
        reference=contents.reference,
    )
    header = replace(header, xml=header_xml(header, types, contents.maker))
    return Recording(header, read_only(samples), contents.stamps_s)


def _type(label: str, declared: str) -> str:
    kind = declared.upper()
    if kind not in ("", "EEG") or channel_name(label):
        return kind or "EEG"
    if EOG_LABEL.search(label):
        return "EOG"
    named = next((name for name in LABEL_TYPES if name in label.lower()), "")
    return named.upper() or ("MISC" if NOT_EEG_LABEL.search(label) else kind)


class RecordingSource:
    """A `loop.ports.Source` that hands a recording on as a clock passes over it.

    Sample ``n`` is stamped ``start + n / rate`` and handed over once the clock shows its stamp; the source begins when
    it is made. After the last sample it says once that it is lost, and then waits as any silent source does.

    Parameters
    ----------
    recording : Recording
        What to hand on.
    clock : Clock
        Usually a `loop.clock.ManualClock`: then a whole recording passes as fast as it is read.
    chunk_s : float
        Data comes in chunks of this length, as a device sends it; at least one sample.
    """

    def __init__(self, recording: Recording, clock: Clock, chunk_s: float = CHUNK_S) -> None:
        self._recording = recording
        self._clock = clock
        self._start_s = clock.now_s()
        self._chunk = max(1, round(chunk_s * recording.header.rate_hz))
        self._taken = 0
        self._ended = False

    @property
    def header(self) -> Header:
        """What the file says of itself."""
        return self._recording.header

    def read(self, until_s: float, n_wanted: int) -> Sequence[Chunk | SourceEvent]:
        """Wait until `n_wanted` samples are there or the clock shows `until_s`; return what came, oldest first."""
        n_times = len(self._recording.samples)
        if self._taken == n_times:
            return self._end(until_s)
        wanted = min(self._taken + max(1, n_wanted), n_times)
        ready = min(-(-wanted // self._chunk) * self._chunk, n_times)
        self._clock.wait_until(min(until_s, self._stamp_s(ready - 1)))
        return self._hand_over(self._arrived())

    def close(self) -> None:
        """Do nothing: a file is read whole when it is loaded."""

    def _stamp_s(self, index: int) -> float:
        return self._start_s + index / self.header.rate_hz

    def _arrived(self) -> int:
        n_times = len(self._recording.samples)
        behind = int((self._clock.now_s() - self._start_s) * self.header.rate_hz) + 2
        while behind > 0 and self._stamp_s(behind - 1) > self._clock.now_s():
            behind -= 1
        return n_times if behind >= n_times else behind // self._chunk * self._chunk

    def _hand_over(self, upto: int) -> list[Chunk | SourceEvent]:
        if upto <= self._taken:
            return []
        stamps_s = self._start_s + np.arange(self._taken, upto) / self.header.rate_hz
        samples = self._recording.samples[self._taken : upto]
        self._taken = upto
        return [Chunk(samples, read_only(stamps_s), 0.0, self._clock.now_s())]

    def _end(self, until_s: float) -> list[Chunk | SourceEvent]:
        if not self._ended:
            self._ended = True
            return [SourceEvent(SourceKind.LOST, self._clock.now_s(), f'the recording "{self.header.name}" is over')]
        self._clock.wait_until(until_s)
        return []
