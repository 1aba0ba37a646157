"""Minutes of music on a JACK server with the other core fully loaded: underruns, and memory of each process.

    python -m tests.benchmarks.sound_soak [minutes] [burners] [rules] [alone] [realtime] [period=1024]

The wish goes round the affect plane once in some minutes; the symbolic composer plays, or, with that word, the rules.
`burners` processes (1 where left out) do nothing but compute. A bare JACK client stands beside the sound on the same
server. JACK runs its clients in turn, so what is late for it may be the sound's doing: with `alone` the bare client
plays without the sound, and what is late then is the machine's, the floor. With `realtime` the server asks for
real-time scheduling, as `jackd` does where nobody forbids it, and hands it to its clients' threads; without, all are
ordinary threads, as in a container or for a user without the right. `period=` gives the frames of the server's period
(256 where left out). Needs `jackd` (package jackd2).
"""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from generators.bars import Wish
from generators.ensemble import Ensemble, EnsembleSettings
from loop.clock import SystemClock
from loop.inputs import Report, ReportKind
from loop.values import Presence
from tests.benchmarks.bare_jack import NAME, BareClient
from tests.benchmarks.jack_server import SERVER_ITSELF, asked_period, jack_server, xruns
from tests.generators import stage
from tests.generators.intents import intent_at

MEGABYTE = 1e6
PERIODS_S = (600.0, 420.0)         # of valence and of arousal
SETTLED_S = 5.0                    # a server and three processes are started: what is late until then is not counted


def burn() -> None:
    """Keep a core busy."""
    while True:
        sum(range(10_000))


def wish_at(at_s: float) -> Wish:
    """Return the wish of a moment: round the plane, never the same way twice within an hour."""
    valence, arousal = (math.sin(2 * math.pi * at_s / period_s) for period_s in PERIODS_S)
    return Wish(intent_at(valence, arousal), Presence.PLAYING, calm=arousal < 0)


def resident_mb(ensemble: Ensemble) -> dict[str, float]:
    """Return the resident memory of each process."""
    return {name: psutil.Process(pid).memory_info().rss / MEGABYTE for name, pid in ensemble.pids.items()}


@dataclass
class Soaked:
    """What was counted once all had settled."""

    reports: list[Report] = field(default_factory=list)
    memory: list[dict[str, float]] = field(default_factory=list)     # every ten seconds
    bare: tuple[int, int] = (0, 0)                                    # periods of the bare client, late ones
    settled_at: int = 0                                               # in jackd's log

    def rows(self, log: Path) -> list[tuple[str, object]]:
        """Return the table's rows; `log` is jackd's own."""
        kinds = Counter(report.kind for report in self.reports)
        late = sum(report.number for report in self.reports if report.kind is ReportKind.UNDERRUN)
        said = xruns(log, self.settled_at)
        return [
            ("periods", self.bare[0]),
            ("bars, of them late", f"{kinds[ReportKind.BAR]}, {kinds[ReportKind.FALLBACK]}"),
            ("periods late, by callback times: sound", int(late)),
            ("periods late, by callback times: bare client", self.bare[1]),
            *((f"xruns in jackd's log: {who}", said[who]) for who in ("euthymia", NAME, SERVER_ITSELF)),
            *((f"{name}: resident, MB, first / last", f"{self.memory[0][name]:.0f} / {self.memory[-1][name]:.0f}")
              for name in self.memory[0]),
        ]


def burning(n_burners: int) -> list[SpawnProcess]:
    """Start what loads the other cores."""
    burners = [multiprocessing.get_context("spawn").Process(target=burn, daemon=True) for _ in range(n_burners)]
    for burner in burners:
        burner.start()
    return burners


def floor(minutes: float, n_burners: int, log: Path) -> list[tuple[str, object]]:
    """Let the bare client play alone; return the table's rows."""
    burners, clock = burning(n_burners), SystemClock()
    bare = BareClient()
    clock.wait_until(clock.now_s() + SETTLED_S)
    bare.take()
    settled_at = len(log.read_text(errors="replace"))
    clock.wait_until(clock.now_s() + 60 * minutes)
    periods, late = bare.take()
    said = xruns(log, settled_at)
    bare.close()
    for burner in burners:
        burner.kill()
    return [("periods", periods), ("periods late, by callback times: bare client, alone", late),
            *((f"xruns in jackd's log: {who}", said[who]) for who in (NAME, SERVER_ITSELF))]


def soak(minutes: float, n_burners: int, generator: str, log: Path) -> Soaked:
    """Play; return what was counted after it had settled."""
    burners = burning(n_burners)
    bare, clock, soaked = BareClient(), SystemClock(), Soaked()
    with tempfile.TemporaryDirectory() as folder:
        ensemble = Ensemble(EnsembleSettings("jack", generator, 1, Path(folder) / "audio.flac"))
        settled_s = clock.now_s() + SETTLED_S
        while clock.now_s() < settled_s + 60 * minutes:
            since_s = clock.now_s() - settled_s
            ensemble.play(stage.cycle(wish_at(since_s)))
            new = ensemble.reports()
            if since_s > 10 * len(soaked.memory):
                if not soaked.memory:
                    soaked.settled_at = len(log.read_text(errors="replace"))
                    bare.take()
                soaked.memory.append(resident_mb(ensemble))
            soaked.reports += new if soaked.memory else []
            clock.wait_until(clock.now_s() + 0.05)
        soaked.bare = bare.take()
        ensemble.close()
    bare.close()
    for burner in burners:
        burner.kill()
    return soaked


def main() -> None:
    """Run the soak and print its table."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    n_burners = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    realtime, generator = "realtime" in sys.argv, "rules" if "rules" in sys.argv else "symbolic"
    n_frames = asked_period(sys.argv)
    with jack_server(realtime=realtime, n_frames=n_frames) as log:
        rows = (floor(minutes, n_burners, log) if "alone" in sys.argv
                else soak(minutes, n_burners, generator, log).rows(log))
    scheduling = "realtime" if realtime else "no-realtime"
    load = ", ".join(f"{number:.1f}" for number in os.getloadavg())
    table = Table(title=f"{minutes:g} minutes of {generator} on jackd -d dummy, {scheduling}, "
                  f"{n_frames} frames a period, "
                  f"{n_burners} cores loaded, {os.cpu_count()} in all; load of the last 1, 5 and 15 minutes: {load}")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for what, figure in rows:
        table.add_row(what, str(figure))
    Console().print(table)


if __name__ == "__main__":
    main()
