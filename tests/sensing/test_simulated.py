"""A simulated listener is known by its header: in memory, over LSL, and in a recording that is played back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loop.values import Header
from sensing.sources.headers import header_xml, read_header
from sensing.sources.listener.outlet import OutletPlan, _stream_info
from sensing.sources.listener.scalp import labels_for
from sensing.sources.listener.source import header_of
from sensing.sources.simulated import is_simulated

REAL = Header("headset", "EEG", 250.0, ("F3", "F4"), ("microvolts",) * 2, "serial-7")


def test_in_memory_and_over_lsl_it_is_known() -> None:
    assert is_simulated(header_of("x", labels_for(8), 250.0, "x"))
    assert is_simulated(read_header(_stream_info(OutletPlan("x")).as_xml()).header)


def test_each_of_its_two_marks_is_enough() -> None:
    simulated = header_of("x", labels_for(8), 250.0, "euthymia-listener-3")
    assert is_simulated(replace(simulated, source_id="other")) and is_simulated(replace(simulated, xml=""))


@pytest.mark.parametrize("xml", ["", "<info", "<info/>", header_xml(REAL, (), "A maker of amplifiers")])
def test_no_other_stream_is_taken_for_it(xml: str) -> None:
    assert not is_simulated(replace(REAL, xml=xml))
