"""The excerpts of a recorded session as the live stages saw them: its inputs are stepped again, good windows are kept.

A window is kept where the session itself would have read it: clean, in time, nothing held. An excerpt is labelled with
the rating that followed it. A session without `excerpt` phases gives the last half minute before each rating.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import log2
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop.inputs import Command, CommandKind
from loop.ports import Extractor
from loop.schedule import EXCERPT, Phase
from loop.values import MODES, Cycle, Features, FloatArray, Intent, Presence, Window, read_only
from sensing.decoders.excerpts import STEP_S, WINDOW_S, Excerpt, windows_of
from sensing.features.indices import USUAL_IAF_HZ
from sensing.pipeline import find_channels, index_of
from sensing.sources.simulated import is_simulated
from sessions import builder
from sessions.course import phases_of
from sessions.protocol.loading import load_protocol
from sessions.protocol.schema import Protocol
from sessions.record.manifest import read_manifest
from sessions.record.replaying import RecordedCycle, read_run
from sessions.record.storage import RunFolder, find_run
from sessions.steadiness import one_thread
from sessions.stream_settings import settings_of

BEFORE_RATING_S = 30.0             # of a phase that is no excerpt: what a rating can speak of
READ_IN = (EXCERPT, "regulate", "mirror", "transfer")
NO_RAW = read_only(np.zeros((0, 0)))
NO_MUSIC = (0.0,) * 9              # as many as `described` has


@dataclass(frozen=True, slots=True)
class Sitting:
    """What one recorded session gives to learn from."""

    run: RunFolder
    protocol: Protocol
    excerpts: tuple[Excerpt, ...]  # in the order in which they were heard; unrated ones are rests
    names: tuple[str, ...]         # one a column
    iaf_hz: float
    eyes: str                      # in the excerpts; "" where there are none
    lost: tuple[str, ...]          # excerpts without one good window
    simulated: bool


@dataclass(slots=True)
class _Kept:
    """One phase, as it is collected."""

    index: int
    phase: Phase
    first: int = -1
    windows: list[Window] = field(default_factory=list)
    wishes: list[tuple[float, ...]] = field(default_factory=list)
    valence: float = float("nan")
    arousal: float = float("nan")


class _Tap:
    """An extractor that keeps the windows it was shown; implements `loop.ports.Extractor`."""

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self.shown: list[Window] = []

    def extract(self, window: Window) -> Features:
        """Keep the window; return what the session's own extractor makes of it."""
        self.shown.append(window)
        return self._extractor.extract(window)


def read_sitting(path: Path) -> Sitting:
    """Return the excerpts of a recorded session.

    Raises
    ------
    FileError
        The folder holds no session, or its record was changed.
    """
    run = find_run(path)
    record = read_run(run)
    protocol = load_protocol(run.protocol).protocol
    taps: list[_Tap] = []

    def tap(extractor: Extractor) -> Extractor:
        taps.append(_Tap(extractor))
        return taps[0]

    built = builder.build_engine(protocol, record.header, run.given, tap=tap)
    collector = _Collector(phases_of(protocol), record.header.rate_hz)
    with one_thread():
        for item in record:
            if isinstance(item, RecordedCycle):
                continue
            cycles = built.engine.step(item)
            collector.take(taps[0].shown, cycles)
            taps[0].shown.clear()
            if isinstance(item, Command) and item.kind is CommandKind.RATE:
                collector.rate(item)
    channels = find_channels(record.header, settings_of(protocol).roles)
    index = index_of(built.decoder)
    kept = [each for each in collector.kept if each.phase.kind in READ_IN or each.phase.scale]
    named = [_excerpt(each, record.header.rate_hz, run) for each in kept]
    seen = [any(True for _ in windows_of(each)) for each in named]
    eyes = next((each.phase.eyes for each in kept if each.phase.kind in READ_IN), "")
    whole = tuple(each for each, good in zip(named, seen, strict=True) if good)
    lost = tuple(each.id for each, good in zip(named, seen, strict=True) if not good)
    simulated = is_simulated(record.header) or bool(read_manifest(run.manifest).get("simulated"))
    iaf_hz = index.iaf_hz if index else USUAL_IAF_HZ
    return Sitting(run, protocol, whole, channels.names, iaf_hz, eyes, lost, simulated)


class _Collector:
    """Sorts windows and ratings into phases."""

    def __init__(self, phases: Sequence[Phase], rate_hz: float) -> None:
        self._phases = phases
        self._step = round(STEP_S * rate_hz)
        self.kept: list[_Kept] = []

    def take(self, windows: Sequence[Window], cycles: Sequence[Cycle]) -> None:
        """Take the windows that may be read and the cycles of one input."""
        if not cycles:
            return
        moment = cycles[-1].status.moment
        if not self.kept or self.kept[-1].index != moment.phase_index:
            self.kept.append(_Kept(moment.phase_index, self._phases[moment.phase_index]))
        here = self.kept[-1]
        playing = moment.presence is not Presence.SILENT
        here.wishes += [described(cycle.intent) if playing else NO_MUSIC for cycle in cycles]
        for window in windows:
            inside = not moment.paused and moment.elapsed_s >= window.span_s
            if inside and (not here.windows or window.first_sample >= here.windows[-1].first_sample + self._step):
                here.windows.append(replace(window, samples=window.samples.copy(), raw=NO_RAW))

    def rate(self, rating: Command) -> None:
        """Label the phase that was heard last, unless it has its rating."""
        heard = next((each for each in reversed(self.kept) if each.phase.kind in READ_IN), None)
        if heard is not None and heard.valence != heard.valence:
            heard.valence, heard.arousal = rating.valence, rating.arousal


def described(intent: Intent) -> tuple[float, ...]:
    """Return the music's intent as numbers; the last says that there is music."""
    return (log2(intent.tempo_bpm), intent.density, float(MODES.index(intent.mode)), intent.register_semitones,
            intent.dissonance, intent.articulation, intent.loudness_db, intent.brightness, 1.0)


def _excerpt(kept: _Kept, rate_hz: float, run: RunFolder) -> Excerpt:
    """Return a phase as an excerpt: its good windows joined, what lies between them marked as unusable."""
    windows = kept.windows
    if kept.phase.kind != EXCERPT and kept.phase.kind in READ_IN:
        windows = windows[-round((BEFORE_RATING_S - WINDOW_S) / STEP_S) - 1:]
    samples, usable = _joined(windows)
    intent = np.mean(kept.wishes, axis=0) if kept.wishes else np.array(NO_MUSIC)
    return Excerpt(samples, rate_hz, f"{kept.index} {kept.phase.kind}", kept.valence, kept.arousal, intent,
                   run.participant, run.session.name, usable)


def _joined(windows: Sequence[Window]) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return windows joined at their places, ``(n_times, n_channels)``, and which of those samples are in any."""
    if not windows:
        return np.zeros((0, 1)), np.zeros(0, dtype=bool)
    first = windows[0].first_sample
    n_times = windows[-1].first_sample + len(windows[-1].samples) - first
    samples, usable = np.zeros((n_times, windows[0].samples.shape[1])), np.zeros(n_times, dtype=bool)
    for window in windows:
        at = slice(window.first_sample - first, window.first_sample - first + len(window.samples))
        samples[at], usable[at] = window.samples, True
    return samples, usable


def with_columns(excerpts: Sequence[Excerpt], columns: Sequence[int]) -> list[Excerpt]:
    """Return the excerpts with these channels only."""
    return [replace(excerpt, samples=excerpt.samples[:, list(columns)]) for excerpt in excerpts]
