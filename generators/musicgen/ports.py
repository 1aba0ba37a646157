"""What a MusicGen model is, whoever runs it: facts, words to embeddings, tokens to logits, tokens to sound."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Tokens = NDArray[np.int64]         # (n_codebooks, n_token_frames)
Chroma = NDArray[np.float32]       # (n_frames, n_classes)
Step = Callable[["Tensor"], "Tensor"]


class Cancelled(Exception):
    """Whoever asked for music does not want it any more."""


@dataclass(frozen=True, slots=True)
class MelodyFacts:
    """What a model that is led by a melody is shown of it, before the first token."""

    frame_rate_hz: float           # of the chroma
    n_frames: int                  # always so many, from the first token on
    n_classes: int                 # pitch classes, from C
    window_s: float                # that a frame looks at, around its time
    one_hot: bool                  # only the strongest class of a frame is told


@dataclass(frozen=True, slots=True)
class Told:
    """What the model is told."""

    words: Tensor                  # their embedding, (n_words, n_dims)
    chroma: Chroma | None = None   # of a model that is led by a melody; None leaves it to the words


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the model says of itself: read, never assumed."""

    name: str
    frame_rate_hz: float           # of tokens
    n_codebooks: int
    n_values: int                  # of each token; the value after the last is the special one
    rate_hz: int                   # of the sound
    n_channels: int
    delays: tuple[int, ...]        # token frames by which each codebook lags
    longest_s: float               # that it was trained to keep in view
    melody: MelodyFacts | None = None      # None: words alone


class TokenModel(Protocol):
    """A MusicGen model; all but its token step is shared."""

    @property
    def facts(self) -> ModelFacts:
        """What it says of itself."""

    def words(self, text: str) -> Tensor:
        """Return the embedding of a text as the language model sees it, (n_words, n_dims)."""

    def continuing(self, told: Told) -> AbstractContextManager[Step]:
        """Return a step that remembers what it was shown.

        It takes columns (n_codebooks, n) and returns the next column's logits with what is told and without it,
        (2, n_codebooks, n_values).
        """

    def decode(self, tokens: Tokens) -> NDArray[np.float32]:
        """Return the sound of tokens, (n_channels, n_samples)."""
