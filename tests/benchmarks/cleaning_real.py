"""What cleaning takes out of real and simulated EEG, and what it costs: the tables of docs/cleaning.md.

Run as ``OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.cleaning_real``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from time import process_time

import numpy as np

from loop.values import Block, FloatArray, read_only
from sensing.cleaning.asr import SubspaceReconstruction
from sensing.cleaning.eog import EogRegression, EyeColumns
from sensing.cleaning.filters import Cuts, delay_ms, sections_of
from sensing.pipeline import Settings, build_stages
from sensing.sources.recording import load_recording
from tests.conftest import SHARED_DATA
from tests.sensing.streams import even_chunks, pink, windows_of
from tests.sensing.test_eog import alpha_power, locked, split

RATE_HZ, N_CHANNELS, HOP = 250.0, 32, 63
RATES_HZ = (128.0, 250.0, 500.0)
RESTS_S = (90.0, 120.0, 150.0)
BURST_UV = (150.0, 300.0, 600.0)
N_BURSTS = 30
FLOORS = 200
MEASURED = 20              # blocks after the fit


def delays(say: Callable[[str], None]) -> None:
    say("filters' delay at 10 Hz, ms (EOG regression and ASR: 0)\nrate Hz  highpass  lowpass  notch  total")
    for rate_hz in RATES_HZ:
        by_step = delay_ms(Cuts(1.0, 45.0, 50.0), rate_hz)
        say(f"{rate_hz:7.0f} " + "".join(f"{by_step.get(name, 0.0):9.1f}"
                                         for name in ("highpass", "lowpass", "notch", "total")))


def eog_table(say: Callable[[str], None]) -> None:
    recording = load_recording(SHARED_DATA / "erp_with_eog" / "eeglab_data.set")
    rate_hz = recording.header.rate_hz
    say("\nerp_with_eog: change of the held-out blink-locked mean, per cent: about its top [its largest point there]\n"
        "(peak to peak; the same with no blink in it at all)")
    say("rest s  held-out blinks             FPz              F3              Fz              F4   O1 8-13 Hz")
    for rest_s in RESTS_S:
        before, after, names, blinks = split(recording, rest_s)
        cells = []
        for name in ("FPz", "F3", "Fz", "F4"):
            column = names.index(name)
            x, y = before[:, column], after[:, column]
            top = locked(y, blinks, rate_hz) / locked(x, blinks, rate_hz)
            whole = [of(z, blinks, rate_hz) / span(x, blinks, rate_hz) for of, z in ((span, y), (floor, x))]
            point = largest(y, blinks, rate_hz) / largest(x, blinks, rate_hz)
            cells.append(f"{100 * top - 100:5.0f} [{100 * point - 100:3.0f}] "
                         f"({100 * whole[0] - 100:3.0f}; {100 * whole[1] - 100:3.0f})")
        o1 = [alpha_power(part[blinks[0]:, names.index("O1")], rate_hz) for part in (before, after)]
        say(f"{rest_s:6.0f} {len(blinks):16d} {' '.join(cells)} {100 * (o1[1] / o1[0] - 1):12.1f}")


def largest(samples: FloatArray, blinks: FloatArray, rate_hz: float) -> float:
    """The largest point of the mean over blinks in the span that `locked` averages, from what was before them, uV."""
    rows = blinks[:, None] + np.arange(-round(0.5 * rate_hz), round(0.5 * rate_hz))
    mean = samples[rows].mean(axis=0)
    near = mean[round(0.35 * rate_hz):round(0.6 * rate_hz)] - mean[:round(0.2 * rate_hz)].mean()
    return float(np.abs(near).max())


def span(samples: FloatArray, blinks: FloatArray, rate_hz: float) -> float:
    """Peak to peak of the mean over blinks, uV: what is left of the EEG in a mean of few counts in full."""
    rows = blinks[:, None] + np.arange(-round(0.25 * rate_hz), round(0.25 * rate_hz))
    return float(np.ptp(samples[rows].mean(axis=0)))


def floor(samples: FloatArray, blinks: FloatArray, rate_hz: float) -> float:
    """Peak to peak of a mean over as many stretches without a blink, uV: the median of `FLOORS`."""
    rng = np.random.default_rng(0)
    inner = np.arange(round(rate_hz), len(samples) - round(rate_hz))
    free = inner[np.abs(inner[:, None] - blinks).min(axis=1) > rate_hz]
    return float(np.median([span(samples, rng.choice(free, len(blinks)), rate_hz) for _ in range(FLOORS)]))


def windows_table(say: Callable[[str], None]) -> None:
    """How many windows of the real recording pass the gate."""
    recording = load_recording(SHARED_DATA / "erp_with_eog" / "eeglab_data.set")
    header = recording.header
    say("\nerp_with_eog, windows of 4 s that pass the gate, from 180 s on")
    for name, chosen in (("as usual", Settings()), ("eog", Settings(eog="auto")),
                         ("eog, asr", Settings(eog="auto", asr_cutoff_sd=20.0))):
        stages = build_stages(header, chosen)
        windows = [window for window in windows_of(stages, even_chunks(recording.samples, header.rate_hz))
                   if window.first_sample > 180 * header.rate_hz]
        passed = sum(not window.faults for window in windows)
        say(f"{name:10s} {passed:4d} of {len(windows)}")


def simulated(seconds: float, seed: int) -> FloatArray:
    """EEG of sources that reach all channels, with alpha at the back, as it comes out of the filters."""
    from scipy.signal import sosfilt

    n_times = round(seconds * RATE_HZ)
    sources = pink(n_times, 24, seed, sd_uv=3.0).astype(np.float64)
    mixing = np.random.default_rng(9).standard_normal((24, N_CHANNELS))
    times_s = np.arange(n_times) / RATE_HZ
    alpha = 10 * np.sin(2 * np.pi * 10 * times_s) * (1 + 0.7 * np.sin(2 * np.pi * 0.1 * times_s))
    noise = np.random.default_rng(seed + 1).standard_normal((n_times, N_CHANNELS))
    whole = sources @ mixing + np.outer(alpha, np.linspace(0, 1, N_CHANNELS) ** 2) + noise
    sections = np.concatenate(list(sections_of(Cuts(1.0, 45.0, 50.0), RATE_HZ).values()))
    return np.asarray(sosfilt(sections, whole, axis=0))


def blocks(samples: FloatArray) -> Iterator[Block]:
    for start in range(0, len(samples), HOP):
        yield Block(read_only(samples[start:start + HOP].copy()), start, 0.0)


def cleaned(step: SubspaceReconstruction | EogRegression, samples: FloatArray) -> tuple[FloatArray, list[float]]:
    """Return what comes out, and what each block cost, ms of the processor."""
    out, costs_ms = [], []
    for block in blocks(samples):
        start_s = process_time()
        out.append(step.clean(block, True).samples)
        costs_ms.append(1e3 * (process_time() - start_s))
    return np.concatenate(out), costs_ms


def asr_table(say: Callable[[str], None]) -> None:
    rest, later = simulated(66, 1), simulated(90, 2)
    first = SubspaceReconstruction(N_CHANNELS, RATE_HZ)
    _, learning_ms = cleaned(first, rest)
    assert first.rest is not None
    out, clean_ms = cleaned(with_rest(first), later)
    worst = min(np.corrcoef(later[:, column], out[:, column])[0, 1] for column in range(N_CHANNELS))
    say(f"\nASR, simulated, {N_CHANNELS} channels at {RATE_HZ:.0f} Hz, a hop of {HOP} samples")
    say(f"clean EEG: lowest correlation of a channel before and after {worst:.4f}; {np.median(clean_ms):.2f} ms a hop, "
        f"the fit once {max(learning_ms):.0f} ms")
    say("burst uV  power taken out, %: median, worst of 30   ms a hop while bursts last (median)")
    for peak_uv in BURST_UV:
        left, costs_ms = bursts(first, later, peak_uv)
        say(f"{peak_uv:8.0f} {100 * (1 - np.median(left)):31.1f} {100 * (1 - max(left)):8.1f} "
            f"{np.median(costs_ms):20.2f}")


def with_rest(known: SubspaceReconstruction) -> SubspaceReconstruction:
    step = SubspaceReconstruction(N_CHANNELS, RATE_HZ)
    step.rest = known.rest
    return step


def bursts(known: SubspaceReconstruction, plain: FloatArray, peak_uv: float) -> tuple[list[float], list[float]]:
    """Return the share of each burst's power that is left, and the cost of the hops that it touches."""
    left: list[float] = []
    costs: list[float] = []
    for seed in range(N_BURSTS):
        rng = np.random.default_rng(seed)
        start, n_times = int(rng.integers(500, 20_000)), int(rng.integers(80, 400))
        places = rng.standard_normal((2, N_CHANNELS)) * (rng.random((2, N_CHANNELS)) < 0.5)
        waves = rng.standard_normal((n_times, 2)) @ places
        waves *= peak_uv / np.abs(waves).max() * np.hanning(n_times)[:, None] ** 0.25
        piece = slice(start - 300, start + n_times + 100)
        samples = plain[piece].copy()
        within = slice(300, 300 + n_times)
        samples[within] += waves
        out, costs_ms = cleaned(with_rest(known), samples)
        left.append(float(np.square(out[within] - plain[piece][within]).sum() / np.square(waves).sum()))
        costs += costs_ms[300 // HOP + 1:(300 + n_times) // HOP]
    return left, costs


def eog_cost(say: Callable[[str], None]) -> None:
    samples = np.concatenate([simulated(30, 1), np.zeros((7500, 2))], axis=1)
    lag_s = (np.arange(7500) / RATE_HZ)[:, None] - np.arange(1.0, 24.0, 2.0)
    samples[:, N_CHANNELS] = 200 * np.exp(-np.square(lag_s / 0.08)).sum(axis=1) + simulated(30, 3)[:, 0]
    samples[:, N_CHANNELS + 1] = simulated(30, 3)[:, 1]
    columns = EyeColumns((N_CHANNELS, N_CHANNELS + 1), tuple(range(N_CHANNELS)), ("a", "b"))
    _, costs_ms = cleaned(EogRegression(columns, RATE_HZ), samples)
    say(f"\nEOG regression, {N_CHANNELS} + 2 channels: {np.median(costs_ms[-MEASURED:]):.3f} ms a hop, "
        f"the fit once {max(costs_ms):.0f} ms")


def main(say: Callable[[str], None]) -> None:
    delays(say)
    eog_table(say)
    windows_table(say)
    asr_table(say)
    eog_cost(say)


if __name__ == "__main__":
    main(lambda line: sys.stdout.write(line + "\n") and None)
