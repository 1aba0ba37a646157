"""What the live stages find in real EEG: the tables of docs/features.md.

Run as ``python -m tests.benchmarks.features_real``; with ``--lsl`` the eyes-closed recording is also played in real
time over LSL and compared with the file, bit for bit (a minute).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop.clock import SystemClock
from loop.inputs import Chunk, SourceEvent, SourceKind
from loop.values import FloatArray
from sensing.analysis import Analyser, analyse
from sensing.features.baseline import NO_IAF
from sensing.findings import Analysis, mean_of
from sensing.pipeline import Settings
from sensing.sources.lsl import LslSource
from sensing.sources.player import Playing, play
from sensing.sources.recording import Recording, load_recording
from tests.conftest import SHARED_DATA

EYES = {"open": "S001R01_eyes_open.edf", "closed": "S001R02_eyes_closed.edf"}
PEOPLE = range(8)
ENDS_S = 60.0              # of rest: its last minute against its first is the drift
RESAMPLES = 10_000
SPANS_S = ((0.0, 20.0, "artefacts"), (28.0, 60.0, "alpha"), (62.0, 74.0, "alpha"), (76.0, 90.0, "artefacts"))
REFERENCES: dict[str, str | None] = {"ears (the file's)": None, "average": "average"}


def eyes_table(say: Callable[[str], None]) -> None:
    say("eyes_open_closed, O1, 8-13 Hz\nreference  closed uV^2  open uV^2  ratio  IAF closed (x fit)  IAF open (x fit)")
    for reference in (None, "average"):
        found = {eyes: analyse(load_recording(SHARED_DATA / "eyes_open_closed" / file), Settings(reference=reference))
                 for eyes, file in EYES.items()}
        o1 = {eyes: float(each.powers_uv2["alpha"][each.channels.index("O1")]) for eyes, each in found.items()}
        iafs = [f"{each.iaf.hz:.2f} Hz" if each.iaf.found else "none" for each in (found["closed"], found["open"])]
        fits = [each.iaf.over_fit for each in (found["closed"], found["open"])]
        say(f"{reference or 'file':9}  {o1['closed']:11.0f}  {o1['open']:9.0f}  {o1['closed'] / o1['open']:5.1f}  "
            f"{iafs[0]} ({fits[0]:.0f})  {iafs[1]} ({fits[1]:.1f})")
        say("\n".join(f"  {eyes}: {note}" for eyes, each in found.items() for note in each.notes[:2]))


def drift_of(rest: Analysis, index: str) -> float:
    """Return the last minute's mean minus the first minute's."""
    starts_s = np.array([window.start_s for window in rest.windows])
    values = rest.readings[index]
    return mean_of(values[starts_s >= starts_s[-1] - ENDS_S]) - mean_of(values[starts_s <= ENDS_S])


def people(settings: Settings, fixed: bool = False) -> dict[str, NDArray[np.float64]]:
    """Return index -> ``(n_people, 3)``: rest, arithmetic, drift within rest; and the share of windows that passed.

    Both recordings are read in the same bands, as in a session: about the alpha frequency at rest, or about 10 Hz.
    """
    rows: dict[str, list[tuple[float, float, float]]] = {"arousal": [], "asymmetry": [], "passed": []}
    for person in PEOPLE:
        files = [SHARED_DATA / "rest_vs_arithmetic" / f"Subject{person:02d}_{part}.edf" for part in (1, 2)]
        rest = analyse(load_recording(files[0]), settings, iaf=NO_IAF if fixed else None)
        task = analyse(load_recording(files[1]), settings, iaf=rest.iaf)
        for index in ("arousal", "asymmetry"):
            rows[index].append((rest.indices[index], task.indices[index], drift_of(rest, index)))
        rows["passed"].append((passed(rest), passed(task), 0.0))
    return {index: np.array(values) for index, values in rows.items()}


def passed(found: Analysis) -> float:
    return sum(not window.bad for window in found.windows) / len(found.windows)


def interval(changes: FloatArray) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap of the mean over people."""
    rng = np.random.default_rng(0)
    means = rng.choice(changes, (RESAMPLES, len(changes))).mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def arithmetic_table(say: Callable[[str], None]) -> None:
    for name, reference in REFERENCES.items():
        found = people(Settings(reference=reference))
        for index, title in (("arousal", "arousal index"), ("asymmetry", "FAA: exploratory")):
            say(f"\nrest_vs_arithmetic, {title}, reference: {name}\nperson  rest    arithmetic  change  drift in rest  "
                "passed")
            for person, (rest, task, drift) in enumerate(found[index]):
                share = found["passed"][person]
                say(f"{person:6d}  {rest:+.3f}  {task:+10.3f}  {task - rest:+.3f}  {drift:+13.3f}  "
                    f"{share[0]:.0%}, {share[1]:.0%}")
            say_means(found[index], say)
        say(f"\narousal index about 10 Hz for everyone, reference: {name}")
        say_means(people(Settings(reference=reference), fixed=True)["arousal"], say)


def say_means(rows: FloatArray, say: Callable[[str], None]) -> None:
    for label, values in (("change", rows[:, 1] - rows[:, 0]), ("drift", rows[:, 2])):
        low, high = interval(values)
        say(f"mean {label} {values.mean():+.3f} [{low:+.3f}, {high:+.3f}], dz "
            f"{values.mean() / values.std(ddof=1):+.2f}, up in {int((values > 0).sum())} of {len(values)}")


def openbci_table(say: Callable[[str], None]) -> None:
    found = analyse(load_recording(next((SHARED_DATA / "openbci").glob("*.txt"))), Settings())
    say("\nopenbci, mains found\nspan, s   windows  flagged")
    for start_s, end_s, what in SPANS_S:
        flags = flagged(found, start_s, end_s)
        say(f"{start_s:.0f}-{end_s:.0f}    {len(flags):7d}  {np.mean(flags):.1%}  ({what})")
    say("\n".join(found.notes))


def flagged(found: Analysis, start_s: float, end_s: float) -> list[bool]:
    """Return whether each window that lies wholly between two times is bad."""
    window_s = Settings().window_s
    return [window.bad for window in found.windows if start_s <= window.start_s <= end_s - window_s]


def over_lsl(recording: Recording, name: str) -> Analysis:
    """Play a recording over a real outlet in real time; return what the live source's chunks give."""
    clock, stop = SystemClock(), threading.Event()
    player = threading.Thread(target=play, args=(recording, Playing(name), clock, lambda _: None, stop))
    player.start()
    source = LslSource(f"name={name}", clock)
    try:
        analyser = Analyser(source.header, Settings())
        for item in live_items(source, clock):
            if isinstance(item, Chunk):
                analyser.take([item])
        return analyser.finish("closed")
    finally:
        stop.set()
        player.join()
        source.close()


def live_items(source: LslSource, clock: SystemClock) -> list[Chunk | SourceEvent]:
    items: list[Chunk | SourceEvent] = []
    while not any(isinstance(item, SourceEvent) and item.kind is SourceKind.LOST for item in items):
        items += source.read(clock.now_s() + 0.1, 1)
    return items


def lsl_table(say: Callable[[str], None]) -> None:
    recording = load_recording(SHARED_DATA / "eyes_open_closed" / EYES["closed"])
    file, live = analyse(recording, Settings(), "closed"), over_lsl(recording, "features-real")
    alike = {"windows": file.windows == live.windows, "spectra": file.psd.tobytes() == live.psd.tobytes(),
             "indices": all(file.readings[name].tobytes() == live.readings[name].tobytes() for name in file.readings)}
    say(f"\nover LSL and from the file: {len(live.windows)} windows, IAF {live.iaf.hz:.3f} and {file.iaf.hz:.3f} Hz; "
        + ", ".join(f"{name} {'equal to the last bit' if same else 'DIFFERENT'}" for name, same in alike.items()))


def main(words: list[str], say: Callable[[str], None], data: Path = SHARED_DATA) -> None:
    if not data.is_dir():
        say(f"the recordings are not here: {data.name} is missing beside the checkout")
        return
    for table in (eyes_table, openbci_table, arithmetic_table, *([lsl_table] if "--lsl" in words else [])):
        table(say)


if __name__ == "__main__":
    main(sys.argv[1:], lambda line: sys.stdout.write(line + "\n") and None)
