import io
import threading

import pytest

from loop.clock import ManualClock
from loop.inputs import Command, CommandKind, Report, ReportKind, Tick
from loop.values import Hold
from tests.fakes import chunk
from tests.loop.test_engine import PHASES, engine
from tests.sessions.record_parts import cycle
from ui.terminal import Terminal, parse_line

KEYS = [("p\n", CommandKind.PAUSE), (" R ", CommandKind.RESUME), ("q", CommandKind.STOP)]


@pytest.mark.parametrize(("line", "kind"), KEYS)
def test_a_letter_is_a_command(line, kind):
    meant = parse_line(line, 3.0)
    assert isinstance(meant, Command)
    assert meant.kind is kind


def test_two_numbers_are_a_rating():
    meant = parse_line("6 4\n", 3.0)
    assert isinstance(meant, Command)
    assert (meant.kind, meant.valence, meant.arousal) == (CommandKind.RATE, 6.0, 4.0)


@pytest.mark.parametrize("line", ["0 4", "6", "6 10", "six four", "6 4 2", "¹ ²"])
def test_what_means_nothing_is_answered_with_what_would(line):
    assert "1-9" in parse_line(line, 0.0)


def test_phases_holds_and_alarms_are_said_once_each():
    said, one = [], engine()
    view = Terminal(PHASES, ManualClock(), said.append)
    for k in range(40):
        item = chunk(25, (k + 1) * 0.25, value=950.0 if k > 8 else 0.0)
        view.saw(item, one.step(item))
    assert sum("music leads" in line for line in said) == 1
    assert sum("held for 4 s" in line and "amplitude" in line for line in said) == 1
    assert sum("alarm: the signal has been bad" in line for line in said) == 1


class Keys(io.StringIO):
    """A keyboard on which this was typed."""

    def isatty(self):
        return True


def test_a_typed_q_stops_at_once_and_waits_for_no_step():
    stopped = threading.Event()
    Terminal(PHASES, ManualClock(), [].append, Keys("p\nq\n"), stopped.set)
    assert stopped.wait(5.0)


def test_what_the_music_has_to_say_is_said_and_is_no_alarm():
    said, one = [], engine()
    view = Terminal(PHASES, ManualClock(), said.append)
    note = Report(ReportKind.NOTE, 0.1, text="musicgen is loading its model")
    view.saw(note, one.step(note))
    item = chunk(25, 0.25)
    cycles = one.step(item)
    view.saw(item, cycles)
    assert note.text in said
    assert cycles[-1].status.alarms == ()


def test_that_another_composes_is_said_with_the_reason():
    said, one = [], engine()
    view = Terminal(PHASES, ManualClock(), said.append)
    report = Report(ReportKind.REPLACED, 0.1, text='the composer "symbolic" cannot be had: no weights')
    view.saw(report, one.step(report))
    item = chunk(25, 0.25)
    view.saw(item, one.step(item))
    assert report.text in said
    assert sum("the rule-based composer plays instead" in line for line in said) == 1


def test_what_is_held_is_named_when_it_is_not_all():
    said = []
    view = Terminal(PHASES, ManualClock(), said.append)
    for k in range(20):
        view.saw(Tick(k * 0.25), [cycle(k, k * 0.25, hold=Hold.DROWSY)])
    assert "arousal held for 4 s: drowsy?" in said
