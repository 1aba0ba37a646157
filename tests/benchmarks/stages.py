"""The cost of each stage per decision, beside a bare rfft of the same window: `python -m tests.benchmarks.stages`.

The last table is the spectrum of all 32 channels of one window: as windows follow each other in a session, where only
the newest segment is new, and from nothing, as after a gap; each by turns with the rfft, on the same samples.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from loop.clock import SystemClock
from loop.engine import Stages
from loop.inputs import Chunk
from loop.ports import Extractor
from loop.values import FloatArray, Window
from sensing.features.multitaper import Multitaper
from sensing.features.spectrum import Spectrum
from sensing.pipeline import Settings, build_stages
from tests.sensing.streams import even_chunks, header_of, moment_of, pink

RATE_HZ = 250.0
LABELS = ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "FC5", "FC1", "FC2", "FC6", "T7", "C3", "Cz", "C4", "T8", "CP5",
          "CP1", "CP2", "CP6", "P7", "P3", "Pz", "P4", "P8", "PO3", "PO4", "O1", "Oz", "O2", "AF3", "AF4")
MINUTES = 4
BASELINE_DECISIONS = 400
WINDOW_S, HOP_S, WINDOW_TURNS = 4.0, 0.25, 5
STEPS = ("recut", "clean", "window", "grade", "extract", "decode")


class Spans:
    """How long each step took, s."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self.of_step: dict[str, list[float]] = {step: [] for step in (*STEPS, "rfft")}

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Measure what is done inside."""
        start_s = self._clock.now_s()
        yield
        self.of_step[step].append(self._clock.now_s() - start_s)


def decide(stages: Stages, chunk: Chunk, spans: Spans) -> Iterator[Window]:
    """The engine's sentence, as far as affect."""
    with spans.of("recut"):
        blocks = stages.recutter.take(chunk)
    for raw in blocks:
        with spans.of("clean"):
            clean = stages.cleaner.clean(raw)
        with spans.of("window"):
            window = stages.windower.window(raw, clean)
        if window is None:
            continue
        with spans.of("grade"):
            window = stages.grader.grade(window)
        with spans.of("extract"):
            features = stages.extractor.extract(window)
        steering = len(spans.of_step["decode"]) > BASELINE_DECISIONS
        moment = moment_of("regulate" if steering else "baseline", index=int(steering))
        with spans.of("decode"):
            stages.decoder.decode(features, moment, window.advance_s)
        with spans.of("rfft"):
            np.fft.rfft(window.samples, axis=0)
        yield window


def main() -> None:
    """Print microseconds per hop of 0.25 s at 32 channels and 250 Hz."""
    chunks = list(even_chunks(pink(int(MINUTES * 60 * RATE_HZ), len(LABELS)), RATE_HZ, 63))
    whole_windows()
    for reference in (None, "average"):
        spans = Spans()
        stages = build_stages(header_of(RATE_HZ, LABELS), Settings(reference=reference))
        good = [not window.faults for chunk in chunks for window in decide(stages, chunk, spans)]
        report(reference, spans, sum(good) / len(good))


def whole_windows() -> None:
    """Print what the spectra of all channels of one window cost, in rffts of it."""
    header, columns = header_of(RATE_HZ, LABELS), {label: k for k, label in enumerate(LABELS)}
    samples = pink(int(60 * RATE_HZ), len(LABELS)).astype(np.float64)
    sys.stdout.write("32 channels x 4 s at 250 Hz; us, medians of pairs: spectrum, rfft, and how many times that\n")
    for name, kind, series in (("Welch, in a session", Spectrum, 1), ("Welch, from nothing", Spectrum, 0),
                               ("multitaper", Multitaper, 0)):
        pairs_us = np.array(list(_pairs(kind(header, columns), samples, series)))
        spectrum_us, rfft_us = np.median(pairs_us, axis=0)
        times = float(np.median(pairs_us[:, 0] / pairs_us[:, 1]))
        sys.stdout.write(f"  {name:22}{spectrum_us:8.0f}{rfft_us:8.0f}{times:8.2f}\n")


def _pairs(extractor: Extractor, samples: FloatArray, series: int) -> Iterator[tuple[float, float]]:
    """Yield the cost of an extractor and of an rfft, us, window by window every quarter of a second."""
    clock, n_times = SystemClock(), round(WINDOW_S * RATE_HZ)
    for turn in range(WINDOW_TURNS):
        for k in range(int((len(samples) - n_times) / (HOP_S * RATE_HZ))):
            first = round(k * HOP_S * RATE_HZ)
            window = Window(samples[first:first + n_times], turn * len(samples) + first, WINDOW_S, 0.0,
                            np.ones(len(LABELS)), series=series)
            start_s = clock.now_s()
            extractor.extract(window)
            middle_s = clock.now_s()
            np.fft.rfft(window.samples, axis=0)
            yield 1e6 * (middle_s - start_s), 1e6 * (clock.now_s() - middle_s)


def report(reference: str | None, spans: Spans, good: float) -> None:
    """Print one table."""
    sys.stdout.write(f"reference {reference}, {good:.0%} good; us per hop: best tenth, median, mean\n")
    rows = {step: np.array(each) * 1e6 for step, each in spans.of_step.items()}
    for step, each in rows.items():
        sys.stdout.write(f"  {step:8}" + "".join(f"{value:8.1f}" for value in summary(each)) + "\n")
    totals = np.sum([summary(rows[step]) for step in STEPS], axis=0)
    sys.stdout.write("  all     " + "".join(f"{value:8.1f}" for value in totals) + "\n")


def summary(spans_us: np.ndarray) -> tuple[float, float, float]:
    """Return best tenth, median, mean."""
    return float(np.quantile(spans_us, 0.1)), float(np.median(spans_us)), float(spans_us.mean())


if __name__ == "__main__":
    main()
