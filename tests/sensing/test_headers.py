"""What streams say of themselves, and what is refused."""

import numpy as np
import pytest

from loop.errors import StreamError
from loop.values import Header
from sensing.sources.headers import Channel, channels_of, differences, header_xml, read_header


def xml(
    units: tuple[str, ...] = ("microvolts", "microvolts"),
    labels: tuple[str, ...] = ("F3", "F4"),
    types: tuple[str, ...] = ("EEG", "EEG"),
    rate_hz: float = 250.0,
    dtype: str = "float32",
    kind: str = "EEG",
) -> str:
    return header_xml(Header("amp", kind, rate_hz, labels, units, "id1", "host", "A1", dtype), types, "maker")


def test_what_is_written_is_read_again() -> None:
    header = read_header(xml()).header
    assert (header.name, header.kind, header.rate_hz, header.labels) == ("amp", "EEG", 250.0, ("F3", "F4"))
    assert (header.source_id, header.host, header.reference, header.dtype) == ("id1", "host", "A1", "float32")
    assert channels_of(header.xml) == (Channel("F3", "microvolts", "eeg"), Channel("F4", "microvolts", "eeg"))


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("volts", 1e6), ("V", 1e6), ("mV", 1e3), ("nV", 1e-3), ("millivolts", 1e3), ("nanovolts", 1e-3)],
)
def test_voltages_are_brought_to_microvolts(unit: str, factor: float) -> None:
    declared = read_header(xml(units=(unit, "uV")))
    assert declared.scales is not None
    assert np.array_equal(declared.scales, np.float32([factor, 1.0]))
    assert declared.header.units == ("microvolts", "microvolts")


@pytest.mark.parametrize("unit", ["microvolts", "uV", "µV", "μV", "Microvolt", ""])
def test_microvolts_are_left_alone(unit: str) -> None:
    assert read_header(xml(units=(unit, unit))).scales is None


def test_a_missing_unit_is_assumed_and_said() -> None:
    assert "microvolts are assumed" in read_header(xml(units=("", "uV"))).notes[0]


def test_missing_labels_are_numbered_and_said() -> None:
    declared = read_header(xml(labels=("", "")))
    assert declared.header.labels == ("channel 1", "channel 2")
    assert "does not name its channels" in declared.notes[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"units": ("counts", "uV")}, 'F3 of "amp" is in "counts"'),
        ({"labels": (), "units": (), "types": ()}, "no channels"),
        ({"rate_hz": 0.0}, "no regular sampling rate"),
        ({"dtype": "string"}, "not numbers"),
        ({"types": ("MISC", "ECG")}, "no EEG channel among: F3, F4"),
    ],
)
def test_what_cannot_be_eeg_is_refused_in_a_sentence(change: dict[str, object], words: str) -> None:
    with pytest.raises(StreamError, match=words):
        read_header(xml(**change))  # type: ignore[arg-type]


def test_broken_xml_is_refused() -> None:
    with pytest.raises(StreamError, match="not well-formed"):
        read_header("<info><name>")


def test_a_channel_that_is_no_voltage_keeps_its_unit() -> None:
    header = read_header(xml(units=("uV", "celsius"), types=("EEG", "TEMP"))).header
    assert header.units == ("microvolts", "celsius")


@pytest.mark.parametrize(("dtype", "taken"), [("double64", "float64"), ("int32", "float64"), ("int16", "float32")])
def test_every_number_of_a_stream_fits_the_type_it_is_taken_as(dtype: str, taken: str) -> None:
    assert read_header(xml(dtype=dtype)).header.dtype == taken


def test_equal_headers_do_not_differ() -> None:
    assert differences(read_header(xml()), read_header(xml().replace("host", "other"))) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": ("F3", "O2")}, "channel 2 was F4 eeg microvolts and is O2 eeg microvolts"),
        ({"units": ("volts", "volts")}, "channel 1 was F3 eeg microvolts and is F3 eeg volts"),
        ({"rate_hz": 500.0}, "rate was 250 Hz and is 500 Hz"),
        ({"labels": ("F3",), "units": ("uV",), "types": ("EEG",)}, "channel count was 2 and is 1"),
    ],
)
def test_what_differs_is_said(change: dict[str, object], words: str) -> None:
    assert words in differences(read_header(xml()), read_header(xml(**change)))  # type: ignore[arg-type]
