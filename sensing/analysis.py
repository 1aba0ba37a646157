"""A stream or a file through the stages of a live session, summed up: which windows are bad, band powers, indices.

The stages are those of `sensing.pipeline`; only the extractor reads every EEG channel here, not the roles alone. Where
F3 and F4 cannot be found, the gate judges all channels alike and the indices that need them are NaN.

Powers are means over the windows that passed the gate and, in each, over no channel that was bad. **Where not one
window passed**, they are means over all windows whose samples are whole and finite (no gap, no rail, nothing flat), an
average reference then takes every finite channel, and `Analysis.notes` says so: a recording with large alpha is worth a
look, but nothing of it could have moved the music.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from loop.engine import Stages
from loop.errors import FileError
from loop.inputs import Chunk
from loop.values import NAN, FloatArray, Header, Window, read_only
from sensing.cleaning.ears import LINKED, find_ears
from sensing.cleaning.quality import Grader
from sensing.decoders.scale import CLOSED, FEWEST_WINDOWS
from sensing.features.bands import FIXED_HZ, INDIVIDUAL, powers_uv2
from sensing.features.baseline import NO_IAF, Iaf, find_iaf
from sensing.features.indices import INDICES, POSTERIOR, Bands, band_powers
from sensing.features.pool import Pool
from sensing.findings import Analysis, Verdict
from sensing.montage import eeg_channels, present_roles
from sensing.pipeline import (
    NEEDED,
    Channels,
    Settings,
    build_grader,
    build_spectrum,
    build_stages,
    find_channels,
    notes,
)
from sensing.sources.recording import Recording

CHUNK_S = 0.1                            # as a device sends it; no cut changes a result
OPEN = "open"
# No power can be read from a window with one of these.
HOPELESS = frozenset(("gap", "not a number", "rails", "flat", "unit?", "reference"))
EXPLORATORY = ("The frontal asymmetry (FAA) is exploratory: it tells nothing reliable of one person's feelings, and it "
               "depends on the reference.")


def analyse(recording: Recording, settings: Settings, eyes: str = "", iaf: Iaf | None = None) -> Analysis:
    """Run the stages over a file.

    Parameters
    ----------
    recording : Recording
        From `sensing.sources.recording.load_recording`.
    settings : Settings
        How the stream is read.
    eyes : str
        "open", "closed" or "" where it is not known.
    iaf : Iaf, optional
        The person's alpha frequency where another recording gave it; else it is looked for in this one.

    Raises
    ------
    StreamError, MontageError
        Where the stages cannot be built for it.
    FileError
        Where it is shorter than one window.
    """
    analyser = Analyser(recording.header, settings)
    analyser.take(chunks_of(recording))
    return analyser.finish(eyes, iaf)


def chunks_of(recording: Recording) -> Iterator[Chunk]:
    """Cut a recording into chunks, with the stamps of the file where it has some, so that its gaps are seen."""
    rate_hz, n_times = recording.header.rate_hz, len(recording.samples)
    stamps_s = recording.stamps_s
    if stamps_s is None:
        stamps_s = read_only(np.arange(1, n_times + 1) / rate_hz)     # a stamp of 0 is none
    n_chunk = max(1, round(CHUNK_S * rate_hz))
    for start in range(0, n_times, n_chunk):
        stamps = stamps_s[start:start + n_chunk]
        yield Chunk(recording.samples[start:start + n_chunk], stamps, 0.0, float(stamps[-1]))


class Analyser:
    """Takes chunks as a session does; says at the end what was in them.

    Parameters
    ----------
    header : Header
        Of the stream.
    settings : Settings
        How it is read.
    """

    def __init__(self, header: Header, settings: Settings) -> None:
        self._header = header
        self._settings = settings
        self._lacking = _lacking(header, settings)
        self._channels, self._stages, self._grader = _build(header, settings, self._lacking)
        self._names = _unique(self._channels.names, [header.labels[index] for index in self._channels.eeg])
        columns = {name: column for column, name in enumerate(self._names)}
        self._spectrum = build_spectrum(header, columns, settings)
        self._windows: list[Verdict] = []
        self._passed = Pool(len(columns), list(self._channels.roles.values()))
        self._whole = Pool(len(columns), list(self._channels.roles.values()))

    def take(self, chunks: Iterable[Chunk]) -> None:
        """Take chunks of any length, in order."""
        for chunk in chunks:
            for raw in tuple(self._stages.recutter.take(chunk)):
                window = self._stages.windower.window(raw, self._stages.cleaner.clean(raw))
                if window is not None:
                    self._judge(window, self._grader.grade(window))

    def finish(self, eyes: str = "", iaf: Iaf | None = None) -> Analysis:
        """Return what was found.

        Raises
        ------
        FileError
            Where there was not one window.
        """
        if not self._windows:
            taken_s = self._stages.recutter.counts.samples / self._header.rate_hz
            raise FileError(f'"{self._header.name}" holds {taken_s:.1f} s of EEG',
                            f"a window alone takes {self._settings.window_s:g} s: choose a longer recording")
        pool = self._passed if self._passed.indices else self._whole
        psd = pool.mean()
        iaf, said = (iaf, f"The alpha frequency was given: {iaf.hz:.1f} Hz.") if iaf else self._iaf(psd, pool, eyes)
        edges_hz = dict(zip(INDIVIDUAL, Bands(iaf.hz).edges_hz, strict=True))
        powers = powers_uv2(psd, (*FIXED_HZ.values(), *edges_hz.values()))
        return Analysis(
            self._names, psd, iaf, dict(zip((*FIXED_HZ, *edges_hz), powers, strict=True)),
            self._read(pool, Bands(iaf.hz)), tuple(self._windows), (*self._notes(), said),
        )

    def _judge(self, window: Window, graded: Window) -> None:
        index = len(self._windows)
        self._windows.append(Verdict(graded.first_sample / self._header.rate_hz, graded.faults))
        if not graded.faults:
            self._passed.add(index, self._log_psd(graded), graded.quality > 0.0)
        elif not self._passed.indices and not HOPELESS.intersection(graded.faults):
            finite = np.asarray(np.isfinite(window.raw[:, :len(self._names)]).all(axis=0))
            ears = window.ears.samples if window.ears is not None else None
            samples = self._grader.reference.apply(window.samples, np.logical_not(finite), 0, ears)
            self._whole.add(index, self._log_psd(replace(window, samples=samples)), finite)

    def _log_psd(self, window: Window) -> FloatArray:
        return self._spectrum.extract(window).values.reshape(len(self._names), -1)

    def _iaf(self, psd: FloatArray, pool: Pool, eyes: str) -> tuple[Iaf, str]:
        """Return the alpha frequency, and where it comes from or why there is none: one sentence."""
        rows = [self._channels.roles[role] for role in POSTERIOR if role in self._channels.roles]
        least_s = FEWEST_WINDOWS * self._settings.window_s
        covered_s = self._covered_s(pool.indices)
        if eyes == OPEN:
            return NO_IAF, f"No alpha frequency is read with the eyes open: the usual {NO_IAF.hz:.0f} Hz is taken."
        if not rows:
            return NO_IAF, f"No posterior channel: the usual alpha at {NO_IAF.hz:.0f} Hz is taken."
        if covered_s < least_s:
            return NO_IAF, (f"No alpha frequency is read from {covered_s:.0f} s, {least_s:.0f} s are asked: the usual "
                            f"{NO_IAF.hz:.0f} Hz is taken.")
        iaf = find_iaf(psd[rows].mean(axis=0))
        unknown = "" if eyes == CLOSED or not iaf.found else " It holds if the eyes were closed, which was not said."
        return iaf, iaf.note + unknown

    def _covered_s(self, indices: list[int]) -> float:
        """Return how many seconds the windows cover together."""
        starts_s = np.array([self._windows[index].start_s for index in indices])
        steps_s = np.diff(starts_s, append=np.inf)
        return float(np.minimum(steps_s, self._settings.window_s).sum())

    def _read(self, pool: Pool, bands: Bands) -> dict[str, FloatArray]:
        rows = {role: row for row, role in enumerate(self._channels.roles)}
        powers = band_powers(pool.roles(), bands.weights_hz(), rows)
        readings = {name: np.full(len(self._windows), NAN) for name in INDICES}
        with np.errstate(invalid="ignore"):          # an index whose role is missing is NaN
            for name, index in INDICES.items():
                readings[name][pool.indices] = index.of(powers)
        return readings

    def _notes(self) -> Iterator[str]:
        n_passed, n_all = len(self._passed.indices), len(self._windows)
        yield f"{n_passed} of {n_all} windows passed the gate."
        if not n_passed and self._whole.indices:
            yield (f"None passed, so the figures are means over the {len(self._whole.indices)} windows with whole and "
                   "finite samples: take them with care; in a session they would have moved nothing.")
        elif not n_passed:
            yield "No window has whole and finite samples, so there are no figures."
        if self._lacking:
            yield (f"No channel for {' and '.join(self._lacking)}: indices that need it are left out, and the gate "
                   f"judges {'the channels with a role' if self._channels.roles else 'every channel'}; a protocol can "
                   "name channels under stream: roles:.")
        yield from notes(self._stages, self._channels)
        if not self._grader.reference.note:
            yield self._reference()
        if not self._lacking:
            yield EXPLORATORY

    def _reference(self) -> str:
        asked = self._settings.reference
        if not self._grader.reference.changes:
            named = f" ({self._header.reference})" if self._header.reference else ""
            return f"Reference: the device's own{named}."
        if asked == LINKED:
            return f"Reference: the mean of {' and '.join(find_ears(self._header, asked).names)}."
        if isinstance(asked, tuple):
            return f"Reference: {', '.join(asked)}."
        return f"Reference: the average of the {'good' if self._passed.indices else 'finite'} channels."


def _lacking(header: Header, settings: Settings) -> tuple[str, ...]:
    wanted = {role: role for role in NEEDED if role not in settings.roles}
    return tuple(role for role in wanted if role not in present_roles(header, wanted))


def _build(header: Header, settings: Settings, lacking: tuple[str, ...]) -> tuple[Channels, Stages, Grader]:
    """Return the stages of a session; any channel stands in for a role that is lacking, and is then forgotten."""
    any_label = next((header.labels[index] for index in eeg_channels(header)), "")
    settings = replace(settings, roles=dict.fromkeys(lacking, any_label) | dict(settings.roles))
    stages = build_stages(header, settings)
    found = find_channels(header, settings.roles)
    roles = {role: column for role, column in found.roles.items() if role not in lacking}
    channels = Channels(found.eeg, found.names, roles)
    grader = build_grader(header, settings, channels)
    return channels, replace(stages, grader=grader), grader


def _unique(names: tuple[str, ...], labels: list[str]) -> tuple[str, ...]:
    """Return one name a channel: its label where two are the same electrode, with a number where labels are too."""
    mixed = [name if names.count(name) == 1 else label for name, label in zip(names, labels, strict=True)]
    return tuple(name if mixed.count(name) == 1 else f"{name} #{place}" for place, name in enumerate(mixed, 1))
