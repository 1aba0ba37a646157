"""Music faster than time: a wish that moves is heard at the bar line at which a session would hear it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generators.bars import Bar, Wish
from generators.catalog import load
from generators.piece import Alone, composing
from generators.render import blocks
from generators.revision import EARLY_S, OFFLINE_LEAD_S
from generators.sound.loudness import as_played
from generators.sound.player import BLOCK_FRAMES, BLOCK_S
from generators.sound.ring import RATE_HZ
from generators.sound.sequencer import Sequencer
from loop.values import Presence
from tests.generators.intents import intent_at
from tests.generators.test_sequencer import BAR_S

LOOK_S = OFFLINE_LEAD_S + EARLY_S  # before a bar line
THEN = Wish(replace(intent_at(0.0, -0.8), tempo_bpm=78.0), Presence.PLAYING)
NOW = replace(THEN, intent=replace(intent_at(0.0, 0.8), tempo_bpm=78.0))


class FakePlayer:
    """A sequencer that nobody hears."""

    def __init__(self):
        self.sequencer = Sequencer(0)
        self.sequencer.wake()
        self.offer = self.sequencer.offer

    @property
    def queued(self):
        return self.sequencer.queued

    @property
    def frame(self):
        return self.sequencer.frame

    def wish(self, wish):
        pass


class FakeStudio:
    """What `blocks` needs of a studio."""

    def __init__(self):
        self.player = FakePlayer()

    def block(self):
        return self.player.sequencer.advance(BLOCK_FRAMES)


def played(step_s, n_bars=8, desk=None):
    studio = FakeStudio()
    course = blocks(studio, desk or composing("rules", 4), lambda at_s: NOW if at_s >= step_s else THEN)
    for _ in range(int(n_bars * BAR_S / BLOCK_S)):
        next(course)
    return studio.player.sequencer.played()


def first_other(step_s):
    """Return the first bar line at which the music is other than without the step, in bars."""
    pairs = zip(played(1e9), played(step_s), strict=True)
    return next(round(plain.frame / RATE_HZ / BAR_S) for plain, other in pairs
                if plain.bar.density != other.bar.density)


@pytest.mark.parametrize("before_look_s", [0.1, 1.0])
def test_a_wish_that_moves_before_the_look_is_heard_at_the_next_bar_line(before_look_s):
    assert first_other(4 * BAR_S - LOOK_S - before_look_s) == 4


@pytest.mark.parametrize("after_look_s", [0.1, 1.0])
def test_one_that_moves_after_the_look_is_heard_a_bar_later(after_look_s):
    assert first_other(4 * BAR_S - LOOK_S + after_look_s) == 5


def test_the_same_wishes_give_the_same_music():
    assert played(9.0) == played(9.0)


class Counting(Alone):
    """Counts what is composed anew."""

    anew = 0

    def again(self, wish):
        bars = super().again(wish)
        self.anew += len(bars)
        return bars


def test_a_wish_that_stands_composes_nothing_twice_and_one_that_steps_once_composes_two_bars_anew():
    for step_s, anew in ((1e9, 0), (9.0, 2)):
        desk = Counting(load("rules"), 4)
        assert not [one for one in played(step_s, desk=desk) if one.fallback]
        assert desk.anew == anew


def test_the_level_makes_good_what_the_bar_that_plays_lacks_and_not_what_is_wished():
    bar = Bar(0, (), "Dorian", 0, 0, density=0.2, register_semitones=-3.0)
    heard = as_played(NOW, bar)
    assert (heard.intent.density, heard.intent.register_semitones) == (0.2, -3.0)
    assert replace(heard, intent=NOW.intent) == NOW
    assert as_played(NOW, replace(bar, density=None)) == NOW
