"""Models without weights, all random: audiocraft's "debug", a melody model as small, a tiny one of transformers'."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from generators.musicgen.compat import INSTALL_LINES, audiocraft_version
from tests.generators.musicgen.released import MELODY_LM, save

NAMES = ("audiocraft", "melody", "transformers")
WORDS = ("<pad>", "<unk>", "slow", "tempo,", "warm", "round", "sound,", "many", "busy", "notes,")
needs_audiocraft = pytest.mark.skipif(not audiocraft_version(),
                                      reason=f"audiocraft is not installed: {INSTALL_LINES[1]}")
needs_transformers = pytest.mark.skipif(find_spec("transformers") is None,
                                        reason=f"transformers is not installed: {INSTALL_LINES[0]}")
ALL = [pytest.param(name, marks=mark)
       for name, mark in zip(NAMES, (needs_audiocraft, needs_audiocraft, needs_transformers), strict=True)]


@contextmanager
def quietly() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def model(name: str):
    """Return the model behind the port; its weights are the same in every run."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(7)
    with quietly():
        return {"audiocraft": _debug, "melody": _melody, "transformers": _tiny}[name]()


def _debug():
    from generators.musicgen.audiocraft_model import AudiocraftModel
    from generators.musicgen.compat import blank_spacy, load_audiocraft

    models = load_audiocraft()
    with blank_spacy():
        return AudiocraftModel(models.MusicGen.get_pretrained("debug", device="cpu"))


def _melody():
    """Return a melody model as it comes from a folder in the released format."""
    from generators.musicgen.checkpoints import ModelChoice, load_model
    from generators.musicgen.compat import blank_spacy, load_audiocraft, no_demucs
    from generators.musicgen.needs import AUDIOCRAFT_ROW

    load_audiocraft()
    from audiocraft.models.builders import get_lm_model
    from omegaconf import OmegaConf

    with TemporaryDirectory() as folder, blank_spacy(), no_demucs():
        lm = get_lm_model(OmegaConf.create(MELODY_LM))
        save(Path(folder), lm, _debug()._codec, config=MELODY_LM)
        return load_model(ModelChoice(AUDIOCRAFT_ROW, folder), lambda line: None)


def tiny_musicgen():
    """Return a MusicGen of transformers with 4 codebooks of 64 values, at 25 token frames a second."""
    from transformers import EncodecConfig, MusicgenConfig, MusicgenForConditionalGeneration, T5Config
    from transformers.models.musicgen.configuration_musicgen import MusicgenDecoderConfig

    text = T5Config(vocab_size=len(WORDS), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, pad_token_id=0)
    codec = EncodecConfig(sampling_rate=32_000, upsampling_ratios=[10, 8, 16], codebook_size=64, codebook_dim=8,
                          hidden_size=8, num_filters=2, num_lstm_layers=1, target_bandwidths=[0.6], normalize=False)
    decoder = MusicgenDecoderConfig(vocab_size=64, num_hidden_layers=1, ffn_dim=32, num_attention_heads=2,
                                    hidden_size=16, num_codebooks=4, pad_token_id=64, bos_token_id=64,
                                    decoder_start_token_id=64)
    config = MusicgenConfig.from_sub_models_config(text, codec, decoder)
    config._attn_implementation = "eager"
    made = MusicgenForConditionalGeneration(config).eval()
    for layer in made.audio_encoder.quantizer.layers:        # they begin as zeros: every token would sound the same
        layer.codebook.embed.normal_()
    return made


def tiny_tokenizer():
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", unk_token="<unk>",
                                   model_input_names=["input_ids", "attention_mask"])


def _tiny():
    from generators.musicgen.transformers_model import TransformersModel

    return TransformersModel(tiny_musicgen(), tiny_tokenizer(), "tiny")
