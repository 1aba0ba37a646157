"""The link to one board over BrainFlow: what it is opened with, and what its exit codes mean to a person."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from loop.errors import FileError, StreamError
from loop.values import FloatArray
from sensing.sources.board_streams import Address
from sensing.sources.boards import Board, load_brainflow

BUFFER_S = 5.0                     # of BrainFlow's ring: the bridge empties it every few milliseconds
EXAMPLES = {
    "serial_port": "/dev/ttyUSB0 or COM3", "mac": "00:11:22:33:44:55", "ip": "192.168.4.1",
    "ip_port": "6677, any port that is free here",
}
SWITCH_ON = "switch it on, charge it, bring it near, and end other programs that use it"
# brainflow/exit_codes.py, in words; what is not here is BrainFlow's own failure.
EXIT_WORDS = {
    1: ("its port is in use", "end the other program that uses it"),
    2: ("its port or Bluetooth adapter cannot be opened",
        "check that it is plugged in and that you may use it (Linux: group dialout), and the option that names it"),
    3: ("its serial port cannot be set up", "unplug the dongle and plug it in again"),
    4: ("it takes no commands", SWITCH_ON),
    5: ("its answer cannot be understood", "unplug the dongle and plug it in again"),
    6: ("it does not answer", SWITCH_ON),
    7: ("it was not found", SWITCH_ON),
    13: ("BrainFlow cannot reach it by the options given", "check --serial-port, --mac, --ip, --ip-port or --file"),
    14: ("BrainFlow does not support it on this system", "try it on another, or the board's own LSL application"),
    15: ("it was not found", SWITCH_ON),
    16: ("it is already in use by this program", "bridge each board once"),
    17: ("BrainFlow cannot use it here, for a library or a radio is missing",
         "see BrainFlow's page on the board for what it needs on this system"),
    18: ("it did not answer in time", SWITCH_ON),
}
UNKNOWN_EXIT = ("BrainFlow failed with exit code {code}", "unplug the board, and start it again")


class Shim(Protocol):
    """What is used of `brainflow.board_shim.BoardShim`."""

    def prepare_session(self) -> None:
        """Reach the board."""

    def start_stream(self, num_samples: int) -> None:
        """Let it send, into a ring of that many samples."""

    def get_board_data(self, num_samples: int | None, preset: int) -> FloatArray:
        """Empty the ring: (n_rows, n_times)."""

    def stop_stream(self) -> None:
        """Let it be silent."""

    def release_session(self) -> None:
        """Let go of it."""


class BoardLink:
    """One board, reached and let go any number of times.

    Parameters
    ----------
    board : Board
        From `find_board`.
    shim : Shim
        From `open_shim`.
    """

    def __init__(self, board: Board, shim: Shim) -> None:
        self._board, self._shim = board, shim
        self._error: type[Exception] = load_brainflow().BrainFlowError
        self.title = board.title
        self.is_up = False

    def start(self) -> None:
        """Reach the board and let it send.

        Raises
        ------
        StreamError
            Where it cannot be reached.
        """
        try:
            self._shim.prepare_session()
            self._shim.start_stream(round(BUFFER_S * max(preset.rate_hz for preset in self._board.presets)))
        except self._error as error:
            self.end()
            raise self._in_words(error) from None
        self.is_up = True

    def pull(self, preset: int) -> FloatArray:
        """Return what came since the last pull, (n_rows, n_times).

        Raises
        ------
        StreamError
            Where the link is down.
        """
        try:
            return self._shim.get_board_data(None, preset)
        except self._error as error:
            raise self._in_words(error) from None

    def end(self) -> None:
        """Let go of the board, whatever state it is in."""
        self.is_up = False
        for let_go in (self._shim.stop_stream, self._shim.release_session):
            with suppress(self._error):          # a link that is down cannot be stopped, and need not be
                let_go()

    def _in_words(self, error: Exception) -> StreamError:
        code = int(getattr(error, "exit_code", -1))
        why, remedy = EXIT_WORDS.get(code, UNKNOWN_EXIT)
        return StreamError(f"{self.title}: {why.format(code=code)}", remedy)


def open_shim(board: Board, address: Address) -> Shim:
    """Return BrainFlow's object for the board, not yet reached.

    Raises
    ------
    StreamError
        Where something that this board needs was not given; names the option.
    """
    module = load_brainflow()
    if board.needs and not address.file and not getattr(address, board.needs):
        raise StreamError(f"{board.title} is reached by {board.option}, which was not given",
                          f"give it: {board.option} {EXAMPLES[board.needs]}")
    number = module.BoardIds.PLAYBACK_FILE_BOARD.value if address.file else board.number
    shim: Shim = module.BoardShim(number, _parameters(module, board, address))
    return shim


def _parameters(module: Any, board: Board, address: Address) -> Any:
    given = module.BrainFlowInputParams()
    given.serial_port, given.mac_address = address.serial_port, address.mac
    given.ip_address, given.ip_port = address.ip, address.ip_port
    given.serial_number, given.file = address.serial_number, address.file
    if address.file:
        given.master_board = board.number
    return given


def count_samples(board: Board, file: Path) -> int:
    """Return how many samples a file of BrainFlow's holds, after a look at every line.

    Raises
    ------
    FileError
        Where it is missing, empty, or was not recorded from this board.
    """
    n_rows = int(board.main.description["num_rows"])
    try:
        with file.open(encoding="ascii") as lines:
            counts = [len(line.rstrip("\t,\r\n").replace(",", "\t").split("\t")) for line in lines]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise FileError(f"{file} cannot be read: {reason}", "name a file that BrainFlow recorded") from None
    wrong = next((i for i, count in enumerate(counts, start=1) if count != n_rows), 0)
    if wrong or not counts:
        found = f"{counts[wrong - 1]} columns in line {wrong}" if counts else "no lines"
        raise FileError(f"{file} has {found}, and a recording of {board.title} has {n_rows} columns",
                        "name the board that recorded it: euthymia bridge BOARD --file FILE")
    return len(counts)
