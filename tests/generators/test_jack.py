"""The sound process against a real JACK server with a dummy driver."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate

from generators.ensemble import Ensemble, EnsembleSettings
from generators.sound.jack_output import LONGEST_FRAMES
from generators.sound.process import LEVEL_EVERY_S
from generators.sound.ring import RATE_HZ, Pcm
from loop.errors import SoundError
from loop.inputs import ReportKind
from tests.generators import stage
from tests.generators.conftest import Server
from tests.waiting import wait_for

UP_S = 20.0


def ensemble_on_jack(folder: Path) -> Ensemble:
    return Ensemble(EnsembleSettings("jack", "rules", 1, folder / "audio.flac"))


def lag(long: Pcm, short: Pcm) -> int:
    """Return where in `long` the sound of `short` begins, by where they agree best."""
    return int(np.argmax(correlate(long, short, mode="full"))) - len(short) + 1


def wait_for_server(name: str) -> None:
    """Wait until the server answers; `jack_wait` says whether it does, and ends with 0 either way."""
    command = ["jack_wait", "-s", name, "-c"]
    if shutil.which(command[0]):
        wait_for(lambda: subprocess.run(command, capture_output=True).stdout.startswith(b"running"), UP_S,
                 "the JACK server")


class Ear:
    """A client of the test's own, which keeps what the sound's client plays to JACK's first speaker."""

    def __init__(self) -> None:
        import jack

        self._client: Any = jack.Client("ear", no_start_server=True)
        self._port = self._client.inports.register("in")
        self._pieces: list[Pcm] = []
        self._client.set_process_callback(lambda n_frames: self._pieces.append(self._port.get_array().copy()))
        self._client.activate()
        self._client.connect("euthymia:output_1", self._port)

    def hear(self, n_frames: int, seconds: float) -> None:
        """Have the server take periods of `n_frames` from now on, and hear so much of it, however long that takes."""
        self._client.blocksize = n_frames
        begun = len(self._pieces)
        wait_for(lambda: sum(map(len, self._pieces[begun:])) > seconds * RATE_HZ, UP_S, "sound in these periods")

    def close(self) -> Pcm:
        """Return all that was heard, (n_frames,)."""
        self._client.deactivate()
        self._client.close()
        return np.concatenate(self._pieces)


@pytest.mark.parametrize(("jackd", "n_frames"), [(Server(n), n) for n in (64, 256, 1024, 2048)], indirect=["jackd"],
                         ids=str)
def test_music_plays_on_jack_in_its_time_whatever_the_period(
        jackd: subprocess.Popen[bytes], jack_name: str, tmp_path: Path, n_frames: int) -> None:
    wait_for_server(jack_name)
    ensemble = ensemble_on_jack(tmp_path)
    try:
        assert ensemble.output == "JACK"
        ensemble.play(stage.playing())
        listener = stage.Listener(ensemble)
        wait_for(lambda: len(listener.of(ReportKind.BAR)) >= 2, UP_S, "a second bar")
        first, second = listener.of(ReportKind.BAR)[:2]
        listener.rest(2 * LEVEL_EVERY_S)                # so often it is told how many periods the server did without
        late_s = sum(report.number for report in listener.of(ReportKind.UNDERRUN)) * n_frames / RATE_HZ
        assert abs((second.frame - first.frame) / RATE_HZ - (second.time_s - first.time_s)) < 0.1 + 2 * late_s
    finally:
        ensemble.close()
    assert np.abs(stage.sound_of(tmp_path / "audio.flac")).max() > 1e-3


@pytest.mark.parametrize("jackd", [Server(waits=True)], indirect=True)
def test_what_jack_plays_is_what_the_record_holds_while_the_period_changes(
        jackd: subprocess.Popen[bytes], jack_name: str, tmp_path: Path) -> None:
    wait_for_server(jack_name)
    ensemble = ensemble_on_jack(tmp_path)
    try:
        ear, listener = Ear(), stage.Listener(ensemble)
        ensemble.play(stage.playing())
        wait_for(lambda: listener.of(ReportKind.BAR) != [], UP_S, "a bar")
        for n_frames in (1024, 64, 2048, 256):
            ear.hear(n_frames, 1.0)
        heard = ear.close()
    finally:
        ensemble.close()
    kept = stage.sound_of(tmp_path / "audio.flac")[:, 0]
    begins, first = np.flatnonzero(heard)[0], lag(kept, heard)
    heard, kept = heard[begins:], kept[begins + first:]
    n_frames = min(len(heard), len(kept))
    assert n_frames >= 4 * RATE_HZ
    assert np.abs(heard[:n_frames] - kept[:n_frames]).max() < 1e-4
    assert np.abs(kept[:n_frames]).max() > 1e-2


@pytest.mark.parametrize(("jackd", "said"), [
    (Server(rate_hz=44_100), "JACK is at 44100 Hz; this needs 48000"),
    (Server(2 * LONGEST_FRAMES), "JACK's period is 4096 frames, too long for STOP: 2048 at most"),
], indirect=["jackd"], ids=str)
def test_a_jack_server_that_does_not_fit_is_refused_in_one_sentence(
        jackd: subprocess.Popen[bytes], jack_name: str, tmp_path: Path, said: str) -> None:
    wait_for_server(jack_name)
    with pytest.raises(SoundError, match=said):
        ensemble_on_jack(tmp_path)


def test_a_jack_server_that_dies_is_told_as_a_lost_sound(
        jackd: subprocess.Popen[bytes], jack_name: str, tmp_path: Path) -> None:
    wait_for_server(jack_name)
    ensemble = ensemble_on_jack(tmp_path)
    try:
        listener = stage.Listener(ensemble)
        jackd.terminate()
        wait_for(lambda: [r.number for r in listener.of(ReportKind.LOST)] == [1.0, 2.0], UP_S, "both losses")
    finally:
        ensemble.close()


def test_without_a_jack_server_one_sentence_says_so(jack_name: str, tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="no sound output can be opened through JACK"):
        ensemble_on_jack(tmp_path)
