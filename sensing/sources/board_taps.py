"""From BrainFlow's rows to LSL's outlets: one tap for each preset that has something to send."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pylsl
from numpy.typing import NDArray

from loop.ports import Clock
from loop.values import FloatArray
from sensing.sources.board_health import Battery, PacketLoss
from sensing.sources.board_streams import Address, BoardStream, stream_info, streams_of
from sensing.sources.boards import Board, Counter, Preset
from sensing.sources.stamping import EvenStamps, UnixClock
from sensing.sources.streams import Say, open_lsl

Feed = tuple[BoardStream, pylsl.StreamOutlet]


class Tap:
    """One of a board's presets: its stamps, its health, and the outlets that it feeds.

    Parameters
    ----------
    preset : Preset
        Whose rows come in.
    feeds : Sequence[tuple[BoardStream, pylsl.StreamOutlet]]
        What goes out, and where.
    loss : PacketLoss
        Counts what the packet numbers show to be lost.
    battery : Battery
        Of the board.
    clock : Clock
        In the seconds of `pylsl.local_clock`.
    """

    def __init__(
        self, preset: Preset, feeds: Sequence[Feed], loss: PacketLoss, battery: Battery, clock: Clock
    ) -> None:
        self.preset = preset
        self.loss = loss
        self.samples = 0
        self._feeds, self._battery, self._clock = feeds, battery, clock
        self._unix = UnixClock(clock)
        self._stamps = EvenStamps(preset.rate_hz)

    def restart(self) -> None:
        """Begin anew after a lost link."""
        self._stamps.restart()
        self.loss.restart()

    def take(self, data: FloatArray) -> None:
        """Stamp (n_rows, n_times) and push them."""
        now_s = self._clock.now_s()
        stamps_s = self._stamps.stamp(self._arrivals(data, now_s), self._lost(data, now_s))
        for stream, outlet in self._feeds:
            outlet.push_chunk(stream.samples(data), stamps_s)
        self.samples += data.shape[1]
        battery = self.preset.row("battery")
        if battery is not None:
            self._battery.hear(data[battery], now_s)

    def _arrivals(self, data: FloatArray, now_s: float) -> FloatArray:
        row = self.preset.row("timestamp")
        return np.full(data.shape[1], now_s) if row is None else self._unix.arrivals(data[row])

    def _lost(self, data: FloatArray, now_s: float) -> NDArray[np.int64] | None:
        row = self.preset.row("package_num")
        return None if row is None else self.loss.hear(data[row], now_s)


def open_taps(board: Board, address: Address, name: str, labels: Sequence[str], clock: Clock, say: Say) -> list[Tap]:
    """Open the outlets of all streams of a board, the electrodes' tap first; say what each is.

    Parameters
    ----------
    board, address : Board, Address
        From which the samples will come.
    name : str
        Of the EEG stream; "" for the board's own.
    labels : Sequence[str]
        Of its EEG channels; empty for the board's own.
    clock : Clock
        In the seconds of `pylsl.local_clock`.
    say : Callable[[str], None]
        Takes sentences for a person.
    """
    open_lsl()
    battery = Battery(board.title, say)
    feeds: dict[int, list[Feed]] = {}
    for stream in streams_of(board, labels):
        info = stream_info(board, stream, name or board.title, address)
        feeds.setdefault(stream.preset.number, []).append((stream, pylsl.StreamOutlet(info)))
        what = f"{len(stream.wires)} channels, {stream.preset.rate_hz:g} Hz"
        say(f'streaming "{info.name()}" from {board.title}: {what}')
    return [
        Tap(preset, feeds[preset.number], PacketLoss(board.title, _counter(board, preset), say), battery, clock)
        for preset in board.presets if preset.number in feeds
    ]


def _counter(board: Board, preset: Preset) -> Counter | None:
    return board.counter if preset is board.main else None
