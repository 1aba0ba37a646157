"""How well held-out pieces are foretold: the network beside 5-gram models of the same tokens and split.

Run by hand: ``python -m tests.benchmarks.music_likelihood CORPUS [WEIGHTS]``; CORPUS is what training reads once
(``corpus.jsonl``). Counted are the tokens that tell of notes; attributes are given to both. Each piece is read from
its beginning in its own mode and values, as far as the network's context reaches.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from generators.symbolic.backend import WEIGHTS
from generators.symbolic.corpus import Piece, load_pieces
from generators.symbolic.dataset import bars_of, iter_readings, split
from generators.symbolic.model import Network, load_network
from generators.symbolic.tokens import LENGTH, VOCABULARY, encode, is_note_token
from generators.symbolic.train import SPLIT_SEED
from tests.benchmarks.ngram import NGram

ORDER = 5
DRAWS = 2000
SEED = 3


def rows_of(pieces: Sequence[Piece], length: int | None = None) -> list[list[int]]:
    """Return the tokens of each plain reading of each piece."""
    return [encode(bars_of(piece, reading))[:length] for piece in pieces for reading in iter_readings(piece)]


def bare(row: Sequence[int]) -> list[int]:
    """Return a row without its attributes: what a 5-gram sees further back with."""
    return [token for token in row if is_note_token(token)]


@torch.no_grad()
def network_nats(network: Network, row: Sequence[int]) -> np.ndarray:
    """Return ``-ln p`` of each token of a row but the first."""
    tokens = torch.tensor([list(row)])
    logits, _ = network(tokens[:, :-1])
    return functional.cross_entropy(logits[0], tokens[0, 1:], reduction="none").numpy()


def counted(row: Sequence[int], nats: np.ndarray) -> tuple[float, int, int]:
    """Return the nats of the tokens that tell of notes, how many these are, and the notes among them."""
    told = np.array([is_note_token(token) for token in row[1:]])
    n_notes = sum(token >= LENGTH for token in row[1:])
    return float(nats[told].sum()), int(told.sum()), n_notes


def per(rows: Sequence[tuple[float, int, int]]) -> tuple[float, float]:
    """Return nats a token and nats a note."""
    nats, tokens, notes = np.sum(rows, axis=0)
    return float(nats / tokens), float(nats / notes)


def interval(one: Sequence[tuple[float, int, int]], other: Sequence[tuple[float, int, int]]) -> tuple[float, float]:
    """Return the 95 % interval of the difference of nats a token, rows drawn again in pairs."""
    rng = np.random.default_rng(SEED)
    first, second = np.array(one), np.array(other)
    drawn = [rng.integers(len(first), size=len(first)) for _ in range(DRAWS)]
    gaps = [first[rows, 0].sum() / first[rows, 1].sum() - second[rows, 0].sum() / second[rows, 1].sum()
            for rows in drawn]
    low, high = np.percentile(gaps, (2.5, 97.5))
    return float(low), float(high)


def report(corpus: Path, weights: Path = WEIGHTS) -> list[str]:
    """Return the report's part on the likelihood."""
    learned, kept = split(load_pieces(corpus), SPLIT_SEED)
    network = load_network(weights)
    held = rows_of(kept, network.shape.context)
    lessons = rows_of(learned)
    with_attributes, without = NGram(ORDER, VOCABULARY), NGram(ORDER, VOCABULARY)
    with_attributes.learn(lessons)
    without.learn(bare(row) for row in lessons)
    found = {
        "network": [counted(row, network_nats(network, row)) for row in held],
        "5-gram, attributes in its history": [counted(row, with_attributes.nats(row)) for row in held],
        "5-gram of notes alone": [counted([0, *bare(row)], without.nats([0, *bare(row)])) for row in held],
    }
    table = ["| model | nats a token | nats a note | above the network, nats a token |", "|---|---|---|---|"]
    for name, rows in found.items():
        token, note = per(rows)
        low, high = interval(rows, found["network"])
        above = "" if name == "network" else f"[{low:+.3f}, {high:+.3f}]"
        table.append(f"| {name} | {token:.3f} | {note:.3f} | {above} |")
    n_tokens, n_notes = (sum(row[index] for row in found["network"]) for index in (1, 2))
    return [*table, "",
            f"{len(kept)} pieces held out of {len(kept) + len(learned)}, {len(held)} readings, {n_tokens} tokens, "
            f"{n_notes} notes; the 5-grams learned from {len(lessons)} plain readings of the others."]


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.stdout.write("\n".join(report(*map(Path, sys.argv[1:3]))) + "\n")
