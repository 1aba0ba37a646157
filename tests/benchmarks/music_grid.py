"""The grid of the affect plane: every cell composed, played into a file and kept, so that a run that was cut goes on.

Run by hand: ``python -m tests.benchmarks.music_grid FOLDER [generator]``. 7 x 7 points, 3 seeds, 60 s each, the first
seed's whole plane first. A cell is a FLAC of 16 bits and the bars as they were played; what measures them is elsewhere.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from generators.bars import Bar, Wish, bar_from_json, bar_to_json
from generators.piece import composing
from generators.render import Studio, blocks
from generators.sound.player import BLOCK_S
from generators.sound.ring import RATE_HZ, Pcm
from loop.values import Intent, Presence
from tests.generators.intents import intent_at

POINTS = tuple(round(float(point), 4) for point in np.linspace(-1, 1, 7))
SEEDS = (0, 1, 2)
PIECE_S = 60.0
BEATS_A_BAR = 4


class Asked(Protocol):
    """What one sound is asked to be, and by whom it is composed."""

    @property
    def generator(self) -> str: ...

    @property
    def seed(self) -> int: ...

    @property
    def intent(self) -> Intent: ...

    @property
    def wish(self) -> Wish: ...

    @property
    def stem(self) -> str: ...


@dataclass(frozen=True)
class Cell:
    """One point of the plane and a seed."""

    generator: str
    valence: float
    arousal: float
    seed: int

    @property
    def intent(self) -> Intent:
        return intent_at(self.valence, self.arousal)

    @property
    def wish(self) -> Wish:
        return Wish(self.intent, Presence.PLAYING, calm=self.arousal < 0)

    @property
    def stem(self) -> str:
        return f"{self.generator}_v{self.valence:+.2f}_a{self.arousal:+.2f}_s{self.seed}"


@dataclass(frozen=True)
class Take:
    """What was played of a cell: each bar with the frame at which it began."""

    cell: Asked
    bars: tuple[Bar, ...]
    frames: tuple[int, ...]

    def tempo_bpm(self) -> float:
        """Return the mean tempo as played, from the frames of the bars."""
        if len(self.frames) < 2:
            return float("nan")
        bar_s = (self.frames[-1] - self.frames[0]) / (len(self.frames) - 1) / RATE_HZ
        return 60.0 * BEATS_A_BAR / bar_s


def cells(generator: str, seeds: tuple[int, ...] = SEEDS) -> list[Cell]:
    """Return the grid, one whole plane after another."""
    return [Cell(generator, valence, arousal, seed) for seed, arousal, valence in product(seeds, POINTS, POINTS)]


def bars_of(cell: Asked, seconds: float = PIECE_S) -> list[Bar]:
    """Return the bars of a cell, composed without a sound."""
    desk = composing(cell.generator, cell.seed)
    n_bars = round(seconds * cell.intent.tempo_bpm / (60 * BEATS_A_BAR))
    return [bar for bar in (desk.bar(cell.wish) for _ in range(n_bars)) if bar is not None]


def file_of(folder: Path, cell: Asked) -> Path:
    return folder / f"{cell.stem}.flac"


def sound_of(folder: Path, cell: Asked) -> Pcm:
    """Return what was rendered of a cell, (n_frames, 2) float32."""
    return soundfile.read(file_of(folder, cell), dtype="float32")[0]


def take_of(folder: Path, cell: Asked) -> Take:
    """Return what was played of a cell."""
    kept = json.loads(file_of(folder, cell).with_suffix(".json").read_text(encoding="utf-8"))
    return Take(cell, tuple(bar_from_json(line) for line in kept["bars"]), tuple(kept["frames"]))


def kept(folder: Path, cell: Asked) -> bool:
    """Return whether a cell lies in the folder whole: its bars are written last."""
    return file_of(folder, cell).with_suffix(".json").exists()


def render_all(folder: Path, wanted: Sequence[Asked], seconds: float = PIECE_S) -> Iterator[Asked]:
    """Render what is not there yet, each cell in a process of its own: pyo keeps one server a process."""
    folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    for cell in wanted:
        if not kept(folder, cell):
            child = context.Process(target=_render, args=(folder, cell, seconds))
            child.start()
            child.join()
            if child.exitcode:
                raise SystemExit(f"{cell.stem} was not rendered: exit code {child.exitcode}")
        yield cell


def _render(folder: Path, cell: Asked, seconds: float) -> None:
    studio, path = Studio(cell.seed), file_of(folder, cell)
    music = blocks(studio, composing(cell.generator, cell.seed), lambda at_s: cell.wish)
    n_blocks = int(np.ceil(seconds / BLOCK_S))
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, "PCM_16") as file:
        for _, block in zip(range(n_blocks), music, strict=False):
            file.write(block)
    played = studio.player.sequencer.played()
    told = {"bars": [bar_to_json(one.bar) for one in played], "frames": [one.frame for one in played],
            "fallback": [one.fallback for one in played]}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(told), encoding="utf-8")
    part.replace(path.with_suffix(".json"))
    os._exit(0)                    # pyo's objects free each other in an order that crashes the interpreter's own end


def show(made: Iterator[Asked]) -> None:
    """Name each cell as it is done."""
    for index, cell in zip(count(1), made, strict=False):
        sys.stdout.write(f"\r{index}: {cell.stem}   ")
        sys.stdout.flush()
    sys.stdout.write("\n")


def main() -> None:
    folder, generator = Path(sys.argv[1]), (sys.argv[2:] or ["rules"])[0]
    show(render_all(folder, cells(generator)))


if __name__ == "__main__":
    main()
