"""The one place that puts the room together: from a header and settings to the stages of the engine.

The order of cleaning, whatever the protocol leaves out: filters -> EOG regression -> subspace reconstruction -> gate ->
reference. The gate judges rails, what is no number and stillness on the raw samples; amplitude, step, line and muscle
on what the steps before it made: a blink or a burst that was taken out is no reason to lose a window, and one that was
not still is. The reference comes last, without the channels that the gate found bad.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from loop.engine import Stages
from loop.errors import MontageError, StreamError
from loop.ports import Decoder, Extractor
from loop.values import Header
from sensing.cleaning.asr import SubspaceReconstruction
from sensing.cleaning.chain import Chain, Step
from sensing.cleaning.ears import EarWatch, find_ears
from sensing.cleaning.eog import EogRegression
from sensing.cleaning.filters import Cuts, Filters
from sensing.cleaning.measures import Meter
from sensing.cleaning.quality import Gate, Grader, Layout
from sensing.cleaning.reference import Reference
from sensing.decoders.index import IndexDecoder, Timing
from sensing.eyes import Eyes, find_eyes
from sensing.features.indices import LEFT, MIDLINE, POSTERIOR, RIGHT
from sensing.features.multitaper import Multitaper
from sensing.features.spectrum import HIGHEST_HZ, Spectrum
from sensing.features.windows import Windower
from sensing.montage import channel_name, eeg_channels, find_roles, present_roles
from sensing.recut import Recutter

if TYPE_CHECKING:
    from sensing.decoders.store import Stored

NEEDED = (LEFT, RIGHT)                   # without them there is no arousal, nor valence
USEFUL = (MIDLINE, *POSTERIOR)           # for the alpha frequency, drowsiness and effort
LOWEST_RATE_HZ = 2 * HIGHEST_HZ          # below it the spectrum cannot be had
MULTITAPER = "multitaper"
LOWEST_WINDOW_S = 1.0                    # a few cycles of theta
LOWEST_HOP_S = 0.05                      # twenty decisions a second are more than anything can follow


@dataclass(frozen=True, slots=True)
class Settings:
    """How the stream is read; the defaults are those of the protocol."""

    window_s: float = 4.0                # asymmetry has SD .43 / .22 / .12 in windows of 2 / 4 / 10 s
    hop_s: float = 0.25
    highpass_hz: float | None = 1.0
    lowpass_hz: float | None = 45.0
    notch: str | float | None = "auto"   # None, "auto" or the mains' frequency in Hz
    eog: str | tuple[str, ...] | None = None         # None leaves the step out; "auto"; or labels
    asr_cutoff_sd: float | None = None      # None leaves the step out
    gate: Gate = field(default_factory=Gate)
    reference: str | tuple[str, ...] | None = None   # None: the device's; "average"; "ears"; names
    roles: Mapping[str, str] = field(default_factory=dict)   # role -> what the stream calls its channel
    spectrum: str = "welch"              # or `MULTITAPER`
    learned: Stored | None = None        # a learned decoder; None leaves all to the index


@dataclass(frozen=True, slots=True)
class Channels:
    """Which channels are read, and as what."""

    eeg: tuple[int, ...]                 # of the header, in the order of a block's columns
    names: tuple[str, ...]               # one a column: in the 10-20 system where known, else as the stream says
    roles: Mapping[str, int]             # role -> column

    @property
    def notes(self) -> tuple[str, ...]:
        """Which electrode stands for a role that is missing."""
        return tuple(f"{self.names[column]} stands for {role}." for role, column in self.roles.items()
                     if self.names[column] != role)


def find_channels(header: Header, roles: Mapping[str, str]) -> Channels:
    """Return the channels of a stream.

    Raises
    ------
    StreamError
        Where no channel is EEG.
    MontageError
        Where F3 or F4 is missing and nothing stands for it, or `roles` names a channel that is not EEG.
    """
    eeg = eeg_channels(header)
    if not eeg:
        raise StreamError(f'"{header.name}" has no EEG channel', "choose another stream, or name channels and units")
    given = {role: _given(header, eeg, role, label) for role, label in roles.items()}
    found = given | find_roles(header, {role: role for role in NEEDED if role not in given})
    found |= present_roles(header, {role: role for role in USEFUL if role not in found})
    names = tuple(channel_name(header.labels[index]) or header.labels[index] for index in eeg)
    ordered = [role for role in (*NEEDED, *USEFUL) if role in found]
    return Channels(eeg, names, {role: eeg.index(found[role]) for role in ordered})


def build_stages(header: Header, settings: Settings) -> Stages:
    """Return the stages from chunk to affect.

    Raises
    ------
    StreamError
        Where the rate is too low, or no channel is EEG.
    MontageError
        Where a channel that is needed is missing.
    FileError, MissingPart
        Where a learned decoder cannot be had.
    """
    _check(header, settings)
    channels = find_channels(header, settings.roles)
    eyes = find_eyes(header, settings.eog, channels.eeg, channels.roles)
    extractor, decoder = build_decoder(header, settings, channels)
    ears = find_ears(header, settings.reference)
    return Stages(
        recutter=Recutter(header, (*channels.eeg, *eyes.extra, *ears.indices), settings.hop_s),
        cleaner=build_cleaner(header, settings, len(channels.eeg), eyes),
        windower=Windower(header, len(channels.eeg), settings.window_s, len(ears.indices)),
        grader=build_grader(header, settings, channels),
        extractor=extractor,
        decoder=decoder,
    )


def notes(stages: Stages, channels: Channels) -> tuple[str, ...]:
    """Return what a person should know by now of how the stream is read, one sentence each."""
    said = list(channels.notes)
    if isinstance(stages.cleaner, Chain):
        said.extend(stages.cleaner.notes)
    if isinstance(stages.grader, Grader) and stages.grader.reference.note:
        said.append(stages.grader.reference.note)
    index = index_of(stages.decoder)
    if index is not None and index.scale is not None:
        said.append(index.iaf_note)
    return tuple(said)


def index_of(decoder: Decoder) -> IndexDecoder | None:
    """Return the index decoder, alone or beside a learned one."""
    index = getattr(decoder, "index", decoder)
    return index if isinstance(index, IndexDecoder) else None


def build_decoder(header: Header, settings: Settings, channels: Channels) -> tuple[Extractor, Decoder]:
    """Return what reads a window: the index, and a learned decoder beside it where one was chosen.

    Raises
    ------
    FileError, MontageError, MissingPart
        Where the learned decoder does not fit the stream, or a part of it is not installed.
    """
    timing = Timing(header.rate_hz, settings.window_s, settings.hop_s)
    spectrum = build_spectrum(header, channels.roles, settings)
    index = IndexDecoder(header, tuple(channels.roles), timing)
    if settings.learned is None:
        return spectrum, index
    from sensing.decoders.opening import open_decoder
    from sensing.decoders.paired import Both, PairedDecoder

    space, learned = open_decoder(settings.learned, channels.names, timing)
    return Both(spectrum, space), PairedDecoder(index, learned, settings.learned.card.decoder)


def build_spectrum(header: Header, columns: Mapping[str, int], settings: Settings) -> Extractor:
    """Return what reads the spectra of these columns."""
    return Multitaper(header, columns) if settings.spectrum == MULTITAPER else Spectrum(header, columns)


def build_cleaner(header: Header, settings: Settings, n_eeg: int, eyes: Eyes) -> Chain:
    """Return the filters and the steps that learn from rest.

    Raises
    ------
    MontageError
        Where there are too few channels for `asr_cutoff_sd`.
    """
    n_ears = len(find_ears(header, settings.reference).indices)
    cuts = Cuts(settings.highpass_hz, settings.lowpass_hz, settings.notch)
    steps: list[Step] = []
    if eyes.columns is not None:
        behind = n_eeg + len(eyes.extra)
        freed = (*eyes.columns.freed, *range(behind, behind + n_ears))       # a blink reaches the ears too
        steps.append(EogRegression(replace(eyes.columns, freed=freed), header.rate_hz))
    if settings.asr_cutoff_sd is not None:
        steps.append(SubspaceReconstruction(n_eeg, header.rate_hz, settings.asr_cutoff_sd))
    return Chain(Filters(header, cuts, settings.window_s), steps, n_eeg, eyes.note, n_ears)


def build_grader(header: Header, settings: Settings, channels: Channels) -> Grader:
    """Return the gate; where no role is known every channel is needed."""
    n_times = round(settings.window_s * header.rate_hz)
    meter = Meter(header.rate_hz, settings.hop_s, n_times, settings.gate.flat_s)
    needed = tuple(channels.roles.values()) or tuple(range(len(channels.names)))
    layout = Layout(channels.names, needed)
    ears, gate = find_ears(header, settings.reference), settings.gate
    ear_meter = Meter(header.rate_hz, settings.hop_s, n_times, gate.flat_s)
    watch = EarWatch(ear_meter, gate.amplitude_uv, gate.flat_uv, gate.rail_uv) if ears.indices else None
    return Grader(layout, gate, meter, Reference(channels.names, settings.reference, ears.names), watch)


def _check(header: Header, settings: Settings) -> None:
    if not header.rate_hz >= LOWEST_RATE_HZ:
        raise StreamError(f'"{header.name}" has {header.rate_hz:g} samples a second',
                          f"{LOWEST_RATE_HZ:g} or more are needed")
    if not (settings.window_s >= LOWEST_WINDOW_S and LOWEST_HOP_S <= settings.hop_s <= settings.window_s):
        raise StreamError(f"A window of {settings.window_s:g} s every {settings.hop_s:g} s cannot be had",
                          f"choose {LOWEST_WINDOW_S:g} s or more, and a hop of {LOWEST_HOP_S:g} s up to a window")
    if settings.highpass_hz is None and (settings.eog or settings.asr_cutoff_sd):
        raise StreamError("cleaning: eog and asr cannot tell an electrode's drift from the signal",
                          "keep the row highpass above them")


def _given(header: Header, eeg: tuple[int, ...], role: str, label: str) -> int:
    """Return the channel that a person named for a role: by its label, else by its electrode."""
    wanted = {label.strip().lower(), (channel_name(label) or label).lower()}
    for index in eeg:
        if {header.labels[index].strip().lower(), (channel_name(header.labels[index]) or "").lower()} & wanted:
            return index
    raise MontageError(f'roles: {role}: "{label}" is no EEG channel of "{header.name}"',
                       f"its EEG channels are {', '.join(header.labels[index] for index in eeg)}")
