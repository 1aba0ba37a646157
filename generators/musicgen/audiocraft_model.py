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

from generators.musicgen.ports import Chroma, MelodyFacts, ModelFacts, Step, Tokens, Told
from loop.errors import EuthymiaError

if TYPE_CHECKING:
    from torch import Tensor

TEXT = "description"               # what MusicGen calls its words among the conditions
MELODY = "self_wav"                # ... and, in its melody model, the recording whose chroma leads
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
        Its codebooks are not delayed as MusicGen's are.
    """

    def __init__(self, model: Any) -> None:
        self._lm, self._codec, self._model = model.lm, model.compression_model, model
        self._led_by = dict(self._lm.condition_provider.conditioners.items()).get(MELODY)
        delays = getattr(self._lm.pattern_provider, "delays", None)
        if delays is None:
            raise EuthymiaError(f"{model.name} does not lay its codebooks as MusicGen does", "choose a MusicGen model")
        self.facts = ModelFacts(str(model.name), float(model.frame_rate), int(self._lm.num_codebooks),
                                int(self._lm.card), int(model.sample_rate), int(model.audio_channels),
                                tuple(int(delay) for delay in delays), float(model.max_duration),
                                _melody_facts(self._led_by))
        self._silence: Tensor | None = None          # what the melody model is shown where there is no melody
        self.words = lru_cache(WORDS_KEPT)(self._words)

    def _words(self, text: str) -> Tensor:
        embeds, mask = self._conditions(text)[TEXT]
        words: Tensor = embeds[0][mask[0] > 0]
        return words

    def _conditions(self, text: str) -> Any:
        """Return what audiocraft itself makes of a text and of no melody: a tensor and a mask for each condition."""
        import torch

        with torch.inference_mode():
            attributes, _ = self._model._prepare_tokens_and_attributes([text], None)
            provider = self._lm.condition_provider
            return provider(provider.tokenize(attributes))

    @contextmanager
    def continuing(self, told: Told) -> Iterator[Step]:
        """Return a step that keeps its attention's memory in the model until the context ends."""
        import torch

        both = torch.stack([told.words, torch.zeros_like(told.words)])
        conditions = {TEXT: both} if self._led_by is None else {TEXT: both, MELODY: self._melody(told.chroma)}
        masked = {name: (each, torch.ones(each.shape[:2], dtype=torch.int, device=each.device))
                  for name, each in conditions.items()}

        def step(columns: Tensor) -> Tensor:
            pair = columns.to(both.device)[None].expand(2, -1, -1)
            logits: Tensor = self._lm(pair, conditions=[], condition_tensors=masked)
            return logits[:, :, -1]

        with self._lm.streaming(), self._model.autocast:
            yield step

    def _melody(self, chroma: Chroma | None) -> Tensor:
        """Return the melody's embedding with it and without it, (2, n_frames, n_dims)."""
        import torch

        assert self._led_by is not None
        if self._silence is None:
            self._silence = self._conditions("")[MELODY][0]
        if chroma is None:
            return self._silence.expand(2, -1, -1)
        project = self._led_by.output_proj
        shown = project(torch.from_numpy(chroma).to(project.weight))
        return torch.stack([shown, self._silence[0]])

    def decode(self, tokens: Tokens) -> NDArray[np.float32]:
        """Return the sound of tokens, (n_channels, n_samples)."""
        import torch

        with torch.inference_mode():
            codes = torch.from_numpy(tokens)[None].to(self._model.device)
            return np.asarray(self._codec.decode(codes, None)[0].float().cpu().numpy())


def _melody_facts(conditioner: Any) -> MelodyFacts | None:
    if conditioner is None:
        return None
    chroma = conditioner.chroma
    return MelodyFacts(conditioner.sample_rate / chroma.winhop, int(conditioner.chroma_len), int(chroma.n_chroma),
                       chroma.winlen / conditioner.sample_rate, bool(chroma.argmax))
