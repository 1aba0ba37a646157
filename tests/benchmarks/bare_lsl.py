"""How old a sample is in our hands, and in those of pylsl alone: `python -m tests.benchmarks.bare_lsl --seconds 60`.

A sender in a process of its own pushes 5 samples of 32 channels at 250 Hz, 50 times a second. The bare inlet and
`LslSource` read it by turns, 5 s each, as soon as a chunk is there. The difference is what our link, its units and its
threads cost.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pylsl

from loop.clock import SystemClock
from loop.inputs import Chunk
from sensing.sources.lsl import LslSource
from sensing.sources.streams import open_lsl, parse_query, wait_for_stream
from tests.sensing.sender import CHUNK

N_CHANNELS = 32
TURN_S = 5.0
PULL_S = 0.2
PERCENT = (50, 95, 99)


@contextmanager
def sender(name: str) -> Iterator[None]:
    """A stream in another process, while this lasts."""
    labels = ",".join(f"Ch{i + 1}" for i in range(N_CHANNELS))
    with subprocess.Popen([sys.executable, "-m", "tests.sensing.sender", name, name, labels],
                          stdout=subprocess.PIPE) as process:
        try:
            yield
        finally:
            process.kill()


def bare(name: str, clock: SystemClock) -> Callable[[], float]:
    """Return what waits for a chunk with pylsl alone, and says how old its newest sample is, s."""
    inlet = pylsl.StreamInlet(wait_for_stream(parse_query(f"name={name}"), clock, 20.0, print), processing_flags=0)
    inlet.open_stream(timeout=5.0)

    def wait() -> float:
        _, stamps_s = inlet.pull_chunk(timeout=PULL_S, min_samples=CHUNK, max_samples=1024, as_numpy=True)
        return clock.now_s() - float(stamps_s[-1]) if len(stamps_s) else float("nan")

    return wait


def ours(name: str, clock: SystemClock) -> Callable[[], float]:
    """Return the same by way of a session's source."""
    source = LslSource(f"name={name}", clock, wait_s=20.0)

    def wait() -> float:
        stamps_s = [item.stamps_s[-1] for item in source.read(clock.now_s() + PULL_S, CHUNK) if isinstance(item, Chunk)]
        return clock.now_s() - float(stamps_s[-1]) if stamps_s else float("nan")

    return wait


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    open_lsl()
    name, clock = f"floor-{uuid.uuid4().hex[:8]}", SystemClock()
    with sender(name):
        readers = {"pylsl alone": bare(name, clock), "LslSource": ours(name, clock)}
        ages_ms: dict[str, list[float]] = {who: [] for who in readers}
        end_s = clock.now_s() + seconds
        while clock.now_s() < end_s:
            for who, wait in readers.items():
                turn_s = clock.now_s() + TURN_S
                wait()                             # the backlog of the other's turn
                while clock.now_s() < turn_s:
                    ages_ms[who].append(1000.0 * wait())
    sys.stdout.write("| age of the newest sample, ms | 50 % | 95 % | 99 % | chunks |\n|---|---|---|---|---|\n")
    for who, ages in ages_ms.items():
        shares = " | ".join(f"{value:.2f}" for value in np.nanpercentile(ages, PERCENT))
        sys.stdout.write(f"| {who} | {shares} | {len(ages)} |\n")


if __name__ == "__main__":
    main()
