"""The files of a model: those that it loads, their sha256 told by a thread beside, once and of all together."""

from __future__ import annotations

import json
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import pytest

from generators.musicgen.checkpoints import DEBUG, ModelChoice, files_of
from generators.musicgen.digests import Digests
from generators.musicgen.needs import AUDIOCRAFT_ROW, TRANSFORMERS_ROW, used_files
from generators.musicgen.worker import SharedPipe
from tests.waiting import wait_for

WITHIN_S = 20.0


def laid(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(name.encode() * 1000)
    return folder


def test_of_two_kinds_of_weights_the_one_is_counted_that_is_loaded(tmp_path):
    laid(tmp_path, "config.json", "tokenizer.json", "spiece.model", "model.safetensors", "pytorch_model.bin", "a.md")
    assert set(used_files(TRANSFORMERS_ROW, tmp_path)) == {"config.json", "tokenizer.json", "model.safetensors"}


def test_weights_in_several_files_are_counted_file_by_file(tmp_path):
    shards = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    laid(tmp_path, "config.json", "tokenizer.json", "model.safetensors.index.json", *shards)
    assert set(shards) < set(used_files(TRANSFORMERS_ROW, tmp_path))


def test_what_lies_in_a_folder_of_its_own_keeps_its_place_in_the_name(tmp_path):
    laid(tmp_path, "state_dict.bin", "compression_state_dict.bin", "t5-base/pytorch_model.bin")
    assert "t5-base/pytorch_model.bin" in files_of(ModelChoice(AUDIOCRAFT_ROW, str(tmp_path)))


@pytest.mark.parametrize("model", [DEBUG, "facebook/musicgen-small"])
def test_a_model_without_a_folder_has_no_files(model):
    assert files_of(ModelChoice(AUDIOCRAFT_ROW, model, allow_download=True)) == {}


def test_all_files_are_told_together_with_size_and_sha256(tmp_path):
    files = used_files(TRANSFORMERS_ROW, laid(tmp_path, "config.json", "tokenizer.json", "model.safetensors"))
    told = []
    digests = Digests(files, told.append)
    wait_for(lambda: not digests.at_work, WITHIN_S, "the last file")
    (text,) = told
    assert json.loads(text) == {name: {"bytes": path.stat().st_size, "sha256": sha256(path.read_bytes()).hexdigest()}
                                for name, path in files.items()}


def test_nothing_is_told_of_no_files_nor_of_one_that_is_gone(tmp_path):
    told = []
    for files in ({}, {"config.json": tmp_path / "config.json"}):
        digests = Digests(files, told.append)
        wait_for(lambda counting=digests: not counting.at_work, WITHIN_S, "the end")
    assert told == []


def test_two_threads_that_tell_something_leave_each_message_whole():
    ours, theirs = get_context("spawn").Pipe()
    pipe, message = SharedPipe(theirs), b"x" * 100_000
    tellers = [Digests({"this": Path(__file__)}, lambda line: pipe.send_bytes(message))
               for _ in range(2)]
    assert [ours.recv_bytes() == message for _ in tellers] == [True, True]
    assert pipe.poll(0.0) is False
