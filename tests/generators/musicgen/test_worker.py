"""The MusicGen process's loop: paced by what lies ready, judged by its real-time factor, over when the session is."""

from __future__ import annotations

from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.link import decode_news
from generators.musicgen.pace import MOST_SHARE, Pace
from generators.musicgen.ports import ModelFacts
from generators.musicgen.stream import MusicStream, StreamSettings
from generators.musicgen.worker import StreamWorker
from generators.slot import WishSlot
from generators.sound.feed import BEGIN_S, PcmFeed
from generators.sound.ring import RATE_HZ
from generators.tries import AGAIN_S, FORGIVEN_S, Tries
from loop.inputs import ReportKind
from tests.generators import scenes

SPAWN = get_context("spawn")
HOP_S = 4.0
NEWS_S = 0.5                        # what is told may have moved by 5 % since, and the stream by its joins
MOST_POLLS = 100_000                # no test of a loop may last for ever


class SlowClock:
    """A clock that only rendering moves on."""

    now = 0.0

    def __init__(self):
        self.listen = lambda: None

    def spend(self, seconds):
        self.now += seconds
        self.listen()

    def now_s(self):
        return self.now

    def wait_until(self, time_s):
        self.now = max(self.now, time_s)


class Session:
    """The session's end, gone after `lasts_s`; what lies ready is heard as the clock moves on, `listens` or not."""

    def __init__(self, clock, feed, lasts_s, listens, wish_of_time=lambda now_s: None):
        self._wish_of_time = wish_of_time
        self.heard = []                # (time, frames heard so far)
        self._clock, self._feed, self._lasts_s, self._listens = clock, feed, lasts_s, listens
        self._heard_s = self._polls = 0
        self.news = []
        clock.listen = self._listen

    def poll(self, timeout_s):
        self._polls += 1
        assert self._polls < MOST_POLLS, "the worker asks for ever"
        self._clock.spend(timeout_s)
        return self._clock.now >= self._lasts_s

    def _listen(self):
        n_frames = int((self._clock.now - self._heard_s) * RATE_HZ)
        self._heard_s += n_frames / RATE_HZ
        if self._feed.open and self._listens:
            taken = self._feed.take(np.zeros((n_frames, 2), dtype=np.float32))
            self.heard.append((self._clock.now, taken + (self.heard[-1][1] if self.heard else 0)))
        self._wish_of_time(self._clock.now)

    def send_bytes(self, message):
        self.news.append(decode_news(message))


class Swell:
    """A model that plays a swelling noise, `factor` times as long as it lasts by the clock that it is given."""

    facts = ModelFacts("swell", 25.0, 1, 8, 32_000, 1, (0,), 30.0)

    def __init__(self, clock, factor):
        self._clock, self._hops, self.fast_from = clock, 0, None
        self._factor = factor if callable(factor) else lambda hop: factor

    def words(self, text):
        import torch

        if "very fast" in text and self.fast_from is None:
            self.fast_from = self._hops            # the first hop that was told so
        return torch.zeros(2, 4)

    def continuing(self, told):
        from contextlib import nullcontext

        import torch

        return nullcontext(lambda columns: torch.zeros(2, 1, 8))

    def decode(self, tokens):
        self._clock.spend(self._factor(self._hops) * HOP_S)
        self._hops += 1
        n_samples = tokens.shape[1] * 1280
        noise = np.convolve(np.random.default_rng(self._hops).standard_normal(n_samples), np.ones(200) / 14, "same")
        return (0.05 * noise * (1 + 0.8 * np.sin(np.arange(n_samples) / 9000)))[None].astype(np.float32)


def worked(factor, lasts_s, listens=True):
    """Let a worker play to a session of `lasts_s`; return why it gave up, feed and news."""
    clock, feed, wishes = SlowClock(), PcmFeed(SPAWN), WishSlot(SPAWN)
    session = Session(clock, feed, lasts_s, listens)
    wishes.write(scenes.wish())
    stream = MusicStream(Swell(clock, factor), StreamSettings(hop_s=HOP_S))
    why = StreamWorker(session, wishes, feed, stream, clock).run("musicgen", 1)
    return why, feed, session.news


def test_it_is_heard_once_a_warm_hop_was_fast_enough():
    why, feed, news = worked(0.2, 30.0)
    assert why == ""
    assert feed.open
    assert [piece.text for piece in news if piece.kind is ReportKind.READY] == ["musicgen"]
    latencies = [piece.number for piece in news if piece.kind is ReportKind.LATENCY]
    assert latencies and all(HOP_S <= latency_s < 3 * HOP_S for latency_s in latencies)


@pytest.mark.parametrize("factor", [0.05, 0.4, 0.7])
@given(st.floats(16.0, 24.0))
@settings(max_examples=3, deadline=None)
def test_a_new_wish_is_heard_within_the_latency_that_was_told_and_not_a_hop_before(factor, asked_s):
    clock, feed, wishes = SlowClock(), PcmFeed(SPAWN), WishSlot(SPAWN)
    model = Swell(clock, factor)

    def wish_of_time(now_s):
        wishes.write(scenes.wish(tempo_bpm=132.0 if now_s >= asked_s else 60.0))

    session = Session(clock, feed, 45.0, True, wish_of_time)
    wish_of_time(0.0)
    StreamWorker(session, wishes, feed, MusicStream(model, StreamSettings(hop_s=HOP_S)), clock).run("musicgen", 1)
    first = model.fast_from * HOP_S * RATE_HZ
    heard_s = next(now_s - (n_frames - first) / RATE_HZ for now_s, n_frames in session.heard if n_frames > first)
    told_s = [piece.number for piece in session.news if piece.kind is ReportKind.LATENCY][-1]
    assert told_s - HOP_S - NEWS_S <= heard_s - asked_s <= told_s + NEWS_S


def test_enough_lies_ready_when_it_says_that_it_is_heard():
    _, feed, _ = worked(0.2, 10.0, listens=False)
    assert feed.ready / RATE_HZ >= BEGIN_S


def replaced(news):
    return [piece.text for piece in news if piece.kind is ReportKind.REPLACED]


def test_one_that_is_a_little_too_slow_is_tried_again_after_each_rest_and_then_left():
    why, feed, news = worked(MOST_SHARE + 0.05, 5000.0)
    assert "takes 0.8 s for a second of music, and 0.8 is the most" in why or "takes 0.9 s" in why
    assert not feed.open and feed.ready == 0
    assert not any(piece.kind is ReportKind.READY and piece.text == "musicgen" for piece in news)
    assert [f"tries again in {rest_s:g} s" in line for rest_s, line in zip(AGAIN_S, replaced(news), strict=True)] == [
        True] * len(AGAIN_S)
    assert sum("tries again; " in piece.text for piece in news if piece.kind is ReportKind.NOTE) == len(AGAIN_S)


def test_one_without_hope_gives_up_at_once_and_is_never_heard():
    why, feed, news = worked(15.0, 5000.0)
    assert "takes 15.0 s for a second of music" in why
    assert not feed.open and news == []


def test_hops_slower_than_it_may_begin_with_but_in_time_are_played_on():
    why, feed, news = worked(lambda hop: 0.75 if hop < 4 else 0.95, 400.0)
    assert why == "" and feed.open and replaced(news) == []


def test_one_that_falls_behind_while_it_is_heard_rests_and_comes_back():
    why, feed, news = worked(lambda hop: 1.6 if hop == 4 else 0.3, 300.0)
    (line,) = replaced(news)
    assert why == "" and feed.open
    assert '"musicgen" fell behind: it took 1.6 s for a second of music' in line.replace("the composer ", "")
    assert f"tries again in {AGAIN_S[0]:g} s" in line
    heard = [piece.text for piece in news if piece.kind is ReportKind.READY]
    assert heard[0] == "musicgen" and heard[1] == "rules" and heard[-1] == "musicgen"


def test_a_session_that_ends_while_it_rests_is_left_at_once():
    why, feed, news = worked(MOST_SHARE + 0.2, 4 * HOP_S + AGAIN_S[0] / 2)
    assert why == "" and len(replaced(news)) == 1 and not feed.open


@pytest.mark.parametrize(("heard_s", "n_tries"), [(0.0, len(AGAIN_S)), (FORGIVEN_S - 1, len(AGAIN_S)),
                                                  (FORGIVEN_S, 50)])
def test_tries_are_counted_but_for_who_was_heard_long(heard_s, n_tries):
    tries = Tries()
    rests = [tries.again_in_s(heard_s) for _ in range(50)]
    assert sum(rest_s is not None for rest_s in rests) == n_tries
    assert rests[:len(AGAIN_S)] == list(AGAIN_S) if n_tries < 50 else set(rests) == {AGAIN_S[0]}


def test_a_slow_hop_among_fast_ones_is_a_hiccup():
    pace = Pace()
    for factor in (9.0, 9.0, 0.3, 0.3):
        assert not pace.fast_enough
        pace.take(factor)
        assert not pace.too_slow
    assert pace.fast_enough


def test_what_is_heard_never_runs_dry():
    _, feed, _ = worked(0.5, 60.0)
    assert feed.open and feed.ready > 0


def test_it_ends_within_a_step_when_the_session_is_gone():
    why, feed, _ = worked(0.2, 0.0)
    assert why == "" and feed.ready == 0
