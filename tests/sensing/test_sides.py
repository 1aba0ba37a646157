"""Streams beside the EEG are counted as they come, in whatever pieces, and said when something happens to them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loop.inputs import SideChunk, SideEvent, SourceKind
from loop.values import Header, read_only
from sensing.sides import Sides

RATE_HZ = 50.0
SKIN = Header("skin", "GSR", RATE_HZ, ("left",), ("siemens",))
BEATS = Header("beats", "RR", 0.0, ("interval",), ("seconds",))


def chunk(places: np.ndarray, stream: int = 0) -> SideChunk:
    stamps_s = 100.0 + places / RATE_HZ
    return SideChunk(stream, read_only(places[:, None].astype("f4")), read_only(stamps_s), 0.0, float(stamps_s[-1]))


@pytest.mark.parametrize("n_chunk", [1, 3, 7, 50])
def test_one_gap_is_one_gap_however_the_stream_was_cut(n_chunk: int) -> None:
    places = np.concatenate([np.arange(200.0), np.arange(230.0, 400.0)])
    sides = Sides([SKIN], lambda line: None)
    for start in range(0, len(places), n_chunk):
        sides.saw(chunk(places[start:start + n_chunk]), ())
    (state,) = sides.states
    assert (state.gaps, state.samples) == (1, 370)
    assert state.measured_hz == pytest.approx(RATE_HZ * 369 / 399)


def test_irregular_times_have_no_gaps_and_no_rate() -> None:
    sides = Sides([SKIN, BEATS], lambda line: None)
    sides.saw(chunk(np.array([0.0, 40.0, 90.0, 300.0]), stream=1), ())
    skin, beats = sides.states
    assert beats.gaps == 0 and beats.rate_hz == 0.0 and beats.samples == 4
    assert skin.samples == 0 and math.isnan(skin.arrived_s)


def test_a_loss_is_counted_and_said_and_an_offset_is_not() -> None:
    said: list[str] = []
    sides = Sides([SKIN], said.append)
    sides.saw(SideEvent(0, SourceKind.OFFSET, 1.0, offset_s=0.1), ())
    sides.saw(SideEvent(0, SourceKind.LOST, 2.0, 'the stream "skin" is lost'), ())
    assert (sides.states[0].losses, sides.states[0].here) == (1, False)
    sides.saw(SideEvent(0, SourceKind.BACK, 3.0, 'the stream "skin" is back'), ())
    assert (sides.states[0].losses, sides.states[0].here) == (1, True)
    assert said == ['beside the EEG: the stream "skin" is lost; the session goes on',
                    'beside the EEG: the stream "skin" is back; the session goes on']
