"""How fast MusicGen's shapes are here: real-time factor of our hops, beside audiocraft's own `generate_continuation`.

    python -m tests.benchmarks.musicgen_speed --shapes small medium --seconds 1

Random weights cost what real ones do. Each row renders the same job in the same run: go on from 12 s of context by a
piece of music; ours from its tokens, audiocraft's from its sound, which it encodes again. A short piece is measured
(the context's first step is shared out over a whole hop of 5 s), because a CPU needs minutes for a hop.
"""

from __future__ import annotations

import argparse
import gc
import sys
from statistics import median
from typing import Any

import numpy as np

from generators.musicgen.audiocraft_model import AudiocraftModel
from generators.musicgen.compat import blank_spacy, load_audiocraft
from generators.musicgen.stream import CONTEXT_S, HOP_S, OVERLAP_S
from generators.musicgen.tokens import Draw, continued
from loop.clock import SystemClock

# Copet et al. 2023: dimension, heads, layers; 4 codebooks of 2048 values at 50 Hz, sound at 32 kHz.
SHAPES = {"small": (1024, 16, 24), "medium": (1536, 24, 48), "large": (2048, 32, 48)}
WORDS = "slow tempo, warm round sound, gently flowing notes, minor key, ambient"
RATE_HZ, FRAME_HZ = 32_000, 50
# EnCodec 32 kHz of MusicGen: channels 64, strides 8 5 4 4, two LSTM layers, dimension 128.
CODEC = {"n_filters": 64, "n_residual_layers": 1, "dimension": 128, "ratios": [8, 5, 4, 4], "lstm": 2}


def shaped(shape: str, dtype: Any, device: str) -> Any:
    """Return an audiocraft MusicGen of a shape with random weights."""
    import torch

    models = load_audiocraft()
    from audiocraft.models.encodec import EncodecModel
    from audiocraft.models.lm import LMModel
    from audiocraft.modules import SEANetDecoder, SEANetEncoder
    from audiocraft.modules.codebooks_patterns import DelayedPatternProvider
    from audiocraft.modules.conditioners import ConditionFuser, ConditioningProvider, LUTConditioner
    from audiocraft.quantization import ResidualVectorQuantizer

    dim, heads, layers = SHAPES[shape]
    with blank_spacy():
        words = LUTConditioner(n_bins=128, dim=768, output_dim=dim, tokenizer="whitespace")
    fuser = ConditionFuser({"cross": ["description"], "prepend": [], "sum": [], "input_interpolate": []})
    torch.set_default_dtype(dtype)
    lm = LMModel(DelayedPatternProvider(n_q=4), ConditioningProvider({"description": words}), fuser, n_q=4, card=2048,
                 dim=dim, num_heads=heads, num_layers=layers, hidden_scale=4, norm="layer_norm", norm_first=True,
                 bias_proj=False, bias_ff=False, bias_attn=False, activation="gelu", custom=False,
                 memory_efficient=True, causal=True, cross_attention=True, dtype=dtype, device=device)
    torch.set_default_dtype(torch.float32)
    quantizer = ResidualVectorQuantizer(dimension=128, bins=2048, n_q=4, kmeans_init=False)
    codec = EncodecModel(SEANetEncoder(**CODEC), SEANetDecoder(**CODEC), quantizer, frame_rate=FRAME_HZ,
                         sample_rate=RATE_HZ, channels=1)
    return models.MusicGen(shape, codec.to(device).eval(), lm.to(device).eval(), max_duration=30)


def ours_s(model: AudiocraftModel, n_new: int) -> tuple[float, float, float]:
    """Return the seconds of a first step (all the context), of a step, and of decoding a hop."""
    clock, facts = SystemClock(), model.facts
    context = np.random.default_rng(1).integers(0, facts.n_values, (facts.n_codebooks, int(CONTEXT_S * FRAME_HZ)))
    words, times = model.words(WORDS), []

    def stamp() -> bool:
        times.append(clock.now_s())
        return False

    continued(model, context, n_new, words, Draw(3.0, 1), stamp)
    steps = np.diff(times)
    began_s = clock.now_s()
    model.decode(context[:, :int((HOP_S + OVERLAP_S) * FRAME_HZ)])
    return float(steps[0]), median(steps[1:]), clock.now_s() - began_s


def theirs_s(real: Any, seconds: float) -> float:
    """Return the seconds that audiocraft takes to go on by `seconds` of music from the same context, as sound."""
    import torch

    clock = SystemClock()
    real.set_generation_params(duration=CONTEXT_S + seconds, extend_stride=18)
    sound = torch.randn(1, 1, int(CONTEXT_S * RATE_HZ)) * 0.05
    began_s = clock.now_s()
    with torch.no_grad():
        real.generate_continuation(sound.to(real.device), RATE_HZ, [WORDS])
    return clock.now_s() - began_s


def row(shape: str, dtype_name: str, seconds: float) -> str:
    """Return a row of the table."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = getattr(torch, dtype_name)
    real = shaped(shape, dtype, device)
    if device == "cpu" and dtype is not torch.float32:
        from audiocraft.utils.autocast import TorchAutocast

        real.autocast = TorchAutocast(enabled=True, device_type="cpu", dtype=dtype)
    millions = sum(weights.numel() for weights in real.lm.parameters()) / 1e6
    n_new, model = int(seconds * FRAME_HZ), AudiocraftModel(real)
    first_s, step_s, decode_s = ours_s(model, n_new)
    n_hop = HOP_S * FRAME_HZ
    factor = (first_s + (n_hop - 1) * step_s + decode_s) / HOP_S
    theirs = theirs_s(real, seconds)
    ours = first_s + (n_new + 3) * step_s + decode_s * (seconds + OVERLAP_S) / (HOP_S + OVERLAP_S)
    return (f"| {shape} | {device} | {dtype_name} | {millions:.0f} | {first_s:.2f} | {1000 * step_s:.0f} "
            f"| {decode_s:.2f} | {factor:.1f} | {theirs:.1f} | {ours / theirs:.2f} |")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    import torch

    parser = argparse.ArgumentParser()
    parser.add_argument("--shapes", nargs="+", default=["small", "medium"], choices=list(SHAPES))
    parser.add_argument("--dtypes", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--seconds", type=float, default=1.0, help="of music that each measured job goes on by")
    parser.add_argument("--threads", type=int, default=0, help="0 = as torch chooses")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    _say("| shape | device | precision | LM, M | first step, s | step, ms | decode a hop, s | s for a second of music "
         f"| generate_continuation for {given.seconds:g} s, s | ours / theirs |\n|{'---|' * 10}")
    for shape in given.shapes:
        for dtype in given.dtypes:
            _say(row(shape, dtype, given.seconds))
            gc.collect()


if __name__ == "__main__":
    main()
