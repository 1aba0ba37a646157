"""What the screen costs the session and the window: `python -m tests.benchmarks.live_view`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from loop.clock import SystemClock
from sessions.live.snapshot import snapshot_from_json
from sessions.live.view import LiveView
from tests.ui.fake_live import FEW, LABELS, Scene, make

REPEATS = 1000


def cost_us(work: Callable[[], object]) -> str:
    clock = SystemClock()
    spent_us = []
    for _ in range(REPEATS):
        began_s = clock.now_s()
        work()
        spent_us.append((clock.now_s() - began_s) * 1e6)
    return "  ".join(f"{value:8.1f}" for value in np.percentile(spent_us, (50, 95, 100)))


def table(labels: tuple[str, ...], folder: Path) -> None:
    session = make(folder, 60.0, labels=labels)
    now_s = session.clock.now_s()
    cycle, chunk = session.cycle(Scene(), now_s), session.chunk(now_s)
    view = LiveView(folder, SystemClock())
    view.read()
    text = view._open().text()
    for name, work in (
        ("session: a chunk with a decision", lambda: session.post.saw(chunk, (cycle,))),
        ("session: a chunk without one", lambda: session.post.saw(chunk, ())),
        ("window: a new snapshot", lambda: snapshot_from_json(text)),
        ("window: nothing new", view.read),
        ("window: 10 s of EEG", view.traces),
    ):
        sys.stdout.write(f"{len(labels):2d} channels, {name:32}{cost_us(work)}\n")
    session.close()


def main() -> None:
    sys.stdout.write(f"{'us':45}{'p50':>8}  {'p95':>8}  {'max':>8}\n")
    for labels in (FEW, LABELS):
        with tempfile.TemporaryDirectory() as folder:
            table(labels, Path(folder))


if __name__ == "__main__":
    main()
