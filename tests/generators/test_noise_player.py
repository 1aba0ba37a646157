"""The calibration signal as it is played: at its level, with soft ends, and silent at once on STOP."""

from __future__ import annotations

import subprocess
import threading

import numpy as np
import pytest

from generators.sound.gains import STOP_S
from generators.sound.limiter import LATENCY
from generators.sound.noise import calibration_signal
from generators.sound.noise_player import NoiseGraph, NoisePlayer
from generators.sound.outputs import PACED
from generators.sound.quiet import Graph, load_pyo
from generators.sound.ring import N_CHANNELS, RATE_HZ, Pcm
from loop.clock import SystemClock
from loop.errors import SoundError
from tests.generators import scenes
from tests.generators.test_jack import wait_for_server

BLOCK = 256
LUFS, LENGTH_S, STOPS_S = -20.0, 8.0, 4.0


def stopped_noise() -> Pcm:
    """Six seconds of a server that plays the signal, stopped at four."""
    pyo = load_pyo()
    server = pyo.Server(audio="manual", sr=RATE_HZ, buffersize=BLOCK, nchnls=N_CHANNELS, duplex=0)
    server.setVerbosity(1)
    server.boot()
    made = NoiseGraph(Graph(pyo), LUFS, LENGTH_S)
    table = pyo.DataTable(BLOCK, chnls=N_CHANNELS)
    fill = pyo.TableFill(made.master, table)
    server.start()
    pieces = []
    for index in range(6 * RATE_HZ // BLOCK):
        if index == STOPS_S * RATE_HZ // BLOCK:
            made.stop()
        server.process()
        pieces.append(np.stack([np.array(table.getBuffer(channel)) for channel in range(N_CHANNELS)], axis=1))
    assert fill is not None
    return np.concatenate(pieces).astype(np.float32)


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    return scenes.in_child(stopped_noise, tmp_path_factory.mktemp("noise"))


def test_what_is_played_is_the_signal(noise: Pcm) -> None:
    n_frames = int(3.9 * RATE_HZ)
    wanted = calibration_signal(LUFS, LENGTH_S)[:n_frames]
    assert np.abs(noise[LATENCY:LATENCY + n_frames] - wanted).max() < 1e-6


def test_stop_is_silence_within_its_time_and_no_click(noise: Pcm) -> None:
    gone = int((STOPS_S + STOP_S) * RATE_HZ) + LATENCY + 2 * BLOCK
    assert np.abs(noise[gone:]).max() < 1e-6
    fading = noise[int(STOPS_S * RATE_HZ):gone]
    before = noise[int(3 * RATE_HZ):int(4 * RATE_HZ)]
    assert np.abs(np.diff(fading, axis=0)).max() <= np.abs(np.diff(before, axis=0)).max()


def test_it_plays_on_jack_and_a_stop_ends_it_long_before_its_end(
        jackd: subprocess.Popen[bytes], jack_name: str) -> None:
    wait_for_server(jack_name)
    stop, clock = threading.Event(), SystemClock()
    with NoisePlayer("jack", LUFS, 60.0) as player:
        assert (player.output.output, player.output.name) == ("JACK", "jack")
        threading.Timer(0.3, stop.set).start()
        assert not player.wait(stop)
        asked_s = clock.now_s()
    assert clock.now_s() - asked_s < 2.0


def test_a_signal_that_ends_ends_its_process(jackd: subprocess.Popen[bytes], jack_name: str) -> None:
    wait_for_server(jack_name)
    with NoisePlayer("jack", -40.0, 6.0) as player:
        assert player.wait(threading.Event())


def test_without_an_output_one_sentence_says_so(jack_name: str) -> None:
    with pytest.raises(SoundError, match="no sound output can be opened through JACK"):
        NoisePlayer("jack", LUFS, 6.0)


def test_noise_that_nobody_hears_is_refused() -> None:
    with pytest.raises(SoundError, match="no sound device here"):
        NoisePlayer(PACED, LUFS, 6.0)
