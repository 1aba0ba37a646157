"""What the record costs: a session of 32 channels at 250 Hz, written and read back.

Run it by hand: ``python -m tests.benchmarks.journal [SECONDS]``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from loop.clock import SystemClock
from loop.inputs import Chunk, Input, Tick
from loop.values import Cycle, Header, read_only
from sessions.record.journal import XdfJournal
from sessions.record.recover import recover
from sessions.record.replaying import RecordedRun
from tests.sessions.record_parts import cycle

N_CHANNELS, RATE_HZ, CHUNK_TIMES, TICK_S = 32, 250.0, 25, 0.25
LABELS = tuple(f"E{i}" for i in range(N_CHANNELS))
HEADER = Header("amp", "EEG", RATE_HZ, LABELS, ("microvolts",) * N_CHANNELS)


def session(length_s: int) -> Iterator[Input | Cycle]:
    """Ten chunks, four ticks and four cycles a second."""
    random = np.random.default_rng(1)
    samples = read_only(random.normal(0, 20, (CHUNK_TIMES, N_CHANNELS)).astype("float32"))
    for second in range(length_s):
        for i in range(10):
            stamps_s = second + (i * CHUNK_TIMES + np.arange(CHUNK_TIMES)) / RATE_HZ
            yield Chunk(samples, read_only(stamps_s), 0.001, second + (i + 1) / 10)
            if i in (2, 4, 7, 9):
                yield Tick(second + (i + 1) / 10)
                yield cycle(4 * second + i, second + i / 10)


def main(length_s: int) -> None:
    clock = SystemClock()
    items = list(session(length_s))
    inputs = [item for item in items if not isinstance(item, Cycle)]
    cost: dict[str, list[float]] = {"input": [], "cycle": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xdf"
        journal = XdfJournal.create(path, HEADER, quality_labels=LABELS[:3])
        for item in items:
            start_s = clock.now_s()
            if isinstance(item, Cycle):
                journal.cycle(item)
            else:
                journal.input(item)
            cost["cycle" if isinstance(item, Cycle) else "input"].append(clock.now_s() - start_s)
        journal.close()
        size = path.stat().st_size
        start_s = clock.now_s()
        n_read = sum(1 for _ in RecordedRun(path))
        read_s = clock.now_s() - start_s
        path.write_bytes(path.read_bytes()[:-5])
        start_s = clock.now_s()
        recover(path)
        recover_s = clock.now_s() - start_s
    assert n_read == len(items)
    for name, costs_s in cost.items():
        p50, p99, most = (1e6 * float(np.quantile(costs_s, q)) for q in (0.5, 0.99, 1.0))
        sys.stdout.write(f"write one {name:6} p50 {p50:7.1f} us  p99 {p99:7.1f} us  max {most:9.1f} us\n")
    sys.stdout.write(
        f"read           {1e6 * read_s / len(inputs):7.1f} us an input with its cycles; "
        f"{length_s / read_s:.0f} times real time\n"
        f"recover        {recover_s:.2f} s for {size / 1e6:.1f} MB ({size / length_s / 1000:.1f} kB a second)\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
