"""From the newest sample to the published cycle: `python -m tests.benchmarks.latency --minutes 2 --sound auto jack`.

A whole simulated session over real LSL, 32 channels at 250 Hz, with music, once for each output; `jack` plays to a
dummy server of its own, where `jackd` is installed. Prints Markdown: the latency as `run --json` reports it, the part
of it that had passed when the session had the sample in its hands (sender, LSL, waking up), and the processor of each
process. On a machine that does other work too, the figures are upper bounds: the load stands below the tables.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyxdf

from loop.clock import SystemClock
from sessions.record.cycles import LABELS
from sessions.record.storage import find_run
from tests.benchmarks.memory_soak import role

EVERY_S = 1.0
SETTLED_S = 20.0                   # imports and the start of five processes are not what is measured
STEADY = 50, 95, 99, 100
PROTOCOL = """
extends: demo
title: Latency
phases:
  - check_quality: {{at_least: 0.5, wait_s: 60}}
  - baseline: {{eyes: closed, minutes: 0.34, clean_s: 20}}
  - regulate: {{minutes: {minutes}, eyes: closed, towards: {{valence: 0.4, arousal: -0.6}}}}
  - return_to_alert: {{minutes: 0.1}}
"""


@contextmanager
def jackd() -> Iterator[None]:
    """Run a dummy server, which this process and its children take for the default one."""
    name = f"euthymia-{uuid.uuid4().hex[:8]}"
    command = ["jackd", "--no-realtime", "-n", name, "-d", "dummy", "-r", "48000", "-p", "256"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.environ["JACK_DEFAULT_SERVER"] = name
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def measured(sound: str, minutes: float, folder: Path) -> tuple[dict[str, Any], dict[str, float]]:
    """Run one session; return what it said, and the processor of each process, percent of a core."""
    protocol = folder / f"{sound}.yaml"
    protocol.write_text(PROTOCOL.format(minutes=minutes))
    command = [sys.executable, "-c", "import sys; from ui.cli import main; sys.exit(main())", "run", str(protocol),
               "--simulate", "--unattended", "--no-window", "--sound", sound, "--json", "--out", str(folder)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE)
    processor = watch(psutil.Process(started.pid), started)
    return json.loads(started.communicate()[0]), processor


def watch(session: psutil.Process, started: subprocess.Popen[bytes]) -> dict[str, float]:
    """Return the mean share of a core of each process, once all is settled and until the session ends."""
    clock = SystemClock()
    begun_s = clock.now_s()
    first: dict[str, tuple[float, float]] = {}
    last: dict[str, tuple[float, float]] = {}
    while started.poll() is None:
        clock.wait_until(clock.now_s() + EVERY_S)
        try:
            for process in (session, *session.children()) if clock.now_s() - begun_s > SETTLED_S else ():
                name, spent = role(process, session), process.cpu_times()
                last[name] = clock.now_s(), spent.user + spent.system
                first.setdefault(name, last[name])
        except psutil.Error:
            continue
    return {name: 100.0 * (last[name][1] - first[name][1]) / max(EVERY_S, last[name][0] - first[name][0])
            for name in sorted(first) if name}


def arrival_ms(session: Path) -> list[float]:
    """Return percentiles of the time from the newest sample of a decision to its arrival in the session."""
    streams, _ = pyxdf.load_xdf(str(find_run(session).xdf), synchronize_clocks=False, dejitter_timestamps=False)
    cycles = next(np.asarray(each["time_series"]) for each in streams if each["info"]["name"][0] == "cycles")
    free = cycles[cycles[:, LABELS.index("status.hold")] == 0]
    waits_ms = 1000.0 * (free[:, LABELS.index("time_s")] - free[:, LABELS.index("newest_s")])
    return [float(np.nanpercentile(waits_ms, share)) for share in STEADY]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--sound", nargs="+", default=["auto", "jack"], choices=["auto", "jack", "off"])
    options = parser.parse_args()
    outputs = [name for name in options.sound if name != "jack" or shutil.which("jackd")]
    lines = ["| sound | p50, ms | p95, ms | max, ms | held | underruns | of it arrival: p50, p95, p99, max, ms "
             "| processor, % of a core |", "|---|---|---|---|---|---|---|---|"]
    for name in outputs:
        with tempfile.TemporaryDirectory() as folder, jackd() if name == "jack" else nullcontext():
            said, processor = measured(name, options.minutes, Path(folder))
            arrival = ", ".join(f"{value:.1f}" for value in arrival_ms(Path(said["session"])))
        latency = " | ".join(f"{said['latency_ms'][share]:.1f}" for share in ("p50", "p95", "max"))
        shares = ", ".join(f"{process} {share:.0f}" for process, share in processor.items())
        held = f"{said['held']} of {said['cycles']}"
        lines.append(f"| {name} | {latency} | {held} | {said['underruns']} | {arrival} | {shares} |")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    lines += ["", f"{os.cpu_count()} cores; load of the last 1, 5 and 15 minutes: {load}."]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
