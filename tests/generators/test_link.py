from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.link import (
    News,
    Progress,
    Reach,
    decode_bars,
    decode_news,
    decode_progress,
    decode_reach,
    encode_bars,
    encode_news,
    encode_progress,
    encode_reach,
)
from loop.errors import SoundError
from loop.inputs import ReportKind
from tests.generators.intents import intent_at, piece, seeds

few = settings(deadline=None, max_examples=20)


@given(seeds)
@few
def test_a_bar_arrives_as_it_was_sent(seed):
    for bar in piece(intent_at(0, 0), seed, 3):
        assert decode_bars(encode_bars((bar, bar))) == (bar, bar)


@given(st.integers(0, 9), st.integers(-1, 9999), st.integers(0, 9))
@few
def test_progress_arrives_as_it_was_sent(need, played, queued):
    progress = Progress(need, played, queued, take=need, began_s=played / 7, bar_s=1 / (queued + 1))
    assert decode_progress(encode_progress(progress)) == progress


@given(st.binary(max_size=64))
@few
def test_an_address_arrives_as_it_was_sent(key):
    reach = Reach("127.0.0.1", 4711, key)
    assert decode_reach(encode_reach(reach)) == reach


def test_news_arrive_as_they_were_sent():
    news = News(ReportKind.LATENCY, 6.5)
    assert decode_news(encode_news(news)) == news


@pytest.mark.parametrize("message", [b"", b"\xff\x00", b"[]", b"{}", b'{"bars":3}', b'{"progress":{"need":1}}'])
def test_rubbish_is_refused_in_one_sentence(message):
    with pytest.raises(SoundError, match="bars link"):
        decode_bars(message)


def test_before_the_first_bar_no_time_is_told():
    told = decode_progress(encode_progress(Progress(2)))
    assert math.isnan(told.began_s)
    assert math.isnan(told.bar_s)
