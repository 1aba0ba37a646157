"""A real stream, read live: exact, punctual, found again when it is lost."""

import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pylsl
import pytest

from loop.clock import SystemClock
from loop.errors import StreamError
from loop.inputs import Chunk, SourceEvent, SourceKind
from sensing.sources.lsl import LslSource
from sensing.sources.streams import find_streams, open_lsl, parse_query
from tests.sensing.sender import RATE_HZ, info_of
from tests.waiting import wait_for

CHECKOUT = Path(__file__).resolve().parents[2]
LABELS = ["F3", "F4", "O1"]
RETURN_S = 12.0

open_lsl()


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []

    def begin(name: str, source_id: str, labels: str = "F3,F4,O1") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.sensing.sender", name, source_id, labels]
        process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        running.append(process)
        assert process.stdout is not None and process.stdout.readline() == "up\n"
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def opened() -> Iterator[Callable[..., LslSource]]:
    sources: list[LslSource] = []

    def connect(query: str, **options: object) -> LslSource:
        sources.append(LslSource(query, SystemClock(), **options))  # type: ignore[arg-type]
        return sources[-1]

    yield connect
    for source in sources:
        source.close()


class Reader:
    """Reads a source and keeps what came."""

    def __init__(self, source: LslSource) -> None:
        self.source = source
        self.chunks: list[Chunk] = []
        self.events: list[SourceEvent] = []

    def read(self, wait_s: float = 0.2, n_wanted: int = 62) -> None:
        for item in self.source.read(SystemClock().now_s() + wait_s, n_wanted):
            (self.chunks if isinstance(item, Chunk) else self.events).append(item)  # type: ignore[arg-type]

    def until(self, happened: Callable[[], bool], within_s: float = RETURN_S, what: str = "it") -> None:
        def step() -> bool:
            self.read()
            return happened()

        wait_for(step, within_s, what)

    @property
    def kinds(self) -> list[SourceKind]:
        return [event.kind for event in self.events if event.kind is not SourceKind.OFFSET]

    @property
    def samples(self) -> np.ndarray:
        return np.concatenate([chunk.samples for chunk in self.chunks])

    @property
    def stamps_s(self) -> np.ndarray:
        return np.concatenate([chunk.stamps_s for chunk in self.chunks])

    @property
    def count(self) -> int:
        return sum(len(chunk.stamps_s) for chunk in self.chunks)


@pytest.mark.parametrize("dtype", ["float32", "double64", "int16", "int32"])
def test_samples_and_stamps_are_exactly_those_that_were_sent(
    name: str, opened: Callable[..., LslSource], dtype: str
) -> None:
    outlet = pylsl.StreamOutlet(info_of(name, name, LABELS, dtype=dtype))
    reader = Reader(opened(f"name={name}"))
    rng = np.random.default_rng(1)
    sent = rng.integers(-30000, 30000, (200, 3)).astype(np.float64)
    sent = sent.astype(np.float32) * np.float32(0.1) if dtype == "float32" else sent
    stamps_s = pylsl.local_clock() + np.arange(200) / RATE_HZ
    outlet.push_chunk(sent, stamps_s)
    reader.until(lambda: reader.count >= 200)
    assert np.array_equal(reader.samples, sent)
    assert np.array_equal(reader.stamps_s, stamps_s)
    assert reader.samples.dtype == reader.source.header.dtype


def test_volts_arrive_as_microvolts(name: str, opened: Callable[..., LslSource]) -> None:
    outlet = pylsl.StreamOutlet(info_of(name, name, LABELS, unit="volts"))
    reader = Reader(opened(f"name={name}"))
    outlet.push_chunk(np.full((10, 3), 1e-5, np.float32))
    reader.until(lambda: reader.count == 10)
    assert np.allclose(reader.samples, 10.0, rtol=1e-6)
    assert set(reader.source.header.units) == {"microvolts"}


def test_what_is_not_finite_and_what_steps_in_time_passes_as_received(
    name: str, opened: Callable[..., LslSource]
) -> None:
    outlet = pylsl.StreamOutlet(info_of(name, name, LABELS))
    reader = Reader(opened(f"source_id={name}"))
    sent = np.zeros((6, 3), np.float32)
    sent[1, 0], sent[2, 1], sent[3, 2] = np.nan, np.inf, -np.inf
    stamps_s = pylsl.local_clock() + np.array([0.0, 0.004, 3.0, 3.0, 1.0, 3.008])
    outlet.push_chunk(sent, stamps_s)
    reader.until(lambda: reader.count == 6)
    assert np.array_equal(reader.samples, sent, equal_nan=True)
    assert np.array_equal(reader.stamps_s, stamps_s)


def test_a_read_returns_at_the_sample_that_was_wanted(name: str, opened: Callable[..., LslSource]) -> None:
    outlet = pylsl.StreamOutlet(info_of(name, name, LABELS))
    reader = Reader(opened(f"name={name}"))
    outlet.push_chunk(np.zeros((30, 3), np.float32))
    begun_s = SystemClock().now_s()
    reader.read(wait_s=10.0, n_wanted=30)
    assert reader.count == 30
    assert SystemClock().now_s() - begun_s < 5.0


def test_a_read_without_samples_ends_on_time(name: str, opened: Callable[..., LslSource]) -> None:
    outlet = pylsl.StreamOutlet(info_of(name, name, LABELS))
    source = opened(f"name={name}")
    source.read(SystemClock().now_s(), 1)
    until_s = SystemClock().now_s() + 0.1
    assert source.read(until_s, 5) == []
    assert until_s <= SystemClock().now_s() < until_s + 1.0
    assert outlet.have_consumers()


def test_a_backlog_comes_whole(name: str, opened: Callable[..., LslSource]) -> None:
    outlet = pylsl.StreamOutlet(info_of(name, name, LABELS))
    reader = Reader(opened(f"name={name}"))
    for _ in range(10):
        outlet.push_chunk(np.zeros((1000, 3), np.float32))
    reader.until(lambda: reader.count >= 10_000)
    assert reader.count == 10_000
    assert len(reader.chunks) < 10


def test_the_clock_offset_is_told_at_the_start(name: str, opened: Callable[..., LslSource]) -> None:
    outlet = pylsl.StreamOutlet(info_of(name, name, LABELS))
    reader = Reader(opened(f"name={name}"))
    outlet.push_chunk(np.zeros((5, 3), np.float32))
    reader.until(lambda: reader.count == 5)
    assert reader.events[0].kind is SourceKind.OFFSET
    assert abs(reader.events[0].offset_s) < 0.05
    assert reader.chunks[0].offset_s == reader.events[0].offset_s


def test_a_killed_sender_is_lost_and_taken_up_again(
    name: str, start: Callable[..., subprocess.Popen[str]], opened: Callable[..., LslSource]
) -> None:
    process = start(name, name)
    reader = Reader(opened(f"name={name}"))
    reader.until(lambda: reader.count > 100)
    process.kill()
    reader.until(lambda: SourceKind.LOST in reader.kinds, what="the loss")
    before = reader.count
    start(name, name)
    reader.until(lambda: reader.count > before + 50, what="the return")
    assert reader.kinds == [SourceKind.LOST, SourceKind.BACK]
    assert np.array_equal(reader.samples[before : before + 50, 0], np.arange(50) + reader.samples[before, 0])


def test_a_sender_without_a_stable_id_is_found_by_name_type_and_host(
    name: str, start: Callable[..., subprocess.Popen[str]], opened: Callable[..., LslSource]
) -> None:
    process = start(name, f"{name}-first")
    reader = Reader(opened(f"name={name}"))
    reader.until(lambda: reader.count > 10)
    process.kill()
    reader.until(lambda: SourceKind.LOST in reader.kinds)
    start(name, f"{name}-second")
    reader.until(lambda: SourceKind.BACK in reader.kinds, what="the return")


def test_a_stream_that_returns_with_other_channels_is_told_and_not_taken_up(
    name: str, start: Callable[..., subprocess.Popen[str]], opened: Callable[..., LslSource]
) -> None:
    process = start(name, name)
    reader = Reader(opened(f"name={name}"))
    reader.until(lambda: reader.count > 10)
    process.kill()
    reader.until(lambda: SourceKind.LOST in reader.kinds)
    before = reader.count
    other = start(name, name, "F3,F4,O2")
    reader.until(lambda: SourceKind.CHANGED in reader.kinds, what="the change")
    assert "channel 3 was O1 eeg microvolts and is O2" in reader.events[-1].detail
    other.kill()
    start(name, name)
    reader.until(lambda: SourceKind.BACK in reader.kinds, what="the return")
    assert reader.kinds == [SourceKind.LOST, SourceKind.CHANGED, SourceKind.BACK]
    assert {chunk.samples.shape[1] for chunk in reader.chunks} == {3}
    assert reader.count >= before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process so")
def test_a_stopped_sender_is_silent_and_not_lost(
    name: str, start: Callable[..., subprocess.Popen[str]], opened: Callable[..., LslSource]
) -> None:
    process = start(name, name)
    reader = Reader(opened(f"name={name}"))
    reader.until(lambda: reader.count > 10)
    process.send_signal(signal.SIGSTOP)
    reader.read(wait_s=0.2, n_wanted=10_000)
    stopped = reader.count
    reader.read(wait_s=0.5, n_wanted=10_000)
    assert (reader.count, reader.kinds) == (stopped, [])
    process.send_signal(signal.SIGCONT)
    reader.until(lambda: reader.count > stopped + 50)
    assert reader.kinds == []


def test_waiting_is_said_and_ends_in_a_sentence(name: str) -> None:
    said: list[str] = []
    with pytest.raises(StreamError, match=r"no stream with name=.* came within 0\.1 s"):
        LslSource(f"name={name}", SystemClock(), wait_s=0.1, say=said.append)
    assert said == [f"waiting for a stream: name={name}"]


def test_two_streams_of_one_name_are_not_chosen_between(name: str) -> None:
    outlets = [pylsl.StreamOutlet(info_of(name, f"{name}-{i}", LABELS)) for i in (1, 2)]
    with pytest.raises(StreamError, match=f"2 streams match name={name}") as refusal:
        LslSource(f"name={name}", SystemClock())
    assert f"source_id={name}-1" in refusal.value.what
    assert f"source_id={name}-2" in refusal.value.what
    assert not any(outlet.have_consumers() for outlet in outlets)


def test_a_stream_of_markers_is_refused(name: str) -> None:
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, 0.0, "string", name))
    with pytest.raises(StreamError, match="not numbers"):
        LslSource(f"name={name}", SystemClock())
    assert not outlet.have_consumers()


def test_a_list_shows_what_is_in_sight(name: str) -> None:
    outlet = pylsl.StreamOutlet(info_of(name, f"{name}-id", LABELS))
    (row,) = find_streams(f"name={name}")
    assert (row.name, row.kind, row.channels, row.rate_hz, row.source_id) == (name, "EEG", 3, RATE_HZ, f"{name}-id")
    assert name in [row.name for row in find_streams("")]
    assert not outlet.have_consumers()


@pytest.mark.parametrize("text", ["", "EEG", "name=", "colour=red", "=x", "name='\""])
def test_a_query_that_names_no_stream_is_refused(text: str) -> None:
    with pytest.raises(StreamError):
        parse_query(text)


def test_a_name_may_hold_an_apostrophe(name: str) -> None:
    outlet = pylsl.StreamOutlet(info_of(f"{name}'s", name, LABELS))
    assert len(find_streams(f"name={name}'s")) == 1
    assert not outlet.have_consumers()
