"""The meter in the sound process hears what BS.1770 hears."""

from __future__ import annotations

import numpy as np
import pytest

from generators.sound.meter import k_power, lufs
from generators.sound.quiet import Graph, load_pyo
from generators.sound.ring import N_CHANNELS, RATE_HZ, Pcm
from generators.sound.weighting import k_power as exact_power
from generators.sound.weighting import level_db
from tests.generators import scenes

BLOCK = 256
BLOCKS_A_S = RATE_HZ // BLOCK
AMPLITUDE = 0.2
FREQUENCIES_HZ = (40.0, 60.0, 100.0, 200.0, 400.0, 800.0, 1000.0, 1600.0, 2400.0, 3200.0, 8000.0)
MOST_LU = 0.02                     # EBU Tech 3341 allows a meter 0.1


def metered() -> Pcm:
    """What the meter reads of each sine, LUFS: (n_frequencies, 1)."""
    pyo = load_pyo()
    server = pyo.Server(audio="manual", sr=RATE_HZ, buffersize=BLOCK, nchnls=N_CHANNELS, duplex=0)
    server.setVerbosity(1)
    server.boot()
    graph = Graph(pyo)
    sine = graph.Sine(freq=[FREQUENCIES_HZ[0]] * N_CHANNELS, mul=AMPLITUDE)
    meter = k_power(graph, sine)
    server.start()
    read = []
    for frequency_hz in FREQUENCIES_HZ:
        sine.freq = [frequency_hz] * N_CHANNELS
        for _ in range(3 * BLOCKS_A_S):
            server.process()
        powers = []
        for _ in range(BLOCKS_A_S):
            server.process()
            powers.append(meter.get())
        read.append([lufs(float(np.mean(powers)))])
    return np.array(read, dtype=np.float32)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    return scenes.in_child(metered, tmp_path_factory.mktemp("meter"))


@pytest.mark.parametrize("index", range(len(FREQUENCIES_HZ)))
def test_a_sine_reads_as_loud_as_the_standard_s_own_filters_make_it(read: Pcm, index: int) -> None:
    at_s = np.arange(RATE_HZ) / RATE_HZ
    wave = AMPLITUDE * np.sin(2 * np.pi * FREQUENCIES_HZ[index] * at_s)
    exact = level_db(np.stack([wave] * N_CHANNELS, axis=1), exact_power)
    assert read[index, 0] == pytest.approx(exact, abs=MOST_LU)
