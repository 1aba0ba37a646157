"""A JACK server without a sound card, for the soaks: `jackd -d dummy` at 48 kHz, with its log."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generators.sound.ring import RATE_HZ
from loop.clock import SystemClock

PERIOD_FRAMES = 256                # where no other is asked for
WORD = "period="
START_S = 1.0
SERVER_ITSELF = "the server's own timer"


@contextmanager
def jack_server(*, realtime: bool, n_frames: int = PERIOD_FRAMES) -> Iterator[Path]:
    """Run the server, named to all that is started within; yield its log.

    Parameters
    ----------
    realtime : bool
        Whether server and clients ask for real-time scheduling, as JACK does by itself.
    n_frames : int
        The server's period.
    """
    name = f"euthymia-soak-{os.getpid()}"
    os.environ["JACK_DEFAULT_SERVER"], os.environ["JACK_NO_START_SERVER"] = name, "1"
    scheduling = "--realtime" if realtime else "--no-realtime"
    command = ["jackd", scheduling, "-n", name, "-d", "dummy", "-r", str(RATE_HZ), "-p", str(n_frames)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "jackd.log"
        with log.open("wb") as out:
            server = subprocess.Popen(command, stdout=out, stderr=out)
            clock = SystemClock()
            clock.wait_until(clock.now_s() + START_S)
            try:
                yield log
            finally:
                server.terminate()
                server.wait()


def asked_period(words: list[str]) -> int:
    """Return the frames of a command line's `period=1024`."""
    return next((int(word.removeprefix(WORD)) for word in words if word.startswith(WORD)), PERIOD_FRAMES)


def xruns(log: Path, begins_at: int = 0) -> Counter[str]:
    """Count the log's xruns by who was late: a client, or the server's own timer before any client."""
    said = log.read_text(errors="replace")[begins_at:]
    return Counter(re.findall(r"client = (\w+) was not finished", said)
                   + [SERVER_ITSELF] * len(re.findall(r"Process XRun", said)))
