"""All that is measured of the composers, in one report: the tables of docs/music.md.

Run by hand: ``python -m tests.benchmarks.music_report FOLDER``: hours on one core, since every cell of the plane is
rendered, and the last part plays for an hour; what lies in FOLDER is not made again. ``--corpus FILE`` (what training
reads once), ``--wheel FILE`` (what ``pip download --no-deps musicnn==0.1.0`` leaves) and ``--seeds N`` are for the
parts that need them; a part that lacks its file says so.
"""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from shutil import which

from tests.benchmarks import music_control, music_ear, music_heard, music_modes, music_quality
from tests.benchmarks.music_drawn import draws
from tests.benchmarks.music_grid import SEEDS, cells, render_all

COMPOSERS = ("rules", "symbolic")
NO_CORPUS = "Not measured: no corpus file was given (`--corpus`)."
NO_JACK = "Not measured: there is no `jackd` here."
N_STEPS = 5                        # of the state, each attribute
HOUR = ("60", "1", "realtime", "period=2048")
NO_WHEEL = "Not measured: no musicnn wheel was given (`--wheel`)."


def parts(given: Namespace) -> Iterator[tuple[str, list[str]]]:
    """Yield heading and lines of each part, as it is done."""
    seeds = SEEDS[:given.seeds]
    for name in COMPOSERS:
        yield f"{name}: asked against the notes", music_control.report(name, cells(name, seeds))
    yield "Speed", [line for name in COMPOSERS for line in (*_said_by("music_speed", name), "")]
    yield "From a step of the state to what it changes in the music", _said_by("step_response", str(N_STEPS))
    yield "From a step of the intent to a change in the sound", _fenced(_said_by("sound_latency"))
    yield "Levels of the palettes", _fenced(_said_by("sound_levels"))
    yield "Likelihood", _likelihood(given.corpus)
    yield "Beside the corpus", music_quality.report(given.corpus, COMPOSERS) if given.corpus else [NO_CORPUS]
    for name in COMPOSERS:
        for _ in render_all(given.folder, [*cells(name, seeds), *draws(name)]):
            pass
        yield f"{name}: asked against the sound", music_heard.report(given.folder, cells(name, seeds))
        yield f"{name}: the same, attributes drawn apart", music_heard.report(given.folder, draws(name))
        phrases = [music_modes.report(given.folder, wanted) for wanted in (cells(name, seeds), draws(name))]
        yield f"{name}: the mode of each phrase, from the sound", phrases
        ear = music_ear.report(given.folder, given.wheel, name) if given.wheel else [NO_WHEEL]
        yield f"{name}: an independent ear", ear
    yield "An hour under load", _fenced(_said_by("sound_soak", *HOUR)) if which("jackd") else [NO_JACK]


def _said_by(benchmark: str, *arguments: str) -> list[str]:
    """Return the lines that another benchmark prints, run in a process of its own."""
    command = [sys.executable, "-m", f"tests.benchmarks.{benchmark}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def _fenced(lines: list[str]) -> list[str]:
    return ["```", *lines, "```"]


def _likelihood(corpus: Path | None) -> list[str]:
    if corpus is None:
        return [NO_CORPUS]
    from tests.benchmarks import music_likelihood

    return music_likelihood.report(corpus)


def main() -> None:
    parser = ArgumentParser(description="All that is measured of the composers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    report = given.folder / "report.md"
    report.write_text("# What was measured of the composers\n", encoding="utf-8")
    for heading, lines in parts(given):
        with report.open("a", encoding="utf-8") as file:
            file.write("\n".join(["", f"## {heading}", "", *lines, ""]))
        sys.stdout.write(f"{heading}: done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
