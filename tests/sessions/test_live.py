import multiprocessing
import os
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.sound.stop import StopListener
from loop.clock import ManualClock, SystemClock
from loop.errors import FileError
from loop.inputs import Chunk, CommandKind, Tick
from loop.schedule import Phase
from loop.values import Header, Hold
from sessions.live.desk import RemoteDesk, StopAddress, UdpDesk
from sessions.live.post import LivePost
from sessions.live.registry import newest_live, running, running_folder
from sessions.live.sheet import SheetReader, SheetShape, SheetWriter
from sessions.live.snapshot import PATH_COLUMNS, course_to_json, snapshot_from_json, snapshot_to_json
from sessions.live.thinner import Thinner, screen_columns
from sessions.live.view import LiveView
from tests.ui.fake_live import CALM, COURSE, FEW, FakeSession, Scene, make
from tests.waiting import wait_for

SMALL = SheetShape(64, 4, 16, 3, 16, 5)


@pytest.fixture(autouse=True)
def own_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def session(tmp_path: Path):
    made = make(tmp_path / "eeg", seconds=20.0)
    yield made
    made.close()


@pytest.fixture
def view(session: FakeSession) -> LiveView:
    return LiveView(session.post.folder, SystemClock())


def test_what_the_session_knows_is_what_the_window_reads(session, view):
    session.hop(Scene(alarms=("underrun",)))
    snapshot = view.read()
    assert snapshot.course.title == "Calm" and snapshot.course.labels == FEW
    assert [card.kind for card in snapshot.course.phases] == [phase.kind for phase in COURSE]
    assert repr(snapshot.cycle.affect) == repr(session.affect)
    assert snapshot.cycle.target == CALM
    assert "close other programs" in snapshot.alarms[0].line
    assert snapshot.dose_words == "dose estimate 3 %"
    assert snapshot.generator == "rules" and snapshot.output == "file audio.flac"
    assert snapshot.latency_ms == pytest.approx(3.0)


def test_a_snapshot_comes_back_from_json_equal(session, view):
    snapshot = view.read()
    again = snapshot_from_json(snapshot_to_json(snapshot, course_to_json(snapshot.course)))
    assert repr(again) == repr(snapshot)


def test_newest_wins(session, view):
    for valence in (0.1, 0.2, 0.3):
        session.affect = replace(session.affect, valence=valence)
        session.hop(Scene())
    assert view.read().cycle.affect.valence == session.affect.valence


def test_a_reading_without_news_is_the_same_value(session, view):
    first = view.read()
    session.post.saw(session.chunk(session.clock.now_s()), ())
    assert view.read() is first


def test_raw_eeg_comes_through_as_it_was(session, view):
    view.read()
    before = view.traces().count
    chunk = session.chunk(session.clock.now_s())
    session.post.saw(chunk, ())
    rows = view.traces(before)
    assert rows.count == before + len(chunk.samples)
    np.testing.assert_array_equal(rows.values, chunk.samples)


def test_only_the_last_ten_seconds_of_eeg_are_given(session, view):
    view.read()
    assert len(view.traces().values) == 2500


def test_the_path_holds_one_point_a_second(session, view):
    path = view.path()
    times_s = path.values[:, PATH_COLUMNS.index("time_s")]
    assert path.count == 20
    np.testing.assert_allclose(np.diff(times_s), 1.0)


def test_a_held_second_is_marked_in_the_path(session, view):
    assert 0 < view.path().values[:, PATH_COLUMNS.index("held")].sum() < 5


def test_notes_carry_lsl_times(session, view):
    starts_s = view.notes().values[:, 0]
    assert session.clock.now_s() - 25.0 < starts_s.min() < starts_s.max() < session.clock.now_s() + 8.0


def test_a_hold_comes_with_its_words(session, view):
    session.hop(Scene(hold=Hold.LOST))
    assert view.read().hold_words == "held: source lost"


def test_a_rating_is_wanted_in_its_phase_only(session, view):
    assert not view.read().rating_wanted
    session.hop(Scene(phase=5))
    assert view.read().rating_wanted


def test_why_a_session_ended_is_shown_though_no_cycle_said_it(session, view):
    session.post.end("stop")
    session.close()
    snapshot = view.read()
    assert snapshot is not None
    assert snapshot.ended == "stopped by a person"


def test_a_closed_session_has_ended(session, view):
    session.close()
    assert view.read().ended
    assert not view.alive()


def test_an_ending_is_said_in_words(session, view):
    session.hop(Scene(ended="stop"))
    assert view.read().ended == "stopped by a person"


def test_a_silent_source_still_gives_a_fresh_snapshot(session, view):
    now_s = session.clock.now_s() + 5.0
    session.post.saw(Tick(now_s), ())
    assert view.read().time_s == now_s


def test_a_folder_without_a_session_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(FileError, match="no session has put a live view here"):
        LiveView(tmp_path, SystemClock())


@pytest.mark.parametrize("part", ["", "eeg", "eeg/live"])
def test_any_of_a_sessions_folders_will_do(session, tmp_path, part):
    assert LiveView(tmp_path / part, SystemClock()).read() is not None


def test_what_is_shown_is_for_its_owner_only(session):
    for name in ("post.bin", "desk.json"):
        assert (session.post.folder / name).stat().st_mode & 0o077 == 0


def test_the_montage_names_and_orders_the_traces(tmp_path):
    header = Header("cap", "EEG", 250.0, ("EEG F3", "AUX", "EEG F4"), ("microvolts",) * 3)
    post = LivePost(tmp_path, header, "t", "p", (Phase("baseline", 10.0),), ManualClock())
    post.montage((2, 0), ("F4", "F3"))
    post.saw(Chunk(np.array([[1.0, 2.0, 3.0]]), np.zeros(1), 0.0, 0.0), ())
    view = LiveView(tmp_path, ManualClock())
    assert view.read().course.labels == ("F4", "F3")
    assert view.traces().values.tolist() == [[3.0, 1.0]]
    post.close()


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.sampled_from([250.0, 500.0, 1000.0, 2048.0]))
@settings(deadline=None, max_examples=40)
def test_chunk_size_never_changes_what_is_shown(cuts, rate_hz):
    samples = np.random.default_rng(1).normal(size=(sum(cuts), 2))
    pieces = np.split(samples, np.cumsum(cuts)[:-1])
    cut, whole = Thinner((0, 1), rate_hz), Thinner((0, 1), rate_hz)
    np.testing.assert_array_equal(np.concatenate([cut.thin(piece) for piece in pieces]), whole.thin(samples))
    assert whole.rate_hz <= 256.0


def test_many_channels_are_thinned_to_what_stays_legible():
    header = Header("x", "EEG", 1000.0, tuple(map(str, range(128))), ("microvolts",) * 126 + ("celsius",) * 2)
    columns = screen_columns(header)
    assert len(columns) == 32 and columns[0] == 0 and columns[-1] == 125


# the sheet


def write_for_ever(path: str) -> None:
    writer = SheetWriter(Path(path), SMALL)
    number = 0
    while True:
        number += 1
        text = f"{number} ".encode() * (1 + number % 900)
        writer.write(text, np.full((3, 4), number, np.float32), np.full(3, float(number)))


def test_no_reader_ever_sees_a_torn_write(tmp_path):
    path = tmp_path / "post.bin"
    process = multiprocessing.get_context("spawn").Process(target=write_for_ever, args=(str(path),))
    process.start()
    try:
        wait_for(lambda: path.exists() and path.stat().st_size == SMALL.n_bytes, 20.0)
        wait_for(lambda: opened(path), 20.0)
        reader = SheetReader(path)
        wait_for(lambda: reader.text() is not None, 20.0)
        seen = [check_one(reader) for _ in range(3000)]
    finally:
        process.kill()
        process.join()
    assert len(set(seen)) > 10


def opened(path: Path) -> bool:
    try:
        SheetReader(path)
    except ValueError:
        return False
    return True


def check_one(reader: SheetReader) -> int:
    text, path, traces = reader.text(), reader.path(0), reader.traces(0, 60)
    if text is None or path is None or traces is None:
        return -1                  # busy for all its tries: the view keeps what it had
    number = int(text.split()[0])
    assert text == f"{number} ".encode() * (1 + number % 900)
    last = path[1][-1]
    assert (last == last[0]).all()
    assert (traces[1][-3:] == traces[1][-1, 0]).all()
    return number


def test_a_writer_killed_in_the_middle_leaves_the_last_reading(session, view):
    known = view.read()
    session.post._sheet._regions.header[1] += np.uint64(1)
    assert view.read() is known
    session.post._sheet._regions.header[1] += np.uint64(1)


def test_a_text_that_is_too_long_is_left_out(tmp_path):
    writer = SheetWriter(tmp_path / "post.bin", SMALL)
    writer.write(b"short")
    writer.write(b"x" * 300_000)
    assert SheetReader(tmp_path / "post.bin").text() == b"short"


@given(st.lists(st.integers(0, 90), max_size=12))
@settings(deadline=None, max_examples=30)
def test_the_ring_gives_the_newest_rows_in_order(tmp_path_factory, sizes):
    path = tmp_path_factory.mktemp("sheet") / "post.bin"
    writer, count = SheetWriter(path, SMALL), 0
    for size in sizes:
        writer.write(traces=np.repeat(np.arange(count, count + size, dtype=np.float32)[:, None], 4, axis=1))
        count += size
    total, rows = SheetReader(path).traces(0, 64)
    assert total == count
    assert rows[:, 0].tolist() == list(range(max(0, count - 64), count))


# the desk


@pytest.fixture
def desk(tmp_path):
    made = UdpDesk(tmp_path / "live", SystemClock())
    yield made
    made.close()


@pytest.fixture
def remote(desk, tmp_path):
    made = RemoteDesk(tmp_path / "live")
    yield made
    made.close()


def taken(desk: UdpDesk, n: int):
    got = []
    wait_for(lambda: got.extend(desk.commands()) or len(got) >= n, 5.0)
    return got


def test_a_wish_arrives_as_it_was_sent(desk, remote):
    assert remote.send(CommandKind.RATE, valence=6.0, arousal=3.0)
    command, = taken(desk, 1)
    assert (command.kind, command.valence, command.arousal, command.by) == (CommandKind.RATE, 6.0, 3.0, "window")


def test_wishes_come_in_their_order(desk, remote):
    kinds = [CommandKind.PAUSE, CommandKind.RESUME, CommandKind.SKIP]
    for kind in kinds:
        remote.send(kind)
    assert [command.kind for command in taken(desk, 3)] == kinds


def test_no_wishes_is_no_wait(desk):
    assert desk.commands() == []


def test_a_wrong_token_is_not_heard(desk, remote):
    port = desk._socket.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for datagram in (b'wrong {"kind": "stop"}', b"", b"\xff" * 900, desk._token + b" not json",
                         desk._token + b' {"id": "1", "kind": "dance"}', desk._token + b" []"):
            stranger.sendto(datagram, ("127.0.0.1", port))
    remote.send(CommandKind.SKIP)
    assert [command.kind for command in taken(desk, 1)] == [CommandKind.SKIP]


def test_stop_is_taken_once_however_often_it_comes(desk, remote):
    assert remote.stop()
    assert [command.kind for command in taken(desk, 1)] == [CommandKind.STOP]
    remote.send(CommandKind.SKIP)
    assert [command.kind for command in taken(desk, 1)] == [CommandKind.SKIP]


def test_stop_reaches_the_sound_without_the_session(desk, remote):
    heard = []
    listener = StopListener("secret", lambda: heard.append(True))
    desk.announce(StopAddress(listener.port, "secret"))
    remote.stop()
    wait_for(lambda: bool(heard), 5.0)


def test_stop_still_reaches_the_sound_when_the_session_was_killed(desk, remote):
    heard = []
    listener = StopListener("secret", lambda: heard.append(True))
    desk.announce(StopAddress(listener.port, "secret"))
    desk._socket.close()           # the address stays, as after a kill
    assert remote.stop()
    wait_for(lambda: bool(heard), 5.0)


def test_nobody_listens_after_the_end(desk, remote):
    desk.close()
    assert not remote.send(CommandKind.PAUSE)
    assert not remote.stop()


def test_a_wish_of_the_process_itself_needs_no_socket(desk):
    desk.put(CommandKind.STOP)
    assert [command.kind for command in desk.commands()] == [CommandKind.STOP]


# the registry


def test_a_running_session_is_found_and_a_closed_one_is_not(tmp_path):
    session = make(tmp_path / "out" / "eeg", seconds=1.0)
    assert newest_live(tmp_path / "out") == session.post.folder
    session.close()
    assert newest_live() is None


def test_sessions_under_the_folder_go_first(tmp_path):
    inside, outside = make(tmp_path / "a", 0.0), make(tmp_path / "b", 0.0)
    assert newest_live(tmp_path / "a") == inside.post.folder
    assert newest_live() == outside.post.folder
    inside.close()
    outside.close()


def test_an_entry_of_a_dead_process_is_taken_away(tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=os.getpid)
    process.start()
    process.join()
    session = make(tmp_path, 0.0)
    entry, = running_folder().glob("*.json")
    entry.write_text(entry.read_text().replace(str(os.getpid()), str(process.pid)))
    assert newest_live() is None
    assert not entry.exists()
    session.close()


def test_this_process_runs_and_an_impossible_one_does_not():
    assert running(os.getpid())
    assert not running(0)
