"""Streams for the tests of this room: headers, chunks, cuts, and real recordings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop.engine import Stages
from loop.inputs import Chunk
from loop.values import Affect, Features, FloatArray, Header, Moment, Presence, Window, read_only

LABELS = ("F3", "F4", "Fz", "Pz", "O1", "O2", "Oz", "Cz")
START_S = 100.0


def header_of(rate_hz: float = 250.0, labels: Sequence[str] = LABELS) -> Header:
    """A stream of EEG in microvolts."""
    return Header("test", "EEG", rate_hz, tuple(labels), ("microvolts",) * len(labels))


def even_stamps(n_times: int, rate_hz: float) -> FloatArray:
    return START_S + np.arange(n_times) / rate_hz


def pink(n_times: int, n_channels: int, seed: int = 1, sd_uv: float = 10.0) -> NDArray[np.float32]:
    """Noise with a 1/f spectrum and alpha at 10 Hz, at 250 Hz: much like EEG at rest."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal((n_times, n_channels)), axis=0)
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))[:, None]
    noise = np.fft.irfft(spectrum, n_times, axis=0)
    noise *= sd_uv / noise.std(axis=0)
    return noise.astype(np.float32)


def cut(samples: FloatArray, stamps_s: FloatArray, edges: Iterable[int]) -> Iterator[Chunk]:
    """Cut at the edges; each chunk arrives 5 ms after its newest sample."""
    bounds = sorted({0, len(samples), *(edge for edge in edges if 0 < edge < len(samples))})
    for start, stop in pairwise(bounds):
        yield Chunk(read_only(samples[start:stop].copy()), read_only(stamps_s[start:stop].copy()), 0.0,
                    float(stamps_s[stop - 1]) + 0.005)


def even_chunks(samples: FloatArray, rate_hz: float, n: int = 10) -> Iterator[Chunk]:
    return cut(samples, even_stamps(len(samples), rate_hz), range(n, len(samples), n))


def windows_of(stages: Stages, chunks: Iterable[Chunk]) -> Iterator[Window]:
    """The first half of the engine's sentence."""
    for chunk in chunks:
        for raw in tuple(stages.recutter.take(chunk)):
            window = stages.windower.window(raw, stages.cleaner.clean(raw))
            if window is not None:
                yield stages.grader.grade(window)


def decode_all(stages: Stages, chunks: Iterable[Chunk], moment: Moment) -> list[tuple[Window, Features | None, Affect]]:
    """The whole sentence as far as affect, with time running from the first window in `moment`."""
    out = []
    for window in windows_of(stages, chunks):
        features = None if window.faults else stages.extractor.extract(window)
        out.append((window, features, stages.decoder.decode(features, moment, window.advance_s)))
    return out


def moment_of(phase: str = "baseline", eyes: str = "closed", index: int = 0, **changes: object) -> Moment:
    """A moment in the middle of a phase."""
    fields = dict(time_s=0.0, phase_index=index, phase=phase, eyes=eyes, elapsed_s=1e3, left_s=1e3, scale=True,
                  presence=Presence.SILENT, steering=phase == "regulate")
    return Moment(**(fields | changes))  # type: ignore[arg-type]


def openbci(shared_data: Path) -> tuple[Header, FloatArray]:
    """The OpenBCI recording: 8 channels, 250 Hz, labelled as the board's manual places them."""
    file = next((shared_data / "openbci").glob("*.txt"))
    table = np.loadtxt(file, delimiter=",", skiprows=5, usecols=range(1, 9), comments="%")
    return header_of(250.0, ("F3", "F4", "C3", "C4", "P7", "P8", "O1", "O2")), table.astype(np.float32)


def edf(file: Path) -> tuple[Header, FloatArray]:
    """An EDF file in microvolts."""
    import mne

    raw = mne.io.read_raw_edf(file, verbose="error")
    return header_of(float(raw.info["sfreq"]), raw.ch_names), (raw.get_data().T * 1e6).astype(np.float32)
