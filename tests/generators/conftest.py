"""A JACK server of one's own, where there is one to be had."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from generators.sound.ring import RATE_HZ


@dataclass(frozen=True)
class Server:
    """How the server runs: asked for by `parametrize("jackd", [Server(..)], indirect=True)`."""

    n_frames: int = 256
    rate_hz: int = RATE_HZ
    waits: bool = False            # for every client in every period: a busy machine loses no sound

    def __str__(self) -> str:
        return f"{self.n_frames} frames, {self.rate_hz} Hz"


@pytest.fixture
def jack_name(monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"euthymia-{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    return name


@pytest.fixture
def jackd(jack_name: str, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    if shutil.which("jackd") is None:
        pytest.skip("jackd is not installed: apt install jackd2")
    asked: Server = getattr(request, "param", Server())
    command = ["jackd", "--no-realtime", *(["--sync"] if asked.waits else []), "-n", jack_name, "-d", "dummy",
               "-r", str(asked.rate_hz), "-p", str(asked.n_frames)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield server
    server.terminate()
    server.wait(10)
