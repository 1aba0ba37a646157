"""The table of boards, what becomes of their rows, and what is said of their health."""

import re
import sys

import numpy as np
import pytest

from loop.errors import MissingPart, StreamError
from sensing.montage import channel_name, channel_types, eeg_channels
from sensing.sources.board_health import Battery, PacketLoss
from sensing.sources.board_link import EXAMPLES, open_shim
from sensing.sources.board_streams import Address, BoardStream, stream_info, streams_of
from sensing.sources.boards import Board, Counter, find_board, list_boards, load_brainflow
from sensing.sources.headers import read_header

EEG_STREAMS = [(board, stream) for board in list_boards() for stream in streams_of(board)
               if any(wire.kind == "EEG" for wire in stream.wires)]


@pytest.mark.parametrize(("board", "stream"), EEG_STREAMS, ids=[board.name for board, _ in EEG_STREAMS])
def test_every_boards_header_is_one_that_a_session_reads(board: Board, stream: BoardStream) -> None:
    declared = read_header(stream_info(board, stream, "x", Address()).as_xml())
    assert declared.header.labels == tuple(wire.label for wire in stream.wires)
    assert declared.notes == ()
    assert eeg_channels(declared.header)


@pytest.mark.parametrize("text", ["muse_2", "Muse 2", "muse-2", "MUSE_2_BOARD", " muse 2 "])
def test_a_board_is_found_however_it_is_written(text: str) -> None:
    assert find_board(text).number == 38


@pytest.mark.parametrize(
    ("text", "near"),
    [("muse", "muse_2, muse_s"), ("citon", "cyton"), ("unicorm", "unicorn"), ("zzz", "euthymia devices")],
)
def test_an_unknown_board_is_answered_with_those_near_it(text: str, near: str) -> None:
    with pytest.raises(StreamError) as told:
        find_board(text)
    assert all(name in str(told.value) for name in near.split(", "))
    assert len(str(told.value)) < 200


def test_the_playback_board_is_no_device() -> None:
    assert not {"playback_file", "streaming", "no"} & {board.name for board in list_boards()}


def test_a_cyton_says_its_electrodes_its_reference_and_its_maker() -> None:
    board = find_board("cyton")
    header = read_header(stream_info(board, streams_of(board)[0], "c", Address()).as_xml()).header
    assert header.labels == ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2", "Marker")
    assert (header.reference, header.kind, header.rate_hz) == ("SRB2", "EEG", 250.0)
    assert channel_types(header) == ("eeg",) * 8 + ("marker",)
    assert "<manufacturer>OpenBCI</manufacturer>" in header.xml and "<model>Cyton</model>" in header.xml


def test_a_muse_moves_at_a_rate_of_its_own() -> None:
    eeg, motion = streams_of(find_board("muse_2"))
    assert (eeg.preset.rate_hz, motion.preset.rate_hz) == (256.0, 52.0)
    assert [(wire.label, wire.unit) for wire in motion.wires][2:4] == [("ACC_Z", "g"), ("GYRO_X", "deg/s")]


def test_a_board_without_places_numbers_its_channels() -> None:
    assert find_board("ganglion").labels == ("Ch1", "Ch2", "Ch3", "Ch4")


def test_a_person_says_where_the_electrodes_are() -> None:
    eeg = streams_of(find_board("ganglion"), ("F3", "F4", "O1", "O2"))[0]
    assert [wire.label for wire in eeg.wires][:4] == ["F3", "F4", "O1", "O2"]


@pytest.mark.parametrize("labels", [("F3",), ("F3", "F3", "O1", "O2"), ("F3", "F4", "O1", "O2", "Oz")])
def test_labels_that_do_not_fit_are_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(StreamError, match="4 EEG channels"):
        streams_of(find_board("ganglion"), labels)


def test_skin_channels_that_are_no_eeg_say_so() -> None:
    galea = streams_of(find_board("galea"))[0]
    assert {wire.kind for wire in galea.wires} == {"EEG", "EOG", "EMG", "Marker"}
    assert len({wire.label for wire in galea.wires}) == len(galea.wires)
    assert [channel_name(wire.label) for wire in galea.wires][16:] == [None] * 9


def test_the_source_id_is_the_boards_and_not_its_makes() -> None:
    board = find_board("cyton")
    stream = streams_of(board)[0]
    ids = [stream_info(board, stream, "c", Address(serial_port=port)).source_id() for port in ("COM3", "COM3", "COM4")]
    assert ids[0] == ids[1] != ids[2]


def test_what_a_board_needs_is_named_by_its_option() -> None:
    for board in list_boards():
        if board.needs:
            with pytest.raises(StreamError, match=re.escape(f"{board.option}, which was not given")):
                open_shim(board, Address())


def test_every_need_is_an_address_with_an_example() -> None:
    needs = {board.needs for board in list_boards()} - {""}
    assert needs == set(EXAMPLES) and all(hasattr(Address(), need) for need in needs)


def test_without_brainflow_the_install_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brainflow", None)
    with pytest.raises(MissingPart, match="pip install"):
        load_brainflow()


@pytest.mark.parametrize(
    ("counter", "numbers", "lost"),
    [
        (Counter(256), [254, 255, 0, 1, 4], [0, 0, 0, 0, 2]),
        (Counter(256, step=2), [252, 254, 0, 4], [0, 0, 0, 1]),
        (Counter(100, samples=2), [98, 98, 99, 99, 0, 0, 3, 3], [0, 0, 0, 0, 0, 0, 4, 0]),
        (Counter(100, samples=2), [199, 199, 200, 200, 0, 101, 101, 104], [0, 0, 0, 0, 0, 0, 0, 4]),
        (Counter(65536, samples=12), [65535] * 12 + [1] * 12, [0] * 12 + [12] + [0] * 11),
        (None, [5, 90, 3], [0, 0, 0]),
    ],
)
def test_lost_samples_are_counted_as_the_board_numbers_them(
    counter: Counter | None, numbers: list[int], lost: list[int]
) -> None:
    whole, pieces = (PacketLoss("Board", counter, lambda _: None) for _ in range(2))
    assert whole.hear(np.array(numbers, float), 0.0).tolist() == lost
    assert [n for number in numbers for n in pieces.hear(np.array([number], float), 0.0)] == lost
    assert whole.lost == sum(lost)


def test_loss_is_told_above_a_hundredth_and_once_in_ten_seconds() -> None:
    said: list[str] = []
    loss = PacketLoss("Cyton", Counter(256), said.append)
    for second in range(25):
        numbers = np.arange(second * 250, (second + 1) * 250)
        keep = numbers if second < 12 else numbers[numbers % 20 > 0]
        loss.hear((keep % 256).astype(float), float(second))
    assert len(said) == 2
    assert said[1].startswith("Cyton: 5.0 % of the samples of the last 10 s were lost")


def test_a_restarted_counter_is_no_loss() -> None:
    loss = PacketLoss("Cyton", Counter(256), lambda _: None)
    loss.hear(np.array([200.0, 201.0]), 0.0)
    loss.restart()
    assert loss.hear(np.array([0.0, 1.0]), 5.0).sum() == 0


def test_the_battery_is_told_each_minute_and_at_once_when_it_runs_low() -> None:
    said: list[str] = []
    battery = Battery("Unicorn", said.append)
    for second, percent in enumerate(np.linspace(40.0, 10.0, 121)):
        battery.hear(np.array([0.0, percent]), float(second))
    assert said == ["Unicorn: battery 40 %", "Unicorn: battery 25 %", "Unicorn: battery 20 %, charge it soon"]


def test_a_reading_that_is_no_charge_is_passed_over() -> None:
    said: list[str] = []
    Battery("x", said.append).hear(np.array([0.0, -1.0, 250.0]), 0.0)
    assert said == []
