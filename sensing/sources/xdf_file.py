"""XDF, as LabRecorder and this product's own journal write it, through pyxdf."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from loop.errors import FileError
from loop.values import read_only
from sensing.sources.headers import MICROVOLTS_PER, Channel, unit_of
from sensing.sources.recording import Contents

MAGIC = b"XDF:"
LENGTH_BYTES = (1, 4, 8)           # XDF 1.0: how many bytes may hold a chunk's length
UNREADABLE = (
    ValueError, OSError, EOFError, KeyError, IndexError, TypeError, AttributeError, OverflowError, MemoryError,
    UnicodeDecodeError, ElementTree.ParseError, struct.error,
)


def read(path: Path) -> Contents:
    """Read the EEG stream of an XDF file; where none is of type EEG, its only regular stream of numbers.

    Stamps stay as recorded: neither corrected nor smoothed.

    Raises
    ------
    FileError
        Where the file cannot be read, or it is not clear which stream to take.
    """
    _refuse_cut(path)
    streams = [stream for stream in _load(path) if _is_regular(stream)]
    eeg = [stream for stream in streams if _first(stream["info"], "type").lower() == "eeg"] or streams
    if len(eeg) != 1:
        names = ", ".join(_first(stream["info"], "name") for stream in eeg)
        found = f"{len(eeg)} streams that could be EEG ({names})" if eeg else "no regular stream of numbers"
        raise FileError(f"{path.name} has {found}", "one stream of type EEG is needed")
    return _contents(eeg[0])


def _refuse_cut(path: Path) -> None:
    """Walk over the chunks: pyxdf loads most of a cut file and logs the rest, and fails on some cuts."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise FileError(f"{path.name} is no XDF file", f'an XDF file begins with "{MAGIC.decode()}"')
        while file.tell() < size:
            n_length = file.read(1)[0]
            length = int.from_bytes(file.read(n_length), "little")
            if n_length not in LENGTH_BYTES or file.tell() + length > size:
                raise FileError(f"{path.name} is cut or damaged at byte {file.tell()} of {size}", "copy it again")
            file.seek(length, 1)


def _load(path: Path) -> list[dict[str, Any]]:
    import pyxdf

    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")
            streams, _ = pyxdf.load_xdf(
                file, synchronize_clocks=False, dejitter_timestamps=False, handle_clock_resets=False, verbose=False
            )
    except UNREADABLE as error:
        what = f"{path.name} cannot be read as XDF: {error}"
        raise FileError(what, "it may be cut: copy it again") from None
    return list(streams)


def _is_regular(stream: dict[str, Any]) -> bool:
    info = stream["info"]
    numbers = _first(info, "channel_format") != "string" and float(_first(info, "nominal_srate") or 0) > 0
    return numbers and len(stream["time_series"]) > 0


def _first(info: Any, key: str) -> str:
    values = info.get(key) if info else None
    return str(values[0] or "").strip() if values else ""


def _child(info: Any, key: str) -> Any:
    values = info.get(key) if info else None
    return values[0] if values else None


def _contents(stream: dict[str, Any]) -> Contents:
    samples = np.asarray(stream["time_series"], dtype=np.float64)
    n_channels = samples.shape[1]
    desc = _child(stream["info"], "desc")
    declared = list((_child(desc, "channels") or {}).get("channel", []))
    channels = [
        Channel(_first(channel, "label"), _first(channel, "unit"), _first(channel, "type").lower())
        for channel in (declared + [{}] * n_channels)[:n_channels]
    ]
    scales = np.array([MICROVOLTS_PER.get(channel.unit.lower(), 1.0) for channel in channels])
    return Contents(
        samples=samples * scales,
        rate_hz=float(_first(stream["info"], "nominal_srate")),
        labels=tuple(channel.label or f"channel {i}" for i, channel in enumerate(channels, start=1)),
        units=tuple(unit_of(channel) for channel in channels),
        types=tuple(channel.kind for channel in channels),
        stamps_s=read_only(np.asarray(stream["time_stamps"], dtype=np.float64)),
        reference=_first(_child(desc, "reference"), "label"),
        maker=_first(_child(desc, "acquisition"), "manufacturer"),
    )
