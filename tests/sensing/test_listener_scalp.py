"""Where the simulated listener's electrodes lie."""

from __future__ import annotations

import numpy as np
import pytest

from loop.errors import MontageError
from sensing.sources.listener.scalp import LABELS, labels_for, position, spread


@pytest.mark.parametrize("label", LABELS)
def test_every_electrode_lies_on_the_head(label: str) -> None:
    assert np.linalg.norm(position(label)) == pytest.approx(1.0)


@pytest.mark.parametrize(("left", "right"), [("F3", "F4"), ("Fp1", "Fp2"), ("T7", "T8"), ("O1", "O2"), ("PO3", "PO4")])
def test_odd_numbers_mirror_even_ones(left: str, right: str) -> None:
    assert position(left) == pytest.approx(position(right) * [-1, 1, 1], abs=1e-12)
    assert position(left)[0] < 0


def test_the_nose_is_in_front() -> None:
    along = [position(label)[1] for label in ("Fpz", "AFz", "Fz", "FCz", "Cz", "CPz", "Pz", "POz", "Oz")]
    assert along == sorted(along, reverse=True)
    assert position("Cz") == pytest.approx([0, 0, 1])


def test_old_names_are_the_new_places() -> None:
    assert np.array_equal(position("T5"), position("P7"))


@pytest.mark.parametrize("label", ["A1", "EOG", "X7", ""])
def test_a_name_without_a_place_is_refused(label: str) -> None:
    with pytest.raises(MontageError, match="10-20"):
        position(label)


@pytest.mark.parametrize("n_channels", [8, 19, 32])
def test_every_set_has_the_channels_that_the_loop_needs(n_channels: int) -> None:
    labels = labels_for(n_channels)
    assert len(set(labels)) == n_channels
    assert {"F3", "F4", "O1", "O2"} <= set(labels)


@pytest.mark.parametrize("n_channels", [0, 7, 33])
def test_other_numbers_of_channels_are_refused(n_channels: int) -> None:
    with pytest.raises(MontageError, match="8 to 32"):
        labels_for(n_channels)


def test_a_source_is_seen_less_further_away() -> None:
    seen = spread(("Oz",), ("Oz", "POz", "Pz", "Cz", "Fz"), 0.5)[0]
    assert seen[0] == 1.0
    assert np.all(np.diff(seen) < 0)
