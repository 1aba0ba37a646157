"""Boards for the terminal: streams one over LSL, and lists them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.clock import SystemClock
from ui.options import OptionError
from ui.playing import stopped_by_a_person

if TYPE_CHECKING:
    from sensing.sources.boards import Board
    from sensing.sources.bridge import Bridged


@dataclass(frozen=True, slots=True)
class BridgeOptions:
    """What `euthymia bridge` was asked for; "", 0 and None where it was not."""

    board: str
    serial_port: str = ""
    mac: str = ""
    ip: str = ""
    ip_port: int = 0
    serial_number: str = ""
    file: Path | None = None
    name: str = ""
    labels: str = ""               # "F3,F4,..."
    for_s: float | None = None


def bridge_board(options: BridgeOptions, say: Callable[[str], None]) -> Bridged:
    """Stream the board until a person ends it, its time has passed, or its file is at the end.

    Raises
    ------
    EuthymiaError
        If the board is unknown or cannot be reached, or an option cannot be done.
    """
    for_s = math.inf if options.for_s is None else options.for_s
    if not for_s > 0:
        raise OptionError(f"--for is {for_s:g}", "a number of seconds > 0")
    from sensing.sources.board_streams import Address
    from sensing.sources.boards import find_board
    from sensing.sources.bridge import Bridging, bridge

    board = find_board(options.board)
    file = str(options.file) if options.file else ""
    address = Address(options.serial_port, options.mac, options.ip, options.ip_port, options.serial_number, file)
    how = Bridging(options.name, tuple(_words(options.labels)), for_s)
    with stopped_by_a_person() as stop:
        return bridge(board, address, how, SystemClock(), say, stop)


def all_boards() -> list[Board]:
    """Return every board that can be bridged."""
    from sensing.sources.boards import list_boards

    return list_boards()


def board_object(boards: Iterable[Board]) -> dict[str, Any]:
    """Return the boards for programs."""
    return {"boards": [
        {"board": board.name, "title": board.title, "maker": board.maker, "labels": board.labels,
         "rate_hz": board.main.rate_hz, "reference": board.reference, "needs": board.option,
         "motion": any(preset.rows("accel") for preset in board.presets)}
        for board in boards
    ]}


def _words(labels: str) -> Iterable[str]:
    return filter(None, (label.strip() for label in labels.split(",")))
