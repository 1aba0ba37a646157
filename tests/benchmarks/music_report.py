"""All that is measured of the composers, in one report: the tables of docs/music.md.

Run by hand: ``python -m tests.benchmarks.music_report FOLDER``: hours on one core, since every cell of the plane is
rendered; what lies in FOLDER is not made again. ``--corpus FILE`` (what training reads once), ``--wheel FILE`` (what
``pip download --no-deps musicnn==0.1.0`` leaves) and ``--seeds N`` are for the parts that need them; a part that lacks
its file says so.
"""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import music_control, music_ear, music_heard, music_modes, music_quality
from tests.benchmarks.music_drawn import draws
from tests.benchmarks.music_grid import SEEDS, cells, render_all

COMPOSERS = ("rules", "symbolic")
NO_CORPUS = "Not measured: no corpus file was given (`--corpus`)."
NO_WHEEL = "Not measured: no musicnn wheel was given (`--wheel`)."


def parts(given: Namespace) -> Iterator[tuple[str, list[str]]]:
    """Yield heading and lines of each part, as it is done."""
    seeds = SEEDS[:given.seeds]
    for name in COMPOSERS:
        yield f"{name}: asked against the notes", music_control.report(name, cells(name, seeds))
    yield "Speed", [line for name in COMPOSERS for line in (*_in_its_own_process(name), "")]
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


def _in_its_own_process(name: str) -> list[str]:
    command = [sys.executable, "-m", "tests.benchmarks.music_speed", name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


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
