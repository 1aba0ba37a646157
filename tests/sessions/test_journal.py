from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pylsl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.errors import RecordError
from loop.inputs import Chunk, Input, Report, ReportKind, SourceEvent, SourceKind, Tick
from loop.values import Cycle, Header, Hold, read_only
from sessions.record.appending import AppendOnlyFile
from sessions.record.cycles import CODES, LABELS
from sessions.record.headers import signal_xml
from sessions.record.journal import XdfJournal
from sessions.record.reading import Cut, StreamHeader, read_chunks
from sessions.record.recover import recover
from sessions.record.replaying import RecordedRun
from tests.sessions.record_parts import HEADER, HEADER64, a_session, chunk, cycle, load, write_all
from tests.waiting import wait_for

OPTIONS = [{"synchronize_clocks": a, "dejitter_timestamps": b} for a in (False, True) for b in (False, True)]
STREAMS = {"headset", "inputs", "cycles", "markers", "music"}


def record(path: Path, items: list[Input | Cycle], header: Header = HEADER, *, close: bool = True) -> XdfJournal:
    journal = XdfJournal.create(path, header, {"task": "calm"})
    write_all(journal, items)
    if close:
        journal.close()
    return journal


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("header", [HEADER, HEADER64])
def test_pyxdf_finds_every_sample_once_in_order_and_equal(
    tmp_path: Path, options: dict[str, bool], header: Header
) -> None:
    items = a_session(40, header)
    record(tmp_path / "a.xdf", items, header)
    streams = load(tmp_path / "a.xdf", **options)
    assert set(streams) == STREAMS
    eeg = streams["headset"]
    chunks = [item for item in items if isinstance(item, Chunk)]
    expected = np.concatenate([item.samples for item in chunks])
    assert eeg["time_series"].dtype == expected.dtype
    assert eeg["time_series"].tobytes() == expected.tobytes()
    stamps_s = np.concatenate([item.stamps_s for item in chunks])
    shift_s = 0.125 if options["synchronize_clocks"] else 0.0
    np.testing.assert_allclose(eeg["time_stamps"], stamps_s + shift_s, atol=1e-6)


def test_without_synchronisation_stamps_are_those_received_to_the_last_bit(tmp_path: Path) -> None:
    items = a_session()
    record(tmp_path / "a.xdf", items)
    found = load(tmp_path / "a.xdf", synchronize_clocks=False, dejitter_timestamps=False)["headset"]["time_stamps"]
    assert found.tobytes() == np.concatenate([item.stamps_s for item in items if isinstance(item, Chunk)]).tobytes()


def test_a_stranger_reads_the_cycles_by_their_labels(tmp_path: Path) -> None:
    record(tmp_path / "a.xdf", a_session())
    cycles = load(tmp_path / "a.xdf")["cycles"]
    desc = cycles["info"]["desc"][0]
    labels = [channel["label"][0] for channel in desc["channels"][0]["channel"]]
    units = [channel["unit"][0] for channel in desc["channels"][0]["channel"]]
    assert labels == [*LABELS, "quality Fp1", "quality F3", "quality F4"]
    last = dict(zip(labels, cycles["time_series"][-1], strict=True))
    assert last["target.arousal"] == -0.6
    assert last["time_s"] == cycles["time_stamps"][-1] == 100.6
    holds = json.loads(desc["codes"][0]["hold"][0])
    assert holds[str(int(last["control.hold"]))] == "lost"
    assert units[labels.index("control.hold")] == "hold" in CODES


def test_markers_say_what_changed_and_music_what_was_played(tmp_path: Path) -> None:
    record(tmp_path / "a.xdf", a_session())
    streams = load(tmp_path / "a.xdf")
    marks = [json.loads(row) for (row,) in streams["markers"]["time_series"]]
    assert marks[0] == {"mark": "phase", "index": 0, "phase": "baseline", "eyes": "closed"}
    assert {"mark": "hold", "why": "no_scale", "faults": []} in marks
    assert {"mark": "phase", "index": 1, "phase": "baseline", "eyes": "open"} in marks
    assert {"mark": "command", "what": "rate", "by": "terminal", "valence": 5.0, "arousal": 7.0} in marks
    assert marks[-2:] == [{"mark": "alarm", "name": "lost", "on": True}, {"mark": "end", "why": "stopped"}]
    ((bar,),) = streams["music"]["time_series"]
    assert json.loads(bar)["frame"] == 4800
    assert json.loads(bar)["bar"] == {"index": 0, "notes": []}
    assert streams["music"]["time_stamps"][0] == 100.4


def test_a_mark_stands_once_for_as_long_as_it_holds(tmp_path: Path) -> None:
    record(tmp_path / "a.xdf", [cycle(i, 100.0 + i, hold=Hold.LATE, alarms=("late",)) for i in range(5)])
    marks = [json.loads(row)["mark"] for (row,) in load(tmp_path / "a.xdf")["markers"]["time_series"]]
    assert marks == ["phase", "hold", "alarm"]


def test_the_eeg_header_is_the_one_received_with_the_units_recorded(tmp_path: Path) -> None:
    received = (
        "<info><name>amp</name><type>EEG</type><channel_count>2</channel_count><channel_format>double64</channel_format>"
        "<uid>abc</uid><desc><manufacturer>X</manufacturer><channels>"
        "<channel><label>F3</label><unit>volts</unit><location>left</location></channel>"
        "<channel><label>AUX</label><unit>celsius</unit></channel></channels></desc></info>"
    )
    header = Header("amp", "EEG", 250.0, ("F3", "AUX"), ("microvolts", "celsius"), dtype="float32", xml=received)
    info = ElementTree.fromstring(signal_xml(header))
    assert info.findtext("uid") == "abc" and info.findtext("desc/manufacturer") == "X"
    assert info.findtext("channel_format") == "float32" and info.findtext("nominal_srate") == "250.0"
    first, second = info.findall("desc/channels/channel")
    assert (first.findtext("unit"), first.findtext("unit_as_received")) == ("microvolts", "volts")
    assert (first.findtext("location"), second.findtext("unit_as_received")) == ("left", None)


@settings(deadline=None, max_examples=40)
@given(name=st.text(max_size=8), label=st.text(max_size=8), xml=st.text(max_size=30), source_id=st.text(max_size=8))
def test_no_header_keeps_pyxdf_or_us_from_reading(
    tmp_path_factory: pytest.TempPathFactory, name: str, label: str, xml: str, source_id: str
) -> None:
    header = Header(name, "EEG", 100.0, (label, "F3"), ("microvolts", "?"), source_id, reference=label, xml=xml)
    path = tmp_path_factory.mktemp("header") / "a.xdf"
    record(path, [chunk(0, 3, header)], header)
    assert len(load(path)) == 5
    assert RecordedRun(path).header == header


def test_headers_are_on_the_disk_before_the_first_sample(tmp_path: Path) -> None:
    journal = XdfJournal.create(tmp_path / "a.xdf", HEADER)
    items = list(read_chunks(tmp_path / "a.xdf"))
    assert len(items) == 5 and all(isinstance(item, StreamHeader) for item in items)
    assert len(load(tmp_path / "a.xdf")) == 5
    journal.close()


def test_an_input_is_in_the_file_when_input_returns(tmp_path: Path) -> None:
    journal = XdfJournal.create(tmp_path / "a.xdf", HEADER)
    for i in range(5):
        journal.input(chunk(i, 1))
        assert len(list(RecordedRun(tmp_path / "a.xdf"))) == i + 1
    journal.close()


def test_an_input_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = XdfJournal.create(tmp_path / "a.xdf", HEADER)
    n_writes = 0
    true_write = os.write

    def counting(descriptor: int, data: bytes) -> int:
        nonlocal n_writes
        n_writes += 1
        return true_write(descriptor, data)

    monkeypatch.setattr(os, "write", counting)
    write_all(journal, a_session())
    monkeypatch.undo()
    journal.close()
    assert n_writes == len(a_session())


def test_clock_offsets_are_kept_as_measured_and_once(tmp_path: Path) -> None:
    events = [SourceEvent(SourceKind.OFFSET, 100.0 + 5 * i, "", 0.125 + i / 1000) for i in range(4)]
    items: list[Input | Cycle] = [chunk(0, 2), *events[1:], chunk(2, 2, offset_s=0.128), chunk(4, 2, offset_s=0.128)]
    record(tmp_path / "a.xdf", items)
    eeg = load(tmp_path / "a.xdf")["headset"]
    assert eeg["clock_values"] == [0.125, 0.126, 0.127, 0.128]
    assert eeg["clock_times"][1:] == [event.time_s - event.offset_s for event in events[1:]]


def test_an_offset_that_is_no_number_writes_no_clock_offset(tmp_path: Path) -> None:
    record(tmp_path / "a.xdf", [SourceEvent(SourceKind.OFFSET, 1.0), chunk(0, 2, offset_s=float("nan"))])
    assert load(tmp_path / "a.xdf")["headset"]["clock_values"] == []


@pytest.mark.parametrize("wrong", [np.zeros((2, 3)), np.zeros((2, 4), "f4"), np.zeros((3, 3), "f4")])
def test_samples_that_contradict_the_header_are_refused_in_a_sentence(tmp_path: Path, wrong: Any) -> None:
    journal = XdfJournal.create(tmp_path / "a.xdf", HEADER)
    with pytest.raises(RecordError, match="its header and stamps say"):
        journal.input(Chunk(read_only(wrong), read_only(np.zeros(2)), 0.0, 0.0))
    journal.close()
    assert list(RecordedRun(tmp_path / "a.xdf")) == []


def test_a_second_journal_never_touches_the_first(tmp_path: Path) -> None:
    record(tmp_path / "a.xdf", a_session())
    before = (tmp_path / "a.xdf").read_bytes()
    with pytest.raises(RecordError, match="exists already"):
        XdfJournal.create(tmp_path / "a.xdf", HEADER)
    assert (tmp_path / "a.xdf").read_bytes() == before


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    journal = record(tmp_path / "a.xdf", a_session())
    size = (tmp_path / "a.xdf").stat().st_size
    journal.close()
    assert (tmp_path / "a.xdf").stat().st_size == size


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_one_sentence_at_once() -> None:
    file = AppendOnlyFile(os.open("/dev/full", os.O_WRONLY), "a.xdf")
    with pytest.raises(RecordError, match=r"a\.xdf cannot be written any more: No space left"):
        XdfJournal(file, HEADER)
    file.close()


FILLING = """
import resource, sys
from pathlib import Path
from loop.errors import RecordError
from sessions.record.journal import XdfJournal
from tests.sessions.record_parts import HEADER, chunk
journal = XdfJournal.create(Path(sys.argv[1]), HEADER)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
n = 0
try:
    while True:
        journal.input(chunk(5 * n, 5))
        n += 1
except RecordError as error:
    for again in range(2):
        try:
            journal.input(chunk(0, 1))
        except RecordError as second:
            assert str(second) == str(error)
    journal.close()
    sys.stdout.write(f"{n}\\n{error}")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no file size limit to set")
def test_a_disk_that_fills_stops_the_record_and_leaves_it_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    found = subprocess.run(
        [sys.executable, "-c", FILLING, str(path)], capture_output=True, text=True, check=True, timeout=30
    )
    n, sentence = found.stdout.split("\n")
    assert "cannot be written any more" in sentence and "stays readable" in sentence
    assert load(path)["headset"]["time_series"].shape == (5 * int(n), 3)
    run = RecordedRun(path)
    assert len(list(run)) == int(n) > 50
    assert run.cut is None


WRITING = """
import sys
from pathlib import Path
from sessions.record.journal import XdfJournal
from tests.sessions.record_parts import HEADER, chunk, cycle
journal = XdfJournal.create(Path(sys.argv[1]), HEADER)
for n in range(1_000_000):
    journal.input(chunk(5 * n, 5))
    if n % 4 == 3:
        journal.cycle(cycle(n // 4, n / 50))
    if n % 100 == 0:
        sys.stdout.write(f"{n}\\n")
        sys.stdout.flush()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_kill_9_in_the_middle_of_writing_loses_nothing_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    with subprocess.Popen([sys.executable, "-c", WRITING, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        wait_for(lambda: path.exists() and path.stat().st_size > 300_000, 30, "a record of 300 kB")
        writer.send_signal(signal.SIGKILL)
        told = [int(line) for line in writer.stdout.read().split()]
    run = RecordedRun(path)
    chunks = [item for item in run if isinstance(item, Chunk)]
    assert len(chunks) > max(told)
    expected = np.concatenate([chunk(5 * n, 5).samples for n in range(len(chunks))])
    assert np.concatenate([item.samples for item in chunks]).tobytes() == expected.tobytes()
    mended = recover(path)
    found = load(mended.path)
    assert set(found) == STREAMS
    assert found["headset"]["time_series"].tobytes() == expected.tobytes()
    assert int(found["headset"]["footer"]["info"]["sample_count"][0]) == len(expected)


def test_a_record_without_footers_loads(tmp_path: Path) -> None:
    journal = record(tmp_path / "a.xdf", a_session(), close=False)
    streams = load(tmp_path / "a.xdf")
    assert streams["headset"]["time_series"].shape == (60, 3)
    assert not any(isinstance(item, Cut) for item in read_chunks(tmp_path / "a.xdf"))
    journal.close()


def test_a_report_of_a_bar_that_is_no_json_is_kept_as_it_is(tmp_path: Path) -> None:
    record(tmp_path / "a.xdf", [Report(ReportKind.BAR, 1.0, text="{oops"), Report(ReportKind.BAR, 2.0, text="NaN")])
    rows = [json.loads(row)["bar"] for (row,) in load(tmp_path / "a.xdf")["music"]["time_series"]]
    assert rows == ["{oops", "NaN"]


def test_a_tick_leaves_one_row_and_nothing_else(tmp_path: Path) -> None:
    record(tmp_path / "a.xdf", [Tick(1.0)])
    streams = load(tmp_path / "a.xdf")
    assert {name: len(stream["time_stamps"]) for name, stream in streams.items()} == {
        "headset": 0, "inputs": 1, "cycles": 0, "markers": 0, "music": 0}


@pytest.mark.parametrize("options", OPTIONS)
def test_pyxdf_has_nothing_to_complain_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, options: dict[str, bool]
) -> None:
    record(tmp_path / "a.xdf", a_session(40))
    load(tmp_path / "a.xdf", **options)
    assert [line for line in caplog.messages if not line.startswith("Importing")] == []


def test_the_header_of_a_real_lsl_stream_goes_into_the_record(tmp_path: Path) -> None:
    info = pylsl.StreamInfo("amp", "EEG", 3, 250.0, "float32", "serial-9")
    channels = info.desc().append_child("channels")
    for label in HEADER.labels:
        channels.append_child("channel").append_child_value("label", label).append_child_value("unit", "volts")
    header = Header("amp", "EEG", 250.0, HEADER.labels, HEADER.units, "serial-9", "lab", xml=info.as_xml())
    record(tmp_path / "a.xdf", [chunk(0, 3, header)], header)
    found = load(tmp_path / "a.xdf")["amp"]["info"]
    assert found["source_id"] == ["serial-9"] and found["uid"] and "session_id" in found
    first = found["desc"][0]["channels"][0]["channel"][0]
    assert (first["label"], first["unit"], first["unit_as_received"]) == (["Fp1"], ["microvolts"], ["volts"])
    assert RecordedRun(tmp_path / "a.xdf").header == header


@pytest.mark.parametrize(("items", "why"), [([chunk(0, 3)], "asked"), (a_session(2), "stopped")])
def test_the_end_is_marked_once_whether_a_cycle_said_it_or_not(tmp_path: Path, items: Any, why: str) -> None:
    journal = XdfJournal.create(tmp_path / "a.xdf", HEADER)
    write_all(journal, items)
    journal.end("asked", 9.0)
    journal.close()
    marks = [json.loads(row[0]) for row in load(tmp_path / "a.xdf")["markers"]["time_series"]]
    assert [mark["why"] for mark in marks if mark["mark"] == "end"] == [why]
