"""The network at play: what `model.Network` gives, to the fourth decimal, by numpy alone.

One token takes so little arithmetic that calling a library for learning costs more than the arithmetic, and numpy
starts at once and holds little. What sequences have in common is read once for all of them; what each saw is kept, as
keys and values, in room that is there before the first token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generators.symbolic.weights import Array, Weights

ROTARY_BASE = 10_000.0             # Su et al. 2021, RoFormer
NORM_FLOOR = 1e-5                  # of a variance, as learned with
# The normal distribution beyond x: half of Abramowitz & Stegun 7.1.26, off by 1e-7 at most.
TAIL_TURN = 0.3275911 / 2 ** 0.5
TAIL = tuple(number / 2 for number in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592))
PART = 96                          # tokens read at once: with more, each step has its memory from the system anew

Tokens = NDArray[np.integer]


@dataclass(slots=True)
class Cache:
    """What sequences that begin alike left, keys and values of each; `room` is for what each goes on with."""

    common: Array                  # (2, n_layers, n_heads, 1, n_common, width / n_heads): one row for all
    own: Array                     # (2, n_layers, n_heads, n_rows, room, width / n_heads)
    turns: NDArray[np.complex64]   # (n_common + room, width / n_heads / 2): how rotary positions turn
    n_own: int = 0                 # of the room, used


@dataclass(frozen=True, slots=True)
class _Norm:
    gain: Array
    bias: Array

    def __call__(self, hidden: Array) -> Array:
        centred: Array = hidden - np.add.reduce(hidden, axis=-1, keepdims=True) / hidden.shape[-1]
        variance = np.add.reduce(centred * centred, axis=-1, keepdims=True) / hidden.shape[-1]
        centred /= np.sqrt(variance + NORM_FLOOR)
        centred *= self.gain
        centred += self.bias
        return centred


@dataclass(frozen=True, slots=True)
class _Block:
    """One layer.

    Its matrices are cut into strips of a head's width, (n_strips, n_in, width / n_heads): numpy's BLAS multiplies a few
    rows by such small ones twice as fast as by a whole one that does not lie in the processor's nearest memory.
    """

    norm_attention: _Norm
    attention: Array               # a strip a head: queries, already over the root of its width; keys; values
    merge: Array
    norm_mlp: _Norm
    widen: Array
    widen_bias: Array
    narrow: Array
    narrow_bias: Array

    def asked(self, hidden: Array, turns: NDArray[np.complex64]) -> Array:
        """Return queries, keys and values, (3, n_heads, n_rows, n_new, width / n_heads), of (n_rows * n_new, width)."""
        strips = self.norm_attention(hidden) @ self.attention
        asked = strips.reshape(3, len(strips) // 3, -1, len(turns), strips.shape[-1])
        turned = asked[:2].view(np.complex64)
        turned *= turns
        return asked

    def added(self, hidden: Array, found: Array) -> Array:
        """Return the layer's sum: what came in, what was found ``(n_heads, n_rows, n_new, ..)``, and the two layers."""
        hidden = hidden + _times(found.transpose(1, 2, 0, 3).reshape(hidden.shape), self.merge)
        wide = _times(self.norm_mlp(hidden), self.widen)
        wide += self.widen_bias
        hidden += _times(_gelu(wide), self.narrow)
        hidden += self.narrow_bias
        return hidden


class Foreteller:
    """Foretells the next token; it changes nothing but the cache that it is given.

    Parameters
    ----------
    weights : Weights
        What was learned.
    """

    def __init__(self, weights: Weights) -> None:
        self._shape, arrays = weights.shape, weights.arrays
        self._embedding = arrays["embedding.weight"]
        self._blocks = tuple(_block(weights, f"blocks.{index}.") for index in range(self._shape.layers))
        self._norm = _Norm(arrays["norm.weight"], arrays["norm.bias"])
        self._out = self._embedding.T.copy()

    def begin(self, tokens: Sequence[int], n_rows: int, room: int) -> Cache:
        """Return the cache of `n_rows` sequences that all begin with `tokens`, and go on for `room` more at most."""
        layers, heads, width = self._shape.layers, self._shape.heads, self._shape.width // self._shape.heads
        angles = np.outer(np.arange(len(tokens) + room), ROTARY_BASE ** -(np.arange(0, width, 2) / width))
        cache = Cache(np.empty((2, layers, heads, 1, len(tokens), width), dtype=np.float32),
                      np.empty((2, layers, heads, n_rows, room, width), dtype=np.float32),
                      np.exp(1j * angles).astype(np.complex64))
        for start in range(0, len(tokens), PART):
            self._read(np.array(tokens[start:start + PART]), slice(start, min(start + PART, len(tokens))), cache)
        return cache

    def _read(self, tokens: Tokens, new: slice, cache: Cache) -> None:
        hidden, mask = self._embedding[tokens], _mask(len(tokens), new.stop)
        for index, block in enumerate(self._blocks):
            query, *noted = block.asked(hidden, cache.turns[new])
            keys, values = cache.common[:, index, :, :, :new.stop]
            cache.common[:, index, :, :, new] = noted
            if index < len(self._blocks) - 1:  # what the last layer gives is asked for by nobody
                hidden = block.added(hidden, _shares(query @ keys.swapaxes(2, 3) + mask) @ values)

    def foretell(self, tokens: Tokens, cache: Cache) -> Array:
        """See the next ``tokens (n_rows, n_new)`` of each sequence; return logits ``(n_rows, n_new, vocabulary)``."""
        n_new, n_common = tokens.shape[1], cache.common.shape[4]
        new, seen = slice(cache.n_own, cache.n_own + n_new), slice(cache.n_own + n_new)
        hidden, mask = self._embedding[tokens.ravel()], _mask(n_new, seen.stop)
        for index, block in enumerate(self._blocks):
            query, *noted = block.asked(hidden, cache.turns[n_common + new.start:n_common + new.stop])
            cache.own[:, index, :, :, new] = noted
            keys, values = cache.own[:, index, :, :, seen]
            common_keys, common_values = cache.common[:, index]
            shares = _shares(np.concatenate(
                [query @ common_keys.swapaxes(2, 3), query @ keys.swapaxes(2, 3) + mask], axis=-1))
            found = shares[..., :n_common] @ common_values + shares[..., n_common:] @ values
            hidden = block.added(hidden, found)
        cache.n_own += n_new
        return np.asarray((self._norm(hidden) @ self._out).reshape(*tokens.shape, -1))


def _block(weights: Weights, prefix: str) -> _Block:
    arrays, head = weights.arrays, weights.shape.width // weights.shape.heads

    def strips(name: str) -> Array:
        matrix = arrays[f"{prefix}{name}.weight"]
        return matrix.reshape(-1, head, matrix.shape[1]).swapaxes(1, 2).copy()

    def norm(name: str) -> _Norm:
        return _Norm(arrays[f"{prefix}{name}.weight"], arrays[f"{prefix}{name}.bias"])

    attention = strips("attention")
    attention[:weights.shape.heads] /= head ** 0.5
    return _Block(
        norm("norm_attention"), attention, strips("merge"),
        norm("norm_mlp"), strips("widen"), arrays[f"{prefix}widen.bias"],
        strips("narrow"), arrays[f"{prefix}narrow.bias"])


def _times(rows: Array, strips: Array) -> Array:
    """Return rows times a matrix in strips, ``(n_rows, n_out)``."""
    return (rows @ strips).swapaxes(0, 1).reshape(len(rows), -1)


def _mask(n_new: int, n_all: int) -> Array:
    """Return what is added to the scores so that each new token sees itself and what came before, (n_new, n_all)."""
    return np.where(np.tri(n_new, n_all, n_all - n_new, dtype=bool), np.float32(0), np.float32(-np.inf))


def _shares(scores: Array) -> Array:
    """Return by what share each token counts, in place: exponentials over their sum."""
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= np.add.reduce(scores, axis=-1, keepdims=True)
    return scores


def _gelu(wide: Array) -> Array:
    """Return x times the normal distribution up to x: max(x, 0) - |x| times the tail beyond |x|."""
    size = np.abs(wide)
    turn = 1 / (1 + TAIL_TURN * size)
    tail = np.multiply(turn, TAIL[0])
    for number in TAIL[1:]:
        tail += number
        tail *= turn
    turn = np.multiply(size, -0.5, out=turn)
    turn *= size
    tail *= np.exp(turn, out=turn)
    tail *= size
    return np.asarray(np.maximum(wide, 0) - tail)
