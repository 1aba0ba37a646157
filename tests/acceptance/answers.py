"""How every command answers bad input."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ui.cli import main

BAD_INPUT = 2
NOT_READY = 3
SHORTEST_SENTENCE = 20


def answered(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Run a command in this process: one sentence, exit code 2, and nothing of Python's."""
    capsys.readouterr()
    code = main(list(words))
    out, err = capsys.readouterr()
    assert code == BAD_INPUT, (out, err)
    assert out == ""
    sentences = err.splitlines()
    assert len(sentences) == 1, err
    assert len(sentences[0]) > SHORTEST_SENTENCE
    assert "Traceback" not in err and "Errno" not in err
