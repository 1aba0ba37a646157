"""Streams that are no good: a clear sentence, or held windows; never music from rubbish."""

from __future__ import annotations

import signal
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from loop.values import Hold
from sessions.record.storage import find_run
from tests.acceptance.answers import BAD_INPUT, NOT_READY
from tests.acceptance.rig import Record, own_name, rig_in, written
from tests.acceptance.rubbish import CLEAN_BETWEEN_S, LATER, LATER_S
from tests.acceptance.scenes import Scene

AT_ONCE = 4
WAIT_S = "6"

# What the device does wrong -> the exit code, and words that the one sentence must hold.
ANSWERS = {
    "nan": (NOT_READY, "the signal was not good enough to begin"),
    "infinite": (NOT_READY, "the signal was not good enough to begin"),
    "stuck": (NOT_READY, "the signal was not good enough to begin"),
    "microvolts called volts": (NOT_READY, "the signal was not good enough to begin"),
    "volts called microvolts": (NOT_READY, "the signal was not good enough to begin"),
    "furlongs": (BAD_INPUT, '"furlongs", which is no voltage'),
    "no channels": (BAD_INPUT, "no channels"),
    "no EEG": (BAD_INPUT, "no EEG channel"),
    "no F3 F4": (BAD_INPUT, "no channel for F3, F4"),
    "no labels": (BAD_INPUT, "no channel for F3, F4"),
    "no rate": (BAD_INPUT, "no regular sampling rate"),
    "rate 50": (BAD_INPUT, "50 samples a second"),
    "text": (BAD_INPUT, "not numbers"),
    "two": (BAD_INPUT, "2 streams match"),
    "nothing": (BAD_INPUT, "came within 10 s"),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[tuple[int, str, list[Path]]]]:
    folder = tmp_path_factory.mktemp("bad")
    faults = sorted(ANSWERS, key=lambda fault: fault != "nothing")      # the longest first
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {fault: pool.submit(answer, folder / f"bad-{n}", fault) for n, fault in enumerate(faults)}


def answer(folder: Path, fault: str) -> tuple[int, str, list[Path]]:
    """Run a session on a faulty device; return exit code, what was said, and what was recorded."""
    with rig_in(folder) as rig:
        name = own_name(fault)
        if fault != "nothing":
            rig.module("tests.acceptance.rubbish", name, fault).until_it_says("streaming")
        session = rig.session("run", written(folder, wait_s=WAIT_S), "--stream", f"name={name}")
        code = session.ended()
        if code == NOT_READY:
            assert session.json["ended"] == "quality"
        return code, session.said, list(folder.rglob("*.xdf"))


@pytest.mark.parametrize("fault", ANSWERS)
def test_a_bad_stream_is_refused_in_one_sentence(
    fault: str, answers: dict[str, Future[tuple[int, str, list[Path]]]]
) -> None:
    code, said, recorded = answers[fault].result()
    wanted, words = ANSWERS[fault]
    assert code == wanted, said
    assert "Traceback" not in said
    assert words in said.splitlines()[-1], said
    assert len(recorded) == (1 if wanted == NOT_READY else 0), "only what was begun is recorded"
    for file in recorded:
        nothing_moved(file)


def nothing_moved(file: Path) -> None:
    """Nothing of a session that failed its check was decoded, and no music was asked for."""
    record = Record(find_run(file))
    assert not record.of("affect.scaled").any()
    assert not record.of("status.moment.presence").any()
    assert set(record.holds) <= {Hold.BAD, Hold.LATE, Hold.RETURNING, Hold.NO_DATA}


def test_a_stream_in_volts_is_brought_to_microvolts(tmp_path: Path) -> None:
    with rig_in(tmp_path) as rig:
        name = own_name("volts")
        rig.module("tests.acceptance.rubbish", name, "volts").until_it_says("streaming")
        session = rig.session("run", written(tmp_path), "--stream", f"name={name}")
        session.until_the_phase("baseline")
        session.signal(signal.SIGTERM)
        assert session.ended() == 0, session.said
        record = Record(session.run)
    assert 5.0 < float(record.samples.std()) < 20.0
    assert Hold.BAD not in record.holds


def test_rubbish_in_the_middle_is_held_and_moves_nothing(spoilt: Scene) -> None:
    record = spoilt.record
    bad = np.array([hold is Hold.BAD for hold in record.holds])
    begins = np.flatnonzero(np.diff(bad.astype(int)) == 1) + 1
    assert spoilt.code == 0, spoilt.said
    assert len(begins) >= len(LATER), "each fault is seen, and between two the stream is good again"
    for label in ("control.valence", "control.arousal"):
        moved = np.diff(record.of(label), prepend=record.of(label)[0]) != 0.0
        assert not (moved & bad).any(), label


def test_rubbish_is_over_one_window_after_it_ends(spoilt: Scene) -> None:
    record = spoilt.record
    bad = np.array([hold is Hold.BAD for hold in record.holds])
    ends = np.flatnonzero(np.diff(bad.astype(int)) == -1) + 1
    begins = np.flatnonzero(np.diff(bad.astype(int)) == 1) + 1
    lengths_s = (ends - begins[:len(ends)]) * 0.25
    window_s = 4.0
    assert (lengths_s >= LATER_S).all(), lengths_s
    assert (lengths_s <= LATER_S + window_s + CLEAN_BETWEEN_S / 3).all(), lengths_s


def test_rubbish_reaches_no_number_that_is_fed_back(spoilt: Scene) -> None:
    record = spoilt.record
    for label in ("affect.valence", "affect.arousal", "control.valence", "control.arousal", "intent.tempo_bpm",
                  "intent.loudness_db", "intent.density", "intent.brightness"):
        values = record.of(label)
        assert np.isfinite(values).all(), label
    assert np.abs(record.of("control.arousal")).max() <= 1.0
