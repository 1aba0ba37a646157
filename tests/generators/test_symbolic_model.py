from __future__ import annotations

import pytest
import torch

from generators.symbolic.backend import WEIGHTS
from generators.symbolic.dataset import Reading, bars_of
from generators.symbolic.model import Network, load_network, network_of, save_network
from generators.symbolic.tokens import VOCABULARY, encode
from generators.symbolic.train import loss_of
from generators.symbolic.weights import Shape
from tests.generators import pieces


def tokens(n_tokens=40, seed=3):
    return torch.randint(0, VOCABULARY, (2, n_tokens), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("cuts", [[40], [1] * 40, [7, 1, 12, 20]])
def test_the_cache_gives_what_the_whole_sequence_gives(cuts):
    network, cache, parts = network_of(pieces.weights()), None, []
    with torch.inference_mode():
        whole, _ = network(tokens())
        for part in torch.split(tokens(), cuts, dim=1):
            logits, cache = network(part, cache)
            parts.append(logits)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-5, rtol=1e-4)


def test_what_comes_later_changes_nothing_before_it():
    network = network_of(pieces.weights())
    changed = tokens()
    changed[:, 25:] = 7
    with torch.inference_mode():
        before, after = network(tokens())[0], network(changed)[0]
    torch.testing.assert_close(after[:, :25], before[:, :25])
    assert not torch.allclose(after[:, 25:], before[:, 25:])


def test_the_shipped_shape_has_three_to_five_million_parameters():
    assert 3e6 < sum(weights.numel() for weights in Network(Shape()).parameters()) < 5e6


def test_saved_weights_are_loaded_again_to_half_precision(tmp_path):
    network, file = network_of(pieces.weights()), tmp_path / "weights.safetensors"
    save_network(network, file)
    again = load_network(file)
    assert again.shape == pieces.TINY
    assert not again.training
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)


def test_the_shipped_weights_know_the_style_of_the_corpus():
    network = load_network(WEIGHTS)
    plain = torch.tensor([encode(bars_of(pieces.plain(), Reading("Ionian")))])
    with torch.inference_mode():
        unlearned = loss_of(network_of(pieces.weights(shape=network.shape)), plain)
        assert float(loss_of(network, plain)) < min(0.7 * float(unlearned), 1.5)
