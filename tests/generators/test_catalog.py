from __future__ import annotations

import pytest

from generators.catalog import ROWS, Row, find, load
from generators.rules.state import RulesState
from loop.errors import EuthymiaError, MissingPart


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_says_what_it_is(row):
    assert row.line
    assert ":" in row.place


def test_the_rules_can_be_loaded():
    assert isinstance(load("rules").begin(seed=1, index=7), RulesState)


def test_an_unknown_name_is_answered_with_the_nearest_and_with_all():
    with pytest.raises(EuthymiaError, match=r'no generator "ruls"; did you mean "rules"\? choose one of: .*rules'):
        find("ruls")


def test_a_name_like_no_other_is_answered_with_all():
    with pytest.raises(EuthymiaError, match=r'no generator "zzz"; choose one of: .*rules'):
        find("zzz")


def test_a_missing_part_is_answered_with_its_install_line():
    row = Row("dream", "a_module_that_nobody_has:make", "torch", "a dream")
    with pytest.raises(MissingPart, match=r"a_module_that_nobody_has.*pip install 'euthymia\[torch\]'"):
        load("dream", (row,))
