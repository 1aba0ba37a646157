"""The released checkpoint format, of audiocraft's debug model and of a melody model as small: random weights."""

from __future__ import annotations

SHARED = {"device": "cpu", "dtype": "float32", "dataset": {"segment_duration": 30}}
LM = SHARED | {
    "lm_model": "transformer_lm",
    "transformer_lm": {"n_q": 4, "card": 400, "dim": 16, "num_heads": 4, "custom": True, "num_layers": 2,
                       "causal": True},
    "codebooks_pattern": {"modeling": "delay", "delay": {"delays": [0, 1, 2, 3]}},
    "attribute_dropout": {}, "classifier_free_guidance": {"training_dropout": 0.0, "inference_coef": 3.0},
    "fuser": {"cross": ["description"], "prepend": [], "sum": [], "input_interpolate": []},
    "conditioners": {"description": {"model": "lut", "lut": {"n_bins": 128, "dim": 16, "tokenizer": "whitespace"}}},
}
CODEC = SHARED | {
    "compression_model": "encodec",
    "encodec": {"autoencoder": "seanet", "quantizer": "rvq", "sample_rate": 32_000, "channels": 1},
    "seanet": {"n_filters": 4, "n_residual_layers": 1, "dimension": 32, "ratios": [10, 8, 16], "encoder": {},
               "decoder": {}},
    "rvq": {"bins": 400, "n_q": 4},
}
# As audiocraft's config/conditioner/chroma2music.yaml has it: no words across, chroma and words before the first token.
CHROMA = {"sample_rate": 32_000, "n_chroma": 12, "radix2_exp": 14, "argmax": True, "match_len_on_eval": False,
          "eval_wavs": None, "n_eval_wavs": 0, "cache_path": None}
# What the debug model does otherwise: torch's fused attention behind audiocraft's `memory_efficient`, as released.
FUSED = {"n_q": 4, "card": 400, "dim": 16, "num_heads": 4, "num_layers": 2, "causal": True, "custom": False,
         "memory_efficient": True, "norm_first": True, "activation": "gelu", "bias_proj": False, "bias_ff": False,
         "bias_attn": False}
FUSED_LM = LM | {"transformer_lm": FUSED}
MELODY_LM = FUSED_LM | {
    "fuser": {"cross": [], "prepend": ["self_wav", "description"], "sum": [], "input_interpolate": []},
    "conditioners": LM["conditioners"] | {"self_wav": {"model": "chroma_stem", "chroma_stem": CHROMA}},
}


def save(folder, lm, codec, *, config=LM, more=None):
    """Save a model's parts into a folder as the released ones are; `more` is what a trainer left beside the weights."""
    import torch
    from omegaconf import OmegaConf

    for name, its, module, left in (("state_dict.bin", config, lm, more or {}),
                                    ("compression_state_dict.bin", CODEC, codec, {})):
        stored = {"xp.cfg": OmegaConf.to_yaml(OmegaConf.create(its)), "best_state": module.state_dict()}
        torch.save(stored | left, folder / name)
