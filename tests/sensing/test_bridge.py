"""Boards over a real LSL: the synthetic one, a recording played back, and a link that is lost."""

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from brainflow.exit_codes import BrainFlowError

from loop.clock import SystemClock, wall_time
from loop.errors import EuthymiaError, FileError, StreamError
from loop.inputs import Chunk, SourceEvent, SourceKind
from sensing.sources.board_link import BoardLink
from sensing.sources.board_streams import Address
from sensing.sources.board_taps import open_taps
from sensing.sources.boards import find_board
from sensing.sources.bridge import BACKOFF_S, Bridge, Bridged, Bridging, End, bridge
from sensing.sources.lsl import LslSource
from sensing.sources.streams import open_lsl
from tests.waiting import wait_for

open_lsl()
CYTON_ROWS = 24
NOT_READY = 7


class Running:
    """A bridge in a thread of its own."""

    def __init__(self, run: Callable[[Callable[[str], None], threading.Event], Bridged]) -> None:
        self.said: list[str] = []
        self.stop = threading.Event()
        self.done: Bridged | None = None
        self.error: EuthymiaError | None = None
        self.thread = threading.Thread(target=self._run, args=(run,))
        self.thread.start()

    def _run(self, run: Callable[[Callable[[str], None], threading.Event], Bridged]) -> None:
        try:
            self.done = run(self.said.append, self.stop)
        except EuthymiaError as error:
            self.error = error

    def end(self) -> Bridged:
        self.stop.set()
        self.thread.join(10.0)
        assert self.done is not None, self.error
        return self.done


Begin = Callable[[Callable[[Callable[[str], None], threading.Event], Bridged]], Running]


@pytest.fixture
def begin() -> Iterator[Begin]:
    running: list[Running] = []

    def begin(run: Callable[[Callable[[str], None], threading.Event], Bridged]) -> Running:
        running.append(Running(run))
        return running[-1]

    yield begin
    for one in running:
        one.stop.set()
        one.thread.join(10.0)


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


class Listener:
    """What a session hears of a stream."""

    def __init__(self, name: str) -> None:
        self.clock = SystemClock()
        self.source = LslSource(f"name={name}", self.clock)
        self.chunks: list[Chunk] = []
        self.events: list[SourceEvent] = []

    def hear(self, enough: Callable[["Listener"], bool], within_s: float = 15.0) -> None:
        def step() -> bool:
            for item in self.source.read(self.clock.now_s() + 0.1, 25):
                (self.chunks if isinstance(item, Chunk) else self.events).append(item)  # type: ignore[arg-type]
            return enough(self)

        wait_for(step, within_s, "what was listened for")

    @property
    def stamps_s(self) -> np.ndarray:
        return np.concatenate([chunk.stamps_s for chunk in self.chunks])

    @property
    def samples(self) -> np.ndarray:
        return np.concatenate([chunk.samples for chunk in self.chunks])

    def count(self) -> int:
        return sum(len(chunk.stamps_s) for chunk in self.chunks)


@pytest.fixture
def listen() -> Iterator[Callable[[str], Listener]]:
    listeners: list[Listener] = []

    def listen(name: str) -> Listener:
        listeners.append(Listener(name))
        return listeners[-1]

    yield listen
    for one in listeners:
        one.source.close()


def synthetic(name: str, for_s: float = 60.0) -> Callable[[Callable[[str], None], threading.Event], Bridged]:
    board = find_board("synthetic")
    return lambda say, stop: bridge(board, Address(), Bridging(name, for_s=for_s), SystemClock(), say, stop)


def test_the_synthetic_board_arrives_whole_even_and_in_time(
    begin: Begin, listen: Callable[[str], Listener], name: str
) -> None:
    running = begin(synthetic(name))
    listener = listen(name)
    listener.hear(lambda heard: heard.count() > 750)
    header = listener.source.header
    assert (len(header.labels), header.rate_hz, header.units[0]) == (19, 250.0, "microvolts")
    assert header.labels[-1] == "Marker" and np.all(listener.samples[:, -1] == 0)
    steps_s = np.diff(listener.stamps_s)
    assert np.all(steps_s > 0) and np.all(np.abs(np.percentile(steps_s, (1, 99)) - 0.004) < 1e-4)
    ages_s = np.array([chunk.time_s - chunk.stamps_s[-1] - chunk.offset_s for chunk in listener.chunks])
    assert -0.005 < np.median(ages_s) < 0.05
    done = running.end()
    assert done.samples >= listener.count() and done.reconnects == 0
    assert any("battery" in line for line in running.said)
    assert running.said[-1].startswith("Synthetic: ")


def test_motion_is_a_stream_of_its_own_with_its_own_types(begin: Begin, name: str) -> None:
    import pylsl

    running = begin(synthetic(name))
    found = pylsl.resolve_byprop("name", f"{name}-motion", timeout=10.0)
    assert [(info.type(), info.channel_count(), info.nominal_srate()) for info in found] == [("Motion", 6, 250.0)]
    inlet = pylsl.StreamInlet(found[0])
    labels = inlet.info(timeout=5.0).get_channel_labels()
    assert labels == ["ACC_X", "ACC_Y", "ACC_Z", "GYRO_X", "GYRO_Y", "GYRO_Z"]
    assert inlet.pull_sample(timeout=5.0)[0] is not None
    inlet.close_stream()
    running.end()


def test_a_bridge_ends_after_the_time_asked_for(begin: Begin, name: str) -> None:
    running = begin(synthetic(name, for_s=0.5))
    running.thread.join(5.0)
    assert running.done is not None and 50 < running.done.samples < 300


def cyton_file(path: Path, n_times: int) -> np.ndarray:
    """A recording of a Cyton as BrainFlow's file streamer writes it; returns its EEG."""
    eeg = np.random.default_rng(2).normal(0, 20, (n_times, 8)).round(3)
    table = np.zeros((n_times, CYTON_ROWS))
    table[:, 0], table[:, 1:9] = np.arange(n_times) % 256, eeg
    table[:, 22], table[n_times // 2, 23] = 1.6e9 + np.arange(n_times) / 250.0, 7.0
    np.savetxt(path, table, fmt="%.6f", delimiter="\t")
    return eeg


def test_a_recording_is_played_back_exactly_and_to_its_end(
    begin: Begin, listen: Callable[[str], Listener], name: str, tmp_path: Path
) -> None:
    file = tmp_path / "cyton.csv"
    eeg = cyton_file(file, 1000)
    board, address = find_board("cyton"), Address(file=str(file))
    running = begin(lambda say, stop: bridge(board, address, Bridging(name), SystemClock(), say, stop))
    listener = listen(name)
    listener.hear(lambda heard: any(event.kind is SourceKind.LOST for event in heard.events))
    heard = listener.samples
    first = 1000 - len(heard)                                # LSL drops what was sent before the listener came
    assert len(heard) > 100
    assert np.array_equal(heard[:, :8], eeg[first:].astype(np.float32))
    assert np.array_equal(heard[:, 8], np.where(np.arange(first, 1000) == 500, 7, 0))
    assert listener.source.header.reference == "SRB2"
    running.thread.join(5.0)
    assert running.done == Bridged(1000, 0, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "cannot be read"), ("", "no lines"), ("1\t2\t3\n", "3 columns in line 1"), ("µ" * 9, "columns|no text")],
)
def test_a_file_that_is_no_recording_of_this_board_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "x.csv"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=said):
        bridge(find_board("cyton"), Address(file=str(file)), Bridging(), SystemClock(), print, threading.Event())


def test_a_board_that_is_not_there_is_one_sentence() -> None:
    address = Address(serial_port="/dev/there-is-no-such-port")
    with pytest.raises(StreamError, match="cannot be opened"):
        bridge(find_board("cyton"), address, Bridging(), SystemClock(), print, threading.Event())


class FlakyShim:
    """A board whose link dies: `starts` says what each attempt brings, a negative exit code or samples to send."""

    def __init__(self, *starts: int | float) -> None:
        self._starts, self._left, self._sent, self._since_s = list(starts), 0.0, 0, 0.0
        self.calls: list[str] = []

    def prepare_session(self) -> None:
        self.calls.append("prepare")
        start = self._starts.pop(0)
        if start < 0:
            raise BrainFlowError("no", int(-start))
        self._left, self._since_s = start, SystemClock().now_s()

    def start_stream(self, num_samples: int) -> None:
        self.calls.append("start")

    def get_board_data(self, num_samples: int | None, preset: int) -> np.ndarray:
        due = int((SystemClock().now_s() - self._since_s) * 250.0)
        count = int(min(self._left, max(0, due)))
        self._left, self._since_s = self._left - count, self._since_s + count / 250.0
        data = np.zeros((32, count))
        data[0], data[1] = np.arange(self._sent, self._sent + count) % 256, np.arange(self._sent, self._sent + count)
        data[30] = wall_time().timestamp()
        self._sent += count
        return data

    def stop_stream(self) -> None:
        raise BrainFlowError("not running", 11)

    def release_session(self) -> None:
        self.calls.append("release")


def run_flaky(shim: FlakyShim, name: str) -> Callable[[Callable[[str], None], threading.Event], Bridged]:
    board, clock = find_board("synthetic"), SystemClock()

    def run(say: Callable[[str], None], stop: threading.Event) -> Bridged:
        link = BoardLink(board, shim)
        link.start()
        return Bridge(link, open_taps(board, Address(), name, (), clock, say), End(stop), clock, say).run()

    return run


def test_a_lost_link_is_silence_and_then_the_same_stream_again(
    begin: Begin, listen: Callable[[str], Listener], name: str
) -> None:
    shim = FlakyShim(1000, -NOT_READY, np.inf)
    running = begin(run_flaky(shim, name))
    listener = listen(name)
    listener.hear(lambda heard: heard.count() > 0 and heard.samples[-1, 0] > 1100, 25.0)
    done = running.end()
    told = [line for line in running.said if "streaming" not in line and "battery" not in line]
    assert told[:2] == [
        "Synthetic: no data for 2 s; trying again in 1 s", "Synthetic: it was not found; trying again in 2 s",
    ]
    assert told[2].startswith("Synthetic is back after")
    assert (done.reconnects, done.lost) == (1, 0)
    assert [event.kind for event in listener.events if event.kind is not SourceKind.OFFSET] == []
    assert np.all(np.diff(listener.samples[:, 0]) == 1)
    steps_s = np.diff(listener.stamps_s)
    assert np.all(steps_s > 0) and np.sum(steps_s > 4.0) == 1
    assert "prepare prepare" not in " ".join(call for call in shim.calls if call != "start")


def test_a_person_who_stops_does_not_wait_for_the_next_try(begin: Begin, name: str) -> None:
    running = begin(run_flaky(FlakyShim(0, *[-NOT_READY] * 9), name))
    wait_for(lambda: any("trying again in 2 s" in line for line in running.said), 10.0)
    clock = SystemClock()
    before_s = clock.now_s()
    assert running.end().samples == 0
    assert clock.now_s() - before_s < 1.0


def test_the_pauses_between_tries_grow_to_ten_seconds() -> None:
    assert BACKOFF_S == (1.0, 2.0, 4.0, 8.0, 10.0)
