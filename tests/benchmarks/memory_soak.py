"""Resident memory of every process of a session: `python -m tests.benchmarks.memory_soak --minutes 20 [--jack]`.

A whole simulated session over real LSL with music and the window (offscreen), 32 channels at 250 Hz. Prints a Markdown
table: resident memory after one minute and at the end, the highest, and the slope over the second half. With `--jack`
it plays on a JACK server that schedules in real time, as JACK does by itself; beside it on the server stands a client
that does nothing, and what was late for each is told.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import psutil

from loop.clock import SystemClock
from tests.benchmarks.bare_jack import BareClient
from tests.benchmarks.jack_server import jack_server, xruns

EVERY_S = 5.0
SETTLED_S = 60.0
MEGABYTE = 2**20
MARKS = (("window", "Qt6Widgets"), ("sound", "_pyo"), ("listener", "liblsl"))      # told by a library in their map
Row = tuple[float, str, float, float]          # time s, role, resident MB, CPU % of a core
PROTOCOL = """
extends: demo
title: Soak
phases:
  - check_quality: {{at_least: 0.5, wait_s: 60}}
  - baseline: {{eyes: closed, minutes: 0.9, clean_s: 20}}
  - regulate: {{minutes: {minutes}, eyes: closed, towards: {{valence: 0.4, arousal: -0.6}}}}
  - return_to_alert: {{minutes: 0.1}}
safety: {{longest_minutes: 240}}
"""


def role(process: psutil.Process, session: psutil.Process) -> str:
    """Return what a process of the session is; '' for a helper of Python's own."""
    if process == session:
        return "session"
    words = " ".join(process.cmdline())
    if "resource_tracker" in words:
        return ""
    libraries = " ".join(area.path for area in process.memory_maps())
    return next((name for name, mark in MARKS if mark in libraries), "music")


def main() -> None:
    """Run one session and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--jack", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, (
        jack_server(realtime=True) if options.jack else nullcontext()
    ) as log:
        bare = BareClient() if log else None
        rows, said = session(Path(folder), options.minutes, "jack" if log else "auto")
        lines = table(rows, said)
        if log and bare:
            lines.append(f"Xruns in jackd's log: {dict(xruns(log))}; periods of a client that does nothing, and late "
                         f"ones by its callback times: {bare.take()}.")
            bare.close()
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


def session(folder: Path, minutes: float, sound: str) -> tuple[list[Row], dict[str, object]]:
    """Run one session; return what was seen of its processes, and what it said at its end."""
    protocol = folder / "soak.yaml"
    protocol.write_text(PROTOCOL.format(minutes=minutes))
    command = [sys.executable, "-c", "import sys; from ui.cli import main; sys.exit(main())", "run", str(protocol),
               "--simulate", "--unattended", "--json", "--sound", sound, "--out", str(folder)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    rows = watch(psutil.Process(started.pid), started, SystemClock())
    return rows, json.loads(started.communicate()[0])


def watch(session: psutil.Process, started: subprocess.Popen[bytes], clock: SystemClock) -> list[Row]:
    """Return rows of (time, role, resident MB, CPU share) until the session ends."""
    rows: list[Row] = []
    began_s = clock.now_s()
    seen: dict[int, psutil.Process] = {}
    while started.poll() is None:
        clock.wait_until(clock.now_s() + EVERY_S)
        try:
            for process in (session, *session.children(recursive=True)):
                known = seen.setdefault(process.pid, process)
                name = role(known, session)
                resident_mb = known.memory_info().rss / MEGABYTE
                if name and resident_mb > 0.0:          # a process that has just ended has none
                    rows.append((clock.now_s() - began_s, name, resident_mb, known.cpu_percent()))
        except psutil.Error:
            continue
    for left in psutil.wait_procs(seen.values(), timeout=0)[1]:      # a window outlives its session
        left.terminate()
    return rows


def table(rows: list[Row], said: dict[str, object]) -> list[str]:
    """Return the table."""
    lines = ["| process | after 1 min, MB | at the end, MB | highest, MB | slope, MB/h | CPU, median % of a core |",
             "|---|---|---|---|---|---|"]
    for name in sorted({row[1] for row in rows}):
        mine = np.array([(t, rss, cpu) for t, role_, rss, cpu in rows if role_ == name and t > SETTLED_S])
        if len(mine) < 4:
            continue
        late = mine[len(mine) // 2:]
        slope = np.polyfit(late[:, 0], late[:, 1], 1)[0] * 3600.0
        lines.append(f"| {name} | {mine[0, 1]:.0f} | {mine[-1, 1]:.0f} | {mine[:, 1].max():.0f} | {slope:+.1f} "
                     f"| {np.median(mine[:, 2]):.0f} |")
    told = ", ".join(f"{name} {said.get(name)}" for name in ("cycles", "held", "underruns", "latency_ms"))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return [*lines, "", f"Session: {told}.", f"{os.cpu_count()} cores; load of the last 1, 5 and 15 minutes: {load}."]


if __name__ == "__main__":
    main()
