"""The network as it learns: a small decoder-only transformer with rotary positions. `playing.py` plays it."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from generators.symbolic.playing import ROTARY_BASE
from generators.symbolic.weights import MLP_FACTOR, Shape, Weights, read_weights, write_weights

Cache = tuple[tuple[Tensor, Tensor], ...]      # of each layer: keys, values (n_batch, heads, n_seen, width / heads)


class Network(nn.Module):
    """Foretells the next token.

    Parameters
    ----------
    shape : Shape
        How large it is.
    dropout : float
        In training, of what each block adds.
    """

    turns: Tensor                  # of the rotary positions: angle a token, for each pair of a head's numbers

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(_Block(shape, dropout) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width)
        turns = ROTARY_BASE ** -(torch.arange(0, shape.width // shape.heads, 2) / (shape.width // shape.heads))
        self.register_buffer("turns", turns, persistent=False)
        self.apply(_initialised)

    def forward(self, tokens: Tensor, cache: Cache | None = None) -> tuple[Tensor, Cache]:
        """Return logits ``(n_batch, n_tokens, vocabulary)`` and the cache after ``tokens (n_batch, n_tokens)``.

        With a cache the tokens are those after the ones that it has seen.
        """
        n_seen = cache[0][0].shape[2] if cache else 0
        angles = torch.arange(n_seen, n_seen + tokens.shape[1])[:, None].to(self.turns) * self.turns
        rotary = (angles.cos(), angles.sin())
        hidden = self.embedding(tokens)
        kept = []
        for index, block in enumerate(self.blocks):
            hidden, seen = block(hidden, rotary, cache[index] if cache else None)
            kept.append(seen)
        return functional.linear(self.norm(hidden), self.embedding.weight), tuple(kept)


class _Block(nn.Module):
    """Attention, then two layers, each added to what came in."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norm_attention, self.norm_mlp = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
        self.attention = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.merge = nn.Linear(shape.width, shape.width, bias=False)
        self.widen = nn.Linear(shape.width, MLP_FACTOR * shape.width)
        self.narrow = nn.Linear(MLP_FACTOR * shape.width, shape.width)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, hidden: Tensor, rotary: tuple[Tensor, Tensor], seen: tuple[Tensor, Tensor] | None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.attention(self.norm_attention(hidden)).chunk(3, dim=-1))
        query, key = _rotated(query, rotary), _rotated(key, rotary)
        if seen is not None:
            key, value = torch.cat([seen[0], key], dim=2), torch.cat([seen[1], value], dim=2)
        looked = functional.scaled_dot_product_attention(query, key, value, attn_mask=_mask(query, key))
        hidden = hidden + self.dropout(self.merge(looked.transpose(1, 2).flatten(2)))
        wide = functional.gelu(self.widen(self.norm_mlp(hidden)))
        return hidden + self.dropout(self.narrow(wide)), (key, value)


def _mask(query: Tensor, key: Tensor) -> Tensor | None:
    """Return which keys each query may see: itself and what came before; None for one query, which sees all."""
    n_new, n_all = query.shape[2], key.shape[2]
    if n_new == 1:
        return None
    return torch.ones(n_new, n_all, dtype=torch.bool, device=query.device).tril(n_all - n_new)


def _rotated(heads: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    cos, sin = rotary
    even, odd = heads[..., 0::2], heads[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


def _initialised(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


def network_of(weights: Weights) -> Network:
    """Return the network that has learned these weights, in evaluation mode."""
    network = Network(weights.shape)
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.arrays.items()})
    return network.eval()


def save_network(network: Network, path: Path) -> None:
    """Write what a network has learned, as half precision."""
    arrays = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    write_weights(Weights(network.shape, arrays), path)


def load_network(path: Path) -> Network:
    """Return the network of a weights file, in evaluation mode; raises as `read_weights`."""
    return network_of(read_weights(path))
