"""A compact convolutional net on the waves, after EEGNet (Lawhern et al. 2018, doi 10.1088/1741-2552/aace8c).

Spatial filters, temporal filters, pooling, a separable convolution, pooling, one linear layer. The paper filters in
time first; the two are linear and nothing stands between them here, so the order is free, and this one costs an eighth.
One thread, one seed: the same data give the same net. Training stops early by excerpts that it holds out of its own
training excerpts, never by those of the fold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import irfft, rfft
from torch import Tensor, nn

from loop.values import Features, FloatArray, Window, read_only
from sensing.decoders.excerpts import WINDOW_S
from sensing.decoders.recipe import Indices, Recipe

WAVE_RATE_HZ = 64.0             # theta, alpha and beta lie below 32 Hz
N_WAVE = round(WINDOW_S * WAVE_RATE_HZ)
N_FILTERS = 16                  # the paper's F1 x D = 8 x 2
KERNEL, KERNEL_2 = 33, 17       # half a second, and after pooling one; odd, so that padding is even
POOL, POOL_2 = 4, 8
DROPOUT = 0.25
LEARNING_RATE, WEIGHT_DECAY = 5e-3, 1e-2
BATCH = 64
MOST_EPOCHS, PATIENCE = 30, 5
STOPPING_SHARE = 5              # one training excerpt in five decides when to stop
SMALLEST_SD_UV = 1e-3


class Waves:
    """Extracts a window's waves at 64 Hz, and scales each channel by its session's usual size.

    Parameters
    ----------
    columns : Sequence[int]
        Of a window: which channels are read, in the decoder's order.
    """

    def __init__(self, columns: Sequence[int]) -> None:
        self._columns = np.array(columns, dtype=np.intp)
        self.names = tuple(f"wave[{i},{k}]" for i in range(len(columns)) for k in range(N_WAVE))

    def extract(self, window: Window) -> Features:
        """Return ``n_channels * N_WAVE`` samples in uV, channel by channel."""
        waves = resample(window.samples.take(self._columns, axis=1).T, N_WAVE)
        return Features(self.names, read_only(waves.reshape(-1)), window.first_sample, window.span_s)

    def centre(self, stack: FloatArray) -> FloatArray:
        """Return the median SD of each channel, ``(n_channels,)`` uV."""
        spreads = stack.reshape(len(stack), len(self._columns), N_WAVE).std(axis=2)
        return np.asarray(np.maximum(np.median(spreads, axis=0), SMALLEST_SD_UV))

    def express(self, stack: FloatArray, centre: FloatArray) -> FloatArray:
        """Return the waves over their channel's SD, ``(n_windows, n_channels * N_WAVE)``."""
        waves = stack.reshape(len(stack), len(self._columns), N_WAVE) / centre[:, None]
        return np.asarray(waves.reshape(len(stack), -1))


def resample(rows: FloatArray, n_times: int) -> FloatArray:
    """Return ``(n_channels, n_times)`` of the same span, by leaving out or adding Fourier bins."""
    spectrum = rfft(rows, axis=1)[:, :n_times // 2]
    return np.asarray(irfft(spectrum, n_times, axis=1) * (n_times / rows.shape[1]))


class Net(nn.Module):
    """Waves ``(n_windows, n_channels, N_WAVE)`` to one number a window."""

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        n, left = N_FILTERS, N_WAVE // POOL // POOL_2
        self.spatial = nn.Conv1d(n_channels, n, 1, bias=False)
        self.temporal = Filters(n, KERNEL)
        self.first = nn.Sequential(nn.BatchNorm1d(n), nn.ELU(), nn.AvgPool1d(POOL), nn.Dropout(DROPOUT))
        self.depthwise = Filters(n, KERNEL_2)
        self.pointwise = nn.Conv1d(n, n, 1, bias=False)
        self.second = nn.Sequential(nn.BatchNorm1d(n), nn.ELU(), nn.AvgPool1d(POOL_2), nn.Dropout(DROPOUT))
        self.answer = nn.Linear(n * left, 1)

    def forward(self, waves: Tensor) -> Tensor:
        """Return ``(n_windows,)``."""
        shown = self.first(self.temporal(self.spatial(waves)))
        shown = self.second(self.pointwise(self.depthwise(shown)))
        answer: Tensor = self.answer(shown.flatten(1)).squeeze(1)
        return answer


class Filters(nn.Module):
    """One filter in time for each map, by Fourier transform: a depthwise convolution takes four times as long."""

    def __init__(self, n_maps: int, n_taps: int) -> None:
        super().__init__()
        limit = n_taps**-0.5
        self.taps = nn.Parameter(torch.empty(n_maps, n_taps).uniform_(-limit, limit))

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps of the same length, ``(n_windows, n_maps, n_times)``."""
        n_times, n_taps = maps.shape[-1], self.taps.shape[-1]
        spectrum = torch.fft.rfft(maps, n_times + n_taps - 1) * torch.fft.rfft(self.taps, n_times + n_taps - 1)
        whole: Tensor = torch.fft.irfft(spectrum, n_times + n_taps - 1)
        return whole[..., n_taps // 2:n_taps // 2 + n_times]


class NetHead:
    """One net for each set of targets.

    Parameters
    ----------
    n_channels : int
        Of the waves.
    seed : int
        Of weights, batches and dropout.
    nets : Sequence[Net]
        Trained ones, as they were stored.
    """

    kind = "net"

    def __init__(self, n_channels: int, seed: int = 0, nets: Sequence[Net] = ()) -> None:
        self._n_channels = n_channels
        self._seed = seed
        self.nets = list(nets)

    def fit(self, windows: FloatArray, targets: FloatArray, excerpts: Indices) -> None:
        """Train on ``(n_windows, n_channels * N_WAVE)`` for ``(n_windows, n_sets)``."""
        with quiet_torch(self._seed):
            waves = self._waves(windows)
            self.nets = [self._train(waves, torch.tensor(column, dtype=torch.float32), excerpts)
                         for column in np.ascontiguousarray(targets.T)]

    def predict(self, windows: FloatArray) -> FloatArray:
        """Return ``(n_windows, n_sets)``."""
        with quiet_torch(self._seed), torch.no_grad():
            waves = self._waves(windows)
            return np.stack([net(waves).numpy().astype(float) for net in self.nets], axis=1)

    def _waves(self, windows: FloatArray) -> Tensor:
        return torch.tensor(windows.reshape(len(windows), self._n_channels, N_WAVE), dtype=torch.float32)

    def _train(self, waves: Tensor, targets: Tensor, excerpts: Indices) -> Net:
        torch.manual_seed(self._seed)
        stops = torch.tensor(self._stopping(excerpts))
        net = Net(self._n_channels)
        optimiser = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        best, best_loss, waited = deepcopy(net.state_dict()), float("inf"), 0
        for _ in range(MOST_EPOCHS):
            _epoch(net, optimiser, waves[~stops], targets[~stops])
            loss = _loss(net, waves[stops], targets[stops])
            waited = 0 if loss < best_loss else waited + 1
            if loss < best_loss:
                best, best_loss = deepcopy(net.state_dict()), loss
            if waited > PATIENCE:
                break
        net.load_state_dict(best)
        return net.eval()

    def _stopping(self, excerpts: Indices) -> NDArray[np.bool_]:
        """Return which windows belong to the excerpts that say when to stop, ``(n_windows,)`` bool."""
        names = np.random.default_rng(self._seed).permutation(np.unique(excerpts))
        return np.isin(excerpts, names[:max(1, len(names) // STOPPING_SHARE)])


def _epoch(net: Net, optimiser: torch.optim.Optimizer, waves: Tensor, targets: Tensor) -> None:
    net.train()
    for rows in torch.randperm(len(waves)).split(BATCH):  # type: ignore[no-untyped-call]
        if len(rows) > 1:                       # a batch of one has no spread to normalise by
            optimiser.zero_grad()
            nn.functional.mse_loss(net(waves[rows]), targets[rows]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()


def _loss(net: Net, waves: Tensor, targets: Tensor) -> float:
    net.eval()
    with torch.no_grad():
        return float(nn.functional.mse_loss(net(waves), targets))


@contextmanager
def quiet_torch(seed: int) -> Iterator[None]:
    """One thread and a seed of its own, and afterwards all as it was."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(n_threads)


def network(columns: Sequence[int], seed: int = 0) -> Recipe:
    """Return the recipe of the net."""
    return Recipe(Waves(columns), lambda: NetHead(len(columns), seed))
