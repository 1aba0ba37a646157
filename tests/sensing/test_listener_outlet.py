"""The simulated listener in a process of its own, over real LSL."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import asdict, replace

import numpy as np
import psutil
import pylsl
import pytest

from loop.clock import SystemClock
from loop.errors import EuthymiaError
from loop.inputs import Tick
from loop.values import FloatArray, Intent, Presence
from sensing.outlets import Outlets
from sensing.sources.headers import read_header
from sensing.sources.listener.ear import MARKERS, Ear, eyes_from, intent_from
from sensing.sources.listener.outlet import OutletPlan, run_listener
from sensing.sources.listener.scalp import labels_for
from sensing.sources.streams import open_lsl
from tests.sensing.test_listener_source import EXCITING, cycle
from tests.waiting import wait_for

CONTEXT = multiprocessing.get_context("spawn")
STARTS_WITHIN_S = 30.0


def unique(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex[:10]}"


class Running:
    """A listener's process with an inlet on its stream."""

    def __init__(self, plan: OutletPlan) -> None:
        self.stop = CONTEXT.Event()
        self.process = CONTEXT.Process(target=run_listener, args=(plan, self.stop))
        self.process.start()
        open_lsl()
        found = pylsl.resolve_bypred(f"name='{plan.name}'", minimum=1, timeout=STARTS_WITHIN_S)
        assert found, "the listener's stream did not appear"
        self.inlet = pylsl.StreamInlet(found[0], recover=False, processing_flags=0)
        self.inlet.open_stream(timeout=5.0)

    def pull(self, n: int) -> tuple[FloatArray, FloatArray]:
        samples, stamps = list[list[float]](), list[float]()

        def enough() -> bool:
            more, their_stamps = self.inlet.pull_chunk(timeout=0.0)
            samples.extend(more)
            stamps.extend(their_stamps)
            return len(samples) >= n

        wait_for(enough, 10.0, f"{n} samples")
        return np.asarray(samples), np.asarray(stamps)

    def close(self) -> None:
        self.stop.set()
        self.process.join(10.0)
        if self.process.is_alive():
            self.process.kill()


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    listener = Running(OutletPlan(unique("listener"), seed=3, session_id=unique("session"), n_channels=12))
    yield listener
    listener.close()


def test_the_stream_describes_itself_completely(running: Running) -> None:
    header = read_header(running.inlet.info(timeout=5.0).as_xml()).header
    assert header.labels == labels_for(12)
    assert header.units == ("microvolts",) * 12
    assert (header.kind, header.rate_hz, header.dtype) == ("EEG", 250.0, "float32")
    assert header.reference and header.source_id


def test_it_streams_in_real_time_with_even_stamps(running: Running) -> None:
    running.pull(10)
    samples, stamps_s = running.pull(250)
    assert np.diff(stamps_s) == pytest.approx(1 / 250.0, abs=1e-6)
    assert abs(SystemClock().now_s() - stamps_s[-1]) < 0.5
    assert samples.shape[1] == 12
    assert 2.0 < np.diff(samples, axis=0).std() < 50.0


def test_interrupting_the_terminal_does_not_end_it(running: Running) -> None:
    assert running.process.pid is not None
    os.kill(running.process.pid, signal.SIGINT)
    running.inlet.flush()
    running.pull(125)
    assert running.process.is_alive()


def test_it_ends_when_it_is_told_to() -> None:
    listener = Running(OutletPlan(unique("listener")))
    listener.stop.set()
    listener.process.join(10.0)
    assert listener.process.exitcode == 0


def test_it_ends_when_its_parent_is_killed() -> None:
    name = unique("orphan")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT_OF_A_LISTENER, name], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    open_lsl()
    assert pylsl.resolve_bypred(f"name='{name}'", minimum=1, timeout=STARTS_WITHIN_S)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 10.0, "the end of the listener")


PARENT_OF_A_LISTENER = """
import multiprocessing, sys
from sensing.sources.listener.outlet import OutletPlan, run_listener
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=run_listener, args=(OutletPlan(sys.argv[1]),))
    process.start()
    print(process.pid, flush=True)
    process.join()
"""


@pytest.mark.parametrize(
    "plan", [OutletPlan("x", n_channels=3), OutletPlan("x", rate_hz=50.0), OutletPlan("x", kind="?")])
def test_a_plan_that_cannot_be_run_is_refused_before_anything_streams(plan: OutletPlan) -> None:
    with pytest.raises(EuthymiaError):
        run_listener(plan)


def test_from_a_shell_a_bad_wish_is_one_sentence_and_ctrl_c_ends_it() -> None:
    command = [sys.executable, "-m", "sensing.sources.listener.outlet", name := unique("shell")]
    refused = subprocess.run([*command, "--channels", "3"], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert "8 to 32" in refused.stderr and "Traceback" not in refused.stderr
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as streaming:
        open_lsl()
        assert pylsl.resolve_bypred(f"name='{name}'", minimum=1, timeout=STARTS_WITHIN_S)
        streaming.send_signal(signal.SIGINT)
        _, said = streaming.communicate(timeout=20.0)
    assert streaming.returncode == 0
    assert "Traceback" not in said


def test_the_ear_hears_its_own_session_only() -> None:
    session, other = unique("session"), unique("session")
    ours, theirs, ear = Outlets(session), Outlets(other), Ear(session)
    loud = cycle("regulate", 0, Presence.PLAYING)
    soft = replace(loud, intent=replace(EXCITING, loudness_db=-6.0))

    def heard() -> Intent | None:
        ours.saw(Tick(0.0), [loud])
        theirs.saw(Tick(0.0), [soft])
        return ear.intent

    try:
        wait_for(lambda: heard() is not None, 20.0, "music in the ear")
        assert ear.intent is not None
        assert ear.intent.mode == "Ionian"
        assert asdict(replace(ear.intent, mode="")) == pytest.approx(asdict(replace(loud.intent, mode="")))
        ours.saw(Tick(0.0), [cycle("regulate", 0, Presence.SILENT)])
        wait_for(lambda: ear.intent is None, 5.0, "silence in the ear")
        wait_for(lambda: heard() is not None, 5.0, "music again")
        ours.close()
        wait_for(lambda: ear.intent is None, 10.0, "silence after the session's end")
    finally:
        ear.close()
        ours.close()
        theirs.close()


def test_the_ear_learns_from_a_marker_what_is_asked_of_the_eyes() -> None:
    session = unique("session")
    outlet = pylsl.StreamOutlet(
        pylsl.StreamInfo(MARKERS, "Markers", 1, pylsl.IRREGULAR_RATE, "string", f"{MARKERS}-{session}"))
    ear = Ear(session)

    def asked(marker: str) -> str:
        outlet.push_sample([marker])
        return ear.eyes

    try:
        wait_for(lambda: asked("phase:baseline eyes:closed") == "closed", 20.0, "closed eyes")
        asked("alarm:stalled")
        wait_for(lambda: asked("phase:baseline eyes:open") == "open", 5.0, "open eyes")
    finally:
        ear.close()


def test_the_ear_understands_the_sessions_own_markers() -> None:
    session = unique("session")
    outlets, ear = Outlets(session), Ear(session)
    phases = itertools.count()

    def asked(eyes: str) -> str:
        outlets.saw(Tick(0.0), [cycle("baseline", next(phases), eyes=eyes)])
        return ear.eyes

    try:
        wait_for(lambda: asked("closed") == "closed", 20.0, "closed eyes")
        wait_for(lambda: asked("open") == "open", 5.0, "open eyes")
    finally:
        ear.close()
        outlets.close()


def test_markers_that_are_no_phase_ask_nothing_of_the_eyes() -> None:
    assert eyes_from("hold:bad") is None
    assert eyes_from("command:pause:terminal") is None
    assert eyes_from("phase:regulate index:3 eyes:closed") == "closed"
    assert eyes_from("phase:rate index:3 eyes:") == ""
    assert eyes_from("") is None


def test_half_a_sample_of_music_is_silence() -> None:
    whole = {**asdict(EXCITING), "mode": 4.0, "presence": 1.0}
    assert intent_from(whole) == EXCITING
    assert intent_from({**whole, "presence": 2.0}) == EXCITING
    assert intent_from({**whole, "presence": 0.0}) is None
    assert intent_from({**whole, "tempo_bpm": float("nan")}) is None
    assert intent_from({"presence": 1.0}) is None
