"""Real commands in real processes over real LSL, and what they left behind as numbers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyxdf
from numpy.typing import NDArray

from loop.inputs import CommandKind
from loop.values import Hold, Presence
from sessions.live.desk import RemoteDesk
from sessions.record.cycles import CODES, LABELS
from sessions.record.storage import RunFolder, find_run
from tests.waiting import wait_for

COMMAND = "import sys; from ui.cli import main; sys.exit(main())"
ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_S = 60.0             # imports, LSL and two spawned processes, while a dozen others start too
ENDS_WITHIN_S = 120.0
HOLDS = {int(code): Hold(word) for word, code in CODES["hold"].items()}
SILENT = CODES["presence"][Presence.SILENT.value]

# Short: 5 s until the check passes, 24 s of baseline, 18 s of music, 6 s back.
PROTOCOL = """\
version: 1
title: Short
stream: {query: type=EEG}
phases:
  - check_quality: {at_least: 0.8, wait_s: 30}
  - baseline: {eyes: closed, minutes: 0.4, clean_s: 20}
  - regulate: {minutes: 0.3, eyes: closed, towards: {valence: 0.4, arousal: -0.6}}
  - return_to_alert: {minutes: 0.1}
music: {generator: rules}
safety: {longest_minutes: 10, lost_after_s: 2, end_lost_after_s: 4}
"""


def own_name(what: str) -> str:
    """A stream's name that no other test, and no other run of the tests, uses."""
    return f"{what} {uuid.uuid4().hex[:8]}"


def written(folder: Path, text: str = PROTOCOL, **changes: str) -> Path:
    """Write a protocol; `changes` replace the values of keys in it."""
    for key, value in changes.items():
        text, count = re.subn(rf"\b{key}: [^,}}\n]+", f"{key}: {value}", text)
        assert count, key
    file = folder / "short.yaml"
    file.write_text(text)
    return file


class Process:
    """One process, with what it says in files."""

    def __init__(self, folder: Path, name: str, line: list[str]) -> None:
        self._out, self._err = folder / f"{name}.out", folder / f"{name}.err"
        surroundings = {**os.environ, "XDG_DATA_HOME": str(folder / "data"), "PYTHONUNBUFFERED": "1",
                        "XDG_CONFIG_HOME": str(folder / "config")}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                line, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=ROOT, env=surroundings)

    @property
    def said(self) -> str:
        return self._err.read_text()

    @property
    def json(self) -> dict[str, Any]:
        """The last line on stdout."""
        found: dict[str, Any] = json.loads(self._out.read_text().splitlines()[-1])
        return found

    def until_it_says(self, words: str, within_s: float = STARTS_WITHIN_S) -> None:
        wait_for(lambda: words in self.said or self.code is not None, within_s, f"{words!r}")
        assert words in self.said, f"it ended with {self.code}: {self.said}"

    @property
    def code(self) -> int | None:
        return self._process.poll()

    def ended(self, within_s: float = ENDS_WITHIN_S) -> int:
        """Wait for its end; return the exit code."""
        return self._process.wait(within_s)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> None:
        """Make sure that it is gone; politely first, so that its own children end too."""
        for number in (signal.SIGCONT, signal.SIGTERM):
            with suppress(ProcessLookupError):
                self._process.send_signal(number)
        try:
            self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Session(Process):
    """`euthymia run` or `demo`."""

    @property
    def run(self) -> RunFolder:
        found = re.search(r"^recording to (.+)$", self.said, re.MULTILINE)
        assert found, self.said
        return find_run(Path(found[1]))

    def until_the_phase(self, kind: str) -> None:
        words = {"baseline": "baseline in silence", "regulate": "music leads", "check_quality": "checking the signal"}
        self.until_it_says(words[kind], ENDS_WITHIN_S)

    @property
    def desk(self) -> RemoteDesk:
        return RemoteDesk(self.run.live, by="test")

    def asked(self, kind: CommandKind) -> None:
        desk = self.desk
        assert desk.stop() if kind is CommandKind.STOP else desk.send(kind)
        desk.close()


@dataclass
class Rig:
    """Starts commands, and ends those that still run."""

    folder: Path

    def __post_init__(self) -> None:
        self._processes: list[Process] = []

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-c", COMMAND, *map(str, words)]

    def process(self, *words: object) -> Process:
        return self._kept(Process(self.folder, self._next_name(), self.command(*words)))

    def module(self, name: str, *words: object) -> Process:
        return self._kept(Process(self.folder, self._next_name(), [sys.executable, "-m", name, *map(str, words)]))

    def play(self, file: Path, name: str, *options: object) -> Process:
        player = self.process("play", file, "--name", name, *options)
        player.until_it_says("streaming")
        return player

    def session(self, *words: object, sound: str = "off", unattended: bool = True) -> Session:
        options = ["--sound", sound, "--no-window", "--json", "--out", self.folder / "out"]
        options += ["--unattended"] * unattended
        line = self.command(*words, *options)
        session = Session(self.folder, self._next_name(), line)
        self._kept(session)
        return session

    def replayed(self, session: Session) -> dict[str, Any]:
        """Replay; the exit code must agree with what is said."""
        replay = self.process("replay", session.run.session, "--json")
        code = replay.ended()
        assert code in (0, 1), replay.said
        assert (code == 0) == (replay.json["first_difference"] is None)
        return replay.json

    def end(self) -> None:
        for process in self._processes:
            process.end()

    def _next_name(self) -> str:
        return f"process-{len(self._processes)}"

    def _kept(self, process: Process) -> Process:
        self._processes.append(process)
        return process


@contextmanager
def rig_in(folder: Path) -> Iterator[Rig]:
    folder.mkdir(parents=True, exist_ok=True)
    rig = Rig(folder)
    try:
        yield rig
    finally:
        rig.end()


class Record:
    """A session's XDF as `pyxdf` reads it: no clock is moved, no stamp evened out."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        streams, _ = pyxdf.load_xdf(str(run.xdf), synchronize_clocks=False, dejitter_timestamps=False)
        self._by_name = {stream["info"]["name"][0]: stream for stream in streams}
        self.names = tuple(self._by_name)
        self.eeg = next(stream for stream in streams if stream["info"]["type"][0] == "EEG")
        self.samples: NDArray[np.float32] = np.asarray(self.eeg["time_series"])
        self.stamps_s: NDArray[np.float64] = np.asarray(self.eeg["time_stamps"])

    @cached_property
    def cycles(self) -> NDArray[np.float64]:
        return np.asarray(self._by_name["cycles"]["time_series"])

    def of(self, label: str) -> NDArray[np.float64]:
        """One number of every cycle."""
        return self.cycles[:, LABELS.index(label)]

    @cached_property
    def holds(self) -> list[Hold]:
        return [HOLDS[int(code)] for code in self.of("status.hold")]

    @cached_property
    def inputs(self) -> list[dict[str, Any]]:
        return [json.loads(row[0]) for row in self._by_name["inputs"]["time_series"]]

    @cached_property
    def marks(self) -> list[tuple[float, dict[str, Any]]]:
        stream = self._by_name["markers"]
        return [(at, json.loads(row[0])) for at, row in zip(stream["time_stamps"], stream["time_series"], strict=True)]

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The source's events of one kind."""
        return [row for row in self.inputs if row["kind"] == "source" and row["what"] == kind]

    def mark_s(self, **facts: object) -> float:
        """When the first mark with these facts was set."""
        times = [at for at, mark in self.marks if facts.items() <= mark.items()]
        assert times, f"no mark {facts}"
        return float(times[0])

    def span_s(self, phase: str) -> tuple[float, float]:
        """Begin and end of a phase."""
        begins = [(at, mark["phase"]) for at, mark in self.marks if mark["mark"] == "phase"] + [(np.inf, "")]
        at = next(index for index, (_, name) in enumerate(begins) if name == phase)
        return begins[at][0], min(begins[at + 1][0], float(self.of("time_s")[-1]))
