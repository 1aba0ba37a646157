"""How fast a record replays: `python -m tests.benchmarks.replay_speed`. Times real time, on one core, reading included."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

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


def recorded(out: Path, n_channels: int, minutes: float) -> RunFolder:
    """Record a rehearsal of `demo`, its music `minutes` long."""
    loaded = with_minutes(load_protocol("demo"), minutes)
    header = header_of(f"listener {SEED}", labels_for(n_channels), RATE_HZ, "replay-speed")
    built = builder.build_engine(loaded.protocol, header)
    run = new_run(out, "P1", loaded.protocol.title)
    builder.write_given(run.given, built)
    run.protocol.write_text(loaded.resolved_yaml)
    write_manifest(run.manifest, Manifest("P1", "demo", header, {}, loaded.resolved_yaml, wall_time()))
    journal = XdfJournal.create(run.xdf, header, {}, [header.labels[i] for i in built.eeg_indices])
    rehearse(loaded.protocol, draw_person(SEED), SEED, n_channels, journal)
    journal.close()
    return run


def main() -> None:
    """Print a Markdown table: one row a montage."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    psutil.Process().cpu_affinity([0])
    rows = ["| channels at 250 Hz | cycles | identical | times real time: median (lowest to highest) |", "|---|---|---|---|"]
    for n_channels in (8, 32):
        with tempfile.TemporaryDirectory() as folder:
            run = recorded(Path(folder), n_channels, options.minutes)
            done = [replay_session(run.session) for _ in range(options.runs)]
        speeds = [d["speed"] for d in done]
        rows.append(f"| {n_channels} | {done[0]['cycles']} | {min(d['identical'] for d in done)} "
                    f"| {statistics.median(speeds):.0f} ({min(speeds):.0f} to {max(speeds):.0f}) |")
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
