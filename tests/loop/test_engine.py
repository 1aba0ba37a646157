from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.clock import ManualClock
from loop.control.helm import Helm
from loop.control.regulate import Gains, Regulate
from loop.engine import Engine, Stages, Steering
from loop.errors import RecordError
from loop.inputs import Chunk, Command, CommandKind, Report, ReportKind, SideChunk, SideEvent, SourceKind, Tick
from loop.intent import IntentMap
from loop.runner import Beside, Ends, Runner
from loop.schedule import Phase, Rules, Schedule
from loop.values import Hold, Presence, Target, read_only
from loop.watch import Watch
from tests.fakes import RATE_HZ, FakeDecoder, FakeDesk, FakeJournal, FakeMusic, FakeRecut, FakeSource, FakeStages, chunk

PHASES = (Phase("regulate", 600.0, "closed", Target(0.4, -0.6, 0.2)),)


def engine(phases=PHASES):
    every = FakeStages()
    stages = Stages(FakeRecut(), every, every, every, every, FakeDecoder())
    steering = Steering(Schedule(phases, Rules(2400.0, 60.0)), Helm(Regulate(Gains())), IntentMap())
    return Engine(stages, steering, Watch(30.0))


def session(until_s, silent=(), commands=(), value=0.2):
    clock = ManualClock(0.0)
    journal, music, said = FakeJournal(), FakeMusic(), []
    stop = Command(CommandKind.STOP, until_s)
    desk = FakeDesk(clock, [*commands, stop])
    ends = Ends(FakeSource(clock, silent, value), journal, music, [desk], Beside([], said.append), clock)
    Runner(engine(), ends).run()
    return journal


def test_a_steady_stream_gives_a_decision_every_hop():
    journal = session(20.0)
    assert len(journal.cycles) == pytest.approx(80, abs=1)
    assert all(c.status.hold is Hold.NONE for c in journal.cycles)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 39), st.sampled_from(SourceKind)), max_size=12))
def test_nothing_that_happens_beside_the_eeg_changes_a_cycle(events):
    def lived(events):
        one, cycles = engine(), []
        for k in range(40):
            cycles += one.step(chunk(10, (k + 1) * 0.1, value=k / 40))
            now_s = (k + 1) * 0.1 + 0.05
            for _ in (at for at, _ in events if at == k):
                cycles += one.step(SideChunk(0, read_only(np.full((3, 1), np.nan)), read_only(np.zeros(3)), 0.0, now_s))
            for kind in (kind for at, kind in events if at == k):
                cycles += one.step(SideEvent(0, kind, now_s))
        return cycles

    assert repr(lived(events)) == repr(lived([]))


def test_every_input_is_journalled_before_it_is_stepped():
    journal = session(5.0)
    samples = sum(len(i.samples) for i in journal.items if isinstance(i, Chunk))
    assert samples >= journal.cycles[-1].sample_count


def test_what_cannot_be_written_is_not_stepped():
    class Full(FakeJournal):
        def input(self, item):
            raise RecordError("the disk is full")

    clock, music = ManualClock(0.0), FakeMusic()
    ends = Ends(FakeSource(clock), Full(), music, [], Beside([], print), clock)
    with pytest.raises(RecordError):
        Runner(engine(), ends).run()
    assert music.played == []


def test_the_same_inputs_give_the_same_cycles_to_the_last_bit():
    pause, go = Command(CommandKind.PAUSE, 6.0), Command(CommandKind.RESUME, 8.0)
    journal = session(40.0, silent=[(10.0, 15.0)], commands=[pause, go])
    again = engine()
    cycles = [cycle for item in journal.items for cycle in again.step(item)]
    assert repr(cycles) == repr(journal.cycles)


def test_silence_is_held_within_three_quarters_of_a_second_and_alarms_within_one_and_a_quarter():
    cycles = session(20.0, silent=[(10.0, 15.0)]).cycles
    last_fresh = max(c.time_s for c in cycles if c.time_s < 10.0)
    held = next(c.time_s for c in cycles if c.status.hold is Hold.NO_DATA)
    alarmed = next(c.time_s for c in cycles if "stalled" in c.status.alarms)
    assert held - last_fresh <= 0.75 + 0.25
    assert held - 10.0 <= 0.75
    assert alarmed - 10.0 <= 1.25
    assert max(c.status.stalls for c in cycles) == 1


def test_held_cycles_move_nothing_and_grow_less_sure():
    cycles = [c for c in session(20.0, silent=[(10.0, 15.0)]).cycles if c.status.hold is Hold.NO_DATA]
    assert len({(c.control.valence, c.control.arousal) for c in cycles}) == 1
    sds = [c.affect.arousal_sd for c in cycles]
    assert sds == sorted(sds) and sds[-1] > sds[0]


def test_a_lost_source_pauses_after_its_limit_and_goes_on_after_one_clean_window():
    cycles = session(80.0, silent=[(10.0, 50.0)]).cycles
    lost = [c for c in cycles if c.status.hold is Hold.LOST]
    assert lost[0].time_s == pytest.approx(40.0, abs=0.6)
    assert lost[-1].status.moment.paused
    assert lost[-1].status.moment.presence is Presence.PLAYING
    assert "source_lost" in lost[-1].status.alarms
    after = [c for c in cycles if c.time_s > 51.0]
    assert after[-1].status.hold is Hold.NONE
    assert sum(c.status.hold is Hold.RETURNING for c in cycles) >= 1


def test_a_backlog_never_reaches_the_music():
    one = engine()
    for k in range(8):
        one.step(chunk(25, (k + 1) * 0.25))
    before = one.step(Tick(2.01))
    backlog = one.step(chunk(1000, 12.0, value=800.0))
    assert before == []
    assert [c.status.hold for c in backlog[:-3]] == [Hold.LATE] * (len(backlog) - 3)
    assert len({c.control.arousal for c in backlog[:-3]}) == 1
    assert backlog[-1].status.late == len(backlog) - 3


def test_stamps_that_cannot_be_true_fall_back_to_arrival():
    one = engine()
    recut = one._stages.recutter
    recut.take = lambda c: [replace(b, newest_s=float("nan")) for b in FakeRecut.take(recut, c)]
    cycles = [c for k in range(8) for c in one.step(chunk(25, (k + 1) * 0.25))]
    assert all(c.status.hold is Hold.NONE and "clock" in c.status.alarms[-1:] for c in cycles[1:])
    backlog = one.step(chunk(1000, 12.0))
    assert backlog[0].status.hold is Hold.LATE


def test_an_artefact_is_held_and_told_after_four_seconds():
    one = engine()
    for k in range(20):
        cycles = one.step(chunk(25, (k + 1) * 0.25, value=950.0))
    assert cycles[-1].status.hold is Hold.BAD
    assert "bad_signal" in cycles[-1].status.alarms
    assert cycles[-1].status.faults == ("amplitude",)


def test_a_failing_observer_is_dropped_and_named_and_the_loop_goes_on():
    class Broken:
        def saw(self, item, cycles):
            raise ValueError("no screen")

        def close(self):
            pass

    said = []
    beside = Beside([Broken()], said.append)
    beside.saw(Tick(0.0), [])
    beside.saw(Tick(0.25), [])
    assert len(said) == 1 and "Broken" in said[0] and "no screen" in said[0]


def test_underruns_and_lost_workers_are_counted_and_told():
    one = engine()
    one.step(Report(ReportKind.UNDERRUN, 0.1, number=3))
    one.step(Report(ReportKind.LOST, 0.2, number=1, text="music"))
    cycles = one.step(chunk(25, 0.25))
    assert cycles[0].status.underruns == 3
    assert {"underrun", "music_lost"} <= set(cycles[0].status.alarms)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30))
@settings(deadline=None)
def test_how_a_stream_is_cut_changes_no_affect(cuts):
    values = np.sin(np.arange(sum(cuts)) / 7.0)[:, None] * np.ones(2)
    stamps = np.arange(len(values)) / RATE_HZ
    whole, parts, at = [], [], 0
    one, other = engine(), engine()
    for n in cuts:
        cut = slice(at, at + n)
        part = Chunk(read_only(values[cut].copy()), read_only(stamps[cut].copy()), 0.0, float(stamps[at + n - 1]))
        parts += [(c.affect, c.control) for c in one.step(part)]
        at += n
    for k in range(len(values)):
        row = Chunk(read_only(values[k:k + 1].copy()), read_only(stamps[k:k + 1].copy()), 0.0, float(stamps[k]))
        whole += [(c.affect, c.control) for c in other.step(row)]
    assert whole == parts
