"""`calibrate` and `evaluate`: bad input is one sentence, told before a person has sat through twenty minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ui.cli import main

ENCODER = "calibrate calibration --simulate --decoder encoder"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "rubbish.txt").write_text("rubbish")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("calibrate", "Missing argument"),
        ("calibrate nothere", 'there is no protocol "nothere"'),
        ("calibrate calm --simulate", "calm has no excerpts"),
        ("calibrate empty", "empty holds no recording"),
        ("calibrate calibration --simulate --listener happy", 'no kind of listener called "happy"'),
        ("calibrate calibration --listener strong", "--listener is strong, and nobody is simulated"),
        ("calibrate calibration --simulate --decoder best", '--decoder is "best"'),
        ("calibrate calibration --simulate --seed -4", "greater than or equal to 0"),
        ("calibrate calibration --simulate --seed 99999999999", "less than or equal to 2147483647"),
        ("calibrate calibration --simulate --stream name=x", "--stream and --simulate were both given"),
        (ENCODER, "--model and --weights"),
        (f"{ENCODER} --model EEGNet --weights none.pt", "--weights none.pt is no file"),
        ("evaluate", "Missing argument"),
        ("evaluate empty --out page.txt", "page.txt is no page"),
        ("evaluate empty --out no/page.html", "the folder of no/page.html does not exist"),
        ("evaluate empty --decoder encoder", '--decoder is "encoder"'),
        ("evaluate empty --seed -1", "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_2(
    words: str, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(words.split()) == 2
    told = capsys.readouterr()
    assert said in told.err and len(told.err.splitlines()) == 1 and told.out == ""
    assert not list(tmp_path.glob("recordings/sub-*"))


@pytest.mark.parametrize("words", ["evaluate empty", "evaluate nothere", "evaluate rubbish.txt"])
def test_what_is_no_session_is_said_after_its_name(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 2
    reading, refused = capsys.readouterr().err.splitlines()
    assert reading == f"reading {words.split()[1]}" and refused.startswith(words.split()[1])


def test_an_encoder_that_cannot_be_had_is_told_before_anything_is_recorded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr("sensing.decoders.encoder.import_module", missing)
    assert main([*ENCODER.split(), "--model", "Labram", "--weights", "rubbish.txt"]) == 2
    assert "pip install braindecode" in capsys.readouterr().err
    assert not (tmp_path / "recordings").exists()
