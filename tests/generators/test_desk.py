"""Who composes, and the beat clock that plays: whatever is wished, replaced and late, what is heard follows on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from generators.bars import Bar, Wish
from generators.catalog import load
from generators.desk import Desk
from generators.link import BARS_AHEAD
from generators.sound.sequencer import Played, Sequencer
from loop.values import Presence
from tests.generators.intents import intent_at, points
from tests.generators.test_sequencer import BAR_S

RATE_HZ = 1000                     # of a sequencer that plays to nobody
FEW_S = BAR_S / 5


def wish(valence=0.0, arousal=0.0, presence=Presence.PLAYING):
    return Wish(intent_at(valence, arousal), presence, calm=arousal < 0)


class Chain:
    """Composes bars that say which bar they follow: what a composer's memory is for."""

    def begin(self, seed, index):
        return index, "the beginning"

    def compose(self, wish, state):
        index, before = state
        name = f"{before.split('<')[0]}"
        bar = Bar(index, (), f"{index}@{wish.intent.density:.2f}<{name}", 0, 0)
        return bar, (index + 1, bar.mode)


def name(bar):
    return bar.mode.split("<")[0]


def follows(bar):
    return bar.mode.split("<")[1]


def heard(desk, *, at, wishes):
    """Return a desk that owes nothing, after bars for some wishes."""
    desk.credit(len(wishes), at)
    return [desk.bar(one) for one in wishes]


def test_a_desk_owes_what_it_was_asked_for():
    desk = Desk(load("rules"), seed=1)
    assert [bar.index for bar in heard(desk, at=5, wishes=[wish()] * 3)] == [5, 6, 7]
    assert desk.bar(wish()) is None


def test_a_desk_that_never_played_has_nothing_to_end():
    desk = Desk(load("rules"), seed=1)
    desk.credit(2, next_index=0)
    assert desk.bar(wish(presence=Presence.ENDING)) is None
    assert desk.owed == 2


def test_what_is_composed_anew_is_what_would_have_been_composed_for_the_new_wish_at_once():
    late, at_once = (Desk(load("rules"), seed=1) for _ in range(2))
    heard(late, at=0, wishes=[wish(0.5, -0.8)] * 4)
    late.began(1, 0)
    anew = late.again(wish(0.5, 0.8))
    straight = heard(at_once, at=0, wishes=[wish(0.5, -0.8)] * 2 + [wish(0.5, 0.8)] * 2)[2:]
    assert [replace(bar, take=0) for bar in anew] == straight
    assert {bar.take for bar in anew} == {1}


def test_a_bar_that_begins_a_phrase_is_composed_anew_in_the_new_mode_and_one_within_a_phrase_stands():
    desk = Desk(load("rules"), seed=3)
    turned = replace(wish(0.1), intent=replace(wish(0.1).intent, mode="Ionian"))
    bars = heard(desk, at=0, wishes=[wish(0.1)] * 13)
    n_openings = 0
    for before, bar in pairwise(bars):
        desk.began(before.index, before.take)
        anew = desk.again(turned)
        assert bool(anew) == bar.phrase_start
        if anew:
            n_openings += 1
            assert (anew[0].phrase_start, anew[0].mode) == (True, "Ionian")
            assert bar.mode == "Mixolydian"
            desk.began(bar.index, bar.take)
            assert not desk.again(wish(0.1))
            continue
    assert n_openings >= 1


def test_an_ending_is_not_kept_waiting_by_the_bars_that_wait():
    desk = Desk(load("rules"), seed=1)
    heard(desk, at=0, wishes=[wish()] * 4)
    desk.began(1, 0)
    assert [bar.last for bar in desk.again(wish(presence=Presence.ENDING))] == [False, True]
    desk.credit(1, 0)
    assert desk.bar(wish(presence=Presence.ENDING)) is None


def test_music_that_is_leaving_composes_nothing_anew():
    desk = Desk(load("rules"), seed=1)
    heard(desk, at=0, wishes=[wish()] * 3)
    assert desk.again(wish(arousal=1.0, presence=Presence.SILENT)) == ()


def test_after_a_replacement_that_came_too_late_the_old_bars_are_gone_on_from():
    desk = Desk(Chain(), seed=1)
    bars = heard(desk, at=0, wishes=[wish()] * 3)
    desk.began(0, 0)
    desk.again(wish(arousal=1.0))
    desk.began(1, 0)
    desk.credit(1, 0)
    assert follows(desk.bar(wish(arousal=1.0))) == name(bars[2])
    anew = desk.again(wish(arousal=1.0))
    assert follows(anew[0]) == name(bars[1])


@dataclass
class Stage:
    """A desk and a sequencer with a link between that may take its time: what is sent arrives later."""

    desk: Desk
    sequencer: Sequencer = field(default_factory=lambda: Sequencer(0, RATE_HZ))
    down: deque[tuple[Bar, ...]] = field(default_factory=deque)
    up: deque[Played] = field(default_factory=deque)
    played: list[Played] = field(default_factory=list)
    sent: set[int] = field(default_factory=set)           # takes

    def __post_init__(self):
        self.sequencer.wake()
        self.desk.credit(BARS_AHEAD, 0)
        self.compose(wish())
        self.carry_down()

    def go(self, seconds):
        self.sequencer.advance(int(seconds * RATE_HZ))
        new = self.sequencer.played()
        self.played += new
        self.up.extend(one for one in new if not one.fallback)

    def carry_down(self):
        while self.down:
            self.sequencer.offer(*self.down.popleft())

    def carry_up(self):
        while self.up:
            begun = self.up.popleft()
            self.desk.began(begun.bar.index, begun.bar.take)
            self.desk.credit(1, 0)

    def compose(self, wish):
        while self.desk.owed:
            self.down.append((self.desk.bar(wish),))

    def replace(self, wish):
        bars = self.desk.again(wish)
        if bars:
            self.down.append(bars)
            self.sent.add(bars[0].take)


@dataclass(frozen=True)
class Round:
    """About one bar: what is wished, and what hangs meanwhile."""

    point: tuple[float, float]
    hears: bool                    # the composer is told what began
    composes: bool                 # ... and composes what it owes
    delivers: bool                 # what was composed arrives before the time goes on
    share: float                   # of a bar, by which it goes on


LIKELY = st.sampled_from((True, True, True, False))
SHARES = st.sampled_from((0.3, 1.0, 1.0, 2.2))
ROUNDS = st.lists(st.builds(Round, points, LIKELY, LIKELY, st.booleans(), SHARES), max_size=16)


def performed(composer, rounds):
    stage = Stage(Desk(composer, seed=5))
    for one in rounds:
        if one.hears:
            stage.carry_up()
        if one.composes:
            stage.compose(wish(*one.point))
        stage.replace(wish(*one.point))
        if one.delivers:
            stage.carry_down()
        stage.go(one.share * BAR_S)
    return stage


@given(ROUNDS)
@settings(deadline=None, max_examples=200)
def test_whatever_is_wished_replaced_and_late_every_bar_is_played_once_in_order_and_follows_on_the_one_before(rounds):
    stage = performed(Chain(), rounds)
    own = [one.bar for one in stage.played if not one.fallback]
    assert [bar.index for bar in own] == list(range(len(own)))
    for before, bar in pairwise(own):
        assert follows(bar) == name(before)
    frames = [one.frame for one in stage.played]
    assert all(after - before <= BAR_S * RATE_HZ + 2 for before, after in pairwise(frames))
    if stage.played:
        assert stage.sequencer.frame - frames[-1] <= BAR_S * RATE_HZ + 2


def test_replacements_that_arrive_are_played_and_those_that_do_not_are_not():
    for delivers in (True, False):
        rounds = [Round((0.0, (-0.8, 0.8)[at % 2]), True, True, delivers, share)
                  for at, share in enumerate((0.5, *[1.0] * 6))]
        stage = performed(Chain(), rounds)
        played = stage.sent & {one.bar.take for one in stage.played}
        assert len(stage.sent) >= 3
        assert len(played) >= 3 if delivers else not played


@given(ROUNDS)
@settings(deadline=None, max_examples=25)
def test_the_rules_never_play_a_bar_twice_in_a_row_and_turn_only_where_a_phrase_begins(rounds):
    own = [one.bar for one in performed(load("rules"), rounds).played if not one.fallback]
    for before, bar in pairwise(own):
        assert bar.index == before.index + 1
        assert bar.notes != before.notes
        assert (bar.mode, bar.tonic) == (before.mode, before.tonic) or bar.phrase_start


@given(st.lists(points, min_size=1, max_size=12))
@settings(deadline=None, max_examples=25)
def test_as_long_as_what_is_sent_arrives_before_the_bar_line_nothing_is_late(course):
    stage = Stage(Desk(Chain(), seed=5))
    for point in course:
        stage.go(BAR_S - FEW_S)
        stage.carry_up()
        stage.compose(wish(*point))
        stage.replace(wish(*point))
        stage.carry_down()
        assert stage.sequencer.queued == BARS_AHEAD or len(stage.played) < 1
        stage.go(FEW_S)
    assert not [one for one in stage.played if one.fallback]
    assert len(stage.played) >= len(course)
