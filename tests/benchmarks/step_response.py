"""From a step of the control to what it changes in the rendered sound, attribute by attribute.

    python -m tests.benchmarks.step_response [steps] [generator]

The same piece is rendered with and without the step, composed by the generator (symbolic, the default of sessions) and
played by the player of the sound process. Decisions fall every quarter of a second and go through the session's own
`IntentMap`, slews and all; bars are composed two ahead, and anew before a bar line, as in a session (`render.py`). Of
the stepped intent one attribute alone follows, so that what changes is that one's doing; what the player makes good of
a composition's loudness is left out, since it answers every attribute at once. The time is that from the decision to
the first difference of more than -60 dB of the music's level; with it stands how many onsets, bar lines or phrase
starts (of the unstepped piece) had passed by then: 1 is the next one. To it come the output's own buffers.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generators.bars import Wish
from generators.piece import composing
from generators.render import Studio, blocks
from generators.sound.gains import Gains
from generators.sound.mix import MixSettings
from generators.sound.player import BLOCK_FRAMES, BLOCK_S
from generators.sound.ring import N_CHANNELS, RATE_HZ
from loop.intent import TABLE, IntentMap
from loop.values import Control, Intent, Presence, Target

HOP_S = 0.25                       # between decisions
BEFORE = Control(-0.2, -0.5)
UP_A, UP_V = Control(-0.2, 0.5), Control(0.6, -0.5)
TARGET = Target(0.0, 0.5, 0.1)     # not calm: its caps would hide a part of the step
STEPS_FROM_S, STEPS_WITHIN_S = 12.0, 10.0
MODE_STEPS_FROM_S = 36.0           # it may turn 32 s after the music began
LENGTH_S = 100.0
SHOWS_DB = -60.0
SEED = 11
MIX = MixSettings(trims=False)
SECONDS_AN_EIGHTH = 30.0           # over beats per minute


@dataclass(frozen=True)
class Step:
    """One attribute that follows a step; what it waits for."""

    attribute: str
    after: Control
    waits_for: str                 # "", "onsets", "bars" or "phrases"


STEPS = (
    Step("loudness_db", UP_A, ""), Step("brightness", UP_A, ""), Step("tempo_bpm", UP_A, "onsets"),
    Step("density", UP_A, "bars"), Step("register_semitones", UP_V, "bars"), Step("mode", UP_V, "phrases"),
)


class Course:
    """The wish at a time: one map lives on unstepped, the other steps; one attribute is taken from the second."""

    def __init__(self, step: Step | None, step_s: float) -> None:
        self._step, self._step_s = step, step_s
        self._plain, self._stepped = self._map(), self._map()
        self._decisions = 0
        self._intent: Intent | None = None

    def wish(self, at_s: float) -> Wish:
        """Return the wish of the newest decision; times must not go backward."""
        while self._decisions * HOP_S <= at_s:
            self._decide(self._decisions * HOP_S)
            self._decisions += 1
        assert self._intent is not None
        return Wish(self._intent, Presence.PLAYING, calm=False)

    def _map(self) -> IntentMap:
        return IntentMap(TABLE["loudness_db"].high)

    def _decide(self, at_s: float) -> None:
        stepped = self._step is not None and at_s >= self._step_s
        after = self._step.after if self._step is not None and stepped else BEFORE
        plain = self._plain.intent(BEFORE, TARGET, Presence.PLAYING, HOP_S)
        other = self._stepped.intent(after, TARGET, Presence.PLAYING, HOP_S)
        name = self._step.attribute if self._step is not None else "mode"
        changes: dict[str, Any] = {name: getattr(other, name)}
        self._intent = replace(plain, **changes)


def sounding(studio: Studio, generator: str, course: Course) -> Iterator[NDArray[np.float32]]:
    """Yield the blocks of the piece."""
    studio.player.gains = Gains()
    yield from blocks(studio, composing(generator, SEED), course.wish)


def render_plain(generator: str, folder: Path) -> None:
    """Write the unstepped piece, and when its onsets, bars and phrases begin, s."""
    studio, course = Studio(SEED, MIX), Course(None, 0.0)
    n_blocks = int(LENGTH_S / BLOCK_S)
    sound = np.empty((n_blocks, BLOCK_FRAMES, N_CHANNELS), dtype=np.float32)
    times: dict[str, list[float]] = {"onsets": [], "bars": [], "phrases": []}
    for index, block in zip(range(n_blocks), sounding(studio, generator, course), strict=False):
        sound[index] = block
        for played in studio.player.sequencer.played():
            began_s = played.frame / RATE_HZ
            times["bars"].append(began_s)
            times["phrases"] += [began_s] if played.bar.phrase_start else []
            times["onsets"] += [began_s + note.onset_eighths * SECONDS_AN_EIGHTH / played.tempo_bpm
                                for note in played.bar.notes]
    np.save(folder / "plain.npy", sound)
    (folder / "times.json").write_text(json.dumps({name: sorted(set(found)) for name, found in times.items()}))


def render_stepped(generator: str, folder: Path, step: Step, step_s: float) -> None:
    """Write when the stepped piece first differs from the unstepped one, s; nothing where it never does."""
    plain = np.load(folder / "plain.npy", mmap_mode="r")
    shows = float(np.sqrt(np.mean(plain[: int(step_s / BLOCK_S)].astype(float) ** 2)) * 10 ** (SHOWS_DB / 20))
    studio = Studio(SEED, MIX)
    for before, block, index in zip(plain, sounding(studio, generator, Course(step, step_s)), range(len(plain)),
                                    strict=False):
        apart = np.flatnonzero(np.abs(before - block).max(axis=1) > shows)
        if len(apart):
            (folder / "differs.json").write_text(json.dumps((index * BLOCK_FRAMES + int(apart[0])) / RATE_HZ))
            return


def _child(target: Any, arguments: tuple[Any, ...]) -> None:
    target(*arguments)
    os._exit(0)


def apart(target: Any, *arguments: Any) -> None:
    """Run in a process of its own: pyo keeps one server a process."""
    process = get_context("spawn").Process(target=_child, args=(target, arguments), daemon=True)
    process.start()
    process.join()
    assert process.exitcode == 0, process.exitcode


def row(step: Step, found: list[tuple[float, float]], times: dict[str, list[float]]) -> str:
    """Return the table's row of one attribute."""
    took_s = [differs_s - step_s for step_s, differs_s in found]
    passed = [sum(step_s < at_s <= differs_s + BLOCK_S for at_s in times[step.waits_for])
              for step_s, differs_s in found] if step.waits_for else []
    counted = f"{np.median(passed):g} ({min(passed)} to {max(passed)}) {step.waits_for}" if passed else ""
    axis = "A" if step.after is UP_A else "V"
    return (f"| {axis} | {step.attribute} | {len(found)} | {np.median(took_s):.3f} | {min(took_s):.3f} to "
            f"{max(took_s):.3f} | {counted} |\n")


def main() -> None:
    """Measure and print the table."""
    n_steps = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    generator = sys.argv[2] if len(sys.argv) > 2 else "symbolic"
    rng = np.random.default_rng(0)
    offsets_s = [HOP_S * round(at_s / HOP_S) for at_s in rng.uniform(0, STEPS_WITHIN_S, n_steps)]
    sys.stdout.write("| step in | attribute | steps | median, s | range, s | passed by then |\n"
                     "|---|---|---|---|---|---|\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apart(render_plain, generator, folder)
        times = json.loads((folder / "times.json").read_text())
        for step in STEPS:
            found = []
            from_s = MODE_STEPS_FROM_S if step.attribute == "mode" else STEPS_FROM_S
            for step_s in (from_s + offset_s for offset_s in offsets_s):
                apart(render_stepped, generator, folder, step, step_s)
                if (folder / "differs.json").exists():
                    found.append((step_s, float(json.loads((folder / "differs.json").read_text()))))
                    (folder / "differs.json").unlink()
            sys.stdout.write(row(step, found, times) if found else f"| | {step.attribute} | 0 | | | |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
