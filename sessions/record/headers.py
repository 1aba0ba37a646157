"""The XML that says what each stream of a record is, for us and for a stranger with pyxdf."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from loop.errors import FileError
from loop.values import Header
from sessions.record.cycles import CODES, COLUMNS
from sessions.record.rows import number
from sessions.record.xdf import STRING

RECORD_FORMAT = 1                  # of the rows and the streams; older ones stay readable
FORMAT_OF_DTYPE = {"float32": "float32", "float64": "double64"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOTES = {
    "inputs": "Every input of the session as JSON, in the order in which it was taken; a row of kind chunk "
              "stands before its samples in the EEG stream, one of kind side before those of a stream beside it.",
    "markers": "Phases, commands, holds and alarms as JSON, derived from the inputs and cycles.",
    "music": "Bars as they were played, as JSON, with the frame of the sound at which each began.",
    "cycles": "One row a decision: the state, the target, the control, the music, the session itself.",
}


def signal_xml(header: Header) -> str:
    """Return the header of a signal as it was received, with labels and units as they are recorded."""
    info = _received(header.xml)
    _put(info, "name", header.name or "EEG")
    _put(info, "type", header.kind)
    _put(info, "channel_count", str(len(header.labels)))
    _put(info, "nominal_srate", repr(float(header.rate_hz)))
    _put(info, "channel_format", FORMAT_OF_DTYPE[header.dtype])
    for key, value in (("source_id", header.source_id), ("hostname", header.host)):
        if value:
            _put(info, key, value)
    _describe(_child(info, "desc"), header)
    return _xml(info)


def inputs_xml(header: Header, about: Mapping[str, Any], sides: Sequence[Header] = ()) -> str:
    """Return the header of the inputs: it also holds all that `header_of`, `sides_of` and `about_of` give back."""
    info = _info("inputs", "Journal", 1, STRING)
    desc = _child(info, "desc")
    _put(desc, "format", str(RECORD_FORMAT))
    _put(desc, "header", json.dumps(_plain(header)))
    if sides:
        _put(desc, "sides", json.dumps([_plain(side) for side in sides]))
    _put(desc, "about", json.dumps(about))
    return _xml(info)


def texts_xml(name: str, kind: str) -> str:
    """Return the header of a stream of one string a sample."""
    return _xml(_info(name, kind, 1, STRING))


def cycles_xml(quality_labels: Sequence[str]) -> str:
    """Return the header of the cycles: labels, units and the tables of codes."""
    info = _info("cycles", "Feedback", len(COLUMNS) + len(quality_labels), "double64")
    desc = _child(info, "desc")
    channels = _child(desc, "channels")
    for column in COLUMNS:
        _channel(channels, column.path, column.unit, "Feedback")
    for label in quality_labels:
        _channel(channels, f"quality {label}", "0..1", "Quality")
    codes = _child(desc, "codes")
    for name, table in CODES.items():
        _put(codes, name, json.dumps({int(code): word for word, code in table.items()}))
    return _xml(info)


def header_of(inputs: str) -> Header:
    """Return the `Header` that `inputs_xml` wrote."""
    return _header(_json_of(inputs, "header"))


def sides_of(inputs: str) -> tuple[Header, ...]:
    """Return the headers of the streams beside the EEG that `inputs_xml` wrote."""
    line = ElementTree.fromstring(inputs).findtext("desc/sides")
    return tuple(_header(found) for found in json.loads(line)) if line else ()


def _plain(header: Header) -> dict[str, Any]:
    return {**asdict(header), "rate_hz": number(header.rate_hz)}


def _header(found: Mapping[str, Any]) -> Header:
    known = {item.name for item in fields(Header)}
    kept = {key: value for key, value in found.items() if key in known}
    kept.update(rate_hz=float("nan") if found["rate_hz"] is None else float(found["rate_hz"]))
    return Header(**{**kept, "labels": tuple(found["labels"]), "units": tuple(found["units"])})


def about_of(inputs: str) -> dict[str, Any]:
    """Return what the session said of itself to `inputs_xml`."""
    return _json_of(inputs, "about")


def labels_of(xml: str) -> tuple[str, ...]:
    """Return the labels of a stream's channels."""
    channels = ElementTree.fromstring(xml).iterfind("desc/channels/channel")
    return tuple(channel.findtext("label", "") for channel in channels)


def _json_of(inputs: str, key: str) -> dict[str, Any]:
    line = ElementTree.fromstring(inputs).findtext(f"desc/{key}")
    if line is None:
        raise FileError("the stream of inputs does not say what it holds", "give a record of Euthymia")
    found: dict[str, Any] = json.loads(line)
    return found


def _received(xml: str) -> Element:
    try:
        info = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError):
        return Element("info")
    return info if info.tag == "info" else Element("info")


def _describe(desc: Element, header: Header) -> None:
    if header.reference and desc.find("reference") is None:
        _put(_child(desc, "reference"), "label", header.reference)
    channels = _child(desc, "channels")
    if len(channels.findall("channel")) != len(header.labels):
        channels.clear()
        for label, unit in zip(header.labels, header.units, strict=True):
            _channel(channels, label, unit, header.kind)
        return
    for channel, label, unit in zip(channels.findall("channel"), header.labels, header.units, strict=True):
        received = channel.findtext("unit") or ""
        if received and received != unit:
            _put(channel, "unit_as_received", received)
        _put(channel, "label", label)
        _put(channel, "unit", unit)


def _info(name: str, kind: str, n_channels: int, channel_format: str) -> Element:
    info = Element("info")
    _put(info, "name", name)
    _put(info, "type", kind)
    _put(info, "channel_count", str(n_channels))
    _put(info, "nominal_srate", "0")
    _put(info, "channel_format", channel_format)
    _put(info, "source_id", f"euthymia-{name}")
    _put(_child(info, "desc"), "note", _NOTES[name])
    return info


def _channel(channels: Element, label: str, unit: str, kind: str) -> None:
    channel = SubElement(channels, "channel")
    _put(channel, "label", label)
    _put(channel, "unit", unit)
    _put(channel, "type", kind)


def _child(parent: Element, tag: str) -> Element:
    found = parent.find(tag)
    return SubElement(parent, tag) if found is None else found


def _put(parent: Element, tag: str, text: str) -> None:
    _child(parent, tag).text = _NOT_XML.sub("\ufffd", text)


def _xml(info: Element) -> str:
    return '<?xml version="1.0"?>' + ElementTree.tostring(info, encoding="unicode")
