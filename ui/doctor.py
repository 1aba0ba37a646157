"""What works on this machine, and how to get what does not."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from generators.sound.jack_output import misfit
from generators.sound.mix import LEVEL_LUFS
from loop.errors import EuthymiaError
from sessions.sound_calibration import calibrations_file, read_calibrations
from ui.probes import probe

OLDEST_PYTHON = (3, 11)
LSL_WAIT_S = 3.0
SAMPLE = 42.0
OPTIONAL = (
    # part, distribution, what it is for, how to get it
    ("torch", "torch", "learned decoders and MusicGen", 'pip install "torch>=2.6,<2.14"'),
    ("boards", "brainflow", "headsets that speak no LSL", 'pip install "brainflow>=5.12" "setuptools<81"'),
    ("MusicGen", "audiocraft", "music by a large model",
     'pip install "euthymia[musicgen]", then pip install --no-deps audiocraft==1.3.0'),
)
METHODS = {"meter": "by a sound level meter", "sensitivity": "from a data sheet"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: whether it works, and what to do where it does not."""

    part: str
    works: bool
    detail: str
    remedy: str = ""
    needed: bool = True            # False: sessions run without it


def examine(say: Callable[[str], None], model: Path | None = None) -> Iterator[Finding]:
    """Try each part in turn; `say` hears what is being tried. `model` is a folder of MusicGen's weights."""
    for name, part in _PARTS.items():
        say(f"trying {name}")
        yield part()
    for name, distribution, purpose, line in OPTIONAL:
        yield _optional(name, distribution, purpose, line)
    yield from sound_calibrations(calibrations_file())
    if model is not None:
        yield from _weights(model)


def sound_calibrations(file: Path) -> Iterator[Finding]:
    """Say for each output that this user has calibrated its level and the day, or that there is none."""
    try:
        kept = read_calibrations(file)
    except EuthymiaError as error:
        yield Finding("sound calibrations", False, error.what, error.remedy, needed=False)
        return
    if not kept:
        yield Finding("sound calibrations", False, "none kept: no sound dose is estimated", "euthymia calibrate-sound",
                      needed=False)
    for output, one in sorted(kept.items()):
        note = f"; {one.note}" if one.note else ""
        yield Finding(f"sound calibration of {output}", True, f"{one.dba_at_usual:.1f} dB(A) at {LEVEL_LUFS:g} LUFS, "
                      f"{METHODS[one.method]}, {one.made}{note}", needed=False)


def _weights(folder: Path) -> Iterator[Finding]:
    """Say for each format that a folder may hold which files are missing."""
    from generators.musicgen.checkpoints import LICENCE
    from generators.musicgen.needs import NEEDED, missing_files

    for row in NEEDED:
        lacking = missing_files(row, folder)
        detail = f"{folder}: lacks {', '.join(lacking)}" if lacking else f"{folder}: all files are there; {LICENCE}"
        yield Finding(f"weights for {row}", not lacking, detail, needed=False)


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, OLDEST_PYTHON))
    works = sys.version_info >= OLDEST_PYTHON
    return Finding("Python", works, found, "" if works else f"install Python {wanted} or newer")


def _lsl() -> Finding:
    try:
        import pylsl
    except (ImportError, RuntimeError) as error:
        return Finding("LSL", False, str(error).splitlines()[0], 'pip install "pylsl>=1.18.6"')
    from sensing.sources.streams import open_lsl

    open_lsl()
    info = pylsl.StreamInfo("euthymia-doctor", "Test", 1, 0.0, "float32", f"euthymia-doctor-{uuid.uuid4().hex}")
    outlet = pylsl.StreamOutlet(info)
    found = pylsl.resolve_byprop("source_id", info.source_id(), timeout=LSL_WAIT_S)
    blocked = "let the firewall pass UDP and TCP 16571 to 16604 on this machine"
    if not found:
        return Finding("LSL", False, f"an outlet was not found within {LSL_WAIT_S:g} s", blocked)
    inlet = pylsl.StreamInlet(found[0])
    try:
        inlet.open_stream(timeout=LSL_WAIT_S)
        outlet.push_sample([SAMPLE])
        sample, _ = inlet.pull_sample(timeout=LSL_WAIT_S)
    except (TimeoutError, pylsl.LostError):
        sample = None
    finally:
        inlet.close_stream()
    works = sample == [SAMPLE]
    met = "an outlet and an inlet met" if works else "an outlet was found, but no sample came"
    return Finding("LSL", works, f"pylsl {version('pylsl')}: {met}", "" if works else blocked)


def _sound() -> Finding:
    answer = probe("sound")
    if "error" in answer:
        return Finding("sound", False, answer["error"], "pip install pyo; until then: --sound off", needed=False)
    devices = [str(name) for name in answer["devices"]]
    if not devices:
        detail = f"pyo {answer['version']}: no output device"
        return Finding("sound", False, detail, "sessions play to a file", needed=False)
    return Finding("sound", True, f"pyo {answer['version']}: {', '.join(devices)}", needed=False)


def _jack() -> Finding:
    return jack_finding(probe("jack"))


def jack_finding(answer: dict[str, Any]) -> Finding:
    """Say of the JACK server that was found whether music can play on it."""
    if "error" in answer:
        return Finding("JACK", False, answer["error"], "only for --sound jack: start jackd", needed=False)
    amiss = misfit(answer["rate_hz"], answer["period_frames"])
    detail = f"a server runs at {answer['rate_hz']} Hz, {answer['period_frames']} frames a period"
    return Finding("JACK", amiss is None, detail, amiss.remedy if amiss else "", needed=False)


def _composer() -> Finding:
    from generators.symbolic.backend import WEIGHTS

    return composer_finding(WEIGHTS)


def composer_finding(weights: Path) -> Finding:
    """Say whether the usual composer's weights can be read."""
    from generators.symbolic.weights import read_weights

    try:
        read_weights(weights)
    except EuthymiaError as error:
        return Finding("composer", False, error.what, error.remedy, needed=False)
    return Finding("composer", True, "the symbolic composer's weights are whole", needed=False)


def _display() -> Finding:
    answer = probe("display")
    if "error" in answer:
        screen = sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
        detail = answer["error"] if screen else "neither DISPLAY nor WAYLAND_DISPLAY is set"
        return Finding("display", False, detail, "sessions run without: --no-window", needed=False)
    if answer["platform"] in ("offscreen", "minimal"):
        return Finding("display", False, f"Qt draws {answer['platform']}", "unset QT_QPA_PLATFORM", needed=False)
    return Finding("display", True, f"Qt {answer['version']} on {answer['platform']}", needed=False)


def _data_folder() -> Finding:
    import platformdirs

    folder = Path(platformdirs.user_data_dir("euthymia"))
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    works = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    remedy = "" if works else f"make {there} writable for you, or set XDG_DATA_HOME"
    return Finding("data folder", works, str(folder), remedy)


def _optional(name: str, distribution: str, purpose: str, line: str) -> Finding:
    try:
        return Finding(name, True, f"{distribution} {version(distribution)}", needed=False)
    except PackageNotFoundError:
        return Finding(name, False, f"{distribution} is not installed; it is for {purpose}", line, needed=False)


_PARTS: dict[str, Callable[[], Finding]] = {
    "Python": _python, "LSL": _lsl, "sound": _sound, "JACK": _jack, "composer": _composer,
    "display": _display, "data folder": _data_folder,
}
