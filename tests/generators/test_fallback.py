"""A composer that cannot play is replaced by the rules, which go on where it left off."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import Pipe

import pytest
from hypothesis import given, settings

from generators import catalog, fallback
from generators.catalog import Row, load
from generators.fallback import LATE_BARS, RULES, Chosen, Patience, choose, coming_back, following, going_on
from generators.link import decode_news, encode_reach
from generators.rules.compose import compose
from generators.rules.harmony import SCALES
from generators.rules.state import RulesState
from generators.tries import AGAIN_S
from generators.worker import MusicWorker
from loop.clock import ManualClock
from loop.errors import EuthymiaError
from loop.inputs import ReportKind
from tests.generators.intents import intent_at, piece, points, seeds
from tests.generators.test_worker import WITHIN_S, FakeSound, wish

few = settings(deadline=None, max_examples=15)


def pitch_classes(key):
    return {(key.tonic + step) % 12 for step in SCALES[key.mode]}


@given(points, seeds)
@few
def test_the_rules_go_on_in_the_key_and_with_the_voices_of_the_bar_before(point, seed):
    *_, before = piece(intent_at(*point), seed, 5)
    state = following(before, seed)
    bar, _ = compose(intent_at(*point), state)
    assert bar.index == before.index + 1
    assert len(pitch_classes(bar) & pitch_classes(before)) >= 6
    pads = [sorted(note.pitch for note in one.notes if note.voice == "pad" and note.onset_eighths == onset)
            for one, onset in ((before, 0.0), (bar, 0.0))]
    assert all(abs(new - old) <= 9 for old, new in zip(*pads, strict=True))


def test_after_a_bar_without_notes_the_rules_begin_as_if_nothing_had_sounded():
    *_, before = piece(intent_at(0, 0), 1, 2)
    silent = type(before)(before.index, (), before.mode, before.tonic, 0)
    bar, _ = compose(intent_at(0, 0), following(silent, 1))
    assert bar.tonic == before.tonic


def test_after_a_composer_that_plans_like_the_rules_its_own_plan_goes_on():
    class Memory:
        plan = RulesState.begin(3, 9)

    *_, before = piece(intent_at(0, 0), 1, 2)
    assert going_on(Memory(), before, 1) is Memory.plan
    assert going_on(object(), before, 1) == following(before, 1)


def rows(monkeypatch, place):
    table = (*catalog.ROWS, Row("other", place, "torch", "a composer"))
    monkeypatch.setattr(fallback, "find", lambda name: catalog.find(name, table))
    monkeypatch.setattr(fallback, "load", lambda name: catalog.load(name, table))


def test_a_composer_whose_part_is_missing_is_replaced_and_the_sentence_gives_its_install_line(monkeypatch):
    rows(monkeypatch, "a_module_that_nobody_has:make")
    chosen = choose("other")
    assert chosen.name == RULES
    assert isinstance(chosen.composer.begin(1, 0), RulesState)
    assert "pip install 'euthymia[torch]'" in chosen.why
    assert chosen.why.endswith('the composer "rules" plays instead')


def test_a_composer_that_breaks_while_it_is_loaded_is_replaced(monkeypatch):
    monkeypatch.setitem(sys.modules, "a_broken_module", type(sys)("a_broken_module"))
    sys.modules["a_broken_module"].make = lambda: (_ for _ in ()).throw(OSError("libtorch is of another machine"))
    rows(monkeypatch, "a_broken_module:make")
    assert "libtorch is of another machine" in choose("other").why


def test_a_composer_that_is_there_is_who_was_asked_for():
    assert choose("rules").why == ""


def test_an_unknown_composer_is_nobodys_to_replace():
    with pytest.raises(EuthymiaError, match="no generator"):
        choose("nobody")


def test_one_slow_bar_is_forgiven_and_several_in_a_row_are_not():
    patience = Patience("other")
    slow = [patience.lost(2.5, 3.0) for _ in range(LATE_BARS - 1)]
    assert patience.lost(0.1, 3.0) == ""
    slow += [patience.lost(2.5, 3.0) for _ in range(LATE_BARS)]
    assert [bool(why) for why in slow] == [False] * (2 * LATE_BARS - 2) + [True]
    assert "2.5 s for a bar of 3.0 s" in slow[-1]


def test_there_is_nobody_behind_the_rules():
    patience = Patience(RULES)
    assert not any(patience.lost(9.0, 3.0) for _ in range(9))


class Slow:
    """The rules, played by somebody who needs ten seconds a bar, for the first so many bars."""

    def __init__(self, clock, bars=1000):
        self._rules, self._clock, self._left = load(RULES), clock, bars

    def begin(self, seed, index):
        return self._rules.begin(seed, index)

    def compose(self, wish, state):
        if self._left > 0:
            self._left -= 1
            self._clock.wait_until(self._clock.now_s() + 10.0)
        bar, state = self._rules.compose(wish, state)
        return replace(bar, generator="slow"), state


class Told:
    """A slot that always holds one wish."""

    def read(self):
        return wish()


@pytest.fixture
def stage():
    """A worker with somebody slow, who plays for a sound; both ends as the test sees them."""
    clock, sound = ManualClock(), FakeSound()
    mine, theirs = Pipe()
    running = []

    def begin(bars):
        worker = MusicWorker(theirs, Told(), Chosen("other", Slow(clock, bars)), 7, clock)
        running.append(threading.Thread(target=_run, args=(worker,), daemon=True))
        running[0].start()
        mine.send_bytes(encode_reach(sound.reach))
        sound.answer()
        return clock, sound, mine

    yield begin
    mine.close()
    running[0].join(WITHIN_S)
    sound.close()
    assert not running[0].is_alive()


def news_of(pipe, n):
    return [decode_news(pipe.recv_bytes()) for _ in range(n)]


def test_a_composer_that_does_not_keep_up_is_replaced_while_it_plays(stage):
    clock, sound, session = stage(1000)
    sound.ask(8)
    assert [sound.bar().index for _ in range(8)] == list(range(8))
    assert clock.now_s() == pytest.approx(10.0 * LATE_BARS)
    replaced, ready = news_of(session, 2)
    assert (replaced.kind, ready.kind, ready.text) == (ReportKind.REPLACED, ReportKind.READY, RULES)
    assert replaced.text.endswith(f"tries again in {AGAIN_S[0]:g} s")


def test_it_comes_back_after_a_rest_and_goes_on_in_the_next_bar(stage):
    clock, sound, session = stage(LATE_BARS)
    sound.ask(LATE_BARS + 1)
    played = [sound.bar() for _ in range(LATE_BARS + 1)]
    news_of(session, 2)
    clock.wait_until(clock.now_s() + AGAIN_S[0])
    sound.ask(3)
    played += [sound.bar() for _ in range(3)]
    note, ready = news_of(session, 2)
    assert [bar.generator for bar in played] == ["slow"] * LATE_BARS + [RULES] + ["slow"] * 3
    assert [bar.index for bar in played] == list(range(LATE_BARS + 4))
    assert (note.kind, ready.kind, ready.text) == (ReportKind.NOTE, ReportKind.READY, "other")


def test_who_is_slow_every_time_is_left_in_the_end(stage):
    clock, sound, session = stage(1000)
    said = []
    for n_news, rest_s in zip((2, *[4] * len(AGAIN_S)), (*AGAIN_S, 0.0), strict=True):
        sound.ask(LATE_BARS)
        assert {sound.bar().generator for _ in range(LATE_BARS)} == {"slow"}
        said += [one.text for one in news_of(session, n_news) if one.kind is ReportKind.REPLACED]
        clock.wait_until(clock.now_s() + rest_s)
    sound.ask(2)
    assert [sound.bar().generator for _ in range(2)] == [RULES] * 2
    assert ["tries again" in line for line in said] == [True] * len(AGAIN_S) + [False]


def test_who_plans_like_the_rules_comes_back_with_its_motifs():
    @dataclass(frozen=True)
    class Memory:
        plan: RulesState
        motif: str

    plan = RulesState.begin(3, 12)
    composer = load(RULES)
    assert coming_back(composer, Memory(RulesState.begin(3, 9), "a tune"), plan) == Memory(plan, "a tune")
    assert coming_back(composer, object(), plan).index == 12


def _run(worker):
    with suppress(EOFError, OSError):
        worker.run()
