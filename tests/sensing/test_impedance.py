"""Impedance: read where a header or a channel gives it, told, warned of, and never a reason to stop."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import numpy as np
import pylsl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.inputs import Chunk, SideChunk
from loop.values import Header, read_only
from sensing.contacts import Contacts
from sensing.impedance import LIMITS, Impedance, declared, impedance_words, readings, taps
from sensing.montage import eeg_channels
from sensing.sources.board_streams import streams_of
from sensing.sources.boards import find_board
from sensing.sources.headers import differences, header_xml, read_header, read_side_header
from sensing.sources.streams import find_streams, open_lsl
from tests.fakes import chunk
from tests.loop.test_engine import engine

open_lsl()


def xml(impedances: Sequence[str], couplings: Sequence[str] = (), labels: Sequence[str] = ("F3", "F4")) -> str:
    """A header as an amplifier's LSL application writes it."""
    text = header_xml(Header("amp", "EEG", 250.0, tuple(labels), ("microvolts",) * len(labels), "id"), ("EEG",) * 9)
    for label, impedance, coupling in zip(labels, impedances, [*couplings, "", ""], strict=False):
        hardware = f"<hardware><coupling>{coupling}</coupling></hardware>" if coupling else ""
        place = f"<label>{label}</label>"
        text = text.replace(place, f"{place}<impedance>{impedance}</impedance>{hardware}")
    return text


def of(*values_kohm: float) -> list[Impedance]:
    return [Impedance(f"E{i}", value, 20.0) for i, value in enumerate(values_kohm, 1)]


def test_a_header_tells_what_was_measured_when_it_was_set_up() -> None:
    header = read_header(xml(["8.5", "35"])).header
    assert declared(header) == (Impedance("F3", 8.5, 20.0), Impedance("F4", 35.0, 20.0))


@pytest.mark.parametrize("text", ["", "0", "0.000000", "-1", "nan", "inf", "not measured"])
def test_what_is_no_value_is_not_told(text: str) -> None:
    assert declared(read_header(xml([text, text])).header) == ()


@pytest.mark.parametrize(
    ("coupling", "most_kohm"), [("Gel", 20.0), ("Saline", 40.0), ("Dry", 80.0), ("", 20.0), ("?", 20.0)]
)
def test_each_kind_of_electrode_has_its_own_limit(coupling: str, most_kohm: float) -> None:
    (state,) = declared(read_header(xml(["30"], [coupling], ["F3"])).header)
    assert state.most_kohm == most_kohm and state.high == (most_kohm < 30.0)


def test_every_limit_has_a_source() -> None:
    assert all(limit.source and limit.most_kohm > 0 for limit in LIMITS.values())


def test_a_stream_that_comes_back_with_other_impedances_is_the_same_stream() -> None:
    assert differences(read_header(xml(["8", "9"])), read_header(xml(["80", "90"]))) == ""


@pytest.mark.parametrize(
    ("unit", "kohm"), [("ohm", 0.012), ("Ohms", 0.012), ("kOhm", 12.0), ("kΩ", 12.0), ("Ω", 0.012)]
)
@pytest.mark.parametrize("label", ["F4 impedance", "Z_F4", "impedance F4", "Resistance-F4", "F4"])
def test_a_channel_in_ohms_is_no_eeg_and_tells_of_its_electrode(unit: str, kohm: float, label: str) -> None:
    stream = Header("amp", "EEG", 250.0, ("F3", "F5", label), ("microvolts", "microvolts", unit))
    header = read_header(header_xml(stream, ("EEG", "EEG", ""))).header
    assert eeg_channels(header) == (0, 1)
    (state,) = readings(taps(header), np.array([[0.0, 0.0, 7.0], [0.0, 0.0, 12.0]]))
    assert (state.electrode, state.kohm) == ("F4", pytest.approx(kohm))


@given(st.floats())
def test_a_value_that_is_not_positive_or_no_number_is_none(value: float) -> None:
    tap = taps(Header("a", "Impedance", 1.0, ("F3",), ("kohm",)))
    found = list(readings(tap, np.array([[value]])))
    assert len(found) == (1 if 0.0 < value < np.inf else 0)


def test_the_sentence_names_what_is_high_and_says_that_nothing_stops() -> None:
    assert impedance_words([]) == ""
    assert impedance_words(of(8.0)) == "impedance of 1 electrode: 8 kOhm, none over its limit"
    said = impedance_words(of(3.0, 35.2, 12.0, 40.0))
    assert "4 electrodes: 3 to 40 kOhm; over 20 kOhm: E4 40, E2 35.2; press" in said
    assert "no session stops for it" in said and "E1" not in said
    assert "E9 29, E8 28, E7 27, E6 26, E5 25, E4 24 and 3 more" in impedance_words(of(*range(21, 30)))


# ------------------------------------------------------------------------------------------------ while a session runs

def heard(values_kohm: Sequence[float]) -> tuple[Contacts, list[str]]:
    """A stream whose second channel is F4's impedance in kOhm, heard for a second a value."""
    said: list[str] = []
    contacts = Contacts(Header("amp", "EEG", 100.0, ("F3", "F4 impedance"), ("microvolts", "kOhm")), (), said.append)
    one = engine()
    for k, value in enumerate(values_kohm):
        for hop in range(4):
            item = chunk(25, k + (hop + 1) * 0.25)
            rows = np.array(item.samples)
            rows[:, 1] = value
            seen = Chunk(read_only(rows), item.stamps_s, 0.0, item.time_s)
            contacts.saw(seen, one.step(item))
    return contacts, said


def test_it_speaks_once_at_the_first_decision_and_keeps_the_newest() -> None:
    contacts, said = heard([12.0, 14.0, 13.0])
    assert said == ["impedance of 1 electrode: 12 kOhm, none over its limit"]
    assert contacts.states == (Impedance("F4", 13.0, 20.0),)


def test_within_a_phase_it_keeps_silent_and_a_high_value_is_still_shown() -> None:
    contacts, said = heard([12.0, 50.0])
    assert len(said) == 1 and contacts.states[0].high


def test_a_session_of_a_device_that_says_nothing_says_nothing() -> None:
    said: list[str] = []
    contacts, one = Contacts(Header("amp", "EEG", 100.0, ("F3", "F4"), ("microvolts",) * 2), (), said.append), engine()
    item = chunk(25, 0.25)
    contacts.saw(item, one.step(item))
    assert said == [] and contacts.states == ()


def test_a_stream_of_impedance_beside_the_eeg_is_read_too() -> None:
    eeg = Header("amp", "EEG", 100.0, ("F3", "F4"), ("microvolts",) * 2)
    side = Header("amp-z", "Impedance", 0.0, ("F3", "F4"), ("ohm", "ohm"))
    contacts = Contacts(eeg, (side,), lambda _: None)
    contacts.saw(SideChunk(0, read_only(np.array([[9e3, 2e4]])), read_only(np.array([1.0])), 0.0, 1.0), ())
    assert [(state.electrode, state.kohm) for state in contacts.states] == [("F3", 9.0), ("F4", 20.0)]


# ------------------------------------------------------------------------------------------------ devices and LSL

def labels_in_ohm(board: str) -> list[str]:
    return [wire.label for stream in streams_of(find_board(board)) for wire in stream.wires if wire.unit == "ohm"]


def test_a_board_that_measures_while_it_sends_carries_its_electrodes_impedance() -> None:
    assert labels_in_ohm("brainbit") == ["T3 impedance", "T4 impedance", "O1 impedance", "O2 impedance"]
    assert labels_in_ohm("ganglion")[-1] == "reference impedance"
    assert labels_in_ohm("synthetic") == ["electrode 1 impedance", "electrode 2 impedance"]


def test_a_board_that_measures_in_a_mode_of_its_own_claims_no_impedance_of_its_voltages() -> None:
    assert labels_in_ohm("ant_neuro_ee_411") == labels_in_ohm("ant_neuro_ee_410") == labels_in_ohm("cyton") == []


def test_a_real_outlets_impedance_is_seen_in_the_list_of_streams() -> None:
    name = f"test-{uuid.uuid4().hex[:12]}"
    info = pylsl.StreamInfo(name, "EEG", 2, 250.0, "float32", name)
    channels = info.desc().append_child("channels")
    for label, impedance in (("F3", "7.5"), ("F4", "41")):
        channel = channels.append_child("channel")
        for tag, text in (("label", label), ("unit", "microvolts"), ("type", "EEG"), ("impedance", impedance)):
            channel.append_child_value(tag, text)
    outlet = pylsl.StreamOutlet(info)
    (row,) = find_streams(f"name={name}")
    assert row.impedance.startswith("impedance of 2 electrodes: 7.5 to 41 kOhm; over 20 kOhm: F4 41; press")
    assert read_side_header(outlet.get_info().as_xml()).header.labels == ("F3", "F4")
