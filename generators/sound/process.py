"""The sound process: pyo's server, the player, the ring, and five threads with one task each.

- the output's own thread (PortAudio's, JACK's or the pacing one) calls `_Sound.began` and `before_block`: the only one
  that changes the music;
- the main thread keeps house every 20 ms: reads the wish, asks for bars, makes reports;
- "stop" hears STOP; "bars" takes bars; "session" waits for the session's word or its death; "news" sends reports and
  may block on a session that does not read, which holds nothing else up.
"""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from generators.bars import heard_to_json
from generators.link import Progress
from generators.slot import WishSlot
from generators.sound.barlink import BarLink
from generators.sound.feed import Handover, PcmFeed
from generators.sound.lateness import Lateness
from generators.sound.messages import Hello, SoundNews, encode
from generators.sound.mix import USUAL_MIX, MixSettings
from generators.sound.outputs import Output, booted
from generators.sound.player import Player
from generators.sound.quiet import load_pyo
from generators.sound.ring import RATE_HZ, PcmRing, RingWriter
from generators.sound.sequencer import Played
from generators.sound.stop import StopListener
from loop.clock import SystemClock
from loop.errors import EuthymiaError
from loop.inputs import ReportKind

HOUSE_S = 0.02
LEVEL_EVERY_S = 0.5                # of `LEVEL` reports
SWITCH_S = 0.0005                  # how long another thread may keep the sound waiting: a tenth of a block
NEWS_KEPT = 1000                   # reports for a session that does not read: some minutes of them
DEAD_AFTER_S = 3.0                 # no block for so long: the output is gone
GONE_AFTER_S = 1.8                 # the last fade takes 1 s; then it ends whether the output still runs or not
STACK_BYTES = 512 * 1024
NICE = -11                         # as sound servers ask for; where it is not allowed, the sound takes its turn
NO_BANK = "; the SoundFont's notes cannot be read any more, the program's own instruments play"
OUTPUT_LOST_EXIT = 4
NO_OUTPUT_EXIT = 5


@dataclass(frozen=True, slots=True)
class SoundArguments:
    """All that the sound process is given; it is pickled once, at the spawn."""

    output: str                    # "auto", "jack" or "paced"
    seed: int
    slot: WishSlot
    ring: PcmRing
    pipe: Connection
    stop_token: str
    stop_port: int                 # 0, or that of the process before
    link_key: bytes
    mix: MixSettings = USUAL_MIX
    feed: PcmFeed | None = None    # of who makes sound instead of bars


def sound_main(arguments: SoundArguments) -> None:
    """Be the sound process: the target of a spawn. Ends when the session closes its pipe, or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH_S)
    # JACK locks all memory of its clients: with 8 MB of stack for every thread that was 100 MB.
    threading.stack_size(STACK_BYTES)
    _first_in_line()
    try:
        pyo = load_pyo()
        output = booted(pyo, arguments.output)
    except EuthymiaError as error:
        arguments.pipe.send_bytes(encode(SoundNews(ReportKind.LOST, text=str(error))))
        raise SystemExit(NO_OUTPUT_EXIT) from None
    exit_code = _Sound(pyo, output, arguments).run()
    if exit_code != OUTPUT_LOST_EXIT:
        output.close()
    # pyo's objects free each other in an order that crashes the interpreter's own end; nothing is left to do there.
    os._exit(exit_code)


def _first_in_line() -> None:
    with suppress(OSError, AttributeError):
        os.nice(NICE)


class _Sound:
    def __init__(self, pyo: Any, output: Output, arguments: SoundArguments) -> None:
        self._output, self._said = output, output.said
        self._slot = arguments.slot
        self._pipe = arguments.pipe
        self._clock = SystemClock()
        pcm = Handover(arguments.feed) if arguments.feed is not None else None
        self._player = Player(pyo, arguments.seed, arguments.mix, pcm)
        if arguments.mix.bank and self._player.bus.bank is None:
            self._said += NO_BANK
        self._ring: RingWriter = arguments.ring.writer()
        self._first_frame = arguments.ring.written      # not 0 where another sound process was there before
        self._lateness = Lateness(output.patience_periods)
        self._blocks = 0
        self._anchor = (0, 0.0)               # a period's first frame, and when it began; replaced whole
        self._news: queue.Queue[bytes] = queue.Queue(NEWS_KEPT)
        self._unsaid = 0
        self._stop = StopListener(arguments.stop_token, self._stopped, arguments.stop_port)
        self._link = BarLink(self._player, arguments.link_key)
        self._seen_wish = self._seen_dropped = 0

    def run(self) -> int:
        self._pipe.send_bytes(encode(Hello(self._said, self._stop.port, self._link.port, self._output.name)))
        for name, target in (("session", self._hear_session), ("news", self._send_news)):
            threading.Thread(target=target, name=name, daemon=True).start()
        gc.collect()
        gc.freeze()
        self._output.start(self.began, self.before_block)
        return self._keep_house()

    def began(self, n_frames: int, n_ready: int) -> None:
        began_s = self._lateness.began(self._clock.now_s(), n_frames / RATE_HZ)
        self._anchor = (self._player.frame - n_ready, began_s)

    def before_block(self) -> None:
        if self._blocks:
            self._ring.write(self._player.bus.last_block())
        self._player.block()
        self._blocks += 1

    def _keep_house(self) -> int:
        moving = _Moving(self._clock.now_s())
        dying_s = 0.0
        next_level_s = 0.0
        while True:
            now_s = self._clock.now_s()
            self._house(now_s >= next_level_s)
            next_level_s = now_s + LEVEL_EVERY_S if now_s >= next_level_s else next_level_s
            dying_s += HOUSE_S if self._player.gains.dying else 0.0
            if dying_s and (self._player.gains.silent or dying_s > GONE_AFTER_S):
                return 0
            if moving.dead(self._blocks, now_s):
                return OUTPUT_LOST_EXIT
            self._clock.wait_until(now_s + HOUSE_S)

    def _house(self, level_due: bool) -> None:
        if self._slot.count != self._seen_wish:
            self._read_wish()
        for played in self._player.sequencer.played():
            if self._player.bars_heard:           # the record tells of no bar that nobody heard
                self._say(SoundNews(ReportKind.BAR, self._first_frame + played.frame, text=self._heard(played)))
            if played.fallback:
                self._say(SoundNews(ReportKind.FALLBACK, self._first_frame + played.frame, text=played.fallback))
            else:
                self._link.began(Progress(1, played.bar.index, take=played.bar.take, began_s=self._time_s(played),
                                          bar_s=played.bar_s))
        dropped = self._player.sequencer.dropped
        if dropped > self._seen_dropped:
            self._link.ask(dropped - self._seen_dropped)
            self._seen_dropped = dropped
        if level_due:
            self._say_level()

    def _heard(self, played: Played) -> str:
        return heard_to_json(played.bar, played.tempo_bpm, self._time_s(played) + self._output.delay_s)

    def _time_s(self, played: Played) -> float:
        """Return when the first frame of a bar was its output's turn, by the system's clock."""
        frame, at_s = self._anchor
        return at_s + (played.frame - frame) / RATE_HZ

    def _read_wish(self) -> None:
        count = self._slot.count
        wish = self._slot.read()
        if wish is not None:
            self._seen_wish = count
            self._player.wish(wish)

    def _say_level(self) -> None:
        self._say(SoundNews(ReportKind.LEVEL, self._first_frame + self._player.frame, self._player.bus.level_lufs))
        underruns = self._lateness.take()
        if underruns:
            self._say(SoundNews(ReportKind.UNDERRUN, self._first_frame + self._player.frame, float(underruns)))

    def _say(self, news: SoundNews) -> None:
        # Full: the session has not read for minutes. What it misses is in the record as sound; how much is counted.
        try:
            if self._unsaid:
                self._news.put_nowait(encode(SoundNews(ReportKind.DROPPED, number=float(self._unsaid))))
                self._unsaid = 0
            self._news.put_nowait(encode(news))
        except queue.Full:
            self._unsaid += 1

    def _send_news(self) -> None:
        try:
            while True:
                self._pipe.send_bytes(self._news.get())
        except OSError:
            self._player.gains.dying = True

    def _hear_session(self) -> None:
        with suppress(EOFError, OSError):
            self._pipe.recv_bytes()
        self._player.gains.dying = True

    def _stopped(self) -> None:
        self._player.gains.stopped = True


@dataclass(slots=True)
class _Moving:
    """Whether blocks still come."""

    moved_s: float
    blocks: int = -1

    def dead(self, blocks: int, now_s: float) -> bool:
        if blocks != self.blocks:
            self.blocks, self.moved_s = blocks, now_s
        return now_s - self.moved_s > DEAD_AFTER_S
