from __future__ import annotations

import pytest
import torch
import typer

from generators.symbolic.corpus import write_pieces
from generators.symbolic.model import load_network, network_of
from generators.symbolic.tokens import BAR, END, PAD, POSITION
from generators.symbolic.train import Course, Trainer, held_out, loss_of, main, pace, train
from loop.errors import FileError
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


def test_the_weights_lie_in_the_folder_and_nowhere_else_unless_it_is_asked(tmp_path):
    write_pieces(pieces.pieces(), tmp_path / "corpus.jsonl")
    train(tmp_path, COURSE, pieces.TINY)
    assert {file.name for file in tmp_path.iterdir()} == {"corpus.jsonl", "checkpoint.pt", "weights.safetensors"}
    assert load_network(tmp_path / "weights.safetensors").shape == pieces.TINY


def test_it_does_not_go_on_from_another_course_which_would_give_the_weights_of_neither(tmp_path):
    trainer().save(tmp_path / "checkpoint.pt")
    longer = Trainer(Course(steps=7, batch=2), pieces.TINY, pieces.pieces())
    with pytest.raises(FileError, match=r"checkpoint\.pt is of another course: 6 steps, seed 1; ask for the same"):
        longer.resume(tmp_path / "checkpoint.pt")


def test_a_checkpoint_that_was_cut_is_named(tmp_path):
    trainer().save(tmp_path / "checkpoint.pt")
    whole = (tmp_path / "checkpoint.pt").read_bytes()
    for content in (b"", whole[:1000], b"rubbish" * 50):
        (tmp_path / "checkpoint.pt").write_bytes(content)
        with pytest.raises(FileError, match=r"checkpoint\.pt cannot be gone on from; remove it"):
            trainer().resume(tmp_path / "checkpoint.pt")


@pytest.mark.parametrize("content", ['{"bad', '{"title": 1}\n', "[]\n", "\x00"])
def test_a_corpus_that_is_none_is_said_in_one_sentence_with_exit_code_2(content, tmp_path, capsys):
    (tmp_path / "corpus.jsonl").write_text(content)
    with pytest.raises(typer.Exit) as ended:
        main(tmp_path)
    said = capsys.readouterr().err.splitlines()
    assert ended.value.exit_code == 2
    assert len(said) == 1
    assert "corpus.jsonl cannot be read as the corpus; remove it" in said[0]


def test_a_folder_that_is_not_there_is_named_before_anything_is_learned(tmp_path):
    with pytest.raises(FileError, match=r"the folder of .*out\.safetensors does not exist"):
        train(tmp_path, COURSE, pieces.TINY, tmp_path / "none" / "out.safetensors")
