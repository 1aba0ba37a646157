"""How far A- lies below K-weighting in this program's own music, and how well the journalled levels hold its energy.

Run by hand: ``python -m tests.benchmarks.sound_weighting``. Nine points of the plane for each palette, composed by the
rules, and for the usual palette by the symbolic composer too; each is rendered by the player of the sound process. Its
table goes into `generators/sound/weighting.py`. "Meter" is the energy of the levels that a session would journal, one
each half second, against that of the sound itself.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from dataclasses import dataclass
from itertools import product
from multiprocessing.connection import Connection

import numpy as np

from generators.bars import Wish
from generators.piece import composing
from generators.render import Studio, blocks
from generators.sound import palettes
from generators.sound.mix import MixSettings
from generators.sound.player import BLOCK_FRAMES, BLOCK_S
from generators.sound.process import LEVEL_EVERY_S
from generators.sound.ring import N_CHANNELS
from generators.sound.weighting import a_power, k_power, level_db
from loop.values import Presence
from tests.generators.intents import intent_at

POINTS = (-0.7, 0.0, 0.7)
PIECE_S = 45.0
SKIPPED_S = 5.0                    # the fade-in and the first notes
SEED = 7
SYMBOLIC = ("symbolic", palettes.DEFAULT)


@dataclass(frozen=True)
class Job:
    generator: str
    palette: str
    valence: float
    arousal: float
    bed: str = "off"


def measured(job: Job) -> tuple[float, float]:
    """Return A - K and meter - K of one piece, dB."""
    wish = Wish(intent_at(job.valence, job.arousal), Presence.PLAYING, 0.0, job.arousal < 0)
    studio = Studio(SEED, MixSettings(job.palette, bed=job.bed))
    n_blocks, every = int(PIECE_S / BLOCK_S), round(LEVEL_EVERY_S / BLOCK_S)
    sound = np.empty((n_blocks * BLOCK_FRAMES, N_CHANNELS))
    levels = []
    played = blocks(studio, composing(job.generator, SEED), lambda at_s: wish)
    for index, block in zip(range(n_blocks), played, strict=False):
        sound[index * BLOCK_FRAMES:(index + 1) * BLOCK_FRAMES] = block
        if index % every == 0:
            levels.append((index * BLOCK_S, studio.player.bus.level_lufs))
    whole = sound[int(SKIPPED_S / BLOCK_S) * BLOCK_FRAMES:]
    k_db = level_db(whole, k_power)
    meter_db = 10 * np.log10(np.mean([10 ** (lufs / 10) for at_s, lufs in levels if at_s > SKIPPED_S]))
    return level_db(whole, a_power) - k_db, float(meter_db) - k_db


def _child(job: Job, pipe: Connection) -> None:
    pipe.send(measured(job))
    os._exit(0)


def apart(job: Job) -> tuple[float, float]:
    """Measure in a process of its own: pyo keeps one server a process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    context.Process(target=_child, args=(job, theirs), daemon=True).start()
    theirs.close()
    a_db, meter_db = ours.recv()
    return a_db, meter_db


def main() -> None:
    """Measure and print the table."""
    sys.stdout.write("| composer, palette, bed | A - K: mean, lowest, highest, dB | SD | meter - K: the same |\n"
                     "|---|---|---|---|\n")
    rows = [*(("rules", name, "off") for name in palettes.NAMES), (*SYMBOLIC, "off"),
            ("rules", palettes.DEFAULT, "rain")]
    for generator, palette, bed in rows:
        found = np.array([apart(Job(generator, palette, v, a, bed)) for v, a in product(POINTS, POINTS)])
        (a_db, meter_db), sd = found.T, found[:, 0].std(ddof=1)
        sys.stdout.write(f"| {generator}, {palette}, {bed} | {a_db.mean():.1f}, {a_db.min():.1f}, {a_db.max():.1f} | "
                         f"{sd:.1f} | {meter_db.mean():+.2f}, {meter_db.min():+.2f}, {meter_db.max():+.2f} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
