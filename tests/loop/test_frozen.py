"""Frozen values: all that a frozen, slotted dataclass promises, whoever writes the constructor."""

import pickle
from dataclasses import FrozenInstanceError, asdict, field, fields, replace

import pytest

from loop.frozen import frozen


@frozen
class Spot:
    """A value with every kind of field that values have."""

    x: float
    name: str = "here"
    marks: list[int] = field(default_factory=list)


def test_fields_are_taken_by_place_by_name_and_by_default() -> None:
    assert asdict(Spot(1.0)) == {"x": 1.0, "name": "here", "marks": []}
    assert Spot(1.0, "there", [2]) == Spot(marks=[2], name="there", x=1.0)
    assert [item.name for item in fields(Spot)] == ["x", "name", "marks"]


def test_each_value_gets_its_own_from_a_factory() -> None:
    assert Spot(1.0).marks is not Spot(1.0).marks


def test_nothing_can_be_written_afterwards_nor_added() -> None:
    spot = Spot(1.0)
    with pytest.raises(FrozenInstanceError):
        spot.x = 2.0  # type: ignore[misc]
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        spot.y = 2.0  # type: ignore[attr-defined]
    assert not hasattr(spot, "__dict__")


def test_a_changed_copy_leaves_the_first_as_it_was() -> None:
    spot = Spot(1.0)
    assert (replace(spot, x=2.0).x, spot.x) == (2.0, 1.0)


def test_what_is_missing_or_unknown_is_refused() -> None:
    with pytest.raises(TypeError):
        Spot()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Spot(1.0, colour="red")  # type: ignore[call-arg]


def test_a_value_travels_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Spot(1.0, "there", [3]))) == Spot(1.0, "there", [3])


def test_a_class_that_wants_more_than_a_plain_constructor_is_refused() -> None:
    class Checked:
        x: float

        def __post_init__(self) -> None:
            raise AssertionError

    class Named:
        x: float = field(kw_only=True)

    for cls in (Checked, Named):
        with pytest.raises(TypeError, match="no plain value"):
            frozen(cls)
