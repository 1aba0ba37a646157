"""A session with a learned decoder: chosen in the protocol, copied into the record, replayed to the last bit."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from loop.clock import ManualClock, wall_time
from loop.errors import EuthymiaError, FileError, ProtocolError
from loop.values import Cycle, Header, Hold
from sensing.decoders.heads import RidgeHead
from sensing.decoders.riemann import Covariances
from sensing.decoders.store import Card, save, save_refusal
from sensing.decoders.verdict import Figures
from sensing.sources.listener.person import draw_person, person_of
from sensing.sources.listener.scalp import labels_for
from sensing.sources.listener.source import ListenerSource, header_of
from sessions import builder
from sessions.chosen import cleaning_of
from sessions.protocol.loading import Loaded, load_protocol
from sessions.record.journal import XdfJournal
from sessions.record.manifest import Manifest, write_manifest
from sessions.record.storage import RunFolder, new_run
from sessions.rehearsal import START_S, perform
from sessions.review.replay import replay_session

SEED, LABELS = 4, labels_for(8)
GOOD = asdict(Figures(0.8, 0.6, 0.9, 0.5, 0.5, 0.01, 0.3, 0.02, 0.4, 1000))
SHORT = """
extends: calm
decoder: {{name: {name}, file: {file}}}
phases:
  - check_quality: {{at_least: 0.5, wait_s: 60}}
  - baseline: {{eyes: closed, minutes: 0.5, clean_s: 20}}
  - rate: {{form: sam}}
  - regulate: {{minutes: 0.5, eyes: closed, towards: {{valence: 0.4, arousal: -0.6}}}}
  - return_to_alert: {{minutes: 0.1}}
"""


def a_card() -> Card:
    cleaning = cleaning_of(load_protocol("calm").protocol)
    return Card("riemann", "ridge", LABELS, 10.0, 4.0, {"arousal": 0.4}, {"arousal": GOOD}, eyes="closed",
                cleaning=cleaning)


def a_head() -> RidgeHead:
    rng = np.random.default_rng(1)
    n_features = len(Covariances(range(8), 250.0, 10.0).names)
    head = RidgeHead()
    head.fit(rng.standard_normal((40, n_features)), rng.uniform(-1, 1, (40, 1)), np.repeat(np.arange(20), 2))
    return head


def chosen(folder: Path, card: Card, name: str = "riemann") -> Loaded:
    save(card, {axis: a_head() for axis in card.window_sds}, folder / "decoder")
    (folder / "short.yaml").write_text(SHORT.format(name=name, file="decoder/riemann.json"))
    return load_protocol(folder / "short.yaml")


def recorded(folder: Path, loaded: Loaded, kind: str = "drawn") -> RunFolder:
    run = new_run(folder / "out", "P1", loaded.protocol.title)
    clock = ManualClock(START_S)
    source = ListenerSource(person_of(kind, SEED), clock, SEED, LABELS)
    built = builder.build_engine(loaded.protocol, source.header, card=loaded.card)
    more = {"given_sha256": built.given.write(run.given)}
    run.protocol.write_text(loaded.resolved_yaml)
    write_manifest(run.manifest, Manifest("P1", "x", source.header, {}, loaded.resolved_yaml, wall_time(), more))
    journal = XdfJournal.create(run.xdf, source.header, {}, [LABELS[index] for index in built.eeg_indices])
    perform(built.engine, source, clock, journal)
    journal.close()
    return run


def test_a_session_with_a_learned_decoder_comes_back_to_the_last_bit_from_its_own_copy(tmp_path: Path) -> None:
    run = recorded(tmp_path, chosen(tmp_path, a_card()))
    for file in (tmp_path / "decoder").iterdir():
        file.unlink()
    again = replay_session(run.session)
    assert again["cycles"] > 200
    assert again["identical"] == again["cycles"]


def test_the_record_names_no_folder_of_the_decoder(tmp_path: Path) -> None:
    run = recorded(tmp_path, chosen(tmp_path, a_card()))
    assert str(tmp_path) not in run.protocol.read_text() + run.manifest.read_text()
    assert {"riemann.json", "riemann.skops"} <= {file.name for file in run.given.iterdir()}


def test_a_copy_that_was_changed_is_refused_by_replay(tmp_path: Path) -> None:
    run = recorded(tmp_path, chosen(tmp_path, a_card()))
    heads = run.given / "riemann.skops"
    heads.write_bytes(heads.read_bytes()[:-1] + b"x")
    with pytest.raises(FileError, match="sha256 differs"):
        replay_session(run.session)


def cycles_of(folder: Path, card: Card) -> list[Cycle]:
    loaded = chosen(folder, card)
    clock = ManualClock(START_S)
    source = ListenerSource(draw_person(SEED), clock, SEED, LABELS)
    return list(perform(builder.build_engine(loaded.protocol, source.header, card=loaded.card).engine, source,
                        clock).cycles)


def test_an_axis_that_was_not_accepted_comes_from_the_index(tmp_path: Path) -> None:
    mine = [cycle.affect for cycle in cycles_of(tmp_path, a_card())]
    clock = ManualClock(START_S)
    source = ListenerSource(draw_person(SEED), clock, SEED, LABELS)
    (tmp_path / "plain.yaml").write_text(SHORT.format(name="index", file='""'))
    protocol = load_protocol(tmp_path / "plain.yaml").protocol
    index = [cycle.affect for cycle in perform(builder.build_engine(protocol, source.header).engine, source,
                                               clock).cycles]
    scaled = [pair for pair in zip(mine, index, strict=False) if pair[1].scaled][:10]
    assert len(scaled) == 10                   # before the music of the one sounds in the EEG of the other
    assert [repr(a.valence) for a, _ in scaled] == [repr(b.valence) for _, b in scaled]
    assert [repr(a.arousal) for a, _ in scaled] != [repr(b.arousal) for _, b in scaled]
    assert scaled[0][0].decoder == "riemann arousal, index valence"


def test_without_a_baseline_of_its_own_nothing_is_steered(tmp_path: Path) -> None:
    steering = [cycle for cycle in cycles_of(tmp_path, a_card()) if cycle.status.moment.steering]
    assert all(cycle.affect.scaled for cycle in steering)
    assert not any(cycle.status.hold is Hold.NO_SCALE for cycle in steering)


def refused(folder: Path, card: Card, name: str = "riemann") -> None:
    loaded = chosen(folder, card, name)
    builder.build_engine(loaded.protocol, header_of("x", LABELS, 250.0, "x"), card=loaded.card)


@pytest.mark.parametrize(("change", "told"), [
    ({"eyes": "open"}, "calibrated with eyes open, and the protocol steers with eyes closed"),
    ({"cleaning": ()}, "calibrated with another cleaning"),
    ({"labels": ("F3", "P9", "Fpz")}, "calibrated with P9, Fpz, which the stream has not"),
    ({"figures": {"arousal": GOOD | {"p": 0.3}}}, "was refused at its calibration"),
])
def test_a_decoder_that_does_not_fit_is_refused_with_one_sentence(tmp_path: Path, change: dict, told: str) -> None:
    with pytest.raises(EuthymiaError, match=told):
        refused(tmp_path, replace(a_card(), **change))


def test_a_card_of_another_decoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EuthymiaError, match='card of the decoder "riemann", and the protocol asks for "network"'):
        refused(tmp_path, a_card(), "network")


def test_the_card_of_a_refusal_says_why_it_was_refused(tmp_path: Path) -> None:
    loaded = chosen(tmp_path, a_card())
    why = replace(a_card(), window_sds={}, figures={}, verdicts={"arousal": "Refused: no better than chance."})
    save_refusal(why, tmp_path / "decoder")
    with pytest.raises(FileError, match="no better than chance"):
        builder.build_engine(loaded.protocol, header_of("x", LABELS, 250.0, "x"), card=loaded.card)


REAL = Header("headset", "EEG", 250.0, LABELS, ("microvolts",) * 8, "serial-7")


def test_a_decoder_of_a_simulated_listener_is_refused_for_a_person_s_stream(tmp_path: Path) -> None:
    loaded = chosen(tmp_path, replace(a_card(), simulated=True))
    with pytest.raises(EuthymiaError, match="learned from a simulated listener and knows nothing of a person"):
        builder.build_engine(loaded.protocol, REAL, card=loaded.card)


def test_what_was_learned_from_a_person_is_refused_for_nobody(tmp_path: Path) -> None:
    loaded = chosen(tmp_path, a_card())
    for header in (REAL, header_of("x", LABELS, 250.0, "x")):
        assert builder.build_engine(loaded.protocol, header, card=loaded.card).given.decoder_files[0] == loaded.card


def test_a_simulated_listener_may_be_read_by_what_one_taught_and_replays(tmp_path: Path) -> None:
    run = recorded(tmp_path, chosen(tmp_path, replace(a_card(), simulated=True)))
    again = replay_session(run.session)
    assert again["identical"] == again["cycles"] > 200


@pytest.mark.parametrize(("name", "file", "told"), [
    ("riemann", '""', "is missing; riemann needs the card"), ("index", "a.json", "is for a learned decoder"),
])
def test_a_protocol_names_a_card_where_it_needs_one_and_only_there(tmp_path: Path, name, file, told) -> None:
    (tmp_path / "p.yaml").write_text(SHORT.format(name=name, file=file))
    with pytest.raises(ProtocolError, match=told):
        load_protocol(tmp_path / "p.yaml")
