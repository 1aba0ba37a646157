"""What a board's rows become on LSL: one stream of its electrodes, with markers, and one of its motion.

The header follows the XDF project's meta-data convention, as `sensing.sources.headers` reads it. The source_id holds
what the board was reached by, so that a session finds the same board again, and not another of its make.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pylsl

from loop.errors import StreamError
from loop.values import FloatArray
from sensing.montage import MICROVOLTS
from sensing.sources.boards import Board, Preset

EEG_KIND = "EEG"
MOTION_KIND = "Motion"
DTYPE = "float32"
NO_UNIT = "none"
AXES = "XYZ"
# BrainFlow's kinds of channels that are voltages on the skin, with their LSL type. A row is of the first that names it:
# most boards name the same rows for all.
SKIN = (("eeg", "EEG"), ("eog", "EOG"), ("ecg", "ECG"), ("emg", "EMG"))
OHM, CONTACT_KIND = "ohm", "Impedance"     # of the channels of impedance
# Units as BrainFlow's drivers scale them. Magnetometers are left out: no two boards agree on theirs.
MOTION = (("accel", "ACC", "g"), ("gyro", "GYRO", "deg/s"))


@dataclass(frozen=True, slots=True)
class Address:
    """What a board is reached by; "" and 0 where not given."""

    serial_port: str = ""
    mac: str = ""
    ip: str = ""
    ip_port: int = 0
    serial_number: str = ""
    file: str = ""

    def __str__(self) -> str:
        return "-".join(str(value) for value in (getattr(self, field.name) for field in fields(self)) if value)


@dataclass(frozen=True, slots=True)
class Wire:
    """One channel of a stream."""

    label: str
    unit: str
    kind: str                      # the channel's LSL type
    row: int                       # of BrainFlow's data


@dataclass(frozen=True, slots=True)
class BoardStream:
    """One stream of a board."""

    kind: str
    preset: Preset
    wires: tuple[Wire, ...]

    def samples(self, data: FloatArray) -> FloatArray:
        """Take (n_rows, n_times) of the stream's preset; return (n_times, n_channels)."""
        return np.ascontiguousarray(data[[wire.row for wire in self.wires]].T, dtype=DTYPE)


def streams_of(board: Board, labels: Sequence[str] = ()) -> tuple[BoardStream, ...]:
    """Return the streams that a board gives, the electrodes' first.

    Parameters
    ----------
    board : Board
        From `find_board`.
    labels : Sequence[str]
        Where the EEG electrodes are, where the person placed them; empty for the board's own names.

    Raises
    ------
    StreamError
        Where the labels are not one for each EEG channel, or the board has no channel that a stream can carry.
    """
    given = tuple(labels) or board.labels
    if len(given) != len(board.labels) or len(set(given)) != len(given):
        raise StreamError(
            f"{board.title} has {len(board.labels)} EEG channels; {len(given)} labels were given: {', '.join(given)}",
            "give one different label for each, --labels F3,F4,...",
        )
    streams = tuple(stream for stream in (_skin(board, given), _motion(board)) if stream.wires)
    if not streams:
        raise StreamError(f"{board.title} has neither electrodes nor motion sensors", "choose another board")
    return streams


def stream_info(board: Board, stream: BoardStream, name: str, address: Address) -> pylsl.StreamInfo:
    """Describe a stream to LSL; its source_id is the same each time that the same board is bridged by that name."""
    own = name if stream.kind == EEG_KIND else f"{name}-{stream.kind.lower()}"
    source_id = "-".join(filter(None, ("euthymia-bridge", board.name, str(address), own)))
    info = pylsl.StreamInfo(own, stream.kind, len(stream.wires), stream.preset.rate_hz, DTYPE, source_id)
    channels = info.desc().append_child("channels")
    for wire in stream.wires:
        channel = channels.append_child("channel")
        for tag, text in (("label", wire.label), ("unit", wire.unit), ("type", wire.kind)):
            channel.append_child_value(tag, text)
    if board.reference and stream.kind == EEG_KIND:
        info.desc().append_child("reference").append_child_value("label", board.reference)
    acquisition = info.desc().append_child("acquisition")
    for tag, text in (("manufacturer", board.maker or "unknown"), ("model", board.title)):
        acquisition.append_child_value(tag, text)
    return info


def _skin(board: Board, labels: Sequence[str]) -> BoardStream:
    preset = board.main
    wires = list(_electrodes(preset, labels))
    wires += _contacts(preset, labels)
    marker = preset.row("marker")
    if wires and marker is not None:
        wires.append(Wire("Marker", NO_UNIT, "Marker", marker))
    return BoardStream(EEG_KIND, preset, tuple(wires))


def _electrodes(preset: Preset, labels: Sequence[str]) -> Iterator[Wire]:
    taken: set[int] = set()
    for kind, lsl_type in SKIN:
        rows = [row for row in preset.rows(kind) if row not in taken]
        names = labels if kind == "eeg" else [f"{lsl_type}{i + 1}" for i in range(len(rows))]
        yield from (Wire(name, MICROVOLTS, lsl_type, row) for name, row in zip(names, rows, strict=True))
        taken.update(rows)


def _contacts(preset: Preset, labels: Sequence[str]) -> list[Wire]:
    """Return the channels of impedance that run while the board sends EEG.

    BrainFlow gives a row for each electrode, then the reference's (Ganglion), in ohms. Boards that measure in a mode of
    their own and use the electrodes' rows for it (ANT Neuro) have none: those rows hold voltages.
    """
    rows = preset.rows("resistance")
    if not labels or set(rows) & set(preset.rows("eeg")):
        return []
    known = (*labels, "reference") if len(rows) >= len(labels) else ()
    names = [known[i] if i < len(known) else f"electrode {i + 1}" for i in range(len(rows))]
    return [Wire(f"{name} impedance", OHM, CONTACT_KIND, row) for name, row in zip(names, rows, strict=True)]


def _motion(board: Board) -> BoardStream:
    preset = next((preset for preset in board.presets if preset.rows("accel")), board.main)
    wires = [
        Wire(f"{lsl_type}_{axis}", unit, lsl_type, row)
        for kind, lsl_type, unit in MOTION
        for axis, row in zip(AXES, preset.rows(kind), strict=False)
    ]
    return BoardStream(MOTION_KIND, preset, tuple(wires))
