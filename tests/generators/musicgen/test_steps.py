"""Our token step against each library's own: the same likeliest tokens, or one of them has changed under us."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from generators.musicgen.compat import AUDIOCRAFT, audiocraft_version
from generators.musicgen.ports import Told
from generators.musicgen.tokens import Draw, continued
from tests.generators.musicgen.models import model, needs_audiocraft, needs_transformers, quietly, tiny_musicgen

TEXT = "slow tempo, warm round sound"
GUIDANCE = 3.0
PROMPT = np.random.default_rng(5).integers(0, 64, (4, 20))
N_NEW = 30

# sha256 of the files of audiocraft whose insides are used: where one changes, our step has to be read again beside it.
INSIDES = {
    "models/lm.py": "743f548e9c69bf20",
    "models/genmodel.py": "eeeee7c8c32f4bd6",
    "models/musicgen.py": "d556321dfdd026a0",
    "models/loaders.py": "91a79fcb028b2f1f",
    "modules/codebooks_patterns.py": "658c7fa363987478",
    "modules/streaming.py": "90245721d76cd5cd",
    "modules/conditioners.py": "1c05a80ad4a3eb65",
}


@needs_audiocraft
def test_the_tokens_are_those_of_audiocrafts_own_generate():
    import torch

    real = model("audiocraft")._model
    attributes, _ = real._prepare_tokens_and_attributes([TEXT], None)
    with torch.no_grad(), quietly():
        theirs = real.lm.generate(torch.from_numpy(PROMPT)[None], attributes, max_gen_len=20 + N_NEW,
                                  use_sampling=False, cfg_coef=GUIDANCE)[0].numpy()
        debug = model("audiocraft")
        ours = continued(debug, PROMPT, N_NEW, Told(debug.words(TEXT)), Draw(GUIDANCE, 0, top_k=1))
    assert np.array_equal(ours, theirs)


@needs_transformers
def test_the_tokens_are_those_of_transformers_own_generate(monkeypatch):
    import torch

    tiny, decoded = model("transformers"), []
    real, decode = tiny._model, tiny._model.audio_encoder.decode
    monkeypatch.setattr(real.audio_encoder, "decode",
                        lambda audio_codes, **options: decoded.append(audio_codes) or decode(audio_codes, **options))
    with torch.no_grad(), quietly():
        real.generate(**tiny._tokenizer([TEXT], return_tensors="pt"), do_sample=False, guidance_scale=GUIDANCE,
                      max_new_tokens=N_NEW, pad_token_id=64, decoder_start_token_id=64, bos_token_id=64)
        ours = continued(tiny, PROMPT[:, :0], N_NEW, Told(tiny.words(TEXT)), Draw(GUIDANCE, 0, top_k=1))
    theirs = decoded[0][0, 0].numpy()
    n_both = min(theirs.shape[1], N_NEW)
    assert n_both >= N_NEW - 4
    assert np.array_equal(ours[:, :n_both], theirs[:, :n_both])


@needs_audiocraft
def test_audiocraft_is_the_one_that_was_read():
    folder = Path(find_spec("audiocraft").origin).parent
    assert audiocraft_version() == AUDIOCRAFT
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest()[:16] for name in INSIDES} == INSIDES


@needs_transformers
def test_a_model_is_asked_what_it_is():
    facts = model("transformers").facts
    assert (facts.frame_rate_hz, facts.n_codebooks, facts.rate_hz, facts.delays) == (25.0, 4, 32_000, (0, 1, 2, 3))
    assert tiny_musicgen().config.audio_encoder.frame_rate == 25


@pytest.mark.parametrize("name", ["xformers", "torchaudio"])
@needs_audiocraft
def test_a_stand_in_is_set_only_where_the_real_thing_cannot_be_had(name):
    from generators.musicgen.compat import STAND_INS

    works, _ = STAND_INS[name]
    model("audiocraft")
    assert works()
