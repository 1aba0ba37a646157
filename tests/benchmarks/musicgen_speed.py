"""How fast MusicGen's shapes are here: a token step of ours, and a job beside audiocraft's own `generate_continuation`.

    python -m tests.benchmarks.musicgen_speed --shapes small medium --steps 12 --threads 1 --cpu-time

Random weights cost what real ones do. A step is measured behind 12 s of context, as it is in the stream; it has to be
done in the 20 ms of music that it adds. The job: go on from 12 s by some token frames; ours from its tokens,
audiocraft's from its sound, which it encodes again, in the same run. All figures are measured, none is a product of
others: a whole hop (250 steps) takes a CPU minutes.
"""

from __future__ import annotations

import argparse
import gc
import platform
import sys
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np

from generators.musicgen.audiocraft_model import AudiocraftModel
from generators.musicgen.compat import blank_spacy, load_audiocraft
from generators.musicgen.ports import Told
from generators.musicgen.stream import CONTEXT_S, OVERLAP_S
from generators.musicgen.tokens import Draw, continued
from loop.clock import SystemClock
from loop.values import FloatArray

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


class CpuClock:
    """The processor time of this process: with one thread, what the work takes where nothing else runs beside it."""

    def now_s(self) -> float:
        """Return the seconds that this process has computed."""
        return process_time()


@dataclass(frozen=True, slots=True)
class Ours:
    """What our job took."""

    first_s: float                 # the first step, which reads all the context
    steps_s: FloatArray            # of each step behind it
    job_s: float                   # tokens and sound


def ours(model: AudiocraftModel, n_new: int, clock: SystemClock | CpuClock) -> Ours:
    """Go on by `n_new` token frames from 12 s of tokens, and decode them behind their overlap."""
    facts = model.facts
    context = np.random.default_rng(1).integers(0, facts.n_values, (facts.n_codebooks, int(CONTEXT_S * FRAME_HZ)))
    told, times = Told(model.words(WORDS)), []

    def stamp() -> bool:
        times.append(clock.now_s())
        return False

    began_s = clock.now_s()
    tokens = continued(model, context, n_new, told, Draw(3.0, 1), stamp)
    model.decode(tokens[:, -(int(OVERLAP_S * FRAME_HZ) + n_new):])
    steps_s = np.diff(times)
    return Ours(float(steps_s[0]), steps_s[1:], clock.now_s() - began_s)


def theirs_s(real: Any, n_new: int, clock: SystemClock | CpuClock) -> float:
    """Return the seconds that audiocraft takes to go on by as much from as much context, as sound."""
    import torch

    real.set_generation_params(duration=CONTEXT_S + n_new / FRAME_HZ, extend_stride=18)
    sound = torch.randn(1, 1, int(CONTEXT_S * RATE_HZ)) * 0.05
    began_s = clock.now_s()
    with torch.no_grad():
        real.generate_continuation(sound.to(real.device), RATE_HZ, [WORDS])
    return clock.now_s() - began_s


def row(shape: str, dtype_name: str, n_new: int, clock: SystemClock | CpuClock) -> str:
    """Return a row of the table."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = getattr(torch, dtype_name)
    real = shaped(shape, dtype, device)
    if device == "cpu" and dtype is not torch.float32:
        from audiocraft.utils.autocast import TorchAutocast

        real.autocast = TorchAutocast(enabled=True, device_type="cpu", dtype=dtype)
    millions = sum(weights.numel() for weights in real.lm.parameters()) / 1e6
    mine = ours(AudiocraftModel(real), n_new, clock)
    low, step_s, high = np.quantile(mine.steps_s, (0.0, 0.5, 1.0))
    theirs = theirs_s(real, n_new, clock)
    return (f"| {shape} | {dtype_name} | {millions:.0f} | {mine.first_s:.1f} | {1000 * step_s:.0f} "
            f"({1000 * low:.0f} to {1000 * high:.0f}, {len(mine.steps_s)} steps) | {step_s * FRAME_HZ:.1f} "
            f"| {mine.job_s:.1f} | {theirs:.1f} | {mine.job_s / theirs:.2f} |")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    import torch

    parser = argparse.ArgumentParser()
    parser.add_argument("--shapes", nargs="+", default=["small", "medium"], choices=list(SHAPES))
    parser.add_argument("--dtypes", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--steps", type=int, default=12, help="token frames by which each job goes on")
    parser.add_argument("--threads", type=int, default=0, help="0 = as torch chooses")
    parser.add_argument("--cpu-time", action="store_true", help="of this process, for a machine that does other things")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    where = "cuda" if torch.cuda.is_available() else platform.processor() or platform.machine()
    _say(f"{where}, {torch.get_num_threads()} thread(s), torch {torch.__version__}\n")
    _say("| shape | precision | LM, M | first step (12 s of context), s | a step, ms | of the 20 ms that it lasts "
         f"| our job of {given.steps} frames, s | `generate_continuation`, s | ours / theirs |\n|{'---|' * 9}")
    for shape in given.shapes:
        for dtype in given.dtypes:
            _say(row(shape, dtype, given.steps, CpuClock() if given.cpu_time else SystemClock()))
            gc.collect()


if __name__ == "__main__":
    main()
