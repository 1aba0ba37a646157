from dataclasses import replace
from itertools import pairwise

import pytest

from loop.inputs import Command, CommandKind, Report, ReportKind, Tick
from loop.schedule import Phase, Progress, Rules, Schedule
from loop.values import Presence, Target

CALM = Target(0.4, -0.6, 0.2)
RULES = Rules(longest_s=2400.0, end_lost_after_s=60.0)
GOOD = Progress(quality=0.95, clean_s=1000.0)
PHASES = (
    Phase("check_quality", at_least=0.8, wait_s=20.0),
    Phase("baseline", 30.0, "closed", clean_s=20.0, scale=True),
    Phase("rate"),
    Phase("regulate", 60.0, "closed", CALM),
    Phase("rate"),
    Phase("regulate", 60.0, "closed", CALM),
    Phase("transfer", 30.0, "closed"),
    Phase("return_to_alert", 20.0, "open", Target(0.3, 0.2, 0.2)),
)


def walk(schedule, until_s, progress=GOOD, start_s=0.0, commands=()):
    moments, k, waiting = [], 0, list(commands)
    while (now := start_s + k * 0.25) <= until_s:
        while waiting and waiting[0].time_s <= now:
            moments.append(schedule.take(replace(waiting.pop(0), time_s=now), progress))
        moments.append(schedule.take(Tick(now), progress))
        k += 1
    return moments


def order(moments):
    seen = []
    for moment in moments:
        if not seen or seen[-1] != moment.phase_index:
            seen.append(moment.phase_index)
    return seen


ALONE = Command(CommandKind.UNATTENDED, 0.0)


def test_an_unattended_session_walks_through_every_phase_and_completes():
    moments = walk(Schedule(PHASES, RULES), 300.0, commands=[ALONE])
    assert moments[-1].ended == "complete"
    kinds = [PHASES[i].kind for i in order(moments)]
    assert [k for k in kinds if k != "rate"] == [p.kind for p in PHASES if p.kind != "rate"]


def test_phases_last_as_long_as_they_say():
    moments = walk(Schedule(PHASES, RULES), 300.0, commands=[ALONE])
    times = [m.time_s for m in moments if m.phase_index == 3]
    assert times[-1] - times[0] == pytest.approx(60.0, abs=0.5)


def test_inputs_out_of_order_lengthen_and_shorten_no_phase():
    schedule, moments = Schedule(PHASES, RULES), []
    schedule.take(ALONE, GOOD)
    for k in range(1200):
        moments.append(schedule.take(Tick(k * 0.25), GOOD))
        moments.append(schedule.take(Report(ReportKind.LEVEL, k * 0.25 - 0.1, number=-23.0), GOOD))
    times = [m.time_s for m in moments if m.phase_index == 3]
    assert times[-1] - times[0] == pytest.approx(60.0, abs=0.5)
    assert all(a.time_s <= b.time_s for a, b in pairwise(moments))


def test_a_rating_waits_for_the_person_and_goes_on_when_it_is_given():
    rated = Command(CommandKind.RATE, 60.0, valence=5, arousal=6)
    moments = walk(Schedule(PHASES, RULES), 70.0, commands=[rated])
    assert moments[-1].phase == "regulate"
    assert max(m.time_s for m in moments if m.phase_index == 2) >= 59.5


def test_baselines_and_checks_are_silent_and_regulation_plays():
    for moment in walk(Schedule(PHASES, RULES), 300.0, commands=[ALONE]):
        if moment.phase in ("baseline", "check_quality", "transfer"):
            assert moment.presence is Presence.SILENT
        if moment.phase_index == 3:
            assert moment.presence is Presence.PLAYING


def test_music_resolves_before_it_leaves_and_not_before_a_rating_between_two_phases():
    moments = walk(Schedule(PHASES, RULES), 300.0, commands=[ALONE])
    last = [m for m in moments if m.phase_index == 5]
    assert last[-1].presence is Presence.ENDING
    assert last[0].presence is Presence.PLAYING


def test_bad_signal_ends_the_session_after_its_wait():
    moments = walk(Schedule(PHASES, RULES), 40.0, Progress(quality=0.3))
    assert moments[-1].ended == "quality"
    assert next(m.time_s for m in moments if m.ended) == pytest.approx(20.25, abs=0.3)


def test_a_baseline_waits_for_clean_data_and_gives_up_after_twice_its_length():
    moments = walk(Schedule(PHASES, RULES), 120.0, Progress(quality=0.9, clean_s=8.0), commands=[ALONE])
    assert moments[-1].ended == "baseline"
    assert 60.0 <= next(m.time_s for m in moments if m.ended) <= 63.0


def test_a_pause_stops_the_phases_clock_and_the_music():
    pause, go = Command(CommandKind.PAUSE, 45.0), Command(CommandKind.RESUME, 55.0)
    moments = walk(Schedule(PHASES, RULES), 70.0, commands=[ALONE, pause, go])
    held = [m for m in moments if m.paused]
    assert {m.elapsed_s for m in held} == {held[0].elapsed_s}
    assert all(m.presence is Presence.SILENT for m in held)
    assert moments[-1].elapsed_s == pytest.approx(moments[-1].time_s - 10.0 - 31.25, abs=0.6)


def test_a_lost_source_pauses_but_the_music_stays():
    schedule = Schedule(PHASES, RULES)
    walk(schedule, 50.0, commands=[ALONE])
    moments = walk(schedule, 60.0, replace(GOOD, lost=True, lost_for_s=5.0), start_s=50.0)
    assert all(m.paused for m in moments)
    assert moments[-1].presence is Presence.PLAYING


def test_an_unattended_session_gives_a_lost_source_up_and_an_attended_one_waits():
    for alone, ended in ((True, "lost"), (False, "")):
        schedule = Schedule(PHASES, RULES)
        walk(schedule, 10.0, commands=[ALONE] if alone else [])
        gone = replace(GOOD, lost=True, lost_for_s=61.0)
        assert walk(schedule, 12.0, gone, start_s=10.25)[-1].ended == ended


def test_stop_ends_and_nothing_starts_again_after_it():
    stop, go = Command(CommandKind.STOP, 40.0), Command(CommandKind.RESUME, 41.0)
    moments = walk(Schedule(PHASES, RULES), 45.0, commands=[ALONE, stop, go])
    assert moments[-1].ended == "stop"
    assert moments[-1].presence is Presence.SILENT


def test_skip_leaves_the_phase():
    moments = walk(Schedule(PHASES, RULES), 6.0, commands=[Command(CommandKind.SKIP, 5.0)])
    assert moments[-1].phase == "rate"


def test_no_session_is_longer_than_its_longest():
    moments = walk(Schedule(PHASES, replace(RULES, longest_s=50.0)), 60.0)
    assert moments[-1].ended == "longest"


def test_worsening_ratings_end_the_session():
    schedule = Schedule((Phase("rate"), Phase("rate"), Phase("rate"), Phase("rate")), RULES)
    for k, valence in enumerate((6, 3, 3)):
        moment = schedule.take(Command(CommandKind.RATE, float(k), valence=valence, arousal=5), GOOD)
    assert moment.ended == "mood"


def test_a_sound_process_lost_twice_pauses_the_session():
    schedule = Schedule(PHASES, RULES)
    walk(schedule, 50.0, commands=[ALONE])
    assert schedule.take(Report(ReportKind.LOST, 51.0, number=2, text="sound"), GOOD).paused
