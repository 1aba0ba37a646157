"""Integrated loudness and true peak of what is rendered, over the affect plane, against what was asked for.

Run by hand: ``python -m tests.benchmarks.sound_levels [palette ...]``: 5 x 5 points each. With ``--fit`` it measures
intents drawn at random instead, and prints the table of `generators/sound/loudness.py` anew. With ``--soundfont FILE``
a SoundFont's instruments play.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from dataclasses import dataclass, replace
from itertools import product
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.signal import resample_poly

from generators.bars import Wish
from generators.piece import composing
from generators.render import rendered
from generators.sound import loudness, palettes
from generators.sound.mix import CEILING_DBTP, LEVEL_LUFS, MixSettings
from generators.sound.player import BLOCK_S
from generators.sound.ring import RATE_HZ, Pcm
from generators.sound.soundfont import render_bank
from loop.clock import SystemClock
from loop.intent import TABLE
from loop.values import Intent, Presence
from tests.generators.intents import intent_at

POINTS = np.linspace(-1, 1, 5)
PIECE_S = 28.0
SKIPPED_S = 5.0                    # the fade-in and the first notes
N_FIT = 36
SPREAD = 0.2                       # of an attribute's range
WORKERS = 2
SEED = 5


@dataclass(frozen=True)
class Job:
    palette: str
    intent: Intent
    calm: bool
    seed: int = SEED
    trims: bool = True             # as in a session; a fit measures what the trim would make good
    bank: str = ""                 # of a SoundFont's notes


@dataclass(frozen=True)
class Heard:
    lufs: float
    peak_dbtp: float
    speed: float                   # times real time


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def hear(job: Job) -> Heard:
    import pyloudnorm

    clock = SystemClock()
    began_s = clock.now_s()
    wish = Wish(job.intent, Presence.PLAYING, 0.0, job.calm)
    mix = MixSettings(job.palette, bank=job.bank, trims=job.trims)
    sound = rendered(composing("rules", job.seed), lambda at_s: wish, PIECE_S, job.seed, mix)
    took_s = clock.now_s() - began_s
    whole = sound[int(SKIPPED_S * RATE_HZ):]
    return Heard(float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(whole)), true_peak_db(whole), PIECE_S / took_s)


def true_peak_db(sound: Pcm) -> float:
    return float(20 * np.log10(np.abs(resample_poly(sound.astype(float), 4, 1, axis=0)).max()))


def _child(job: Job, pipe: Connection) -> None:
    heard = hear(job)
    pipe.send((heard.lufs, heard.peak_dbtp, heard.speed))
    os._exit(0)


def all_heard(jobs: list[Job]) -> list[Heard]:
    """Hear each job in a process of its own, some at a time: pyo keeps one server a process."""
    context, found = multiprocessing.get_context("spawn"), []
    for first in range(0, len(jobs), WORKERS):
        ends = []
        for job in jobs[first:first + WORKERS]:
            ours, theirs = context.Pipe()
            context.Process(target=_child, args=(job, theirs), daemon=True).start()
            theirs.close()
            ends.append(ours)
        found += [Heard(*end.recv()) for end in ends]
    return found


def random_intent(rng: np.random.Generator) -> tuple[Intent, bool]:
    """Return an intent about one of the plane, each attribute moved by itself, and whether it is calm."""
    valence, arousal = rng.uniform(-1, 1, 2)
    intent, calm = intent_at(float(valence), float(arousal)), bool(arousal < 0)
    values = {name: float(np.clip(getattr(intent, name) + SPREAD * (row.high - row.low) * rng.uniform(-1, 1),
                                  row.low, row.high))
              for name, row in TABLE.items() if name not in ("tempo_octaves", "loudness_db")}
    tempo_bpm = intent.tempo_bpm * 2 ** (SPREAD * float(rng.uniform(-1, 1)))
    return replace(intent, tempo_bpm=min(tempo_bpm, 84.0) if calm else tempo_bpm, loudness_db=0.0,
                   **values), calm  # type: ignore[arg-type]


def fit(palette: str, bank: str) -> None:
    rng = np.random.default_rng(SEED)
    jobs = [Job(palette, *random_intent(rng), index, trims=False, bank=bank) for index in range(N_FIT)]
    expected = loudness.Loudness(palette, LEVEL_LUFS, banked=bool(bank))
    made_good = [expected.makeup_db(Wish(job.intent, Presence.PLAYING, 0.0, job.calm)) for job in jobs]
    lufs = np.array([heard.lufs for heard in all_heard(jobs)]) - np.array(made_good)
    design = np.array([loudness.terms(job.intent, job.calm) for job in jobs])
    weights = np.linalg.lstsq(design, lufs, rcond=None)[0]
    spread = float(np.sqrt(np.sum((lufs - design @ weights) ** 2) / (len(jobs) - len(weights))))
    say(f'    "{palette}": ({", ".join(f"{weight:.2f}" for weight in weights)}),    # spread {spread:.2f} LU, '
        f"{lufs.min():.1f}..{lufs.max():.1f}")


def table(palette: str, bank: str) -> None:
    points = list(product(POINTS[::-1], POINTS))
    jobs = [Job(palette, intent_at(float(v), float(a)), bool(a < 0), bank=bank) for a, v in points]
    found = all_heard(jobs)
    asked = [LEVEL_LUFS + (min(job.intent.loudness_db, 0.0) if job.calm else job.intent.loudness_db) for job in jobs]
    misses = np.array([heard.lufs for heard in found]) - np.array(asked)
    say(f"\n{palette}: LUFS heard - asked, LU; rows A from +1, columns V from -1")
    for row, a in enumerate(POINTS[::-1]):
        cells = "".join(f"{found[row * 5 + k].lufs:8.1f} ({misses[row * 5 + k]:+.1f})" for k in range(5))
        say(f"A {a:+.1f} asked {asked[row * 5]:6.1f} |{cells}")
    say(f"largest miss {np.abs(misses).max():.2f} LU, rms {np.sqrt((misses**2).mean()):.2f}; highest true peak "
        f"{max(heard.peak_dbtp for heard in found):.2f} dBTP (ceiling {CEILING_DBTP}); "
        f"{np.median([heard.speed for heard in found]):.0f} times real time, a block of {1000 * BLOCK_S:.2f} ms")


def main(words: list[str]) -> None:
    font = words.pop(words.index("--soundfont") + 1) if "--soundfont" in words else ""
    names = [word for word in words if not word.startswith("-")] or list(palettes.NAMES)
    for name in names:
        with TemporaryDirectory() as folder:
            bank = render_bank(Path(font), name, Path(folder)) if font else ""
            (fit if "--fit" in words else table)(name, bank)


if __name__ == "__main__":
    main(sys.argv[1:])
