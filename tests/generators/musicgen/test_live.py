"""The whole of it in real processes: rules from the first second, MusicGen over them, killed, rules again, no hole."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from generators.ensemble import STREAM, Ensemble, EnsembleSettings
from generators.musicgen.checkpoints import DEBUG, LICENCE, ModelChoice
from generators.musicgen.needs import AUDIOCRAFT_ROW, TRANSFORMERS_ROW
from generators.musicgen.stream import HOP_S
from generators.sound.ring import RATE_HZ
from loop.inputs import ReportKind
from tests.generators import stage
from tests.generators.musicgen.models import model, needs_audiocraft, needs_transformers, quietly, tiny_tokenizer
from tests.waiting import wait_for

LOADS_WITHIN_S = 180.0             # an interpreter, torch and transformers, on a machine that does other things too
UP_WITHIN_S = 30.0


def said(listener, kind, text):
    return any(text in report.text for report in listener.of(kind))


def tiny_of_transformers(folder):
    with quietly():
        model("transformers")._model.save_pretrained(folder)
        tiny_tokenizer().save_pretrained(folder)
    return ModelChoice(TRANSFORMERS_ROW, str(folder))


def debug_of_audiocraft(folder):
    return ModelChoice(AUDIOCRAFT_ROW, DEBUG)


@pytest.mark.slow
@pytest.mark.parametrize("choose", [pytest.param(debug_of_audiocraft, marks=needs_audiocraft),
                                    pytest.param(tiny_of_transformers, marks=needs_transformers)])
def test_a_killed_model_leaves_embedded_music_and_no_hole(tmp_path, choose):
    path, choice = tmp_path / "heard.flac", choose(tmp_path / "tiny")
    ensemble = Ensemble(EnsembleSettings(str(path), "rules", 3, None, model=choice))
    try:
        listener = stage.Listener(ensemble)
        ensemble.play(stage.playing())
        wait_for(lambda: listener.of(ReportKind.BAR), UP_WITHIN_S, "the first bar of the rules")
        wait_for(lambda: said(listener, ReportKind.READY, choice.row) or listener.of(ReportKind.REPLACED),
                 LOADS_WITHIN_S, "the model's first hops")
        assert not listener.of(ReportKind.REPLACED), listener.of(ReportKind.REPLACED)[-1].text
        assert said(listener, ReportKind.NOTE, "is loading")
        assert said(listener, ReportKind.NOTE, LICENCE) == (choice.model != DEBUG)
        listener.rest(5.0)
        counted = "".join(report.text for report in listener.of(ReportKind.WEIGHTS))
        assert ("sha256" in counted) == (choice.model != DEBUG)
        assert listener.of(ReportKind.LATENCY)[-1].number > HOP_S
        os.kill(ensemble.pids[STREAM], signal.SIGKILL)
        wait_for(lambda: said(listener, ReportKind.REPLACED, "ended its process"), UP_WITHIN_S, "word of its death")
        listener.rest(12.0)
    finally:
        ensemble.close()
    sound = stage.sound_of(path)
    began = int(np.argmax(np.abs(sound).max(axis=1) > 0.01)) + 2 * RATE_HZ
    heard = sound[began:-2 * RATE_HZ]
    assert stage.longest_silence_s(heard) < 0.001
    levels = [np.sqrt(np.mean(heard[at:at + RATE_HZ // 4] ** 2)) for at in range(0, len(heard), RATE_HZ // 4)]
    assert min(levels[:-1]) > 0.1 * np.median(levels)
