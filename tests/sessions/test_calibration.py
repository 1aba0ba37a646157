"""A calibration from its first excerpt to the decoder that a session then uses, all of it in memory and recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from loop.errors import EuthymiaError, FileError
from sensing.decoders.excerpts import rated
from sensing.decoders.store import load
from sessions.calibration import Wanted, calibrate, told
from sessions.plan import Plan
from sessions.protocol.dealing import MOST_ALIKE, POINTS, dealt, order
from sessions.protocol.loading import Loaded, load_protocol
from sessions.record.cycles import LABELS
from sessions.record.replaying import RecordedCycle, read_run
from sessions.rehearsed import rehearse_recorded
from sessions.review.excerpts import Sitting, read_sitting
from sessions.review.replay import replay_session

SEED = 3
SHORT = """
extends: calibration
phases:
  - check_quality: {at_least: 0.5, wait_s: 60}
  - baseline: {eyes: closed, minutes: 0.5, clean_s: 20}
  - rate: {form: sam}
  - excerpts: {rounds: 2, recalls: 1, length_s: 10, rest_s: 2}
"""


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    path = tmp_path_factory.mktemp("protocol") / "short.yaml"
    path.write_text(SHORT)
    return dealt(load_protocol(path), SEED)


@pytest.fixture(scope="module")
def sitting(short: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Sitting:
    plan = Plan(short, tmp_path_factory.mktemp("out"), "P1", seed=SEED, n_channels=8)
    run, summary = rehearse_recorded(plan, "strong", lambda line: None)
    assert summary["ended"] == "complete"
    return read_sitting(run.session)


def test_the_order_is_random_balanced_and_the_seed_s() -> None:
    points = order(3, np.random.default_rng(1))
    assert points == order(3, np.random.default_rng(1)) != order(3, np.random.default_rng(2))
    assert all(sorted(points[k:k + 8]) == sorted(POINTS) for k in (0, 8, 16))
    high = [arousal > 0 for _, arousal in points]
    assert all(len(set(high[k:k + MOST_ALIKE + 1])) == 2 for k in range(len(high) - MOST_ALIKE))


def test_the_shipped_calibration_gives_twelve_excerpts_a_class_and_fits_its_longest_time() -> None:
    protocol = dealt(load_protocol("calibration"), 5).protocol
    heard = [row.excerpt for row in protocol.phases if row.excerpt and not row.excerpt.silent]
    assert sum(excerpt.at.arousal > 0 for excerpt in heard) == sum(excerpt.at.arousal < 0 for excerpt in heard) == 12
    assert sum(excerpt.at.valence > 0 for excerpt in heard) == 12
    assert protocol.minutes < protocol.safety.longest_minutes


def test_every_excerpt_is_read_with_its_rating_and_what_sounded(sitting: Sitting) -> None:
    heard = rated(sitting.excerpts, "arousal")
    assert len(heard) + sum("excerpt" in name for name in sitting.lost) == 17
    assert len(heard) >= 15
    silent = [excerpt for excerpt in heard if not excerpt.intent.any()]
    assert len(silent) == 1
    tempi = {round(float(excerpt.intent[0]), 3) for excerpt in heard}
    assert len(tempi) > 4
    assert sitting.eyes == "closed" and sitting.simulated


def test_a_calibration_replays_to_the_last_bit(sitting: Sitting) -> None:
    again = replay_session(sitting.run.session)
    assert again["identical"] == again["cycles"] > 500


def test_the_music_of_an_excerpt_is_its_point_whatever_the_eeg_says(short: Loaded, sitting: Sitting) -> None:
    at = {name: LABELS.index(name) for name in ("control.valence", "control.arousal", "status.moment.phase_index")}
    rows = [item.row for item in read_run(sitting.run) if isinstance(item, RecordedCycle)]
    for index, phase in enumerate(short.protocol.phases):
        if phase.excerpt and not phase.excerpt.silent:
            mine = [row for row in rows if row[at["status.moment.phase_index"]] == index]
            assert {(row[at["control.valence"]], row[at["control.arousal"]]) for row in mine} == {
                (phase.excerpt.at.valence, phase.excerpt.at.arousal)}


def test_a_verdict_is_stored_whichever_it_is_and_a_refused_decoder_cannot_be_used(sitting: Sitting) -> None:
    result = calibrate(sitting, Wanted(seed=1, shuffles=39))
    said = "\n".join(told(result))
    assert json.loads(result.card.read_text())["verdicts"].keys() == {"valence", "arousal"}
    if result.accepted:
        assert set(load(result.card).heads) == set(result.accepted)
        assert f"file: {result.card}" in said
    else:
        assert "Refused" in said and "The index decoder is used." in said
        with pytest.raises(FileError, match="refused at its calibration"):
            load(result.card)
    assert "simulated listener" in said
    assert json.loads(result.card.read_text())["simulated"] is True


def test_a_sitting_is_known_as_simulated_by_its_stream_too(sitting: Sitting) -> None:
    manifest = json.loads(sitting.run.manifest.read_text())
    sitting.run.manifest.write_text(json.dumps(manifest | {"simulated": False}))
    try:
        assert read_sitting(sitting.run.session).simulated
    finally:
        sitting.run.manifest.write_text(json.dumps(manifest))


def test_a_second_calibration_overwrites_no_first(sitting: Sitting) -> None:
    first, second = (calibrate(sitting, Wanted(seed=1, shuffles=19)).card for _ in range(2))
    assert first != second and first.exists() and second.exists()


def test_a_session_without_ratings_teaches_nothing_and_says_so(sitting: Sitting) -> None:
    mute = replace(sitting, excerpts=tuple(replace(each, valence=float("nan"), arousal=float("nan"))
                                           for each in sitting.excerpts))
    with pytest.raises(EuthymiaError, match="holds no excerpt that was rated"):
        calibrate(mute, Wanted())


def test_excerpts_of_low_valence_need_the_protocols_word(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(SHORT + "safety: {allow_low_valence: false}\n")
    with pytest.raises(EuthymiaError, match="valence below 0, which needs safety"):
        load_protocol(tmp_path / "p.yaml")
