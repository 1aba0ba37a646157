"""Headers, inputs and cycles for the tests of the record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyxdf
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from loop.inputs import (
    Chunk,
    Command,
    CommandKind,
    Input,
    Report,
    ReportKind,
    SideChunk,
    SideEvent,
    SourceEvent,
    SourceKind,
    Tick,
)
from loop.values import MODES, Affect, Control, Cycle, Header, Hold, Intent, Moment, Presence, Status, Target, read_only

LABELS = ("Fp1", "F3", "F4")
HEADER = Header("headset", "EEG", 250.0, LABELS, ("microvolts",) * 3, "serial-7", "lab", "A1", "float32")
SIDES = (Header("belt", "ECG", 130.0, ("chest",), ("microvolts",), "belt-1", "lab", "", "float32"),
         Header("glove", "GSR", 0.0, ("left", "right"), ("siemens",) * 2, "glove-1", "lab", "", "float64"))
HEADER64 = Header("headset", "EEG", 250.0, LABELS, ("microvolts",) * 3, "serial-7", "lab", "A1", "float64")


def chunk(first: int, n_times: int, header: Header = HEADER, offset_s: float = 0.125) -> Chunk:
    """A chunk in which every number of a session is another."""
    n_channels = len(header.labels)
    values = np.arange(first * n_channels, (first + n_times) * n_channels).reshape(n_times, n_channels) / 7
    stamps_s = 100 + np.arange(first, first + n_times) / header.rate_hz
    arrival_s = 100 + (first + n_times) / header.rate_hz + offset_s
    return Chunk(read_only(values.astype(header.dtype)), read_only(stamps_s), offset_s, arrival_s)


def moment(time_s: float, **changes: Any) -> Moment:
    fields: dict[str, Any] = {
        "time_s": time_s, "phase_index": 0, "phase": "baseline", "eyes": "closed", "elapsed_s": 1.5, "left_s": math.nan,
        "scale": True, "presence": Presence.SILENT, "steering": False,
    }
    return Moment(**{**fields, **changes})


def cycle(index: int, time_s: float, *, hold: Hold = Hold.NONE, alarms: tuple[str, ...] = (), **changes: Any) -> Cycle:
    return Cycle(
        index=index, sample_count=62 * index, time_s=time_s, newest_s=math.nan if index == 0 else time_s - 0.01,
        affect=Affect(0.1 * index, -0.3, 0.4, 0.5, 0.9, "index", 1 / 3, math.nan, True),
        target=Target(0.4, -0.6, 0.2),
        control=Control(-0.0, 0.25, hold, 0.1, 0.2, 1e-300, -2.5, True),
        intent=Intent(72.5, 0.5, MODES[3], -2.0, 0.1, 0.2, -1.5, 0.4),
        status=Status(moment(time_s, **changes), hold, (), alarms, 0.02, 1, 2, 3, 4, 5, 6, -3.0),
        quality=read_only(np.array([1.0, 1 / 3, 0.0]) if index else np.zeros(0)),
    )


def a_session(n_chunks: int = 12, header: Header = HEADER) -> list[Input | Cycle]:
    """A short session with something of everything."""
    items: list[Input | Cycle] = [
        SourceEvent(SourceKind.OFFSET, 100.0, "measured", 0.125), Tick(100.0), cycle(0, 100.0, hold=Hold.NO_SCALE)]
    for i in range(n_chunks):
        items.append(chunk(5 * i, 5, header))
        if i % 4 == 3:
            items.append(cycle(i, 100 + i / 50, phase_index=i // 4, eyes="open"))
    items += [
        Command(CommandKind.RATE, 100.3, 5.0, 7.0, by="terminal"),
        Report(ReportKind.BAR, 100.4, 4800, text='{"index":0,"notes":[]}'),
        SourceEvent(SourceKind.LOST, 100.5, "the stream was closed: \u2018x\u2019"),
        cycle(50, 100.6, hold=Hold.LOST, alarms=("lost",), ended="stopped"),
    ]
    return items


def write_all(journal: Any, items: Sequence[Input | Cycle]) -> None:
    for item in items:
        if isinstance(item, Cycle):
            journal.cycle(item)
        else:
            journal.input(item)


def same_input(one: Input, other: Input) -> bool:
    """Equal to the last bit: dtypes, signs of zero and NaN too."""
    if isinstance(one, (Chunk, SideChunk)) and type(one) is type(other):
        arrays = ((one.samples, other.samples), (one.stamps_s, other.stamps_s))
        facts = [(each.offset_s, each.time_s, getattr(each, "stream", None)) for each in (one, other)]
        return repr(facts[0]) == repr(facts[1]) and all(
            a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in arrays
        )
    return type(one) is type(other) and repr(one) == repr(other)


def load(path: Path, **options: bool) -> dict[str, dict[str, Any]]:
    """The streams as pyxdf gives them, by name."""
    streams, _ = pyxdf.load_xdf(str(path), **options)
    return {stream["info"]["name"][0]: stream for stream in streams}


floats = st.floats(width=64)
texts = st.text(max_size=20)


@st.composite
def chunks(draw: st.DrawFn, header: Header = HEADER) -> Chunk:
    n_times = draw(st.integers(0, 4))
    elements = st.floats(width=32) if header.dtype == "float32" else st.floats(width=64)
    shape = (n_times, len(header.labels))
    samples = draw(hnp.arrays(header.dtype, shape, elements=elements))
    stamps_s = draw(hnp.arrays(np.float64, n_times, elements=floats))
    return Chunk(read_only(samples), read_only(stamps_s), draw(floats), draw(floats))


@st.composite
def side_chunks(draw: st.DrawFn) -> SideChunk:
    stream = draw(st.integers(0, len(SIDES) - 1))
    made = draw(chunks(SIDES[stream]))
    return SideChunk(stream, made.samples, made.stamps_s, made.offset_s, made.time_s)


def inputs(header: Header = HEADER) -> st.SearchStrategy[Input]:
    return st.one_of(
        chunks(header),
        side_chunks(),
        st.builds(SideEvent, st.integers(0, len(SIDES) - 1), st.sampled_from(SourceKind), floats, texts, floats),
        st.builds(Tick, floats),
        st.builds(SourceEvent, st.sampled_from(SourceKind), floats, texts, floats),
        st.builds(Report, st.sampled_from(ReportKind), floats, st.integers(-1, 1 << 40), floats, texts),
        st.builds(Command, st.sampled_from(CommandKind), floats, floats, floats, floats, texts),
    )
