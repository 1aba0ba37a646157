from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings

from loop.inputs import Chunk, Input, SideChunk, Tick
from sessions.record.cycles import CODES, COLUMNS, LABELS, cycle_row, full_row
from sessions.record.replaying import largest_difference, same_bits
from sessions.record.rows import ChunkRow, SideRow, input_of, row_of
from tests.sessions.record_parts import cycle, inputs, same_input


@settings(deadline=None, max_examples=300)
@given(inputs())
def test_every_input_comes_back_from_its_row_to_the_last_bit(item: Input) -> None:
    order, back = input_of(row_of(7, item))
    assert order == 7
    if isinstance(item, Chunk):
        assert repr(back) == repr(ChunkRow(len(item.stamps_s), item.offset_s, item.time_s))
    elif isinstance(item, SideChunk):
        assert repr(back) == repr(SideRow(item.stream, len(item.stamps_s), item.offset_s, item.time_s))
    else:
        assert not isinstance(back, (ChunkRow, SideRow)) and same_input(item, back)


@settings(deadline=None)
@given(inputs())
def test_every_row_is_strict_json_in_ascii(item: Input) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    row = row_of(0, item)
    assert row.isascii() and json.loads(row, parse_constant=refuse)["kind"]


def test_a_numpy_number_is_written_as_the_number_it_is() -> None:
    assert input_of(row_of(0, Tick(np.float64(0.1))))[1] == Tick(0.1)


@pytest.mark.parametrize("row", ["", "[]", "{}", "7", '{"n":1,"kind":"x"}', '{"n":1,"kind":"tick","time":1}'])
def test_a_row_that_is_none_of_ours_is_a_value_error(row: str) -> None:
    with pytest.raises(ValueError, match=r"no input|Expecting"):
        input_of(row)


def test_a_row_holds_every_number_of_a_cycle() -> None:
    made = cycle(4, 12.5)
    row = dict(zip(LABELS, cycle_row(made), strict=True))
    assert row["affect.valence"] == made.affect.valence
    assert row["control.integral_valence"] == 1e-300
    assert row["intent.mode"] == CODES["mode"]["Mixolydian"]
    assert row["status.moment.presence"] == CODES["presence"]["silent"]
    assert row["affect.scaled"] == 1
    assert math.isnan(row["affect.arousal_index"])
    assert len(row) == len(COLUMNS)


def test_quality_stands_behind_the_numbers_and_is_nan_before_there_is_any() -> None:
    assert np.isnan(full_row(cycle(0, 1.0), 3)[0, len(COLUMNS):]).all()
    np.testing.assert_array_equal(full_row(cycle(1, 1.0), 3)[0, len(COLUMNS):], [1, 1 / 3, 0])


def test_a_changed_word_changes_the_row() -> None:
    one, other = cycle_row(cycle(1, 1.0, alarms=("lost",))), cycle_row(cycle(1, 1.0, alarms=("late",)))
    assert not same_bits(one, other)
    assert same_bits(one, cycle_row(cycle(1, 1.0, alarms=("lost",))))


def test_the_last_bit_and_the_sign_of_zero_tell_rows_apart() -> None:
    row = np.array([0.0, 1.0, np.nan])
    assert not same_bits(row, np.array([-0.0, 1.0, np.nan]))
    assert not same_bits(row, np.array([0.0, np.nextafter(1.0, 2), np.nan]))
    assert largest_difference(row, np.array([0.0, 1.5, np.nan])) == 0.5
    assert largest_difference(row, np.array([0.0, 1.0, 2.0])) == math.inf
    assert largest_difference(row, row) == 0
