from __future__ import annotations

import pytest
import torch

from generators.symbolic.corpus import write_pieces
from generators.symbolic.model import load_network, network_of
from generators.symbolic.tokens import BAR, END, PAD, POSITION
from generators.symbolic.train import Course, Trainer, held_out, loss_of, pace, train
from tests.generators import pieces

COURSE = Course(steps=6, batch=2, checkpoint_every=3)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def trainer():
    return Trainer(COURSE, pieces.TINY, pieces.pieces())


def weights(one):
    return [value.detach().clone() for value in one.network.state_dict().values()]


def test_a_run_that_was_cut_and_resumed_gives_the_weights_of_one_that_was_not(tmp_path):
    whole, first, second = trainer(), trainer(), trainer()
    losses = [whole.learn() for _ in range(6)]
    before = [first.learn() for _ in range(3)]
    first.save(tmp_path / "checkpoint.pt")
    torch.rand(7)                  # whatever else draws from torch's dice
    second.resume(tmp_path / "checkpoint.pt")
    assert before + [second.learn() for _ in range(3)] == losses
    assert all(torch.equal(one, other) for one, other in zip(weights(whole), weights(second), strict=True))


def test_it_learns():
    one = Trainer(Course(steps=40, batch=3, rate=4e-3), pieces.TINY, pieces.pieces())
    losses = [one.learn() for _ in range(40)]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    assert held_out(one.network, pieces.pieces()[-2:]) < losses[0]


def test_the_rate_rises_and_falls_to_a_small_rest():
    rates = [pace(step, 1000) for step in range(1000)]
    assert rates[0] < 0.05
    assert max(rates) == 1.0
    assert rates.index(1.0) < 50
    assert rates[40:] == sorted(rates[40:], reverse=True)
    assert 0.05 <= rates[-1] < 0.06


def test_only_what_tells_of_notes_is_counted():
    network = network_of(pieces.weights())
    tokens = torch.tensor([[BAR, POSITION, END, PAD, PAD]])
    logits = network(tokens[:, :-1])[0][0].log_softmax(-1)
    wanted = -(logits[0, POSITION] + logits[1, END]) / 2
    torch.testing.assert_close(loss_of(network, tokens), wanted)


def test_a_whole_training_writes_weights_that_can_be_played_and_goes_on_from_its_checkpoint(tmp_path, capsys):
    write_pieces(pieces.pieces(), tmp_path / "corpus.jsonl")
    train(tmp_path, COURSE, pieces.TINY, tmp_path / "out.safetensors")
    made = load_network(tmp_path / "out.safetensors")
    assert made.shape == pieces.TINY
    assert "step 6: loss" in capsys.readouterr().err
    train(tmp_path, COURSE, pieces.TINY, tmp_path / "out.safetensors")
    again = load_network(tmp_path / "out.safetensors")
    assert all(torch.equal(one, other) for one, other in zip(made.parameters(), again.parameters(), strict=True))
