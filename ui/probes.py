"""Probes that may crash, hang or chatter: each runs in a process of its own and answers with one line of JSON.

A missing display aborts a Qt process, and a sound library may write to the terminal from C; neither may do so to
the program that asks.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

LONGEST_S = 20.0


def probe(name: str) -> dict[str, Any]:
    """Run one probe in its own process; ``{"error": ...}`` where it did not answer."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", __file__, name], capture_output=True, text=True, timeout=LONGEST_S, check=False,
            stdin=subprocess.DEVNULL, errors="replace",
        )
    except subprocess.TimeoutExpired:
        return {"error": f"no answer within {LONGEST_S:g} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return {"error": f"ended with {done.returncode}: {last}"}
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def _sound() -> dict[str, Any]:
    import pyo

    names, _ = pyo.pa_get_output_devices()
    return {"version": pyo.PYO_VERSION, "devices": list(names)}


def _jack() -> dict[str, Any]:
    import jack

    try:
        client = jack.Client("euthymia-doctor", no_start_server=True)
    except jack.JackError:
        return {"error": "no JACK server runs"}
    try:
        return {"rate_hz": client.samplerate, "period_frames": client.blocksize}
    finally:
        client.close()


def _display() -> dict[str, Any]:
    from PySide6 import __version__
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication([])
    return {"platform": app.platformName(), "version": __version__}


_PROBES: dict[str, Callable[[], dict[str, Any]]] = {"sound": _sound, "jack": _jack, "display": _display}

if __name__ == "__main__":
    try:
        said = _PROBES[sys.argv[1]]()
    except (ImportError, OSError) as error:
        said = {"error": str(error)}
    sys.stdout.write("\n" + json.dumps(said) + "\n")
