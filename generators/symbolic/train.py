"""Training: ``python -m generators.symbolic.train`` makes the shipped weights again, from a seed.

The corpus is read once into ``FOLDER/corpus.jsonl`` (minutes; needs music21). A checkpoint is written every few
minutes, and training goes on from the newest: a run that was cut gives the weights of one that was not. It runs on the
GPU where torch finds one; there the last bits differ. The weights are ``FOLDER/weights.safetensors``; those that are
shipped change only where ``--out`` names them.
"""

from __future__ import annotations

import math
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor
from torch.nn import functional

from generators.symbolic.corpus import Piece, load_pieces, read_corpus, write_pieces
from generators.symbolic.dataset import Reader, bars_of, iter_readings, split
from generators.symbolic.model import Network, save_network
from generators.symbolic.tokens import BAR, END, PAD, POSITION, encode
from generators.symbolic.weights import Shape
from loop.errors import EuthymiaError, FileError, MissingPart

SPLIT_SEED = 20261126              # of what is held out; every figure in docs/model_card.md is of this split
WARMUP_SHARE = 0.04
FLOOR_SHARE = 0.05                 # of the learning rate, at the end
CLIP = 1.0
EVALUATED_PIECES = 40              # of the held-out ones, at each checkpoint
AFRESH = "remove it to begin anew"
# What torch raises for a file that is none of its own, or cut.
UNREADABLE = (OSError, EOFError, LookupError, RuntimeError, TypeError, ValueError, AttributeError,
              pickle.UnpicklingError)


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how fast is learned."""

    steps: int = 1300
    batch: int = 8                 # sequences a step
    rate: float = 1.2e-3
    decay: float = 0.05
    dropout: float = 0.1
    seed: int = 1
    checkpoint_every: int = 200


class Trainer:
    """A network while it learns.

    Parameters
    ----------
    course : Course
        How long and how fast.
    shape : Shape
        Of the network.
    pieces : list of Piece
        What it learns from.
    """

    def __init__(self, course: Course, shape: Shape, pieces: list[Piece]) -> None:
        torch.manual_seed(course.seed)
        self._course = course
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self.network = Network(shape, course.dropout).to(self._device)
        self._optimizer = torch.optim.AdamW(self.network.parameters(), lr=course.rate, betas=(0.9, 0.98),
                                            weight_decay=course.decay)
        self._reader = Reader(pieces, shape.context)
        self.step = 0

    def learn(self) -> float:
        """Take one step; return its loss, nats a token."""
        self.network.train()
        torch.manual_seed((self._course.seed << 24) + self.step)      # of dropout: a resumed run draws the same
        rng = np.random.default_rng((self._course.seed, self.step))
        tokens = torch.from_numpy(self._reader.batch(self._course.batch, rng)).to(self._device)
        loss = loss_of(self.network, tokens)
        for group in self._optimizer.param_groups:
            group["lr"] = self._course.rate * pace(self.step, self._course.steps)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self._optimizer.step()
        self.step += 1
        return float(loss.detach())

    def save(self, path: Path) -> None:
        """Write all that goes on from here; a cut never leaves half a file."""
        state = {"network": self.network.state_dict(), "optimizer": self._optimizer.state_dict(), "step": self.step,
                 "course": asdict(self._course)}
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def resume(self, path: Path) -> None:
        """Go on where `save` was called.

        Raises
        ------
        FileError
            Where the file is damaged, or of another network or course.
        """
        try:
            state: dict[str, Any] = torch.load(path, map_location=self._device, weights_only=True)
            course = Course(**state["course"])
            if course == self._course:
                self.network.load_state_dict(state["network"])
                self._optimizer.load_state_dict(state["optimizer"])
                self.step = int(state["step"])
        except UNREADABLE as error:
            raise FileError(f"{path} cannot be gone on from", AFRESH) from error
        if course != self._course:
            raise FileError(f"{path} is of another course: {course.steps} steps, seed {course.seed}",
                            f"ask for the same, or {AFRESH}")


def pace(step: int, steps: int) -> float:
    """Return the share of the learning rate at a step: a short rise, then a half cosine."""
    warmup = max(1, round(WARMUP_SHARE * steps))
    if step < warmup:
        return (step + 1) / warmup
    along = (step - warmup) / max(1, steps - warmup)
    return FLOOR_SHARE + (1 - FLOOR_SHARE) * 0.5 * (1 + math.cos(math.pi * along))


def loss_of(network: Network, tokens: Tensor) -> Tensor:
    """Return the mean of ``-ln p``, nats, over the tokens that tell of notes; attributes are given, not foretold."""
    logits, _ = network(tokens[:, :-1])
    wanted = tokens[:, 1:]
    counted = (wanted >= POSITION) | (wanted == BAR) | (wanted == END)
    return functional.cross_entropy(logits[counted], wanted[counted], ignore_index=PAD)


@torch.no_grad()
def held_out(network: Network, pieces: list[Piece]) -> float:
    """Return the mean ``-ln p``, nats a token, over plain readings of pieces, from their beginning."""
    network.eval()
    total, count = 0.0, 0
    for piece in pieces:
        for reading in iter_readings(piece):
            row: NDArray[np.int64] = np.array(encode(bars_of(piece, reading)), dtype=np.int64)
            tokens = torch.from_numpy(row[None, :network.shape.context]).to(network.embedding.weight.device)
            n_tokens = int(((tokens[:, 1:] >= POSITION) | (tokens[:, 1:] == BAR) | (tokens[:, 1:] == END)).sum())
            total += float(loss_of(network, tokens)) * n_tokens
            count += n_tokens
    return total / count


def train(folder: Path, course: Course, shape: Shape, out: Path | None = None) -> None:
    """Read the corpus where it is not there yet, learn to the end of the course, write the weights.

    Parameters
    ----------
    folder : Path
        Where the corpus and the checkpoint lie, and the weights.
    course : Course
        How long and how fast.
    shape : Shape
        Of the network.
    out : Path | None
        Where else the weights are written, at the end.

    Raises
    ------
    EuthymiaError
        Where the corpus or the checkpoint cannot be read, or a file not be written.
    """
    checkpoint, weights = folder / "checkpoint.pt", folder / "weights.safetensors"
    console = Console(stderr=True)
    _check_writable(folder, out)
    learned, kept = split(_pieces(folder / "corpus.jsonl", console), SPLIT_SEED)
    trainer = Trainer(course, shape, learned)
    if checkpoint.exists():
        trainer.resume(checkpoint)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("learning", total=course.steps, completed=trainer.step)
        while trainer.step < course.steps:
            loss = trainer.learn()
            progress.update(task, completed=trainer.step, description=f"loss {loss:.3f}")
            if trainer.step % course.checkpoint_every == 0 or trainer.step == course.steps:
                trainer.save(checkpoint)
                save_network(trainer.network, weights)
                told = held_out(trainer.network, kept[:EVALUATED_PIECES])
                console.print(f"step {trainer.step}: loss {loss:.4f}, held out {told:.4f} nats a token")
    for file in filter(None, (weights, out)):
        save_network(trainer.network, file)


def _check_writable(folder: Path, out: Path | None) -> None:
    """Make sure, before an hour is spent, that there are folders to write into."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder} cannot be made: {error.strerror}", "choose another folder") from error
    if out is not None and not out.parent.is_dir():
        raise FileError(f"the folder of {out} does not exist", "make it first")


def _pieces(file: Path, console: Console) -> list[Piece]:
    """Return the corpus; it is read out of music21 where it is not there yet."""
    if not file.exists():
        console.print("reading the corpus out of music21; this takes some ten minutes, once")
        try:
            write_pieces(read_corpus(), file.with_suffix(".part"))
        except ImportError as error:
            raise MissingPart("the corpus is read by music21", 'pip install "euthymia[corpus]"') from error
        file.with_suffix(".part").replace(file)
    try:
        return load_pieces(file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError(f"{file} cannot be read as the corpus", "remove it, and it is read anew") from error


def main(
    folder: Annotated[Path, typer.Option(help="Where corpus, checkpoint and weights lie.")],
    out: Annotated[Path | None, typer.Option(help="Where else to write the weights, at the end.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Steps in all.")] = Course().steps,
    threads: Annotated[int, typer.Option(min=1, help="Of torch.")] = 1,
) -> None:
    """Train the symbolic composer."""
    torch.set_num_threads(threads)
    try:
        train(folder, Course(steps=steps), Shape(), out)
    except EuthymiaError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from None


if __name__ == "__main__":
    typer.run(main)
