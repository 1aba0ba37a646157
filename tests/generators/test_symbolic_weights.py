"""A weights file is whole, or is one clear sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from generators.symbolic.weights import Shape, read_weights, write_weights
from loop.errors import FileError
from tests.generators import pieces


def test_what_was_written_is_read_to_half_precision(tmp_path):
    file = tmp_path / "weights.safetensors"
    write_weights(pieces.weights(), file)
    again = read_weights(file)
    assert again.shape == pieces.TINY
    for name, array in pieces.weights().arrays.items():
        assert again.arrays[name].dtype == np.float32
        np.testing.assert_allclose(again.arrays[name], array, rtol=1e-3, atol=1e-6)


def cut(file):
    file.write_bytes(file.read_bytes()[:-100])


def flipped(file):
    file.write_bytes(b"\xff" * 64 + file.read_bytes()[64:])


def empty(file):
    file.write_bytes(b"")


def of_text(file):
    file.write_text("weights")


def gone(file):
    file.unlink()


def of_another_vocabulary(file):
    write_weights(pieces.weights(shape=Shape(width=16, layers=1, heads=2, vocabulary=9)), file)


def of_another_shape_than_it_says(file):
    write_weights(replace(pieces.weights(), shape=replace(pieces.TINY, width=64)), file)


def without_an_array(file):
    whole = pieces.weights()
    write_weights(replace(whole, arrays={name: array for name, array in whole.arrays.items() if "merge" not in name}),
                  file)


def with_what_is_no_number(file):
    whole = pieces.weights()
    write_weights(replace(whole, arrays={name: array * np.nan for name, array in whole.arrays.items()}), file)


@pytest.mark.parametrize("spoil", [
    cut, flipped, empty, of_text, gone, of_another_vocabulary, of_another_shape_than_it_says, without_an_array,
    with_what_is_no_number])
def test_weights_that_cannot_be_used_are_one_clear_sentence(tmp_path, spoil):
    file = tmp_path / "weights.safetensors"
    write_weights(pieces.weights(), file)
    spoil(file)
    with pytest.raises(FileError, match=r"^weights\.safetensors .*; install euthymia again, or choose"):
        read_weights(file)
