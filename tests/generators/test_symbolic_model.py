from __future__ import annotations

import pytest
import torch

from generators.symbolic.model import Network, Shape, load_network, save_network
from generators.symbolic.tokens import VOCABULARY
from loop.errors import FileError
from tests.generators import pieces


def tokens(n_tokens=40, seed=3):
    return torch.randint(0, VOCABULARY, (2, n_tokens), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("cuts", [[40], [1] * 40, [7, 1, 12, 20]])
def test_the_cache_gives_what_the_whole_sequence_gives(cuts):
    network, cache, parts = pieces.network(), None, []
    with torch.inference_mode():
        whole, _ = network(tokens())
        for part in torch.split(tokens(), cuts, dim=1):
            logits, cache = network(part, cache)
            parts.append(logits)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-5, rtol=1e-4)


def test_what_comes_later_changes_nothing_before_it():
    network = pieces.network()
    changed = tokens()
    changed[:, 25:] = 7
    with torch.inference_mode():
        before, after = network(tokens())[0], network(changed)[0]
    torch.testing.assert_close(after[:, :25], before[:, :25])
    assert not torch.allclose(after[:, 25:], before[:, 25:])


def test_the_shipped_shape_has_three_to_five_million_parameters():
    assert 3e6 < sum(weights.numel() for weights in Network(Shape()).parameters()) < 5e6


def test_saved_weights_are_loaded_again_to_half_precision(tmp_path):
    network, file = pieces.network(), tmp_path / "weights.safetensors"
    save_network(network, file)
    again = load_network(file)
    assert again.shape == pieces.TINY
    assert not again.training
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)


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


def of_another_shape(file):
    save_network(Network(Shape(width=16, layers=1, heads=2, vocabulary=9)), file)


@pytest.mark.parametrize("spoil", [cut, flipped, empty, of_text, gone, of_another_shape])
def test_weights_that_cannot_be_used_are_one_clear_sentence(tmp_path, spoil):
    file = tmp_path / "weights.safetensors"
    save_network(pieces.network(), file)
    spoil(file)
    with pytest.raises(FileError, match=r"^weights\.safetensors .*; install euthymia again, or choose"):
        load_network(file)
