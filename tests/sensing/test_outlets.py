"""The session's own streams: what it decided, under names that others can find."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pylsl
import pytest

from loop.inputs import Command, CommandKind, Tick
from loop.values import MODES, Affect, Control, Cycle, Hold, Intent, Moment, Presence, Status, Target
from sensing.outlets import AFFECT, MARKERS, MUSIC, Outlets, command_words, marker_words
from sensing.sources.headers import channels_of
from tests.waiting import wait_for


def cycle(index: int = 0, **status: object) -> Cycle:
    moment = Moment(5.0, 1, "regulate", "closed", 0.0, 60.0, False, Presence.PLAYING, True)
    plain = Status(moment, Hold.NONE, (), (), 0.01, 0, 0, 0, 0, 0, 0, 0.0)
    return Cycle(
        index, 100, 5.0 + index, 5.0, Affect(0.1, 0.2, 0.3, 0.4, 0.9, "index"), Target(0.5, -0.5, 0.2),
        Control(0.25, -0.25), Intent(72.0, 0.5, "Dorian", 2.0, 0.1, 0.3, -2.0, 0.6), replace(plain, **status),  # type: ignore[arg-type]
    )


def phase(kind: str, index: int, ended: str = "") -> Moment:
    return replace(cycle().status.moment, phase=kind, phase_index=index, ended=ended)


@pytest.fixture
def session_id() -> str:
    return uuid.uuid4().hex[:12]


@pytest.fixture
def outlets(session_id: str) -> Iterator[Outlets]:
    made = Outlets(session_id)
    yield made
    made.close()


def listen(name: str, session_id: str) -> tuple[pylsl.StreamInlet, list[str]]:
    (info,) = pylsl.resolve_byprop("source_id", f"{name}-{session_id}", timeout=5.0)
    inlet = pylsl.StreamInlet(info, recover=False)
    inlet.open_stream(5.0)
    return inlet, [channel.label for channel in channels_of(inlet.info(5.0).as_xml())]


def received(inlet: pylsl.StreamInlet) -> tuple[list[list[object]], list[float]]:
    samples: list[list[object]] = []
    stamps_s: list[float] = []

    def came() -> bool:
        new, times = inlet.pull_chunk(timeout=0.2)
        samples.extend(new)
        stamps_s.extend(times)
        return bool(samples) and not times

    wait_for(came, 5.0, "a sample")
    return samples, stamps_s


def test_every_cycle_is_a_sample_of_affect_and_of_music(outlets: Outlets, session_id: str) -> None:
    affect, affect_labels = listen(AFFECT, session_id)
    music, music_labels = listen(MUSIC, session_id)
    outlets.saw(Tick(5.0), [cycle(0), cycle(1, hold=Hold.BAD)])
    rows, stamps_s = received(affect)
    read = [dict(zip(affect_labels, row, strict=True)) for row in rows]
    assert stamps_s == [5.0, 6.0]
    assert [row["held"] for row in read] == [0.0, 1.0]
    first = [read[0][key] for key in ("valence", "arousal", "quality", "target_arousal")]
    assert np.allclose(first, [0.1, 0.2, 0.9, -0.5])
    row = dict(zip(music_labels, received(music)[0][0], strict=True))
    assert (row["tempo_bpm"], row["mode"], row["presence"]) == (72.0, MODES.index("Dorian"), 1.0)
    assert (row["loudness_db"], row["control_valence"], row["control_arousal"]) == (-2.0, 0.25, -0.25)


def test_markers_tell_phases_and_commands(outlets: Outlets, session_id: str) -> None:
    markers, labels = listen(MARKERS, session_id)
    outlets.saw(Tick(5.0), [cycle()])
    outlets.saw(Command(CommandKind.PAUSE, 5.5, by="window"), [])
    rows, stamps_s = received(markers)
    assert [row[0] for row in rows] == ["phase:regulate index:1 eyes:closed", "command:pause by:window"]
    assert (stamps_s, labels) == ([5.0, 5.5], ["event"])


def test_only_what_changed_is_marked() -> None:
    assert list(marker_words(cycle(0), cycle(1))) == []
    assert list(marker_words(cycle(0), cycle(1, hold=Hold.LATE))) == ["hold:late"]
    assert list(marker_words(cycle(0, hold=Hold.LATE), cycle(1))) == ["hold:none"]
    assert list(marker_words(cycle(0, alarms=("a", "b")), cycle(1, alarms=("b", "c")))) == ["alarm:c", "alarm-over:a"]
    assert list(marker_words(cycle(), cycle(1, moment=phase("end", 2)))) == ["phase:end index:2 eyes:closed"]
    assert list(marker_words(cycle(), cycle(1, moment=phase("regulate", 1, "stopped")))) == ["ended:stopped"]


def test_a_rating_is_marked_and_its_numbers_are_not() -> None:
    assert command_words(Command(CommandKind.RATE, 1.0, valence=3.0, arousal=7.0)) == "command:rate"


def test_a_closed_observer_takes_no_notice(session_id: str) -> None:
    outlets = Outlets(session_id)
    outlets.close()
    outlets.saw(Tick(1.0), [cycle()])
    assert pylsl.resolve_byprop("source_id", f"{AFFECT}-{session_id}", timeout=0.6) == []
