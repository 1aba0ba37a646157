"""Weights from a named folder: the released format is read, what is missing is named, nothing is fetched."""

from __future__ import annotations

import os

import numpy as np
import pytest

from generators.musicgen.checkpoints import LICENCE, ModelChoice, load_model
from generators.musicgen.compat import blank_spacy, load_audiocraft
from generators.musicgen.needs import (
    AUDIOCRAFT_ROW,
    CODEC_FOLDER,
    NEEDED,
    TEXT_FOLDER,
    TRANSFORMERS_ROW,
    missing_files,
)
from generators.musicgen.ports import Told
from generators.musicgen.tokens import Draw, continued
from loop.errors import FileError
from tests.generators.musicgen.models import (
    model,
    needs_audiocraft,
    needs_transformers,
    quietly,
    tiny_tokenizer,
)
from tests.generators.musicgen.released import FUSED_LM, save

PROMPT = np.zeros((4, 0), dtype=np.int64)


@needs_audiocraft
@pytest.mark.parametrize("pickled", [False, True])
def test_the_released_format_is_loaded_from_a_folder(tmp_path, pickled):
    debug = model("audiocraft")
    more = {"left over from training": Leftover()} if pickled else None
    save(tmp_path, debug._lm, debug._codec, more=more)
    said = []
    with quietly():
        loaded = load_model(ModelChoice(AUDIOCRAFT_ROW, str(tmp_path)), said.append)
        ours, theirs = (continued(one, PROMPT, 10, Told(one.words("slow warm")), Draw(3.0, 4))
                        for one in (loaded, debug))
        assert np.array_equal(ours, theirs)
        assert np.allclose(loaded.decode(ours), debug.decode(theirs), atol=1e-6)
    assert said[0] == LICENCE
    assert missing_files(AUDIOCRAFT_ROW, tmp_path) == ()
    assert any("unpickled" in line for line in said) == pickled
    assert "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD" not in os.environ


@needs_audiocraft
def test_a_model_with_the_attention_of_the_released_ones_plays_the_tokens_of_audiocrafts_own_generate(tmp_path):
    import torch

    load_audiocraft()
    from audiocraft.models.builders import get_lm_model
    from omegaconf import OmegaConf

    prompt = np.random.default_rng(5).integers(0, 64, (4, 20))
    with blank_spacy(), quietly():
        save(tmp_path, get_lm_model(OmegaConf.create(FUSED_LM)), model("audiocraft")._codec, config=FUSED_LM)
        loaded = load_model(ModelChoice(AUDIOCRAFT_ROW, str(tmp_path)), lambda line: None)
        attributes, _ = loaded._model._prepare_tokens_and_attributes(["slow warm"], None)
        with torch.no_grad():
            theirs = loaded._lm.generate(torch.from_numpy(prompt)[None], attributes, max_gen_len=50,
                                         use_sampling=False, cfg_coef=3.0)[0].numpy()
        ours = continued(loaded, prompt, 30, Told(loaded.words("slow warm")), Draw(3.0, 0, top_k=1))
    assert np.array_equal(ours, theirs)


class Leftover:
    """What a trainer may have left in its checkpoint: no tensor."""


@needs_audiocraft
def test_a_folder_without_weights_is_refused_in_words(tmp_path):
    with pytest.raises(FileError, match="state_dict"):
        load_model(ModelChoice(AUDIOCRAFT_ROW, str(tmp_path)), lambda line: None)


@needs_audiocraft
@pytest.mark.parametrize(("spoil", "said"), [
    (lambda whole: whole[:1000], "state_dict.bin is cut"),
    (lambda whole: b"hello, no model", "is no checkpoint of torch"),
    (lambda whole: whole[:3000] + bytes(len(whole) // 2) + whole[3000 + len(whole) // 2:], "cannot be loaded"),
])
def test_a_spoilt_file_is_a_sentence(tmp_path, spoil, said):
    debug = model("audiocraft")
    save(tmp_path, debug._lm, debug._codec)
    file = tmp_path / "state_dict.bin"
    file.write_bytes(spoil(file.read_bytes()))
    with quietly(), pytest.raises(FileError, match=said) as refused:
        load_model(ModelChoice(AUDIOCRAFT_ROW, str(tmp_path)), lambda line: None)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 300


@needs_transformers
def test_a_model_of_transformers_is_loaded_from_a_folder(tmp_path):
    tiny = model("transformers")
    with quietly():
        tiny._model.save_pretrained(tmp_path)
        tiny_tokenizer().save_pretrained(tmp_path)
        loaded = load_model(ModelChoice(TRANSFORMERS_ROW, str(tmp_path)), lambda line: None)
        ours, theirs = (continued(one, PROMPT, 6, Told(one.words("slow warm")), Draw(3.0, 4)) for one in (loaded, tiny))
    assert np.array_equal(ours, theirs)
    assert missing_files(TRANSFORMERS_ROW, tmp_path) == ()


@needs_transformers
def test_another_kind_of_model_is_refused_by_its_name(tmp_path):
    with quietly():
        model("transformers")._model.save_pretrained(tmp_path)
        config = tmp_path / "config.json"
        config.write_text(config.read_text().replace('"model_type": "musicgen",', '"model_type": "musicgen_melody",'))
        with pytest.raises(FileError, match="is a musicgen_melody"):
            load_model(ModelChoice(TRANSFORMERS_ROW, str(tmp_path)), lambda line: None)


@needs_transformers
def test_nothing_is_fetched(tmp_path):
    for name in ("facebook/musicgen-small", str(tmp_path)):
        with pytest.raises(FileError):
            load_model(ModelChoice(TRANSFORMERS_ROW, name), lambda line: None)
    assert os.environ["HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize("row", [AUDIOCRAFT_ROW, TRANSFORMERS_ROW])
def test_each_missing_file_is_named(row, tmp_path):
    assert len(missing_files(row, tmp_path)) == len(NEEDED[row])
    for names in NEEDED[row]:
        file = tmp_path / names.split("|")[0]
        file.parent.mkdir(exist_ok=True)
        file.touch()
        assert not any(line.startswith(names.split("|")[0]) for line in missing_files(row, tmp_path))
    assert missing_files(row, tmp_path) == ()


WHOLE_LM = """
device: cpu
conditioners:
  args: {merge_text_conditions_p: 0.25}
  description: {model: lut, lut: {n_bins: 128, tokenizer: whitespace}}
"""
T5_LM = WHOLE_LM.replace("model: lut, lut: {n_bins: 128, tokenizer: whitespace}", "model: t5, t5: {name: t5-base}")


@pytest.mark.parametrize(("lm", "codec", "lacking"), [
    (WHOLE_LM, {"xp.cfg": "sample_rate: 32000", "best_state": {}}, ()),
    (T5_LM, {"xp.cfg": "sample_rate: 32000", "best_state": {}}, (TEXT_FOLDER,)),
    (WHOLE_LM, {"pretrained": "facebook/encodec_32khz"}, (CODEC_FOLDER,)),
    (T5_LM, {"pretrained": "facebook/encodec_32khz"}, (CODEC_FOLDER, TEXT_FOLDER)),
    ("conditioners: [", {}, (CODEC_FOLDER, TEXT_FOLDER)),
])
def test_a_folder_lacks_only_what_its_own_checkpoint_asks_for(tmp_path, lm, codec, lacking):
    torch = pytest.importorskip("torch")
    torch.save({"best_state": {"linear.weight": torch.zeros(3, 3)}, "xp.cfg": lm}, tmp_path / "state_dict.bin")
    torch.save(codec, tmp_path / "compression_state_dict.bin")
    assert {line.split("/")[0] for line in missing_files(AUDIOCRAFT_ROW, tmp_path)} == set(lacking)
