"""The music process: a real process, a real connection; the sound end is a fake of a few lines."""

from __future__ import annotations

import os
import signal
from multiprocessing import get_context
from multiprocessing.connection import Listener, wait

import psutil
import pytest

from generators.bars import Wish
from generators.link import Progress, Reach, decode_bars, decode_news, encode_progress, encode_reach
from generators.slot import WishSlot
from generators.worker import music_main
from loop.clock import SystemClock
from loop.inputs import ReportKind
from loop.values import Presence
from tests.generators.intents import intent_at
from tests.waiting import wait_for

SPAWN = get_context("spawn")
KEY = b"a key for one test"
WITHIN_S = 20.0
BAR_S = 3.0


def wish(presence=Presence.PLAYING, arousal=0.0):
    return Wish(intent_at(0.0, arousal), presence, calm=arousal < 0)


class FakeSound:
    """The sound's end of the bars link."""

    def __init__(self):
        self._listener = Listener(("127.0.0.1", 0), authkey=KEY)
        host, port = self._listener.address
        self.reach = Reach(host, port, KEY)
        self._link = None

    def answer(self):
        self._link = self._listener.accept()

    def ask(self, need, played=-1, queued=0, **more):
        self._link.send_bytes(encode_progress(Progress(need, played, queued, **more)))

    def bar(self):
        bar, = self.bars()
        return bar

    def bars(self):
        assert self._link.poll(WITHIN_S), "no bars came"
        return decode_bars(self._link.recv_bytes())

    def silent(self, for_s):
        return not self._link.poll(for_s)

    def close(self):
        if self._link is not None:
            self._link.close()
        self._listener.close()


class Music:
    """A real music process and the session's end of its pipe."""

    def __init__(self):
        self.pipe, theirs = SPAWN.Pipe()
        self.wishes = WishSlot(SPAWN)
        self.process = SPAWN.Process(target=music_main, args=(theirs, self.wishes, "rules", 7), daemon=True)
        self.process.start()
        theirs.close()

    def news(self):
        assert self.pipe.poll(WITHIN_S), "no news came"
        return decode_news(self.pipe.recv_bytes())

    def call(self, sound):
        self.pipe.send_bytes(encode_reach(sound.reach))
        sound.answer()


@pytest.fixture
def sound():
    end = FakeSound()
    yield end
    end.close()


@pytest.fixture
def music():
    end = Music()
    yield end
    end.pipe.close()
    end.process.join(WITHIN_S)
    assert end.process.exitcode == 0


def begin_with_two_bars(music, sound):
    music.wishes.write(wish(arousal=-1.0))
    music.call(sound)
    sound.ask(2)
    return [sound.bar() for _ in range(2)]


def test_a_wish_that_moves_while_a_bar_plays_is_heard_at_the_next_bar_line_and_the_latency_says_so(music, sound):
    assert music.news().kind is ReportKind.READY
    begin_with_two_bars(music, sound)
    began_s = SystemClock().now_s()
    sound.ask(1, played=0, queued=1, began_s=began_s, bar_s=BAR_S)
    assert sound.bar().index == 2
    music.wishes.write(wish(arousal=1.0))
    replaced = sound.bars()
    assert [(bar.index, bar.take) for bar in replaced] == [(1, 1), (2, 1)]
    assert SystemClock().now_s() < began_s + BAR_S
    sound.ask(1, played=1, queued=1, take=1, began_s=began_s + BAR_S, bar_s=BAR_S)
    assert sound.bar().index == 3
    news = music.news()
    assert news.kind is ReportKind.LATENCY
    assert BAR_S < news.number < 2 * BAR_S


def test_what_came_too_late_is_not_gone_on_from(music, sound):
    begin_with_two_bars(music, sound)
    began_s = SystemClock().now_s()
    sound.ask(1, played=0, queued=1, began_s=began_s, bar_s=BAR_S)
    sound.bar()
    music.wishes.write(wish(arousal=1.0))
    sound.bars()
    sound.ask(1, played=1, queued=1, take=0, began_s=began_s + BAR_S, bar_s=BAR_S)
    assert sound.bar().index == 3
    assert [(bar.index, bar.take) for bar in sound.bars()] == [(2, 2), (3, 2)]


def test_a_wish_that_stands_has_the_bars_stand(music, sound):
    begin_with_two_bars(music, sound)
    sound.ask(1, played=0, queued=1, began_s=SystemClock().now_s(), bar_s=1.0)
    sound.bar()
    assert sound.silent(1.2)


def test_it_sends_as_many_bars_as_it_is_asked_for_and_no_more(music, sound):
    music.wishes.write(wish())
    music.call(sound)
    sound.ask(2)
    assert [sound.bar().index for _ in range(2)] == [0, 1]
    assert sound.silent(0.3)
    sound.ask(1, played=0, queued=1)
    assert sound.bar().index == 2


def test_the_newest_wish_wins(music, sound):
    music.wishes.write(wish(arousal=-1.0))
    music.wishes.write(wish(arousal=1.0))
    music.call(sound)
    sound.ask(8)
    assert sum(len(sound.bar().notes) for _ in range(8)) > 8 * 9


def test_it_numbers_its_bars_from_where_another_left_off(music, sound):
    music.wishes.write(wish())
    music.call(sound)
    sound.ask(1, played=40, queued=1)
    assert sound.bar().index == 42


def test_it_waits_for_a_wish_and_for_presence(music, sound):
    music.call(sound)
    sound.ask(2)
    assert sound.silent(0.3)
    music.wishes.write(wish(Presence.SILENT))
    assert sound.silent(0.3)
    music.wishes.write(wish())
    assert [sound.bar().index for _ in range(2)] == [0, 1]


def test_an_ending_resolves_and_rests_until_the_music_is_wanted_again(music, sound):
    music.wishes.write(wish())
    music.call(sound)
    sound.ask(3)
    for _ in range(3):
        sound.bar()
    music.wishes.write(wish(Presence.ENDING))
    sound.ask(4)
    assert [sound.bar().last for _ in range(2)] == [False, True]
    assert sound.silent(0.3)
    music.wishes.write(wish())
    assert [sound.bar().last for _ in range(2)] == [False, False]


def test_it_goes_on_with_the_next_sound_process(music, sound):
    music.wishes.write(wish())
    music.call(sound)
    sound.ask(2)
    first = [sound.bar() for _ in range(2)]
    sound.close()
    other = FakeSound()
    try:
        music.call(other)
        other.ask(2)
        assert [other.bar().index for _ in range(2)] == [first[-1].index + 1, first[-1].index + 2]
    finally:
        other.close()


def test_an_address_where_nobody_listens_does_no_harm(music, sound):
    music.wishes.write(wish())
    gone = FakeSound()
    gone.close()
    music.pipe.send_bytes(encode_reach(gone.reach))
    music.call(sound)
    sound.ask(1)
    assert sound.bar().index == 0


def test_it_ignores_the_keyboards_interrupt(music, sound):
    assert music.news().kind is ReportKind.READY
    os.kill(music.process.pid, signal.SIGINT)
    music.wishes.write(wish())
    music.call(sound)
    sound.ask(1)
    assert sound.bar().index == 0


def test_it_ends_when_the_sessions_pipe_closes(sound):
    music = Music()
    assert music.news().kind is ReportKind.READY
    music.call(sound)
    music.pipe.close()
    music.process.join(WITHIN_S)
    assert music.process.exitcode == 0


def parent(report):
    music = Music()
    music.news()
    report.send(music.process.pid)
    wait([music.process.sentinel])


def test_it_ends_when_its_parent_is_killed():
    mine, theirs = SPAWN.Pipe()
    holder = SPAWN.Process(target=parent, args=(theirs,))
    holder.start()
    assert mine.poll(WITHIN_S)
    pid = mine.recv()
    holder.kill()
    holder.join(WITHIN_S)
    wait_for(lambda: not _alive(pid), WITHIN_S, "the end of the orphaned music process")


def _alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
