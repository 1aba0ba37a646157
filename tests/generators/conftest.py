"""A JACK server of one's own, where there is one to be had."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator

import pytest

from generators.sound.ring import RATE_HZ


@pytest.fixture
def jack_name(monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"euthymia-{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    return name


@pytest.fixture
def jackd(jack_name: str) -> Iterator[subprocess.Popen[bytes]]:
    if shutil.which("jackd") is None:
        pytest.skip("jackd is not installed: apt install jackd2")
    command = ["jackd", "--no-realtime", "-n", jack_name, "-d", "dummy", "-r", str(RATE_HZ), "-p", "256"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield server
    server.terminate()
    server.wait(10)
