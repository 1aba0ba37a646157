"""MusicGen as audiocraft 1.3.0 runs it.

Its public `generate` ends with the piece, and `generate_continuation` sends its prompt through EnCodec again, a loss at
every hop. So the language model is driven column by column: `forward`, `streaming` and the condition provider, which
`LMModel.generate` itself uses. A test compares the tokens of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generators.musicgen.ports import ModelFacts, Step, Tokens
from loop.errors import EuthymiaError

if TYPE_CHECKING:
    from torch import Tensor

TEXT = "description"               # what MusicGen calls its words among the conditions
WORDS_KEPT = 256                   # embeddings of texts that were met: of every corner of the prompts' table


class AudiocraftModel:
    """An audiocraft `MusicGen` behind the port.

    Parameters
    ----------
    model : Any
        The `audiocraft.models.MusicGen`.

    Raises
    ------
    EuthymiaError
        It needs more than words, or its codebooks are not delayed as MusicGen's are.
    """

    def __init__(self, model: Any) -> None:
        self._lm, self._codec, self._model = model.lm, model.compression_model, model
        delays = getattr(self._lm.pattern_provider, "delays", None)
        if delays is None:
            raise EuthymiaError(f"{model.name} does not lay its codebooks as MusicGen does", "choose a MusicGen model")
        self.facts = ModelFacts(str(model.name), float(model.frame_rate), int(self._lm.num_codebooks),
                                int(self._lm.card), int(model.sample_rate), int(model.audio_channels),
                                tuple(int(delay) for delay in delays), float(model.max_duration))
        self.words = lru_cache(WORDS_KEPT)(self._words)

    def _words(self, text: str) -> Tensor:
        import torch

        with torch.inference_mode():
            attributes, _ = self._model._prepare_tokens_and_attributes([text], None)
            provider = self._lm.condition_provider
            embeds, mask = provider(provider.tokenize(attributes))[TEXT]
            words: Tensor = embeds[0][mask[0] > 0]
            return words

    @contextmanager
    def continuing(self, embedding: Tensor) -> Iterator[Step]:
        """Return a step that keeps its attention's memory in the model until the context ends."""
        import torch

        both = torch.stack([embedding, torch.zeros_like(embedding)])
        conditions = {TEXT: (both, torch.ones(both.shape[:2], dtype=torch.int, device=both.device))}

        def step(columns: Tensor) -> Tensor:
            pair = columns.to(both.device)[None].expand(2, -1, -1)
            logits: Tensor = self._lm(pair, conditions=[], condition_tensors=conditions)
            return logits[:, :, -1]

        with self._lm.streaming(), self._model.autocast:
            yield step

    def decode(self, tokens: Tokens) -> NDArray[np.float32]:
        """Return the sound of tokens, (n_channels, n_samples)."""
        import torch

        with torch.inference_mode():
            codes = torch.from_numpy(tokens)[None].to(self._model.device)
            return np.asarray(self._codec.decode(codes, None)[0].float().cpu().numpy())
