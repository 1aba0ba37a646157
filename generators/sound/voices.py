"""Who plays a note: pools of voices, gates, and stealing without a click. Bookkeeping in frames; no sound here."""

from __future__ import annotations

from dataclasses import dataclass

from generators.sound.touch import Instrument, Touch

QUENCH_S = 0.02                    # how fast a voice that is needed elsewhere goes silent: four blocks
FOREVER = 1 << 62


@dataclass(slots=True)
class Seat:
    """One voice of an instrument, and what it is doing."""

    off_at: int = FOREVER          # frame at which its note is let go
    free_at: int = 0               # frame from which it is silent
    begun_at: int = -1
    pitch: int = -1                # of the note that it holds
    next: tuple[Touch, int] | None = None     # what it plays when it is silent, and for how many frames


class Pool:
    """The voices of one instrument.

    Parameters
    ----------
    instrument : Instrument
        What sounds.
    rate_hz : int
        Frames a second.
    """

    def __init__(self, instrument: Instrument, rate_hz: int) -> None:
        self._instrument = instrument
        self._rate_hz = rate_hz
        self._seats = [Seat() for _ in range(instrument.n_voices)]

    def play(self, touch: Touch, gate_s: float, now: int) -> None:
        """Begin a note at the block at `now`, or as soon as the voice that it takes is silent; or tie it."""
        gate, held = int(gate_s * self._rate_hz), self._holding(touch.pitch)
        if held is not None:
            self._instrument.tie(held, touch)
            self._seats[held].off_at = now + gate
            return
        index = self._seat_for(now)
        seat = self._seats[index]
        if seat.free_at <= now:
            self._start(index, touch, gate, now)
            return
        self._instrument.quench(index, QUENCH_S)
        seat.off_at, seat.free_at, seat.next = FOREVER, now + int(QUENCH_S * self._rate_hz), (touch, gate)

    def block(self, now: int) -> None:
        """Let go of what is over at `now`, and begin what waited for silence."""
        for index, seat in enumerate(self._seats):
            if seat.off_at <= now:
                self._let_go(index, now)
            if seat.next is not None and seat.free_at <= now:
                touch, gate = seat.next
                self._start(index, touch, gate, now)

    def let_all_go(self, now: int) -> None:
        """Release every note that is held."""
        for index, seat in enumerate(self._seats):
            seat.next = None
            if seat.off_at < FOREVER:
                self._let_go(index, now)

    def _let_go(self, index: int, now: int) -> None:
        seat = self._seats[index]
        silent_s = self._instrument.release(index)
        seat.off_at, seat.free_at = FOREVER, now + int(silent_s * self._rate_hz)

    def _start(self, index: int, touch: Touch, gate: int, now: int) -> None:
        self._instrument.start(index, touch)
        self._seats[index] = Seat(off_at=now + gate, free_at=FOREVER, begun_at=now, pitch=touch.pitch)

    def _holding(self, pitch: int) -> int | None:
        """Return the voice that holds a pitch, of an instrument that ties."""
        if not self._instrument.ties:
            return None
        return next((index for index, seat in enumerate(self._seats)
                     if seat.pitch == pitch and seat.off_at < FOREVER), None)

    def _seat_for(self, now: int) -> int:
        """Return a silent voice; else one that was let go, the nearest to silence; else the one begun first."""
        def rank(index: int) -> tuple[bool, bool, int, int]:
            seat = self._seats[index]
            silent = seat.free_at <= now and seat.next is None
            return not silent, seat.off_at < FOREVER or seat.next is not None, seat.free_at, seat.begun_at
        return min(range(len(self._seats)), key=rank)
