"""How fast a record replays: `python -m tests.benchmarks.replay_speed`. Times real time, on one core, reading included.

Beside the wall time stands the CPU time, which other processes disturb less, and that of a bare rfft of one window.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import psutil

from loop.clock import wall_time
from sensing.sources.listener.person import draw_person
from sensing.sources.listener.scalp import labels_for
from sensing.sources.listener.source import header_of
from sessions import builder
from sessions.protocol.loading import load_protocol, with_minutes
from sessions.record.journal import XdfJournal
from sessions.record.manifest import Manifest, write_manifest
from sessions.record.storage import RunFolder, new_run
from sessions.rehearsal import rehearse
from sessions.review.replay import replay_session

SEED = 5
RATE_HZ = 250.0
RFFTS = 1000


def recorded(out: Path, n_channels: int, minutes: float) -> RunFolder:
    """Record a rehearsal of `demo`, its music `minutes` long."""
    loaded = with_minutes(load_protocol("demo"), minutes)
    header = header_of(f"listener {SEED}", labels_for(n_channels), RATE_HZ, "replay-speed")
    built = builder.build_engine(loaded.protocol, header)
    run = new_run(out, "P1", loaded.protocol.title)
    built.given.write(run.given)
    run.protocol.write_text(loaded.resolved_yaml)
    write_manifest(run.manifest, Manifest("P1", "demo", header, {}, loaded.resolved_yaml, wall_time()))
    journal = XdfJournal.create(run.xdf, header, {}, [header.labels[i] for i in built.eeg_indices])
    rehearse(loaded.protocol, draw_person(SEED), SEED, n_channels, journal)
    journal.close()
    return run


def cpu_s() -> float:
    """Return the CPU time of this process."""
    spent = psutil.Process().cpu_times()
    return float(spent.user + spent.system)


def rfft_us(n_channels: int) -> float:
    """Return the CPU time of a bare rfft of a window of 4 s."""
    window = np.random.default_rng(SEED).standard_normal((int(4 * RATE_HZ), n_channels))
    began_s = cpu_s()
    for _ in range(RFFTS):
        np.fft.rfft(window, axis=0)
    return (cpu_s() - began_s) / RFFTS * 1e6


def row(n_channels: int, minutes: float, runs: int) -> str:
    """Record and replay; return a row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        run = recorded(Path(folder), n_channels, minutes)
        done, cpu_us, bare_us = [], [], []
        for _ in range(runs):
            bare_us.append(rfft_us(n_channels))
            began_s = cpu_s()
            done.append(replay_session(run.session))
            cpu_us.append((cpu_s() - began_s) / done[-1]["cycles"] * 1e6)
    speeds = [d["speed"] for d in done]
    return (f"| {n_channels} | {done[0]['cycles']} | {min(d['identical'] for d in done)} "
            f"| {spread(speeds)} | {spread(cpu_us)} | {spread(bare_us)} |")


def spread(values: list[float]) -> str:
    """Return median, lowest and highest."""
    return f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


def main() -> None:
    """Print a Markdown table: one row a montage."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    psutil.Process().cpu_affinity([0])
    sys.stdout.write("Each: median (lowest to highest).\n\n")
    rows = ["| channels at 250 Hz | cycles | identical | times real time | CPU, us a cycle | CPU of a bare rfft, us |",
            "|---|---|---|---|---|---|"]
    rows += [row(n_channels, options.minutes, options.runs) for n_channels in (8, 32)]
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
