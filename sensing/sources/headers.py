"""What a stream says of itself: from the header XML of LSL and XDF to a `Header`, and back.

The layout is the XDF project's meta-data convention (github.com/sccn/xdf/wiki/EEG-Meta-Data):
``info/desc/channels/channel/{label,unit,type}``, ``info/desc/reference/label``, ``info/desc/acquisition/manufacturer``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from xml.etree import ElementTree

import numpy as np

from loop.errors import StreamError
from loop.values import FloatArray, Header, read_only
from sensing.impedance import KOHM_PER
from sensing.montage import EEG, MICROVOLTS, channel_name, eeg_channels

# SI prefixes of the volt, in the spellings met in LSL applications, BIDS and MNE; lower case.
MICROVOLTS_PER = {
    "microvolts": 1.0, "microvolt": 1.0, "uv": 1.0, "µv": 1.0, "μv": 1.0,
    "millivolts": 1e3, "millivolt": 1e3, "mv": 1e3,
    "volts": 1e6, "volt": 1e6, "v": 1e6,
    "nanovolts": 1e-3, "nanovolt": 1e-3, "nv": 1e-3,
}
# Floats stay as they are; an integer goes to the smallest float that holds all its values of 16 or 32 bits.
DTYPES = {
    "float32": "float32", "double64": "float64",
    "int64": "float64", "int32": "float64", "int16": "float32", "int8": "float32",
}
VOLTAGE_TYPES = ("", EEG, "eog", "ecg", "emg")     # taken for microvolts where no unit is given
NO_UNIT_REMEDY = "set the channel's unit to microvolts in the device's LSL application"


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel as its stream declares it, "" where it says nothing."""

    label: str
    unit: str
    kind: str


@dataclass(frozen=True, slots=True)
class Declared:
    """A stream's header, understood."""

    header: Header
    channels: tuple[Channel, ...]
    scales: FloatArray | None      # (n_channels,) factors to microvolts; None: the samples are taken as they come
    notes: tuple[str, ...] = ()    # what had to be assumed, a sentence each


def read_header(xml: str) -> Declared:
    """Understand a stream's header.

    Parameters
    ----------
    xml : str
        The full header, as `pylsl.StreamInfo.as_xml` or the header chunk of an XDF file gives it.

    Raises
    ------
    StreamError
        Where the stream has no channels, no rate, no numbers, no EEG, or a unit that is no voltage.
    """
    declared = read_side_header(xml)
    header = declared.header
    if not header.rate_hz:
        what = f'the stream "{header.name}" has no regular sampling rate'
        raise StreamError(what, "choose the EEG stream, not its markers")
    _refuse_no_eeg(header, declared.channels)
    return declared


def read_side_header(xml: str) -> Declared:
    """Understand the header of a stream of numbers of any kind; a rate of 0 stands for irregular times.

    Raises
    ------
    StreamError
        Where the stream has no channels, no numbers or an impossible rate.
    """
    info = _parse(xml)
    name = _text(info, "name")
    channels = _channels(info)
    rate_hz = float(_text(info, "nominal_srate") or 0.0)
    _refuse_impossible(name, len(channels), rate_hz, _text(info, "channel_format"))
    header = Header(
        name=name,
        kind=_text(info, "type"),
        rate_hz=rate_hz,
        labels=tuple(channel.label or f"channel {i}" for i, channel in enumerate(channels, start=1)),
        units=tuple(unit_of(channel) for channel in channels),
        source_id=_text(info, "source_id"),
        host=_text(info, "hostname"),
        reference=_text(info, "desc/reference/label"),
        dtype=DTYPES[_text(info, "channel_format")],
        xml=xml,
    )
    return Declared(header, channels, _scales(channels, header.dtype), _notes(name, channels))


def _parse(xml: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        what = f"a stream's header is not well-formed XML ({error})"
        raise StreamError(what, "restart the sending application") from None


def _text(info: ElementTree.Element, path: str) -> str:
    return (info.findtext(path) or "").strip()


def channels_of(xml: str) -> tuple[Channel, ...]:
    """Return the channels that a stream of any kind declares, blank where it declares fewer than it has."""
    return _channels(_parse(xml))


def _channels(info: ElementTree.Element) -> tuple[Channel, ...]:
    declared = [
        Channel(_text(channel, "label"), _text(channel, "unit"), _text(channel, "type").lower())
        for channel in info.findall("desc/channels/channel")
    ]
    count = int(float(_text(info, "channel_count") or 0))
    blanks = [Channel("", "", "")] * max(0, count - len(declared))
    return tuple((declared + blanks)[:count])


def unit_of(channel: Channel) -> str:
    """Return the unit of a channel's samples in a `Chunk`: microvolts for every voltage, else as declared."""
    if not channel.unit:
        return MICROVOLTS if channel.kind in VOLTAGE_TYPES else ""
    return MICROVOLTS if channel.unit.lower() in MICROVOLTS_PER else channel.unit


def _refuse_impossible(name: str, n_channels: int, rate_hz: float, dtype: str) -> None:
    if not n_channels:
        raise StreamError(f'the stream "{name}" has no channels', "check the device's LSL application")
    if dtype not in DTYPES:
        raise StreamError(f'the stream "{name}" carries {dtype or "no"} values, not numbers', "choose the EEG stream")
    if not 0 <= rate_hz < np.inf:
        raise StreamError(f'the stream "{name}" has no regular sampling rate', "choose the EEG stream, not its markers")


def _refuse_no_eeg(header: Header, channels: Sequence[Channel]) -> None:
    for channel, unit in zip(channels, header.units, strict=True):
        named = not channel.kind and channel_name(channel.label) and unit.lower() not in KOHM_PER
        is_eeg = channel.kind == EEG or named
        if is_eeg and unit != MICROVOLTS:
            what = f'channel {channel.label or "?"} of "{header.name}" is in "{unit}", which is no voltage'
            raise StreamError(what, NO_UNIT_REMEDY)
    if not eeg_channels(header):
        raise StreamError(
            f'the stream "{header.name}" of type "{header.kind}" has no EEG channel among: {", ".join(header.labels)}',
            "choose the EEG stream",
        )


def _scales(channels: Sequence[Channel], dtype: str) -> FloatArray | None:
    scales = np.array([MICROVOLTS_PER.get(channel.unit.lower(), 1.0) for channel in channels], dtype=dtype)
    return None if np.all(scales == 1.0) else read_only(scales)


def _notes(name: str, channels: Sequence[Channel]) -> tuple[str, ...]:
    notes = []
    if any(not channel.unit and unit_of(channel) for channel in channels):
        notes.append(f'"{name}" does not say the unit of all its channels: microvolts are assumed')
    if not any(channel.label for channel in channels):
        notes.append(f'"{name}" does not name its channels: they are numbered')
    return tuple(notes)


def differences(before: Declared, after: Declared) -> str:
    """Say in one clause each what differs between two headers; "" where a session can go on from one to the other."""
    old, new = before.header, after.header
    facts = (
        ("name", old.name, new.name),
        ("type", old.kind, new.kind),
        ("rate", f"{old.rate_hz:g} Hz", f"{new.rate_hz:g} Hz"),
        ("sample format", old.dtype, new.dtype),
        ("reference", old.reference, new.reference),
        ("channel count", str(len(old.labels)), str(len(new.labels))),
    )
    clauses = [f"{what} was {was or 'not given'} and is {now or 'not given'}" for what, was, now in facts if was != now]
    if len(old.labels) == len(new.labels):
        clauses += _channel_differences(before.channels, after.channels)
    return ", ".join(clauses)


def _channel_differences(before: Sequence[Channel], after: Sequence[Channel]) -> list[str]:
    changed = [(i, was, now) for i, (was, now) in enumerate(zip(before, after, strict=True), start=1) if was != now]
    return [f"channel {i} was {_words(was)} and is {_words(now)}" for i, was, now in changed[:3]]


def _words(channel: Channel) -> str:
    return " ".join(part for part in (channel.label, channel.kind, channel.unit) if part) or "not described"


def header_xml(header: Header, types: Sequence[str] = (), manufacturer: str = "") -> str:
    """Write a header's XML as `read_header` reads it: for files and simulations, which have no stream."""
    info = ElementTree.Element("info")
    _append(info, name=header.name, type=header.kind, channel_count=str(len(header.labels)))
    _append(info, nominal_srate=repr(header.rate_hz), channel_format=_format(header.dtype))
    _append(info, source_id=header.source_id, hostname=header.host)
    desc = ElementTree.SubElement(info, "desc")
    channels = ElementTree.SubElement(desc, "channels")
    for label, unit, kind in zip_longest(header.labels, header.units, types, fillvalue=""):
        _append(ElementTree.SubElement(channels, "channel"), label=label, unit=unit, type=kind)
    if header.reference:
        _append(ElementTree.SubElement(desc, "reference"), label=header.reference)
    if manufacturer:
        _append(ElementTree.SubElement(desc, "acquisition"), manufacturer=manufacturer)
    return ElementTree.tostring(info, encoding="unicode")


def _format(dtype: str) -> str:
    return "double64" if dtype == "float64" else dtype


def _append(parent: ElementTree.Element, **texts: str) -> None:
    for tag, text in texts.items():
        ElementTree.SubElement(parent, tag).text = text
