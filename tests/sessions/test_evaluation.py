"""Evaluations over several sittings, and the page that tells of them."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from loop.errors import EuthymiaError, MissingPart, MontageError
from sessions.calibration import Wanted
from sessions.record.storage import RunFolder
from sessions.review import evaluation
from sessions.review.excerpts import Sitting
from sessions.review.report import page
from tests.sensing.excerpts import Plan, simulate
from ui.cli import main
from ui.evaluating import EvaluateOptions, run_evaluation

FEW = Wanted(shuffles=39)


def sitting(folder: Path, person: str, session: str, seed: int, relation: float = 1.0) -> Sitting:
    run = RunFolder(folder / f"sub-{person}" / session / "eeg" / f"{seed}_eeg.xdf")
    run.xdf.parent.mkdir(parents=True, exist_ok=True)
    run.xdf.write_text(f"{seed}")
    excerpts = simulate(seed, Plan(relation=relation, person=person, session=session))
    protocol = cast(Any, SimpleNamespace(decoder=SimpleNamespace(window_s=4.0), cleaning=()))
    names = ("F3", "F4", "C3", "C4", "O1", "O2")
    return Sitting(run, protocol, tuple(excerpts), names, 10.0, "closed", (), True)


def judged(monkeypatch: pytest.MonkeyPatch, sittings: list[Sitting]) -> evaluation.Evaluation:
    by_path = {each.run.session: each for each in sittings}
    monkeypatch.setattr(evaluation, "read_sitting", lambda path: by_path[path])
    return evaluation.evaluate([each.run.session for each in sittings], FEW, lambda line: None)


def test_what_can_be_held_out_is_and_the_page_needs_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:
    found = judged(monkeypatch, [sitting(tmp_path, "P1", "1", 1), sitting(tmp_path, "P1", "2", 2),
                                 sitting(tmp_path, "<b>P2", "1", 3)])
    asked = {(answer.who, answer.examined.verdict.held_out) for answer in found.answers}
    assert asked == {("P1", "excerpt"), ("P1", "session"), ("<b>P2", "excerpt"), ("all people", "person")}
    arousal = next(answer.examined for answer in found.answers if answer.examined.verdict.axis == "arousal")
    assert arousal.verdict.figures.score > 0.7
    right = (arousal.evidence.predicted > 0) == (arousal.evidence.truth > 0)
    assert right.mean() == pytest.approx(arousal.verdict.figures.score, abs=0.05)
    assert len(arousal.evidence.by_chance) == 39
    told_of = next(answer.r2 for answer in found.answers if answer.examined.verdict.axis == "arousal")
    assert 0.0 < told_of.score < 1.0 and told_of.low < told_of.score < told_of.high
    assert "R2 " in "".join(evaluation.told(found))
    text = page(found)
    assert not re.search(r"https?://|<script|<link|src=\"(?!data:)", text)
    assert "<b>P2" not in text and "&lt;b&gt;P2" in text
    for words in ("Research use only", "exploratory", "Simulated listeners", "Refused"):
        assert words in text


def test_sessions_of_other_channels_are_cut_to_the_common_ones_or_refused(tmp_path: Path) -> None:
    first, second = sitting(tmp_path, "P1", "1", 1), sitting(tmp_path, "P2", "1", 2)
    turned = replace(second, names=("O2", "Pz", "F3", "F8", "F7", "Cz"))
    pool = evaluation.pooled([first, turned])
    assert pool.names == ("F3", "O2")
    assert (pool.excerpts[-1].samples == second.excerpts[-1].samples[:, [2, 0]]).all()
    with pytest.raises(MontageError, match="no channel in common"):
        evaluation.pooled([first, replace(second, names=tuple("abcdef"))])


def test_one_session_number_in_two_folders_is_two_sessions(tmp_path: Path) -> None:
    pool = evaluation.pooled([sitting(tmp_path / "a", "P1", "1", 1), sitting(tmp_path / "b", "P1", "1", 2)])
    assert len({excerpt.place for excerpt in pool.excerpts}) == 2


def test_a_copy_of_a_recording_or_ratings_all_alike_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:
    with pytest.raises(EuthymiaError, match="same recording"):
        judged(monkeypatch, [sitting(tmp_path / "a", "P1", "1", 1), sitting(tmp_path / "b", "P2", "1", 1)])
    one = sitting(tmp_path / "c", "P1", "1", 5)
    alike = replace(one, excerpts=tuple(replace(each, valence=5.0, arousal=5.0) for each in one.excerpts))
    with pytest.raises(EuthymiaError, match="rated alike"):
        judged(monkeypatch, [alike])


def test_a_page_that_exists_is_kept_and_a_missing_extra_gives_its_install_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    kept = tmp_path / "page.html"
    kept.write_text("mine")
    assert main(["evaluate", str(tmp_path), "--out", str(kept)]) == 2
    assert kept.read_text() == "mine" and "exists already" in capsys.readouterr().err
    monkeypatch.delitem(sys.modules, "sessions.review.report")
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingPart, match=r"euthymia\[report\]"):
        run_evaluation(EvaluateOptions([tmp_path], out=tmp_path / "new.html"), lambda line: None)
