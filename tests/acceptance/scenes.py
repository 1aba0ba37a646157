"""The sessions that the tests of this folder look at; they run beside each other, so that all take about a minute."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generators.sound.outputs import RECORD_ONLY
from loop.clock import SystemClock
from loop.inputs import CommandKind
from sessions.live.registry import APP
from sessions.sound_calibration import FILE as FILE_OF_CALIBRATIONS
from sessions.sound_calibration import SoundCalibration, keep_calibration
from tests.acceptance.rig import PROTOCOL, Record, Rig, Session, own_name, rig_in, written
from tests.acceptance.rubbish import CLEAN_BETWEEN_S, LATER, LATER_S

CALIBRATED = SoundCalibration(70.0, "meter", "2026-03-01")
FILE = Path("rest_vs_arithmetic") / "Subject00_1.edf"
AT_ONCE = 5                        # on two cores, each session is a process or three
STOPPED_S = 5.0                    # longer than the alarm's 1 s and the hold's 0.5 s
BETWEEN_S = 6.0                    # for a clean window of 4 s after a break
PLAYS_S = 22.0                     # a recording that ends within the baseline


@dataclass(frozen=True)
class Scene:
    """What a session left."""

    session: Session
    record: Record
    code: int
    said: str
    replay: dict[str, Any]


Script = Callable[[Rig, Path], Session]


def played(rig: Rig, data: Path) -> Session:
    """Real EEG from the first sample, with sound to a file that was calibrated, to the protocol's end."""
    keep_calibration(rig.folder / "config" / APP / FILE_OF_CALIBRATIONS, RECORD_ONLY, CALIBRATED)
    name = own_name("played")
    rig.play(data / FILE, name)
    return rig.session("run", written(rig.folder), "--stream", f"name={name}", sound=str(rig.folder / "sound.flac"))


def over_too_soon(rig: Rig, data: Path) -> Session:
    """The recording ends while the session runs, and does not come back."""
    name = own_name("over")
    rig.play(data / FILE, name, "--for", PLAYS_S)
    return rig.session("run", written(rig.folder), "--stream", f"name={name}")


def killed(rig: Rig, data: Path) -> Session:
    """The player is killed while music plays, and started again under the same name."""
    name = own_name("killed")
    player = rig.play(data / FILE, name)
    protocol = written(rig.folder, minutes="0.4", end_lost_after_s="60")
    session = rig.session("run", protocol, "--stream", f"name={name}")
    session.until_the_phase("regulate")
    player.signal(signal.SIGKILL)
    session.until_it_says("the EEG stream is lost")
    rig.play(data / FILE, name)
    session.until_it_says("goes on")
    return session


def commanded(rig: Rig, data: Path) -> Session:
    """Paused, resumed and stopped through the desk."""
    name = own_name("commanded")
    rig.play(data / FILE, name)
    session = rig.session("run", written(rig.folder), "--stream", f"name={name}")
    session.until_the_phase("regulate")
    for kind in (CommandKind.PAUSE, CommandKind.RESUME, CommandKind.STOP):
        pass_s(2.0)
        session.asked(kind)
    return session


def simulated(rig: Rig, data: Path) -> Session:
    """The demo's listener, who hears the session, in place of a person."""
    return rig.session("demo", "--minutes", 1.2, unattended=False)


def stopped(rig: Rig, data: Path) -> Session:
    """First the player stands still and goes on with its backlog, then the session itself."""
    name = own_name("stopped")
    player = rig.play(data / FILE, name)
    protocol = written(rig.folder, minutes="0.5", lost_after_s="30")
    session = rig.session("run", protocol, "--stream", f"name={name}", sound=str(rig.folder / "sound.flac"))
    session.until_the_phase("regulate")
    for process in (player, session):
        pass_s(BETWEEN_S)
        process.signal(signal.SIGSTOP)
        pass_s(STOPPED_S)
        process.signal(signal.SIGCONT)
    return session


def spoilt(rig: Rig, data: Path) -> Session:
    """A stream that is sound in the baseline and rubbish now and then while music plays."""
    name = own_name("spoilt")
    sender = rig.module("tests.acceptance.rubbish", name, "later")
    sender.until_it_says("streaming")
    session = rig.session("run", written(rig.folder, minutes="0.8"), "--stream", f"name={name}")
    session.until_the_phase("regulate")
    sender.signal(signal.SIGUSR1)
    pass_s(len(LATER) * (LATER_S + CLEAN_BETWEEN_S))
    session.asked(CommandKind.STOP)
    return session


def beside(rig: Rig, data: Path) -> Session:
    """A heart sensor beside the EEG that dies while music plays; another that was never there."""
    name, heart = own_name("eeg"), own_name("heart")
    sensor = rig.module("tests.acceptance.heart", data / FILE, heart)
    sensor.until_it_says("streaming")
    rig.play(data / FILE, name)
    text = PROTOCOL.replace("{query: type=EEG}", f"{{beside: [{{query: name={heart}}}, {{query: name=not there}}]}}")
    session = rig.session("run", written(rig.folder, text), "--stream", f"name={name}")
    session.until_the_phase("regulate")
    sensor.signal(signal.SIGKILL)
    return session


SCRIPTS: dict[str, Script] = {
    script.__name__: script for script in (
        stopped, spoilt, simulated, killed, beside, played, commanded, over_too_soon)
}


def pass_s(seconds: float) -> None:
    """Let real time pass: the world outside the session has to go on for a while."""
    clock = SystemClock()
    clock.wait_until(clock.now_s() + seconds)


def acted(script: Script, folder: Path, data: Path) -> Scene:
    """Act one script to the session's end, then replay what was recorded."""
    with rig_in(folder) as rig:
        session = script(rig, data)
        code = session.ended()
        return Scene(session, Record(session.run), code, session.said, rig.replayed(session))


def started(names: set[str], folder: Path, data: Path, pool: ThreadPoolExecutor) -> dict[str, Future[Scene]]:
    """Start every script that is asked for; the longest come first."""
    wanted = [name for name in SCRIPTS if name in names]
    return {name: pool.submit(acted, SCRIPTS[name], folder / name, data) for name in wanted}
