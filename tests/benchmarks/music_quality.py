"""A composer's melodies beside the corpus: what they are like, what they copy, and the form of half an hour.

Run by hand: ``python -m tests.benchmarks.music_quality CORPUS [generator ...]``; CORPUS is what training reads once
(``corpus.jsonl``). The corpus's own line is its held-out pieces against those that were learned from.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from generators.bars import Bar
from generators.symbolic.corpus import Piece, load_pieces
from generators.symbolic.dataset import split
from tests.benchmarks import music_copies, music_form, music_statistics
from tests.benchmarks.music_grid import Cell, bars_of, cells

MORE_THAN_CORPUS = 8               # notes, the most that a copied run may be beyond the corpus's own
OWN_PERCENTILE = 95                # of the corpus's own runs: its longest is one tune that stands in two books
Made = dict[str, list[tuple[Cell, list[Bar]]]]      # by composer

LONG_S = 1800.0
SEED = 5


def copies(name: str, longest: Sequence[int], reference: float | None) -> str:
    """Return a row of the table of copied runs."""
    most = max(longest)
    aim = "" if reference is None or most <= reference + MORE_THAN_CORPUS else " (beyond the aim)"
    return f"| {name} | {len(longest)} | {np.median(longest):.0f} | {np.percentile(longest, 95):.0f} | {most}{aim} |"


def overlaps(name: str, learned: np.ndarray, found: np.ndarray) -> str:
    """Return a row of the table of overlaps."""
    told = []
    for index, width in enumerate(music_statistics.KERNELS.values()):
        shared = music_statistics.overlap(learned[:, index], found[:, index], width)
        told.append(f"{found[:, index].mean():.2f} ({shared:.2f})")
    return f"| {name} | {len(found)} | {' | '.join(told)} |"


def long_piece(generator: str) -> list[Bar]:
    """Return half an hour at the middle of the plane."""
    return bars_of(Cell(generator, 0.0, 0.0, SEED), LONG_S)


def report(corpus: Path, generators: Sequence[str], seeds: tuple[int, ...] = (0,)) -> list[str]:
    """Return the report's part on quality."""
    from generators.symbolic.train import SPLIT_SEED  # here, since it needs torch

    learned, held = split(load_pieces(corpus), SPLIT_SEED)
    pieces = {name: [(cell, bars_of(cell)) for cell in cells(name, seeds)] for name in generators}
    lengthy = {name: long_piece(name) for name in generators}
    form = [line for name in generators
            for line in ("", f"{name}, half an hour: {music_form.report(lengthy[name])[0]}")]
    return [*_overlaps(learned, held, pieces), "", *_copies(learned, held, pieces, lengthy), *form]


def _overlaps(learned: Sequence[Piece], held: Sequence[Piece], pieces: Made) -> list[str]:
    def of_pieces(some: Sequence[Piece]) -> np.ndarray:
        melodies = [(music_statistics.melody_of_piece(piece), piece.mode) for piece in some]
        return music_statistics.all_statistics(melodies)

    known = of_pieces(learned)
    head = " | ".join(music_statistics.KERNELS)
    rows = [f"| mean (overlap with the corpus) | windows | {head} |", "|---|---|---|---|---|",
            overlaps("corpus, held out", known, of_pieces(held))]
    for name, made in pieces.items():
        found = [(music_statistics.melody_of_bars(bars), cell.intent.mode) for cell, bars in made]
        rows.append(overlaps(name, known, music_statistics.all_statistics(found)))
    return rows


def _copies(
    learned: Sequence[Piece], held: Sequence[Piece], pieces: Made, lengthy: dict[str, list[Bar]]
) -> list[str]:
    book = music_copies.Book(music_copies.melody_of_piece(piece) for piece in learned)
    own = [book.longest(music_copies.melody_of_piece(piece)) for piece in held]
    most = float(np.percentile(own, OWN_PERCENTILE))
    rows = ["| longest run of notes shared with what was learned from | pieces | median | 95 % | most |",
            "|---|---|---|---|---|",
            copies("corpus, held out", own, None)]
    for name, made in pieces.items():
        lines = [music_copies.melody_of_bars(bars) for _, bars in made]
        rows.append(copies(f"{name}, a minute each", [book.longest_stretched(line) for line in lines], most))
        whole = music_copies.melody_of_bars(lengthy[name])
        rows.append(copies(f"{name}, half an hour", [book.longest_stretched(whole)], most))
    return rows


if __name__ == "__main__":
    sys.stdout.write("\n".join(report(Path(sys.argv[1]), sys.argv[2:] or ["rules"])) + "\n")
