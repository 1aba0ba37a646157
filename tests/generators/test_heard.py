"""The latency that the session is told is that of what is heard: the stream's while it plays, else the composer's."""

from __future__ import annotations

from generators.heard import HeardLatency
from loop.inputs import ReportKind
from loop.values import NAN


def told(*news):
    """Return the latencies that the session is told; `news` are (of stream, kind, number, text)."""
    seen = []

    def add(kind, frame=-1, number=NAN, text=""):
        seen.append((kind, number))

    heard = HeardLatency("musicgen", add)
    for of_stream, kind, number, text in news:
        (heard.of_stream if of_stream else heard.of_composer)(kind, number=number, text=text)
    assert len([kind for kind, _ in seen if kind is not ReportKind.LATENCY]) == len(
        [kind for _, kind, _, _ in news if kind is not ReportKind.LATENCY])
    return [number for kind, number in seen if kind is ReportKind.LATENCY]


COMPOSES = (False, ReportKind.READY, NAN, "rules")
PLAYS = (True, ReportKind.READY, NAN, "musicgen")
FAILS = (True, ReportKind.READY, NAN, "rules")


def composer(latency_s):
    return (False, ReportKind.LATENCY, latency_s, "")


def stream(latency_s):
    return (True, ReportKind.LATENCY, latency_s, "")


def test_a_composer_that_is_heard_is_planned_with():
    assert told(COMPOSES, composer(6.0), composer(7.0)) == [6.0, 7.0]


def test_beneath_a_stream_the_composer_is_not_planned_with():
    assert told(COMPOSES, composer(6.0), PLAYS, stream(9.0), composer(5.0), stream(10.0)) == [6.0, 9.0, 10.0]


def test_when_the_stream_fails_the_composers_newest_latency_holds_again():
    assert told(COMPOSES, composer(6.0), PLAYS, stream(9.0), composer(5.0), FAILS) == [6.0, 9.0, 5.0]


def test_a_stream_that_never_played_leaves_the_composers_latency_alone():
    assert told(COMPOSES, composer(6.0), FAILS, composer(7.0)) == [6.0, 7.0]


def test_what_a_stream_said_before_it_is_heard_holds_from_then_on():
    assert told(COMPOSES, composer(6.0), stream(9.0), composer(5.0), PLAYS, composer(4.0)) == [6.0, 5.0, 9.0]
