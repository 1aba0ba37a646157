"""Minutes of music on a JACK server with the other core fully loaded: underruns, and memory of each process.

    python -m tests.benchmarks.sound_soak [minutes] [burners]

`burners` processes (1 where left out) do nothing but compute. Needs `jackd` (package jackd2).
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from generators.ensemble import Ensemble, EnsembleSettings
from generators.sound.ring import RATE_HZ
from loop.clock import SystemClock
from loop.inputs import Report, ReportKind
from tests.generators import stage

MEGABYTE = 1e6
SERVER = "euthymia-soak"
SETTLED_S = 5.0                    # a server and three processes are started: what is late until then is not counted


def burn() -> None:
    """Keep a core busy."""
    while True:
        sum(range(10_000))


def resident_mb(ensemble: Ensemble) -> dict[str, float]:
    """Return the resident memory of each process."""
    return {name: psutil.Process(pid).memory_info().rss / MEGABYTE for name, pid in ensemble.pids.items()}


def soak(minutes: float, n_burners: int) -> tuple[list[Report], list[dict[str, float]]]:
    """Play; return what was reported after it had settled, and the memory every ten seconds."""
    burners = [multiprocessing.get_context("spawn").Process(target=burn, daemon=True) for _ in range(n_burners)]
    for burner in burners:
        burner.start()
    clock = SystemClock()
    reports: list[Report] = []
    memory: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        ensemble = Ensemble(EnsembleSettings("jack", "rules", 1, Path(folder) / "audio.flac"))
        begun_s = clock.now_s()
        while clock.now_s() < begun_s + SETTLED_S + 60 * minutes:
            ensemble.play(stage.playing())
            new = ensemble.reports()
            since_s = clock.now_s() - begun_s
            reports += new if since_s > SETTLED_S else []
            if since_s > SETTLED_S + 10 * len(memory):
                memory.append(resident_mb(ensemble))
            clock.wait_until(clock.now_s() + 0.05)
        ensemble.close()
    for burner in burners:
        burner.kill()
    return reports, memory


def main() -> None:
    """Run the soak and print its table."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    n_burners = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    os.environ["JACK_DEFAULT_SERVER"], os.environ["JACK_NO_START_SERVER"] = SERVER, "1"
    command = ["jackd", "--no-realtime", "-n", SERVER, "-d", "dummy", "-r", str(RATE_HZ), "-p", "256"]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "jackd.log"
        with log.open("wb") as out:
            server = subprocess.Popen(command, stdout=out, stderr=out)
            clock = SystemClock()
            clock.wait_until(clock.now_s() + 1.0)
            reports, memory = soak(minutes, n_burners)
            server.terminate()
            server.wait()
        said = log.read_text(errors="replace").lower().count("xrun")
    kinds = Counter(report.kind for report in reports)
    underruns = sum(report.number for report in reports if report.kind is ReportKind.UNDERRUN)
    table = Table(title=f"{minutes:g} minutes on jackd -d dummy, {n_burners} cores loaded, {os.cpu_count()} in all")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for what, figure in (("bars", kinds[ReportKind.BAR]), ("bars that were late", kinds[ReportKind.FALLBACK]),
                         ("blocks late, by callback times", int(underruns)), ("xruns in jackd's own log", said),
                         *((f"{name}: resident, MB, first / last", f"{memory[0][name]:.0f} / {memory[-1][name]:.0f}")
                           for name in memory[0])):
        table.add_row(what, str(figure))
    Console().print(table)


if __name__ == "__main__":
    main()
