"""The simulated listener in memory: source, observer and desk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.clock import ManualClock
from loop.inputs import Chunk, CommandKind, Tick
from loop.values import Affect, Control, Cycle, Hold, Intent, Moment, Presence, Status, Target
from sensing.sources.headers import read_header
from sensing.sources.listener.person import mean_person, person_of
from sensing.sources.listener.scalp import labels_for
from sensing.sources.listener.source import TRANSPORT_S, ListenerSource

LABELS = labels_for(8)
EXCITING = Intent(107.0, 0.72, "Ionian", 3.0, 0.35, 0.60, 3.0, 0.65)
START_S = 100.0


def listener(kind: str = "drawn", seed: int = 1, rate_hz: float = 250.0) -> tuple[ListenerSource, ManualClock]:
    clock = ManualClock(START_S)
    return ListenerSource(person_of(kind, seed), clock, seed, LABELS, rate_hz), clock


def read_for(source: ListenerSource, clock: ManualClock, length_s: float) -> list[Chunk]:
    until_s, chunks = clock.now_s() + length_s, list[Chunk]()
    while clock.now_s() < until_s:
        chunks += source.read(min(until_s, clock.now_s() + 0.25), 63)
    return chunks


def cycle(phase: str, index: int, presence: Presence = Presence.SILENT, eyes: str = "closed") -> Cycle:
    moment = Moment(0.0, index, phase, eyes, 0.0, 60.0, False, presence, False)
    status = Status(moment, Hold.NONE, (), (), 0.0, 0, 0, 0, 0, 0, 0, 0.0)
    return Cycle(0, 0, 0.0, 0.0, Affect(0, 0, 1, 1, 1, "index"), Target(0, 0, 1), Control(0, 0), EXCITING, status)


def test_a_reading_ends_when_the_wanted_samples_have_arrived() -> None:
    source, clock = listener()
    (chunk,) = source.read(START_S + 10.0, 63)
    assert 63 <= len(chunk.samples) < 63 + 5
    assert chunk.time_s == clock.now_s() == pytest.approx(chunk.stamps_s[-1] + TRANSPORT_S)
    assert chunk.offset_s == 0.0


def test_a_reading_ends_at_its_time_with_what_is_there() -> None:
    source, clock = listener()
    assert source.read(START_S + 0.001, 63) == ()
    assert clock.now_s() == START_S + 0.001
    (chunk,) = source.read(START_S + 0.1, 1000)
    assert clock.now_s() == START_S + 0.1
    assert len(chunk.samples) == 20


def test_after_a_stall_all_that_was_sent_comes_at_once() -> None:
    source, clock = listener()
    clock.wait_until(START_S + 5.0)
    (chunk,) = source.read(clock.now_s(), 63)
    assert len(chunk.samples) > 1200
    assert chunk.time_s == START_S + 5.0


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.floats(0.0, 0.7), st.integers(0, 200)), min_size=1, max_size=15),
       st.sampled_from([128.0, 250.0, 256.0, 500.0]))
def test_the_way_of_reading_changes_no_sample(readings: Sequence[tuple[float, int]], rate_hz: float) -> None:
    source, clock = listener(rate_hz=rate_hz)
    chunks = [chunk for wait_s, n in readings for chunk in source.read(clock.now_s() + wait_s, n)]
    other, other_clock = listener(rate_hz=rate_hz)
    other_clock.wait_until(clock.now_s())
    expected = other.read(clock.now_s(), 1)
    for field in ("samples", "stamps_s"):
        got = [np.asarray(getattr(chunk, field)) for chunk in chunks]
        whole = [np.asarray(getattr(chunk, field)) for chunk in expected]
        assert len(got) == len(whole) == 0 or np.array_equal(np.concatenate(got), whole[0])


def test_stamps_are_even_and_arrays_are_closed_to_writing() -> None:
    source, clock = listener()
    chunks = read_for(source, clock, 3.0)
    stamps_s = np.concatenate([chunk.stamps_s for chunk in chunks])
    assert np.diff(stamps_s) == pytest.approx(1 / 250.0)
    assert not chunks[0].samples.flags.writeable
    assert chunks[0].samples.dtype == np.float32


def test_the_header_says_all_that_a_record_needs() -> None:
    header = listener()[0].header
    declared = read_header(header.xml).header
    assert (declared.labels, declared.units, declared.rate_hz) == (LABELS, ("microvolts",) * 8, 250.0)
    assert (declared.name, declared.kind, declared.dtype) == (header.name, "EEG", "float32")
    assert declared.reference == header.reference


def test_a_seed_is_a_session() -> None:
    first, again, other = (read_for(*listener(seed=seed), 2.0)[-1].samples for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_only_music_that_sounds_is_heard() -> None:
    ends = {}
    for presence in Presence:
        source, clock = listener("strong")
        source.saw(Tick(0.0), [cycle("regulate", 0, presence)])
        read_for(source, clock, 60.0)
        ends[presence] = source.latent.arousal[-1]
    assert ends[Presence.PLAYING] == ends[Presence.ENDING]
    assert ends[Presence.PLAYING] > ends[Presence.SILENT] + 0.2


def test_the_eyes_are_as_the_cycle_asks() -> None:
    source, clock = listener("strong")
    source.saw(Tick(0.0), [cycle("baseline", 0, eyes="open")])
    read_for(source, clock, 5.0)
    source.saw(Tick(0.0), [cycle("baseline", 1, eyes="closed")])
    read_for(source, clock, 5.0)
    assert source.latent.eyes_open[:18].all()
    assert source.latent.eyes_open[22:].mean() < 0.5


def test_the_truth_is_kept_for_the_whole_session() -> None:
    source, clock = listener()
    assert source.latent.time_s.size == 0
    read_for(source, clock, 10.0)
    truth = source.latent
    assert START_S < truth.time_s[0] < START_S + 0.3
    assert truth.time_s[-1] == pytest.approx(START_S + 10.0, abs=0.3)
    assert np.abs(truth.valence).max() <= 1.0
    assert truth.time_s.shape == truth.arousal.shape == truth.drowsiness.shape


def test_each_phase_of_rating_is_answered_once() -> None:
    source, clock = listener()
    assert source.answers() == ()
    source.saw(Tick(0.0), [cycle("rate", 2)])
    (answer,) = source.commands()
    assert (answer.kind, answer.by, answer.time_s) == (CommandKind.RATE, "listener", clock.now_s())
    assert 1.0 <= answer.valence <= 9.0 and 1.0 <= answer.arousal <= 9.0
    assert source.commands() == ()
    source.saw(Tick(0.0), [cycle("regulate", 3)])
    assert source.commands() == ()
    source.saw(Tick(0.0), [cycle("rate", 4)])
    assert len(source.commands()) == 1


def test_the_rate_of_the_mean_listener_is_whatever_the_amplifier_has() -> None:
    source = ListenerSource(mean_person(), ManualClock(), 0, LABELS, 512.0)
    assert source.header.rate_hz == 512.0
    assert len(source.read(1.0, 128)[0].samples) >= 128
