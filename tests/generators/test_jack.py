"""The sound process against a real JACK server with a dummy driver."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from generators.ensemble import Ensemble, EnsembleSettings
from generators.sound.ring import RATE_HZ
from loop.errors import SoundError
from loop.inputs import ReportKind
from tests.generators import stage
from tests.waiting import wait_for

UP_S = 20.0


def ensemble_on_jack(folder: Path) -> Ensemble:
    return Ensemble(EnsembleSettings("jack", "rules", 1, folder / "audio.flac"))


def wait_for_server(name: str) -> None:
    """Wait until the server answers; `jack_wait` says whether it does, and ends with 0 either way."""
    command = ["jack_wait", "-s", name, "-c"]
    if shutil.which(command[0]):
        wait_for(lambda: subprocess.run(command, capture_output=True).stdout.startswith(b"running"), UP_S,
                 "the JACK server")


def test_music_plays_on_jack_in_its_time(jackd: subprocess.Popen[bytes], jack_name: str, tmp_path: Path) -> None:
    wait_for_server(jack_name)
    ensemble = ensemble_on_jack(tmp_path)
    try:
        assert ensemble.output == "JACK"
        ensemble.play(stage.playing())
        listener = stage.Listener(ensemble)
        wait_for(lambda: len(listener.of(ReportKind.BAR)) >= 2, UP_S, "a second bar")
        first, second = listener.of(ReportKind.BAR)[:2]
        assert abs((second.frame - first.frame) / RATE_HZ - (second.time_s - first.time_s)) < 0.1
    finally:
        ensemble.close()
    assert np.abs(stage.sound_of(tmp_path / "audio.flac")).max() > 1e-3


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
