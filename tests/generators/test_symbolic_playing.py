"""The network at play gives what the network gives that learned, and needs none of what learning needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from generators.symbolic.backend import WEIGHTS
from generators.symbolic.playing import PART, Foreteller
from generators.symbolic.tokens import VOCABULARY
from generators.symbolic.weights import read_weights
from tests.generators import pieces

ROOT = Path(__file__).parents[2]
COMPOSE = """
import sys
from generators.bars import Wish
from generators.catalog import load
from loop.values import Presence
from tests.generators.intents import intent_at
one = load("symbolic")
bar, _ = one.compose(Wish(intent_at(0.3, 0.3), Presence.PLAYING), one.begin(3, 0))
print(len(bar.notes) > 4, "torch" in sys.modules)
"""


def alike(n_common, n_tokens, seed=3):
    """Return two rows of tokens that begin alike."""
    rows = np.random.default_rng(seed).integers(0, VOCABULARY, (2, n_tokens))
    rows[1, :n_common] = rows[0, :n_common]
    return rows


def foretold(weights, rows, n_common, cuts):
    """Return the logits of all but the common tokens, which are read first; the others come in parts."""
    model = Foreteller(weights)
    cache = model.begin(list(rows[0, :n_common]), len(rows), rows.shape[1] - n_common)
    return np.concatenate([model.foretell(part, cache) for part in np.split(rows[:, n_common:], cuts, axis=1)], axis=1)


@pytest.mark.parametrize("weights", [pieces.weights(), read_weights(WEIGHTS)], ids=["tiny", "shipped"])
@pytest.mark.parametrize("n_common", [1, PART - 1, PART, PART + 1, 3 * PART - 8])
@pytest.mark.parametrize("cuts", [range(1, 30), [8], [3, 4, 5, 17, 18]], ids=["one by one", "two parts", "parts"])
def test_its_logits_are_those_of_the_network_that_learned(weights, n_common, cuts):
    torch = pytest.importorskip("torch")
    from generators.symbolic.model import network_of

    rows = alike(n_common, n_common + 30)
    with torch.inference_mode():
        wanted = network_of(weights)(torch.from_numpy(rows))[0][:, n_common:].numpy()
    np.testing.assert_allclose(foretold(weights, rows, n_common, list(cuts)), wanted, rtol=0, atol=1e-4)


def test_sequences_that_are_read_in_turns_do_not_hear_each_other():
    model, here, there = Foreteller(pieces.weights()), alike(9, 12, seed=1), alike(9, 12, seed=2)
    caches = [model.begin(list(rows[0, :9]), 2, 3) for rows in (here, there)]
    turns = [[model.foretell(rows[:, at:at + 1], cache) for rows, cache in zip((here, there), caches, strict=True)]
             for at in range(9, 12)]
    for rows, logits in zip((here, there), zip(*turns, strict=True), strict=True):
        np.testing.assert_array_equal(np.concatenate(logits, axis=1), foretold(pieces.weights(), rows, 9, [1, 2]))


def test_the_usual_composer_plays_without_torch():
    done = subprocess.run([sys.executable, "-c", COMPOSE], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["True", "False"]
