"""The session's handle on music: it spawns the music and the sound process, and tells them what is wanted.

Threads of this module: one "hears" each process (it waits for that process's pipe alone, turns its messages into
`Report`s and puts them into a bounded queue), and the recorder's. `play`, `reports` and `close` belong to the session's
one thread, never wait for a process (`close` has deadlines) and never raise for one.
"""

from __future__ import annotations

import multiprocessing
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from multiprocessing.connection import Connection
from pathlib import Path

from generators.bars import Wish
from generators.companions import MusicCompanion, SoundCompanion
from generators.heard import HeardLatency
from generators.musicgen.checkpoints import ModelChoice
from generators.musicgen.companion import StreamCompanion
from generators.musicgen.worker import StreamArguments
from generators.slot import WishSlot
from generators.sound.feed import PcmFeed
from generators.sound.mix import USUAL_MIX, MixSettings
from generators.sound.outputs import AUTO, JACK, PACED
from generators.sound.process import SoundArguments
from generators.sound.recorder import Recorder, check_path
from generators.sound.ring import PcmRing
from generators.sound.stop import TOKEN_BYTES, StopChannel, send_stop
from loop.clock import SystemClock
from loop.inputs import Report, ReportKind
from loop.ports import Clock
from loop.values import NAN, Cycle, Presence

REPORTS_KEPT = 2000
SECOND_LOSS_S = 60.0               # design.md section 4: a second time within a minute, the session pauses
MUSIC_AGAIN_S = 10.0               # a music process that cannot live is not started again at every tick
KEY_BYTES = 32
READY_S = 15.0                     # for a spawned interpreter, pyo and a sound device on a busy machine
SOUND, MUSIC, STREAM = "sound", "music", "stream"


class Rest(Enum):
    """What a sound that was lost twice waits for."""

    NONE = auto()
    GIVEN_UP = auto()              # for the session to pause
    PAUSED = auto()                # for a person to resume


@dataclass(frozen=True, slots=True)
class EnsembleSettings:
    """What the music is made with."""

    output: str                    # "auto", "jack" or a file's name; "off" is `silence.NullMusic`
    generator: str                 # a name of `generators.catalog`
    seed: int
    flac: Path | None              # the record of the session; None keeps none
    mix: MixSettings = USUAL_MIX
    model: ModelChoice | None = None       # of a stream that plays over the generator once it is fast enough


class Ensemble:
    """Music and sound, each in a process of its own.

    Parameters
    ----------
    settings : EnsembleSettings
        What is played, by whom, where to.
    clock : Clock | None
        For the times of reports; the system's where None.

    Raises
    ------
    SoundError
        Where the output cannot be had as it was asked for, or a file exists already.
    """

    def __init__(self, settings: EnsembleSettings, clock: Clock | None = None) -> None:
        self._clock: Clock = clock or SystemClock()
        paths, output = _recordings(settings)
        context = multiprocessing.get_context("spawn")
        self._slot, self._ring = WishSlot(context), PcmRing(context)
        self._token, self._key = secrets.token_hex(TOKEN_BYTES), secrets.token_bytes(KEY_BYTES)
        self._reports: deque[Report] = deque()
        self._dropped = 0
        self._music_waits_until_s: float | None = None
        self._losses: dict[str, float] = {}
        self._output_wanted, self._settings = output, settings
        self.stopped = False
        self._closed = False
        self._rests = Rest.NONE
        self._feed = PcmFeed(context) if settings.model is not None else None
        reader = self._ring.reader()          # before the sound: the record begins with its first frame
        self._sound = SoundCompanion(self._sound_arguments, self._add)
        hello = self._sound.ready(READY_S)
        self.output, self.output_name = hello.output, hello.name
        self._recorder = Recorder(reader, paths) if paths else None
        self._heard = HeardLatency(settings.model.row if settings.model is not None else "", self._add)
        self._music = MusicCompanion(self._slot, settings.generator, settings.seed, self._heard.of_composer)
        self._music.reach(self._sound.link_port, self._key)
        self._stream = self._stream_companion()

    @property
    def stop_channel(self) -> StopChannel:
        """Where STOP is to be sent: it stays the same when the sound is restarted."""
        return StopChannel(self._sound.stop_port, self._token)

    @property
    def pids(self) -> dict[str, int]:
        """The processes, for who watches their memory."""
        pids = {SOUND: self._sound.pid, MUSIC: self._music.pid}
        return pids if self._stream is None else pids | {STREAM: self._stream.pid}

    def play(self, cycle: Cycle) -> None:
        """Show the newest intent to both processes."""
        moment = cycle.status.moment
        sureness = min(max(1 - cycle.affect.arousal_sd, 0.0), 1.0)
        presence = Presence.SILENT if self.stopped else moment.presence
        calm, now_s = cycle.target.arousal < 0, self._clock.now_s()
        self._slot.write(Wish(cycle.intent, presence, cycle.status.level_db, calm, now_s, sureness))
        self._wake(moment.paused)

    def reports(self) -> Sequence[Report]:
        """Return what has happened since this was last asked; put right what has died."""
        if not self._closed:
            self._mend()
        now_s = self._clock.now_s()
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self._reports.append(Report(ReportKind.DROPPED, NAN, number=float(dropped)))
        return [replace(self._reports.popleft(), time_s=now_s) for _ in range(len(self._reports))]

    def stop_now(self) -> None:
        """Be silent within 200 ms, and stay so."""
        self.stopped = True
        send_stop(self._sound.stop_port, self._token)

    def close(self) -> None:
        """Fade, end both processes within some seconds, and finish the record."""
        if self._closed:
            return
        self._closed = True
        self._music.close()
        if self._stream is not None:
            self._stream.close()
        self._sound.close()
        if self._recorder is not None:
            self._recorder.close()

    @property
    def record_error(self) -> str:
        """Why the sound is not recorded any more; "" while it is."""
        return self._recorder.error if self._recorder is not None else ""

    def _add(self, kind: ReportKind, frame: int = -1, number: float = NAN, text: str = "") -> None:
        if len(self._reports) < REPORTS_KEPT:
            self._reports.append(Report(kind, NAN, frame, number, text))
        else:
            self._dropped += 1

    def _sound_arguments(self, stop_port: int, pipe: Connection) -> SoundArguments:
        return SoundArguments(output=self._output_wanted, seed=self._settings.seed, slot=self._slot, ring=self._ring,
                              pipe=pipe, stop_token=self._token, stop_port=stop_port, link_key=self._key,
                              mix=self._settings.mix, feed=self._feed)

    def _stream_companion(self) -> StreamCompanion | None:
        settings = self._settings
        if settings.model is None or self._feed is None:
            return None
        arguments = StreamArguments(settings.model, settings.mix, settings.seed, settings.generator)
        return StreamCompanion(self._slot, self._feed, arguments, self._heard.of_stream)

    def _wake(self, paused: bool) -> None:
        """Start a sound that was given up again, when the session has paused for it and was resumed."""
        if self._rests is Rest.GIVEN_UP and paused:
            self._rests = Rest.PAUSED
        elif self._rests is Rest.PAUSED and not paused and not self.stopped:
            self._rests = Rest.NONE
            self._sound.restart()

    def _mend(self) -> None:
        self._mend_music()
        if self._stream is not None:
            self._stream.mend()
        if self._sound.lost():
            again = self._say_lost(SOUND) > 1
            self._rests = Rest.GIVEN_UP if again else Rest.NONE
            if not again and not self.stopped:
                self._sound.restart()
        if self._sound.newly_ready():
            self._music.reach(self._sound.link_port, self._key)

    def _mend_music(self) -> None:
        """Start a lost music process again: at once the first time, later where it was lost soon after."""
        now_s = self._clock.now_s()
        if self._music.lost():
            again = self._say_lost(MUSIC) > 1
            if again:
                self._music.give_up()
            self._music_waits_until_s = now_s + (MUSIC_AGAIN_S if again else 0.0)
        if self._music_waits_until_s is not None and now_s >= self._music_waits_until_s:
            self._music_waits_until_s = None
            self._music.restart()
            self._music.reach(self._sound.link_port, self._key)

    def _say_lost(self, who: str) -> int:
        """Report a loss; return 1, or 2 where it is the second within a minute."""
        now_s = self._clock.now_s()
        times = 2 if now_s - self._losses.get(who, -SECOND_LOSS_S - 1) < SECOND_LOSS_S else 1
        self._losses[who] = now_s
        self._add(ReportKind.LOST, number=float(times), text=who)
        return times


def _recordings(settings: EnsembleSettings) -> tuple[tuple[Path, ...], str]:
    """Return the files to record to, and what the sound process shall play to."""
    record = (settings.flac,) if settings.flac is not None else ()
    if settings.output in (AUTO, JACK):
        return record, settings.output
    path = Path(settings.output)
    check_path(path)
    return (*record, path), PACED
