"""The sound process and the music process, real, on an output that is paced by the clock."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generators.companions import SoundCompanion
from generators.ensemble import REPORTS_KEPT, Ensemble, EnsembleSettings
from generators.silence import NullMusic
from generators.slot import WishSlot
from generators.sound.flac import recover_flac
from generators.sound.messages import Hello, decode
from generators.sound.outputs import PACED
from generators.sound.process import SoundArguments, sound_main
from generators.sound.ring import RATE_HZ, PcmRing
from generators.sound.stop import StopChannel, send_stop
from loop.clock import SystemClock
from loop.errors import FileError, SoundError
from loop.inputs import ReportKind
from tests.generators import scenes, stage
from tests.waiting import wait_for

CONTEXT = multiprocessing.get_context("spawn")
UP_S = 20.0
HEARD_DB = -45.0


@pytest.fixture
def ensemble(tmp_path: Path) -> Iterator[Ensemble]:
    made = Ensemble(EnsembleSettings(str(tmp_path / "played.wav"), "rules", 1, tmp_path / "audio.flac"))
    yield made
    made.close()


@pytest.fixture
def listener(ensemble: Ensemble) -> stage.Listener:
    ensemble.play(stage.playing())
    listener = stage.Listener(ensemble)
    wait_for(lambda: listener.level_db > HEARD_DB, UP_S, "music")
    return listener


def test_bars_are_composed_played_reported_and_recorded(
        ensemble: Ensemble, listener: stage.Listener, tmp_path: Path) -> None:
    wait_for(lambda: len(listener.of(ReportKind.BAR)) >= 2, UP_S, "a second bar")
    first, second = (report.frame for report in listener.of(ReportKind.BAR)[:2])
    assert abs((second - first) / RATE_HZ - 4 * 60 / 78) < 0.05
    heard, next_heard = (json.loads(report.text) for report in listener.of(ReportKind.BAR)[:2])
    assert abs(next_heard["lsl_s"] - heard["lsl_s"] - (second - first) / RATE_HZ) < 0.02
    assert abs(next_heard["lsl_s"] - SystemClock().now_s()) < 4.0
    assert heard["tempo_bpm"] == 78.0
    assert {"rules"} <= {report.text for report in listener.of(ReportKind.READY)}
    ensemble.close()
    flac, wav = stage.sound_of(tmp_path / "audio.flac"), stage.sound_of(tmp_path / "played.wav")
    assert np.allclose(flac, wav, rtol=0, atol=2**-22)      # two ways of rounding to 24 bits
    heard = np.abs(flac[first:first + RATE_HZ]).max()
    assert heard > 1e-3
    assert np.abs(flac[:first]).max() == 0.0
    assert ensemble.record_error == ""


def test_silent_music_is_silent(ensemble: Ensemble, tmp_path: Path) -> None:
    ensemble.play(stage.silent())
    stage.Listener(ensemble).rest(1.0)
    ensemble.close()
    assert np.abs(stage.sound_of(tmp_path / "audio.flac")).max() == 0.0


def test_a_killed_music_process_leaves_no_hole_and_comes_back(
        ensemble: Ensemble, listener: stage.Listener, tmp_path: Path) -> None:
    listener.rest(2.0)
    before = ensemble.pids["music"]
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: bool(listener.of(ReportKind.LOST)), UP_S, "news of the loss")
    n_bars = len(listener.of(ReportKind.BAR))
    wait_for(lambda: len(listener.of(ReportKind.BAR)) >= n_bars + 2, UP_S, "two bars more")
    assert ensemble.pids["music"] != before
    assert listener.of(ReportKind.LOST)[0].text == "music"
    begun = listener.of(ReportKind.BAR)[0].frame
    ensemble.close()
    sound = stage.sound_of(tmp_path / "audio.flac")
    assert stage.longest_silence_s(sound[begun + RATE_HZ:-3 * RATE_HZ]) < 0.05


def test_a_lost_sound_process_is_started_again_once_and_a_second_loss_is_said(
        ensemble: Ensemble, listener: stage.Listener) -> None:
    channel = ensemble.stop_channel
    os.kill(ensemble.pids["sound"], signal.SIGKILL)
    wait_for(lambda: len(listener.of(ReportKind.LOST)) == 1, UP_S, "news of the loss")
    wait_for(lambda: len([ready for ready in listener.of(ReportKind.READY) if ready.text.startswith("sound")]) == 2,
             UP_S, "the new process")
    n_bars = len(listener.of(ReportKind.BAR))
    wait_for(lambda: len(listener.of(ReportKind.BAR)) > n_bars, UP_S, "a bar of the new process")
    assert ensemble.stop_channel == channel
    os.kill(ensemble.pids["sound"], signal.SIGKILL)
    wait_for(lambda: len(listener.of(ReportKind.LOST)) == 2, UP_S, "news of the second loss")
    assert [report.number for report in listener.of(ReportKind.LOST)] == [1.0, 2.0]


def test_reports_that_find_no_room_are_counted(ensemble: Ensemble) -> None:
    for _ in range(REPORTS_KEPT + 5):
        ensemble._add(ReportKind.LEVEL, number=-23.0)
    lost = [report.number for report in ensemble.reports() if report.kind is ReportKind.DROPPED]
    assert len(lost) == 1
    assert lost[0] >= 5
    assert not [report for report in ensemble.reports() if report.kind is ReportKind.DROPPED]


class Bomb:
    """Arguments that are the death of the process that unpacks them."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (7,), {"pipe": self._pipe}


def test_a_sound_process_that_dies_while_it_starts_is_told_at_once() -> None:
    begun_s = SystemClock().now_s()
    arguments: Any = lambda port, pipe: Bomb(pipe)  # noqa: E731
    companion = SoundCompanion(arguments, lambda *news, **more: None)
    with pytest.raises(SoundError, match=r"the sound process died while it was starting \(exit code 7\)"):
        companion.ready(60.0)
    assert SystemClock().now_s() - begun_s < 30.0


def test_stop_stays_silent_whatever_the_session_wishes(
        ensemble: Ensemble, listener: stage.Listener, tmp_path: Path) -> None:
    listener.rest(1.0)
    ensemble.stop_now()
    listener.rest(1.0)
    ensemble.play(stage.playing())
    listener.rest(1.5)
    ensemble.close()
    sound = stage.sound_of(tmp_path / "audio.flac")
    assert np.abs(sound[-2 * RATE_HZ:]).max() == 0.0
    assert np.abs(sound).max() > 1e-3


def test_a_stop_without_the_token_is_not_heard(ensemble: Ensemble, listener: stage.Listener) -> None:
    send_stop(ensemble.stop_channel.port, "guessed")
    listener.rest(1.0)
    assert listener.level_db > HEARD_DB


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    kept = tmp_path / "kept.flac"
    kept.write_bytes(b"precious")
    with pytest.raises(SoundError, match="exists already"):
        Ensemble(EnsembleSettings(str(kept), "rules", 1, None))
    assert kept.read_bytes() == b"precious"


def test_no_music_is_music_too() -> None:
    music = NullMusic()
    music.play(stage.playing())
    assert list(music.reports()) == []
    music.close()


class LoneSound:
    """A sound process whose session is this test, which may fall silent."""

    def __init__(self) -> None:
        self.slot, self.ring = WishSlot(CONTEXT), PcmRing(CONTEXT)
        self.pipe, theirs = CONTEXT.Pipe()
        arguments = SoundArguments(PACED, 1, self.slot, self.ring, theirs, "token", 0, b"key")
        self.process = CONTEXT.Process(target=sound_main, args=(arguments,), daemon=True)
        self.process.start()
        theirs.close()
        hello = decode(self.pipe.recv_bytes())
        assert isinstance(hello, Hello)
        self.stop = StopChannel(hello.stop_port, "token")

    def heard(self) -> bool:
        """Whether something sounds now."""
        last = self.ring.written % self.ring.n_frames
        return bool(np.abs(self.ring.frames()[max(last - 4800, 0):last]).max(initial=0.0) > 1e-3)


@pytest.fixture
def lone() -> Iterator[LoneSound]:
    made = LoneSound()
    yield made
    made.process.kill()
    made.process.join()


def test_stop_is_silence_within_200_ms_while_the_session_hangs(lone: LoneSound) -> None:
    """Nobody reads the pipe, nobody writes the slot: STOP alone is sent."""
    clock = SystemClock()
    lone.slot.write(scenes.wish())
    wait_for(lone.heard, UP_S, "the soft pad")
    clock.wait_until(clock.now_s() + 2.5)
    assert lone.heard()
    sent = lone.ring.written
    send_stop(lone.stop.port, lone.stop.token)
    lone.slot.write(scenes.wish())
    clock.wait_until(clock.now_s() + 1.0)
    frames = np.roll(lone.ring.frames(), -sent, axis=0)[:lone.ring.written - sent]
    assert len(frames) > 0.5 * RATE_HZ
    assert np.abs(frames[int(0.2 * RATE_HZ):]).max() == 0.0
    assert np.abs(frames[:int(0.01 * RATE_HZ)]).max() > 1e-3


def test_a_session_that_is_gone_is_faded_after_within_two_seconds(lone: LoneSound) -> None:
    clock = SystemClock()
    lone.slot.write(scenes.wish())
    wait_for(lone.heard, UP_S, "the soft pad")
    clock.wait_until(clock.now_s() + 2.5)
    gone = lone.ring.written
    lone.pipe.close()
    gone_s = clock.now_s()
    wait_for(lambda: not lone.process.is_alive(), 4.0, "the end of the sound process")
    assert clock.now_s() - gone_s < 2.0
    frames = np.roll(lone.ring.frames(), -gone, axis=0)[:lone.ring.written - gone]
    assert np.abs(frames[int(0.3 * RATE_HZ):int(0.4 * RATE_HZ)]).max() > 1e-3
    assert np.abs(frames[-256:]).max() < 1e-4


def test_a_keyboard_interrupt_is_none_of_its_business(lone: LoneSound) -> None:
    os.kill(lone.process.pid or 0, signal.SIGINT)
    before = lone.ring.written
    wait_for(lambda: lone.ring.written > before + RATE_HZ // 2, UP_S, "more sound")
    assert lone.process.is_alive()


def record_and_die(folder: str, pipe: Connection) -> None:
    ensemble = Ensemble(EnsembleSettings(str(Path(folder) / "played.wav"), "rules", 1, Path(folder) / "audio.flac"))
    ensemble.play(stage.playing())
    listener = stage.Listener(ensemble)
    wait_for(lambda: listener.level_db > HEARD_DB, UP_S, "music")
    listener.rest(3.0)
    pipe.send_bytes(str(ensemble._ring.written).encode())
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_session_leaves_a_record_that_decodes_to_its_last_second(tmp_path: Path) -> None:
    ours, theirs = CONTEXT.Pipe()
    session = CONTEXT.Process(target=record_and_die, args=(str(tmp_path), theirs))
    session.start()
    written = int(ours.recv_bytes())
    session.join()
    assert session.exitcode == -signal.SIGKILL
    path = tmp_path / "audio.flac"
    n_frames = recover_flac(path)
    sound = stage.sound_of(path)
    assert len(sound) == n_frames
    assert written - n_frames < RATE_HZ
    assert np.abs(sound[-RATE_HZ:]).max() > 1e-3
    assert recover_flac(path) == n_frames


def test_what_is_no_flac_file_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "audio.flac"
    path.write_bytes(b"fLaC")
    with pytest.raises(FileError, match=r"audio\.flac is no FLAC file"):
        recover_flac(path)
