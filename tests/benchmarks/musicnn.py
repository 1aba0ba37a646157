"""The MTT_musicnn tagger rebuilt in torch from its published architecture, with the weights of its wheel.

Pons & Serra 2019, "musicnn: pre-trained convolutional neural networks for music audio tagging" (ISMIR late-breaking);
weights: MTG, Universitat Pompeu Fabra, ISC licence. A development tool: ``pip download --no-deps musicnn==0.1.0`` gets
the wheel; nothing of it is shipped, and no test downloads it.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import resample_poly
from torch import Tensor, nn
from torch.nn import functional

from tests.benchmarks.tensor_bundle import read_bundle

RATE_HZ = 16_000
HOP, N_FFT, N_MELS = 256, 512, 96
PATCH_FRAMES = 187                 # three seconds: what it was trained on
PATCHES_AT_ONCE = 4
COMPRESSION = 10_000.0             # log10(1 + 10000 x)
BN_EPSILON = 1e-3                  # TensorFlow's default: the checkpoint does not hold it
LINEAR_HZ, LINEAR_STEP = 1000.0, 200 / 3       # Slaney's mel scale: linear to 1 kHz, then 27 steps to 6.4 kHz
LOG_STEP = np.log(6.4) / 27
BUNDLE = "musicnn/MTT_musicnn/"
TAGS = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano", "ambient",
    "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing", "vocals", "no vocals",
    "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal", "pop", "soft", "sitar", "solo", "man",
    "classic", "choir", "voice", "new age", "dance", "male voice", "female vocal", "beats", "harp", "cello", "no voice",
    "weird", "country", "metal", "female voice", "choral",
)


class Musicnn(nn.Module):
    """Front-end of two timbral and three temporal convolutions, three dense layers over time, pooling, two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.BatchNorm2d(1, BN_EPSILON)
        self.front = nn.ModuleList(
            _Layer(1, kernel, width) for kernel, width in
            (((7, 38), 204), ((7, 67), 204), ((128, 1), 51), ((64, 1), 51), ((32, 1), 51)))
        self.middle = nn.ModuleList(_Layer(1, (7, n_in), 64) for n_in in (561, 64, 64))
        self.pooled = nn.BatchNorm1d(2 * 753, BN_EPSILON)
        self.dense, self.after = nn.Linear(2 * 753, 200), nn.BatchNorm1d(200, BN_EPSILON)
        self.tags = nn.Linear(200, len(TAGS))

    def forward(self, mel: Tensor) -> Tensor:
        """Return the log odds of each tag, ``(n_patches, 50)``, for log mel spectra ``(n_patches, n_frames, 96)``."""
        heard = self.before(mel[:, None])
        low = torch.cat([layer(heard).amax(dim=3) for layer in self.front], dim=1)        # (n, 561, n_frames)
        first = self._over_time(0, low)
        second = first + self._over_time(1, first)
        third = second + self._over_time(2, second)
        whole = torch.cat([low, first, second, third], dim=1)
        pools = torch.stack([whole.amax(dim=2), whole.mean(dim=2)], dim=2).flatten(1)
        return self.tags(self.after(functional.relu(self.dense(self.pooled(pools)))))

    def _over_time(self, index: int, features: Tensor) -> Tensor:
        return self.middle[index](features.transpose(1, 2)[:, None]).squeeze(3)


class _Layer(nn.Module):
    """A convolution as long as its input in time, a rectifier, and then the normalisation."""

    def __init__(self, n_in: int, kernel: tuple[int, int], width: int) -> None:
        super().__init__()
        self.lead = (kernel[0] - 1) // 2, kernel[0] // 2        # an even kernel leans to what comes
        self.conv, self.norm = nn.Conv2d(n_in, width, kernel), nn.BatchNorm2d(width, BN_EPSILON)

    def forward(self, features: Tensor) -> Tensor:
        return self.norm(functional.relu(self.conv(functional.pad(features, (0, 0, *self.lead)))))


def from_wheel(wheel: Path) -> Musicnn:
    """Return the network with the weights of the musicnn wheel; every tensor must fit, and each is used."""
    with zipfile.ZipFile(wheel) as archive:
        held = read_bundle(archive.read(BUNDLE + ".index"), archive.read(BUNDLE + ".data-00000-of-00001"))
    network = Musicnn()
    network.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in _named(held).items()})
    return network.eval()


def _named(held: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Return the checkpoint's tensors under the names of `Musicnn`, in torch's order of axes."""
    layers = [*(f"front.{index}" for index in range(5)), *(f"middle.{index}" for index in range(3))]
    norms = ["before", *(f"{layer}.norm" for layer in layers), "pooled", "after"]
    named = {}
    for index, layer in enumerate(layers):
        source = "conv2d" + (f"_{index}" if index else "")
        named[f"{layer}.conv.weight"] = held[f"{source}/kernel"].transpose(3, 2, 0, 1)
        named[f"{layer}.conv.bias"] = held[f"{source}/bias"]
    for index, layer in enumerate(norms):
        source = "batch_normalization" + (f"_{index}" if index else "")
        for ours, theirs in (("weight", "gamma"), ("bias", "beta"), ("running_mean", "moving_mean"),
                             ("running_var", "moving_variance")):
            named[f"{layer}.{ours}"] = held[f"{source}/{theirs}"]
        named[f"{layer}.num_batches_tracked"] = np.array(0)
    for ours, theirs in (("dense", "dense"), ("tags", "dense_1")):
        named[f"{ours}.weight"], named[f"{ours}.bias"] = held[f"{theirs}/kernel"].T, held[f"{theirs}/bias"]
    return named


@torch.no_grad()
def log_odds(network: Musicnn, sound: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """Return the mean log odds of the tags over the three-second patches of a sound ``(n_frames, 2)`` or mono."""
    mel = torch.from_numpy(log_mel(mono(sound, rate_hz)))
    n_patches = len(mel) // PATCH_FRAMES
    patches = mel[:n_patches * PATCH_FRAMES].unflatten(0, (n_patches, PATCH_FRAMES))
    heard = [network(part) for part in patches.split(PATCHES_AT_ONCE)]
    return torch.cat(heard).mean(dim=0).double().numpy()


def mono(sound: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """Return one channel at the tagger's rate."""
    one = sound.mean(axis=1) if sound.ndim == 2 else sound
    return np.asarray(resample_poly(one.astype(float), RATE_HZ, rate_hz))


def log_mel(sound: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return ``log10(1 + 10000 x)`` of the mel power spectrum, (n_frames, 96), Hann windows centred on each hop."""
    padded = np.pad(sound, N_FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    return np.log10(1 + COMPRESSION * power @ mel_filters().T).astype(np.float32)


def mel_filters() -> NDArray[np.float64]:
    """Return triangles of equal area over Slaney's mel scale from 0 to 8 kHz, (96, 257)."""
    corners = _hertz(np.linspace(0, _mel(RATE_HZ / 2), N_MELS + 2))
    bins = np.arange(N_FFT // 2 + 1) * RATE_HZ / N_FFT
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return np.maximum(triangles, 0) * 2 / (high - low)


def _mel(hertz: float) -> float:
    return LINEAR_HZ / LINEAR_STEP + float(np.log(hertz / LINEAR_HZ)) / LOG_STEP


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    edge = LINEAR_HZ / LINEAR_STEP
    return np.where(mels < edge, LINEAR_STEP * mels, LINEAR_HZ * np.exp(LOG_STEP * (mels - edge)))
