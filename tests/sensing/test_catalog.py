from __future__ import annotations

import pytest

from loop.errors import EuthymiaError, MissingPart
from sensing.catalog import ROWS, Row, find, load


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_can_be_loaded_and_says_what_it_is(row: Row) -> None:
    assert load(row.name).__name__ == row.place.split(":")[1]
    assert row.line


def test_an_unknown_name_is_answered_with_the_nearest_and_with_all() -> None:
    with pytest.raises(EuthymiaError, match=r'no decoder "rieman"; did you mean "riemann"\? choose one of: encoder'):
        find("rieman")


def test_a_missing_part_is_answered_with_its_install_line() -> None:
    row = Row("dream", "a_module_that_nobody_has:Dream", "learned", "a dream")
    with pytest.raises(MissingPart, match=r"a_module_that_nobody_has.*pip install 'euthymia\[learned\]'"):
        load("dream", (row,))
