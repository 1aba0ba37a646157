"""EDF, BDF, FIF and EEGLAB SET, through MNE-Python."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from loop.errors import FileError
from sensing.montage import MICROVOLTS
from sensing.sources.recording import Contents

VOLTS_TO_MICROVOLTS = 1e6
VOLTAGE_TYPES = frozenset(("eeg", "eog", "ecg", "emg", "bio", "seeg", "ecog", "dbs"))
# What MNE and the modules below it raise on files that are cut or not what their name says.
UNREADABLE = (
    ValueError, RuntimeError, OSError, EOFError, KeyError, IndexError, TypeError, AttributeError, AssertionError,
    NotImplementedError, OverflowError, ImportError, MemoryError, struct.error,
)
EDF_FIXED_BYTES = 256              # EDF+ specification: the header, and as much again for each signal
EDF_SAMPLE_BYTES = {".edf": 2, ".bdf": 3}


def read(path: Path) -> Contents:
    """Read a file's samples, in microvolts; MNE brings channels of a lower rate up to the highest in the file.

    Raises
    ------
    FileError
        Where MNE cannot read it, or an EDF or BDF is shorter than its header says.
    """
    if path.suffix.lower() in EDF_SAMPLE_BYTES:
        _refuse_cut_edf(path)
    raw, data = _load(path)
    types = tuple(raw.get_channel_types())
    voltage = np.array([kind in VOLTAGE_TYPES for kind in types])
    return Contents(
        samples=(data * np.where(voltage, VOLTS_TO_MICROVOLTS, 1.0)[:, np.newaxis]).T,
        rate_hz=float(raw.info["sfreq"]),
        labels=tuple(raw.ch_names),
        units=tuple(MICROVOLTS if is_voltage else "" for is_voltage in voltage),
        types=types,
        maker=str((raw.info.get("device_info") or {}).get("type") or ""),
    )


def _load(path: Path) -> tuple[Any, Any]:
    import mne

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = mne.io.read_raw(path, preload=False, verbose="ERROR")
            return raw, raw.get_data(verbose="ERROR")
    except UNREADABLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        what = f"{path.name} cannot be read as {path.suffix[1:].upper()}: {reason}"
        raise FileError(what, "it may be cut: copy it again") from None


def _refuse_cut_edf(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(EDF_FIXED_BYTES)
        try:
            n_header, n_records, n_signals = (int(head[a:b]) for a, b in ((184, 192), (236, 244), (252, 256)))
            signals = file.read(n_signals * EDF_FIXED_BYTES)
            per_record = sum(int(signals[at : at + 8]) for at in range(216 * n_signals, 224 * n_signals, 8))
        except ValueError:
            what = f"{path.name} is no {path.suffix[1:].upper()} file, or its header is cut"
            raise FileError(what, "copy it again") from None
    expected = n_header + n_records * per_record * EDF_SAMPLE_BYTES[path.suffix.lower()]
    if n_records >= 0 and path.stat().st_size < expected:
        raise FileError(f"{path.name} is cut: it has {path.stat().st_size} bytes of {expected}", "copy it again")
