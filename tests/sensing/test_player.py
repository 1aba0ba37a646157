"""A recording played over LSL: every sample once, evenly stamped, in real time."""

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pylsl
import pytest

from loop.clock import ManualClock, SystemClock
from loop.inputs import Chunk, SourceEvent, SourceKind
from loop.values import Header
from sensing.montage import channel_types
from sensing.sources.headers import header_xml
from sensing.sources.lsl import LslSource
from sensing.sources.player import Playing, play, stream_info
from sensing.sources.recording import Recording
from sensing.sources.streams import open_lsl
from tests.waiting import wait_for

RATE_HZ = 250.0
N_TIMES = 130
Play = Callable[..., "Played"]

open_lsl()


def made() -> Recording:
    header = Header("file", "EEG", RATE_HZ, ("F3", "ECG"), ("microvolts",) * 2, "euthymia-file-file", reference="A1")
    header = replace(header, xml=header_xml(header, ("EEG", "ECG"), "maker"))
    return Recording(header, np.random.default_rng(5).normal(0, 20, (N_TIMES, 2)).astype(np.float32), None)


class Played:
    """A player in a thread of its own."""

    def __init__(self, how: Playing) -> None:
        self.stop = threading.Event()
        self.said: list[str] = []
        self.pushed = -1
        self.thread = threading.Thread(target=self._play, args=(how,))
        self.thread.start()

    def _play(self, how: Playing) -> None:
        self.pushed = play(made(), how, SystemClock(), self.said.append, self.stop)


@pytest.fixture
def begin() -> Iterator[Play]:
    players: list[Played] = []

    def begin(**how: object) -> Played:
        players.append(Played(Playing(**how)))  # type: ignore[arg-type]
        return players[-1]

    yield begin
    for player in players:
        player.stop.set()
        player.thread.join(5.0)


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


def heard(name: str, enough: Callable[[list[Chunk], list[SourceEvent]], bool]) -> tuple[np.ndarray, np.ndarray, Header]:
    clock = SystemClock()
    source = LslSource(f"name={name}", clock)
    chunks: list[Chunk] = []
    events: list[SourceEvent] = []

    def step() -> bool:
        for item in source.read(clock.now_s() + 0.1, 25):
            (chunks if isinstance(item, Chunk) else events).append(item)  # type: ignore[arg-type]
        return enough(chunks, events)

    try:
        wait_for(step, 10.0, "the end of the playing")
        header = source.header
    finally:
        source.close()
    return np.concatenate([c.samples for c in chunks]), np.concatenate([c.stamps_s for c in chunks]), header


def is_lost(_: list[Chunk], events: list[SourceEvent]) -> bool:
    return any(event.kind is SourceKind.LOST for event in events)


def test_every_sample_of_the_file_arrives_once_in_order_and_exact(begin: Play, name: str) -> None:
    player = begin(name=name)
    samples, stamps_s, header = heard(name, is_lost)
    assert np.array_equal(samples, made().samples)
    assert np.allclose(np.diff(stamps_s), 1 / RATE_HZ, atol=1e-9)
    assert (header.labels, header.reference, channel_types(header)) == (("F3", "ECG"), "A1", ("eeg", "ecg"))
    assert player.said[-1] == f'"{name}": 0.5 s sent'


def test_nothing_is_sent_before_somebody_listens(begin: Play, name: str) -> None:
    player = begin(name=name)
    wait_for(lambda: "waiting for a listener" in player.said, 5.0)
    player.stop.set()
    player.thread.join(5.0)
    assert player.pushed == 0


def test_a_player_told_not_to_wait_plays_to_nobody(begin: Play, name: str) -> None:
    player = begin(name=name, wait_for_listener=False)
    player.thread.join(10.0)
    assert player.pushed == N_TIMES


def test_a_loop_goes_on_without_a_step_in_the_stamps(begin: Play, name: str) -> None:
    begin(name=name, loop=True)
    n_wanted = 2 * N_TIMES + 20
    samples, stamps_s, _ = heard(name, lambda chunks, _: sum(len(chunk.stamps_s) for chunk in chunks) > n_wanted)
    assert np.array_equal(samples[: 2 * N_TIMES], np.tile(made().samples, (2, 1)))
    assert np.allclose(np.diff(stamps_s), 1 / RATE_HZ, atol=1e-9)


@pytest.mark.parametrize(
    ("how", "n_times"), [({"for_s": 0.2}, 50), ({"for_s": 0.6, "loop": True}, 150), ({"for_s": 9.0}, N_TIMES)]
)
def test_the_length_asked_for_is_played_to_the_sample(name: str, how: dict[str, object], n_times: int) -> None:
    clock = ManualClock(pylsl.local_clock())
    how = {"name": name, "wait_for_listener": False} | how
    assert play(made(), Playing(**how), clock, lambda _: None, threading.Event()) == n_times  # type: ignore[arg-type]


def test_the_same_file_under_the_same_name_has_the_same_source_id() -> None:
    ids = [stream_info(made().header, name).source_id() for name in ("a", "a", "b")]
    assert ids[0] == ids[1] != ids[2]
