"""Token-level continuation: what was played is given back exactly as it was, and the model goes on from there.

MusicGen's codebooks lag each other by whole frames (Copet et al. 2023, "delay pattern"). One column of the sequence
holds one token of each codebook; its first column, and whatever lies outside a codebook's span, holds the special
token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from generators.musicgen.ports import Cancelled, ModelFacts, TokenModel, Tokens, Told

if TYPE_CHECKING:
    from torch import Generator, Tensor

UNKNOWN = -1
TOP_K = 250                        # as MusicGen.set_generation_params has it; so has transformers' generation config
TEMPERATURE = 1.0


@dataclass(frozen=True, slots=True)
class Draw:
    """How the next token is drawn."""

    guidance: float                # classifier-free guidance: 1 = the words as they are
    seed: int
    top_k: int = TOP_K             # 1 = always the likeliest
    temperature: float = TEMPERATURE


def never() -> bool:
    """Return that nobody has cancelled."""
    return False


def continued(
    model: TokenModel, prompt: Tokens, n_new: int, told: Told, draw: Draw,
    cancelled: Callable[[], bool] = never,
) -> Tokens:
    """Return the prompt and `n_new` token frames after it, (n_codebooks, n_prompt + n_new).

    Parameters
    ----------
    model : TokenModel
        Who goes on.
    prompt : Tokens
        What was played, (n_codebooks, n_prompt); it may be empty.
    n_new : int
        Token frames to add.
    told : Told
        What is wanted.
    draw : Draw
        Strength of the words, and the seed.
    cancelled : Callable[[], bool]
        Asked before each step.

    Raises
    ------
    Cancelled
        `cancelled()` was true.
    """
    import torch

    facts, n_prompt = model.facts, prompt.shape[1]
    rows = torch.full((facts.n_codebooks, n_prompt + n_new), UNKNOWN, dtype=torch.long)
    rows[:, :n_prompt] = torch.from_numpy(prompt)
    sequence, shown = delayed(rows, facts), 0
    generator = torch.Generator().manual_seed(draw.seed)
    with torch.inference_mode(), model.continuing(told) as step:
        for at in range(n_prompt + 1, sequence.shape[1]):
            if cancelled():
                raise Cancelled
            drawn = _drawn(step(sequence[:, shown:at]), draw, generator)
            sequence[:, at] = torch.where(sequence[:, at] == UNKNOWN, drawn, sequence[:, at])
            shown = at
    return np.asarray(undelayed(sequence, facts).numpy())


def delayed(rows: Tensor, facts: ModelFacts) -> Tensor:
    """Return rows (n_codebooks, n) as the sequence that the model reads, (n_codebooks, n + longest delay + 1)."""
    n_frames = rows.shape[1]
    sequence = rows.new_full((facts.n_codebooks, n_frames + max(facts.delays) + 1), facts.n_values)
    for row, delay in enumerate(facts.delays):
        sequence[row, delay + 1:delay + 1 + n_frames] = rows[row]
    return sequence


def undelayed(sequence: Tensor, facts: ModelFacts) -> Tensor:
    """Return the rows that `delayed` was given."""
    import torch

    n_frames = sequence.shape[1] - max(facts.delays) - 1
    return torch.stack([sequence[row, delay + 1:delay + 1 + n_frames] for row, delay in enumerate(facts.delays)])


def _drawn(logits: Tensor, draw: Draw, generator: Generator) -> Tensor:
    """Return one token for each codebook; drawn on the CPU, so that a seed gives the same on any device."""
    import torch

    with_words, without = logits.float().cpu()
    guided = without + (with_words - without) * draw.guidance
    best = torch.topk(guided, min(draw.top_k, guided.shape[-1]), dim=-1)
    shares = torch.softmax(best.values / draw.temperature, dim=-1)
    choice = torch.multinomial(shares, 1, generator=generator)
    return best.indices.gather(-1, choice)[:, 0]
