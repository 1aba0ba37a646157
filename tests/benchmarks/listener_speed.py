"""How fast the simulated listener is: ``python -m tests.benchmarks.listener_speed``.

Times are processor seconds of this process, so other work on the machine changes them less.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import process_time

import numpy as np

from loop.clock import ManualClock
from loop.values import Intent
from sensing.sources.listener.eeg import EegMaker
from sensing.sources.listener.latent import Latent
from sensing.sources.listener.person import mean_person
from sensing.sources.listener.scalp import labels_for
from sensing.sources.listener.source import ListenerSource

RATE_HZ = 250.0
LENGTH_S = 1200.0
HOP_S = 0.25
MUSIC = Intent(78.0, 0.42, "Dorian", 0.0, 0.25, 0.30, 0.0, 0.40)


def eeg_alone(n_channels: int) -> None:
    maker = EegMaker(mean_person(), labels_for(n_channels), RATE_HZ, np.random.Generator(np.random.SFC64(0)))
    state = Latent(mean_person(), np.random.default_rng(0)).state
    for _ in range(round(LENGTH_S / HOP_S)):
        maker.samples(maker.step_n, state)


def state_alone(_: int) -> None:
    latent = Latent(mean_person(), np.random.default_rng(0))
    for _ in range(round(LENGTH_S / HOP_S)):
        latent.advance(MUSIC, HOP_S, "closed")


def source_in_memory(n_channels: int) -> None:
    clock = ManualClock()
    source = ListenerSource(mean_person(), clock, 0, labels_for(n_channels), RATE_HZ)
    source.hear(MUSIC)
    while clock.now_s() < LENGTH_S:
        source.read(clock.now_s() + HOP_S, 63)


def speed(run: Callable[[int], None], n_channels: int) -> float:
    began_s = process_time()
    run(n_channels)
    return LENGTH_S / (process_time() - began_s)


def main() -> None:
    rows: list[tuple[str, Callable[[int], None], tuple[int, ...]]] = [
        ("EEG alone", eeg_alone, (8, 16, 32)),
        ("state alone", state_alone, (8,)),
        ("ListenerSource, state and EEG", source_in_memory, (8, 16, 32)),
    ]
    sys.stdout.write(f"{'part':32}{'channels':>9}{'x real time':>13}\n")
    for name, run, sizes in rows:
        for n_channels in sizes:
            sys.stdout.write(f"{name:32}{n_channels:9}{speed(run, n_channels):13.0f}\n")


if __name__ == "__main__":
    main()
