"""Replay: steps the inputs of a record again, as fast as it goes, and compares every cycle to the last bit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from loop.clock import SystemClock
from loop.errors import FileError
from loop.frozen import frozen
from loop.inputs import Chunk
from loop.values import Cycle, FloatArray
from sessions import builder
from sessions.protocol.loading import load_protocol
from sessions.protocol.schema import Protocol
from sessions.record.cycles import LABELS, full_row
from sessions.record.manifest import PACKAGES_OF, machine, read_manifest, software
from sessions.record.replaying import RecordedCycle, RecordedRun, largest_difference, read_run, same_bits
from sessions.record.storage import RunFolder, find_run
from sessions.sound_dose import MANIFEST_KEY, SoundDose, ear_from_plain
from sessions.steadiness import one_thread, undisturbed


@frozen
class Compared:
    """A recorded cycle beside the one that was made again."""

    index: int
    recorded: FloatArray           # (n_columns + n_channels,)
    again: FloatArray


def replay_session(path: Path) -> dict[str, Any]:
    """Replay a session and return what `replay --json` prints.

    Raises
    ------
    FileError
        The folder holds no session, or its record was changed.
    """
    run = find_run(path)
    record = read_run(run)
    clock = SystemClock()
    began_s = clock.now_s()
    protocol = load_protocol(run.protocol).protocol
    dose = SoundDose(ear_from_plain(protocol, _sound_calibration(run)))
    cycles = identical = 0
    span_s: list[float] = []
    first: dict[str, Any] | None = None
    largest = 0.0
    with one_thread(), undisturbed():
        for compared in _compared(run, record, _Beside(protocol, dose, span_s)):
            cycles += 1
            same = same_bits(compared.recorded, compared.again)
            identical += same
            if not same:
                largest = max(largest, largest_difference(compared.recorded, compared.again))
                first = first or _difference(compared, record)
    took_s = clock.now_s() - began_s
    speed = round((span_s[-1] - span_s[0]) / took_s, 1) if span_s else 0.0
    said: dict[str, Any] = {"first_difference": first, "speed": speed}
    if first is not None:
        said |= {"largest_difference": largest, "note": _elsewhere(run)}
    if record.cut is not None:
        said |= {"cut": f"the record ends early: {record.cut}"}
    return {"cycles": cycles, "identical": identical, "sound_dose": dose.as_dict(), **said}


@frozen
class _Beside:
    """What a replay needs beside the record."""

    protocol: Protocol
    dose: SoundDose                # is shown every input again
    span_s: list[float]            # of the record: its first and last arrival


def _compared(run: RunFolder, record: RecordedRun, beside: _Beside) -> Iterator[Compared]:
    """Step every input; pair the cycles that it makes with those that were recorded behind it."""
    engine = builder.build_engine(beside.protocol, record.header, run.given).engine
    span_s = beside.span_s
    made: deque[Cycle] = deque()
    n_quality = len(record.quality_labels)
    places = _places(record, run)
    for item in record:
        if isinstance(item, RecordedCycle):
            if not made:
                raise FileError(f"{run.xdf.name} holds a cycle that its inputs do not make", "use an untouched copy")
            cycle = made.popleft()
            yield Compared(cycle.index, item.numbers, full_row(cycle, n_quality)[0, places])
        else:
            if isinstance(item, Chunk):
                span_s[1:] = [item.time_s] if span_s else [item.time_s, item.time_s]
                span_s[:0] = [] if len(span_s) > 1 else [item.time_s]
            stepped = engine.step(item)
            beside.dose.saw(item, stepped)
            made.extend(stepped)


def _sound_calibration(run: RunFolder) -> dict[str, Any] | None:
    """Return what the manifest says of the output; None where it was not calibrated, or no manifest is left."""
    return read_manifest(run.manifest).get(MANIFEST_KEY) if run.manifest.exists() else None


def _places(record: RecordedRun, run: RunFolder) -> list[int]:
    """Return where the record's columns stand in a row of today: an older record has fewer."""
    unknown = sorted(set(record.columns) - set(LABELS))
    if unknown:
        raise FileError(f"{run.xdf.name} holds columns that are not known here: {', '.join(unknown)}",
                        "replay it with the Euthymia that recorded it, or a newer one")
    quality = range(len(LABELS), len(LABELS) + len(record.quality_labels))
    return [*map(LABELS.index, record.columns), *quality]


def _difference(compared: Compared, record: RecordedRun) -> dict[str, Any]:
    """Name the first number that differs."""
    labels = [*record.columns, *(f"quality {label}" for label in record.quality_labels)]
    same = (compared.recorded == compared.again) | (np.isnan(compared.recorded) & np.isnan(compared.again))
    at = int(np.argmin(same))
    return {"cycle": compared.index, "column": labels[at], "recorded": float(compared.recorded[at]),
            "again": float(compared.again[at])}


def _elsewhere(run: RunFolder) -> str:
    """Say whether software or processor differ from the recording's: then last bits may differ."""
    manifest = read_manifest(run.manifest)
    then, now = manifest.get("software", {}), software(PACKAGES_OF)
    changed = [name for name in dict.fromkeys((*then, *software())) if then.get(name) != now.get(name)]
    if manifest.get("machine", {}).get("processor") != machine()["processor"]:
        changed.append("processor")
    if not changed:
        return "same software, same kind of processor: the record or the program was changed"
    return f"recorded with another {', '.join(changed)}: last bits may differ"
