"""The beat clock: bars in, notes out with the frame at which each begins. No sound, no time of day.

Tempo moves on a fixed grid of frames, and positions are counted from the grid, so what comes out does not depend on how
`advance` is called. A bar that has not come in time is replaced (`variation.py`) without a gap in the beat. Until a bar
begins, the composer may put another in its place.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from generators.bars import EIGHTHS_A_BAR, Bar, Note
from generators.sound.ring import RATE_HZ
from generators.sound.variation import soft_pad, varied

GRID_FRAMES = 256                  # the tempo moves once a grid step: a block of the sound server
TEMPO_SLEW_PER_S = 0.01            # music.md section 1, the intent table
BPM_TO_EIGHTHS_A_S = 1 / 30        # two eighths a beat, 60 s a minute
GATE_SHORTENED = 0.7               # music.md section 1: gate 1 - .7 x
SHORTEST_GATE_S = 0.05             # below it a note is a click, by taste
TIE_S = 0.15                       # the pad is held over into the next bar, so that what comes again can be tied: more
                                   # than a bar grows by, where the tempo falls by 1 % a second
LATEST_S = 0.006                   # how late a player may be: a few ms make two instruments of one machine, by taste
HELD_VOICE = "pad"
QUEUE_BARS = 8                     # four times what is asked for: a bound, never met by a link that keeps its word
VARIATIONS = 3                     # of one bar before the soft pad: by taste
PATIENCE_S = 2.0                   # for the first bar; "no gap over 2 s" (music.md section 1)
CALM_TEMPO_BPM = (50.0, 84.0)      # music.md section 1: where the target's arousal is below 0
TEMPO_BPM = (40.0, 140.0)          # what any composer here is asked for


@dataclass(frozen=True, slots=True)
class Onset:
    """A note that begins in the frames just advanced."""

    offset: int                    # frames from the first of them
    note: Note
    gate_s: float                  # how long it is held


@dataclass(frozen=True, slots=True)
class Played:
    """A bar that has begun."""

    bar: Bar
    frame: int                     # of the sound, at which it began
    tempo_bpm: float               # as it began
    fallback: str = ""             # "varied" or "soft_pad" where the composer's bar had not come

    @property
    def bar_s(self) -> float:
        """How long the bar lasts at the tempo that it began with."""
        return EIGHTHS_A_BAR / (self.tempo_bpm * BPM_TO_EIGHTHS_A_S)


def as_composed(bar: Bar) -> Iterable[Note]:
    """Return a bar's own notes."""
    return bar.notes


class Sequencer:
    """Plays bars on a beat whose tempo glides.

    Parameters
    ----------
    seed : int
        Of the variations that stand in for late bars, and of how late each note is.
    rate_hz : int
        Frames a second.
    arrange : Callable[[Bar], Iterable[Note]]
        What is played of a bar.
    """

    def __init__(
        self, seed: int, rate_hz: int = RATE_HZ, arrange: Callable[[Bar], Iterable[Note]] = as_composed
    ) -> None:
        self._rng, self._hand = np.random.default_rng(seed).spawn(2)
        self._rate_hz, self._arrange = rate_hz, arrange
        self._queue: deque[Bar] = deque()
        self._played: deque[Played] = deque()       # appended to by the sound's thread, taken from by another
        self._frame = 0
        self._grid_at = 0                     # frame of the last grid point
        self._grid_eighth = 0.0               # where in the bar it was
        self._bar: Bar | None = None
        self._waiting: list[tuple[float, Note]] = []    # of the bar, last first, with the eighth of each
        self._last_real: Bar | None = None
        self._begun: Played | None = None     # the newest bar of the composer's own
        self._late = 0
        self._awake = False
        self._goes_on = False                 # the music was wanted again while its last bar was played
        self._woken_at = 0
        self._tempo_bpm = self._aim_bpm = 78.0
        self._articulation = 0.3
        self.dropped = 0                      # bars given back in all: it only rises, so another thread may read it

    @property
    def queued(self) -> int:
        """Bars that have come and not begun."""
        return len(self._queue)

    @property
    def frame(self) -> int:
        """Frames advanced in all."""
        return self._frame

    @property
    def tempo_bpm(self) -> float:
        """The tempo now."""
        return self._tempo_bpm

    @property
    def resting(self) -> bool:
        """Whether nothing is being played: before the first bar, at rest, or after a last bar."""
        return self._bar is None

    @property
    def begun(self) -> Played | None:
        """The newest of the composer's own bars that has begun; None before the first."""
        return self._begun

    def offer(self, *bars: Bar) -> bool:
        """Queue bars of ascending indices in place of those that wait from the first index on.

        All at once or not at all: False, and nothing happens, where the first of them has begun, or where the queue
        is full.
        """
        kept = [bar for bar in self._queue if bar.index < bars[0].index]
        begun = self._begun is not None and self._begun.bar.index >= bars[0].index
        if begun or len(kept) + len(bars) > QUEUE_BARS:
            return False
        self._queue = deque([*kept, *bars])
        return True

    def aim(self, tempo_bpm: float, articulation: float, calm: bool) -> None:
        """Set where the tempo glides to, and how the next notes are articulated."""
        low, high = CALM_TEMPO_BPM if calm else TEMPO_BPM
        self._aim_bpm = min(max(tempo_bpm, low), high)
        self._articulation = min(max(articulation, 0.0), 1.0)
        if self.resting:
            self._tempo_bpm = self._aim_bpm

    def wake(self) -> None:
        """Begin with the next bar, behind an ending that is played; what was composed before an ending is dropped."""
        self._goes_on = self._awake and self._bar is not None and self._bar.last
        if self._awake:
            return
        while any(bar.last for bar in self._queue):
            self._queue.popleft()
            self.dropped += 1
        self._awake, self._woken_at = True, self._frame

    def rest(self) -> None:
        """Stand still until woken; queued bars stay."""
        self._awake, self._bar, self._waiting = False, None, []

    def played(self) -> list[Played]:
        """Return the bars that have begun since this was last asked."""
        return [self._played.popleft() for _ in range(len(self._played))]

    def advance(self, n_frames: int) -> list[Onset]:
        """Move on by `n_frames`; return the notes that begin in them, in order."""
        onsets: list[Onset] = []
        start, end = self._frame, self._frame + n_frames
        while self._frame < end:
            if self._frame == self._grid_at + GRID_FRAMES:
                self._grid_step()
            piece_end = min(end, self._grid_at + GRID_FRAMES)
            self._play_until(piece_end, start, onsets)
            self._frame = piece_end
        return onsets

    def _grid_step(self) -> None:
        if self._bar is not None:
            self._grid_eighth += GRID_FRAMES * self._eighths_a_frame
        self._grid_at = self._frame
        factor = 1 + TEMPO_SLEW_PER_S * GRID_FRAMES / self._rate_hz
        self._tempo_bpm = min(max(self._aim_bpm, self._tempo_bpm / factor), self._tempo_bpm * factor)

    @property
    def _eighths_a_frame(self) -> float:
        return self._tempo_bpm * BPM_TO_EIGHTHS_A_S / self._rate_hz

    def _frame_of(self, eighth: float) -> int:
        return self._grid_at + math.ceil((eighth - self._grid_eighth) / self._eighths_a_frame)

    def _play_until(self, end: int, start: int, onsets: list[Onset]) -> None:
        if self._bar is None and not self._first_bar():
            return
        while self._bar is not None:
            due = self._waiting[-1][0] if self._waiting else float(EIGHTHS_A_BAR)
            at = max(self._frame_of(due), self._frame)
            if at >= end:
                return
            if self._waiting:
                onsets.append(self._onset(self._waiting.pop()[1], at - start))
            else:
                self._next_bar(at)

    def _onset(self, note: Note, offset: int) -> Onset:
        held_s = note.length_eighths / (self._tempo_bpm * BPM_TO_EIGHTHS_A_S)
        if note.voice == HELD_VOICE:
            return Onset(offset, note, held_s + TIE_S)
        return Onset(offset, note, max(held_s * (1 - GATE_SHORTENED * self._articulation), SHORTEST_GATE_S))

    def _first_bar(self) -> bool:
        waited_s = (self._frame - self._woken_at) / self._rate_hz
        if not self._awake or (not self._queue and waited_s < PATIENCE_S):
            return False
        self._tempo_bpm = self._aim_bpm
        self._grid_eighth = EIGHTHS_A_BAR - (self._frame - self._grid_at) * self._eighths_a_frame
        self._late = VARIATIONS               # what was last played may be of another phase: straight to the soft pad
        self._next_bar(self._frame)
        return True

    def _next_bar(self, frame: int) -> None:
        self._grid_eighth -= EIGHTHS_A_BAR
        if self._bar is not None and self._bar.last:
            self.rest()
            if self._goes_on:
                self.wake()
            return
        bar, fallback = self._choose()
        self._bar = bar
        self._waiting = sorted(((self._due(note), note) for note in self._arrange(bar)), key=lambda due: -due[0])
        played = Played(bar, frame, self._tempo_bpm, fallback)
        self._begun = self._begun if fallback else played
        self._played.append(played)

    def _due(self, note: Note) -> float:
        """Return the eighth at which a note begins: the bed is on the beat, those who play over it are nearly."""
        if note.voice == HELD_VOICE:
            return note.onset_eighths
        late_s = LATEST_S * float(self._hand.random())
        return note.onset_eighths + late_s * self._tempo_bpm * BPM_TO_EIGHTHS_A_S

    def _choose(self) -> tuple[Bar, str]:
        if self._queue:
            self._late = 0
            self._last_real = self._queue.popleft()
            return self._last_real, ""
        self._late += 1
        if self._last_real is None or self._late > VARIATIONS:
            return soft_pad(self._last_real.tonic if self._last_real else 0), "soft_pad"
        return varied(self._last_real, self._rng), "varied"
