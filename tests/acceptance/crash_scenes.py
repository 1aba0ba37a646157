"""Sessions with music playing to which something terrible happens; they run beside each other."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import soundfile

from generators.sound.ring import RATE_HZ
from loop.clock import SystemClock
from loop.inputs import CommandKind
from sessions.live.desk import DESK
from sessions.live.view import LiveView
from sessions.record.storage import RunFolder
from tests.acceptance.ear import Frames, RingEar
from tests.acceptance.rig import STARTS_WITHIN_S, Process, Rig, Session, rig_in
from tests.acceptance.scenes import pass_s
from tests.waiting import wait_for
from ui.stopping import stop_session

PROTOCOL = """\
version: 1
title: Crash
stream: {query: type=EEG}
phases:
  - check_quality: {at_least: 0.5, wait_s: 60}
  - baseline: {eyes: closed, minutes: 0.34, clean_s: 20}
  - regulate: {minutes: 3, eyes: closed, towards: {valence: 0.4, arousal: -0.6}}
  - return_to_alert: {minutes: 0.1}
music: {generator: rules}
"""
PLAYS_S = 6.0                      # after the fade in of 2 s, some bars
LISTENS_S = 1.0                    # after STOP: five times what it may take
ENDS_WITHIN_S = 10.0               # children of a session that was killed: 4 s on a quiet machine
LOOK_S = 0.02
STANDS_S = 2.0                     # a session that is stopped by SIGSTOP


@dataclass(slots=True)
class Wreck:
    """What was seen, and what is left."""

    rig: Rig
    session: Session
    facts: dict[str, Any] = field(default_factory=dict)
    sounds: dict[str, Frames] = field(default_factory=dict)

    @property
    def run(self) -> RunFolder:
        return self.session.run


def links(process: psutil.Process, kind: str) -> list[Any]:
    """Return the sockets of a process; none of one that is gone."""
    return list(process.net_connections(kind)) if lives(process) else []


def lives(process: psutil.Process) -> bool:
    """Whether a process runs: one that has ended, and that nobody asked about since, does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Stage:
    """A session whose music plays, and who belongs to it."""

    def __init__(self, rig: Rig, *, whole_baseline: bool = False) -> None:
        file = rig.folder / "crash.yaml"
        file.write_text(PROTOCOL)
        self.rig = rig
        self.session = rig.session("run", file, "--simulate", sound=str(rig.folder / "sound.flac"))
        self.session.until_the_phase("baseline")
        self.process = psutil.Process(self.session._process.pid)
        self.family = self.process.children(recursive=True)
        self.wreck = Wreck(rig, self.session)
        if not whole_baseline:
            self.session.asked(CommandKind.SKIP)
        self.session.until_the_phase("regulate")
        self.ear = RingEar(self.sound.pid)
        wait_for(self.ear.heard, STARTS_WITHIN_S, "music")
        pass_s(PLAYS_S)

    @property
    def sound(self) -> psutil.Process:
        """The process that plays: it hears STOP at the address that the session gives."""
        port = json.loads((self.session.run.live / DESK).read_text())["stop_port"]
        return self._child(lambda each: port in {link.laddr.port for link in links(each, "udp4") if link.laddr})

    @property
    def music(self) -> psutil.Process:
        """The process that composes: a client of the one that plays."""
        listens = {link.laddr.port for link in links(self.sound, "tcp4") if link.status == psutil.CONN_LISTEN}
        return self._child(lambda each: any(link.raddr and link.raddr.port in listens for link in links(each, "tcp4")))

    def _child(self, asked: Callable[[psutil.Process], bool]) -> psutil.Process:
        return next(each for each in self.process.children() if asked(each))

    def listened(self, name: str, act: Callable[[], object]) -> None:
        """Do it, and keep what sounded afterwards."""
        self.ear.mark()
        act()
        pass_s(LISTENS_S)
        self.wreck.sounds[name] = self.ear.since()

    def ended(self) -> Wreck:
        """Wait for the orderly end; say who is left."""
        self.wreck.facts["code"] = self.session.ended()
        return self.left()

    def left(self) -> Wreck:
        """Wait until all have ended, or long enough; say who has not."""
        clock = SystemClock()
        until_s = clock.now_s() + ENDS_WITHIN_S
        while any(map(lives, self.family)) and clock.now_s() < until_s:
            clock.wait_until(clock.now_s() + LOOK_S)
        self.wreck.facts["left"] = [" ".join(each.cmdline()) for each in self.family if lives(each)]
        return self.wreck

    def cycles(self) -> int:
        """The newest cycle that a window would see."""
        snapshot = LiveView(self.session.run.live, SystemClock()).read()
        return snapshot.cycle.index if snapshot is not None and snapshot.cycle is not None else -1

    def goes_on(self) -> bool:
        """Whether cycles still come."""
        before = self.cycles()
        wait_for(lambda: self.cycles() > before + 4, STARTS_WITHIN_S, "more cycles")
        return True


def session_killed(rig: Rig) -> Wreck:
    """In the middle of regulate, after a whole baseline."""
    stage, clock = Stage(rig, whole_baseline=True), SystemClock()
    stage.ear.mark()
    stage.wreck.facts["killed_s"] = clock.now_s()
    stage.session.signal(signal.SIGKILL)
    wreck = stage.left()
    wreck.facts["gone_after_s"] = clock.now_s() - wreck.facts["killed_s"]
    wreck.sounds["after"] = stage.ear.since()
    return wreck


def music_killed(rig: Rig) -> Wreck:
    """Then the window is killed, closed, and Esc is pressed in it."""
    stage = Stage(rig)
    killed = stage.music
    stage.wreck.facts["frames_before"] = frames_said(stage)
    killed.kill()
    stage.session.until_it_says("the music process ended")
    pass_s(2 * PLAYS_S)
    stage.wreck.facts["composer"] = (killed.pid, stage.music.pid)
    stage.family += stage.process.children(recursive=True)
    window_killed(stage)
    window_closed(stage)
    hand = opened(stage)
    stage.listened("stop", lambda: hand.signal(signal.SIGUSR1))
    wreck = stage.ended()
    hand.signal(signal.SIGUSR2)
    wreck.facts["hand"] = hand.ended()
    return wreck


def window_killed(stage: Stage) -> None:
    window = opened(stage)
    window.signal(signal.SIGKILL)
    stage.wreck.facts["after_window_killed"] = stage.goes_on()


def window_closed(stage: Stage) -> None:
    """Opened again on the same session, and closed as a person closes it."""
    window = opened(stage)
    window.signal(signal.SIGUSR2)
    stage.wreck.facts["window_closed"] = window.ended()
    stage.wreck.facts["after_window_closed"] = stage.goes_on()


def opened(stage: Stage) -> Process:
    """Return a window that shows the session, in a process of its own."""
    window = stage.rig.module("tests.acceptance.hand", stage.session.run.session)
    window.until_it_says("shown")
    return window


def sound_killed(rig: Rig) -> Wreck:
    """Twice within a minute; then a person resumes, and stops from another terminal."""
    stage = Stage(rig)
    first = stage.sound
    stage.wreck.facts["frames_before"] = frames_said(stage)
    first.kill()
    stage.session.until_it_says("the sound process ended;")
    wait_for(lambda: stage.ear.heard(), STARTS_WITHIN_S, "the restarted sound")
    pass_s(PLAYS_S)
    second = stage.sound
    stage.wreck.facts["sounds"] = (first.pid, second.pid)
    second.kill()
    stage.session.until_it_says("twice within a minute")
    pass_s(STANDS_S)
    stage.ear.mark()
    pass_s(LISTENS_S)
    stage.wreck.sounds["paused"] = stage.ear.since()
    stage.session.asked(CommandKind.RESUME)
    wait_for(lambda: stage.ear.heard(), STARTS_WITHIN_S, "sound after the pause")
    stage.family += stage.process.children(recursive=True)
    stage.wreck.facts["stop"] = rig.process("stop").ended()
    return stage.ended()


def session_hangs(rig: Rig) -> Wreck:
    """The session stands still, and STOP comes from elsewhere."""
    stage = Stage(rig)
    stage.session.signal(signal.SIGSTOP)
    pass_s(STANDS_S)
    stage.listened("stop", lambda: stop_session(stage.session.run.session))
    stage.session.signal(signal.SIGCONT)
    return stage.ended()


def interrupted(rig: Rig) -> Wreck:
    """Ctrl-C, as the session's own process gets it."""
    stage = Stage(rig)
    stage.listened("stop", lambda: stage.session.signal(signal.SIGINT))
    return stage.ended()


def frames_said(stage: Stage) -> int:
    """How many frames the record has by now, within a fifth of a second."""
    with soundfile.SoundFile(stage.session.run.flac) as file:
        n_frames = 0
        while len(piece := _read(file)):
            n_frames += len(piece)
    return n_frames


def _read(file: Any) -> Any:
    try:
        return file.read(RATE_HZ // 10, dtype="float32")
    except soundfile.LibsndfileError:
        return np.zeros((0, 2))


SCRIPTS: dict[str, Callable[[Rig], Wreck]] = {
    script.__name__: script for script in (session_killed, sound_killed, music_killed, session_hangs, interrupted)
}


def acted(name: str, folder: Path) -> Wreck:
    """Act one script to its end, then replay what was recorded."""
    with rig_in(folder) as rig:
        wreck = SCRIPTS[name](rig)
        wreck.facts["replay"] = rig.replayed(wreck.session)
        return wreck

