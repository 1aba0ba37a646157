"""The same model as transformers runs it, on current torch and without stand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generators.musicgen.ports import ModelFacts, Step, Tokens, Told

if TYPE_CHECKING:
    from torch import Tensor

WORDS_KEPT = 256
LONGEST_S = 30.0                   # MusicGen was trained on pieces of 30 s (Copet et al. 2023); the config does not say
STEREO = 2


class TransformersModel:
    """A transformers `MusicgenForConditionalGeneration` behind the port.

    Parameters
    ----------
    model : Any
        The model, in evaluation mode.
    tokenizer : Any
        Turns a text into T5's tokens.
    name : str
        For people.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str) -> None:
        self._model, self._tokenizer = model, tokenizer
        decoder, codec = model.config.decoder, model.config.audio_encoder
        n_channels = int(decoder.audio_channels)
        # Two channels share a delay: left and right codebooks stand in turn.
        delays = tuple(row // n_channels for row in range(decoder.num_codebooks))
        self.facts = ModelFacts(name, float(codec.frame_rate), int(decoder.num_codebooks), int(decoder.vocab_size),
                                int(codec.sampling_rate), n_channels, delays, LONGEST_S)
        self.words = lru_cache(WORDS_KEPT)(self._words)

    def _words(self, text: str) -> Tensor:
        import torch

        with torch.inference_mode():
            given = self._tokenizer([text], return_tensors="pt").to(self._model.device)
            hidden: Tensor = self._model.text_encoder(**given).last_hidden_state
            if hasattr(self._model, "enc_to_dec_proj"):
                hidden = self._model.enc_to_dec_proj(hidden)
            return hidden[0]

    @contextmanager
    def continuing(self, told: Told) -> Iterator[Step]:
        """Return a step with a key-value cache of its own."""
        import torch

        both = torch.stack([told.words, torch.zeros_like(told.words)])
        memory: dict[str, Any] = {"past_key_values": None}
        # Without words there is nothing to attend to; so does `generate`, whose mask has no word there.
        mask = torch.ones(both.shape[:2], dtype=torch.long, device=both.device)
        mask[1] = 0

        def step(columns: Tensor) -> Tensor:
            pair = columns.to(both.device).repeat(2, 1)
            out = self._model.decoder(input_ids=pair, encoder_hidden_states=both, encoder_attention_mask=mask,
                                      use_cache=True, **memory)
            memory["past_key_values"] = out.past_key_values
            logits: Tensor = out.logits[:, -1].unflatten(0, (2, self.facts.n_codebooks))
            return logits

        yield step

    def decode(self, tokens: Tokens) -> NDArray[np.float32]:
        """Return the sound of tokens, (n_channels, n_samples)."""
        import torch

        codes = torch.from_numpy(tokens).to(self._model.device)
        with torch.inference_mode():
            if self.facts.n_channels < STEREO:
                return self._sound(codes)
            return np.concatenate([self._sound(codes[side::STEREO]) for side in range(STEREO)])

    def _sound(self, codes: Tensor) -> NDArray[np.float32]:
        audio = self._model.audio_encoder.decode(codes[None, None], [None]).audio_values
        return np.asarray(audio[0].float().cpu().numpy())
