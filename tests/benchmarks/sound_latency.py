"""From a step of the intent to a change in the sound, measured in what is rendered.

    python -m tests.benchmarks.sound_latency [steps]

The same music is rendered with and without the step, by the player of the sound process, which looks for a new wish as
often; the first moment at which the two differ by more than -60 dB of the music's level is the latency. To it come the
output's own buffers, and for a cycle the time from the session's write (some microseconds: shared memory).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from generators.bars import Wish
from generators.render import InTurn, rendered
from generators.sound.ring import RATE_HZ, Pcm
from tests.generators import scenes

SECONDS = 7.0
FIRST_STEP_S = 4.0
SHOWS_DB = -60.0
STEPS: dict[str, dict[str, float]] = {
    "loudness, -6 dB": {"loudness_db": -6.0},
    "loudness, +3 dB": {"loudness_db": 3.0},
    "brightness, up by .3": {"brightness": 0.7},
    "brightness, down by .3": {"brightness": 0.1},
}


def music(step_s: float, changes: dict[str, float]) -> Pcm:
    """Return music whose intent steps at `step_s`."""
    def course(at_s: float) -> Wish:
        return scenes.wish(**changes) if at_s >= step_s else scenes.wish()  # type: ignore[arg-type]
    return rendered(InTurn(scenes.bars()), course, SECONDS)


def rendered_apart(scene: Callable[[], Pcm], name: str) -> Pcm:
    """Return what `scene` renders in a process of its own."""
    named = _Named(scene, name)
    with tempfile.TemporaryDirectory() as folder:
        return scenes.in_child(named, Path(folder))


class _Named:
    def __init__(self, scene: Callable[[], Pcm], name: str) -> None:
        self._scene = scene
        self.__name__ = name

    def __call__(self) -> Pcm:
        return self._scene()


def latency_ms(plain: Pcm, stepped: Pcm, step_s: float) -> float:
    """Return the time from the step to the first difference that shows."""
    shows = np.sqrt((plain.astype(float) ** 2).mean()) * 10 ** (SHOWS_DB / 20)
    first = np.flatnonzero(np.abs(plain - stepped).max(axis=1) > shows)[0]
    return float(1000 * (first / RATE_HZ - step_s))


def main() -> None:
    """Measure and print the table."""
    n_steps = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    rng = np.random.default_rng(0)
    plain = rendered_apart(partial(music, SECONDS + 1, {}), "plain")
    table = Table(title=f"from a step of the intent to a change in the sound, {n_steps} steps each")
    for column in ("step", "median, ms", "longest, ms"):
        table.add_column(column, justify="left" if column == "step" else "right")
    for name, changes in STEPS.items():
        found = []
        for step_s in FIRST_STEP_S + rng.uniform(0, 1, n_steps):
            stepped = rendered_apart(partial(music, float(step_s), changes), "stepped")
            found.append(latency_ms(plain, stepped, float(step_s)))
        table.add_row(name, f"{np.median(found):.0f}", f"{max(found):.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
