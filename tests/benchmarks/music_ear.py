"""An independent ear: what the musicnn tagger hears over the plane, and what it does not.

Run by hand: ``python -m tests.benchmarks.music_ear FOLDER WHEEL [generator]`` on what `music_grid` rendered; WHEEL is
what ``pip download --no-deps musicnn==0.1.0`` leaves. Slopes are of a tag's log odds against arousal, valence beside
it, with 95 % intervals over cells drawn again. Each sound is heard as it is, and once more at one loudness: what
remains of a slope there is not the level alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyloudnorm
from numpy.typing import NDArray

from generators.sound.ring import RATE_HZ
from tests.benchmarks.music_grid import POINTS, Cell, cells, file_of, kept, sound_of
from tests.benchmarks.music_heard import SKIPPED_S

# What the tags are asked about; a group is the mean of its log odds, the second half counted against.
QUESTIONS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "fast": (("fast",), ()), "slow": (("slow",), ()), "fast - slow": (("fast",), ("slow",)),
    "loud": (("loud",), ()), "quiet": (("quiet",), ()), "loud - quiet": (("loud",), ("quiet",)),
    "calm (soft, ambient, new age)": (("soft", "ambient", "new age"), ()),
    "driven (beat, drums, dance, techno)": (("beat", "drums", "dance", "techno"), ()),
}
DRAWS = 2000
SEED = 7
EVEN_LUFS = -20.0
RIDGE = 10.0                       # of standardised tags, in the guess of a point from all fifty


@dataclass(frozen=True)
class Slope:
    """How a question's log odds move over the plane, a unit of arousal or valence."""

    per_a: float
    per_a_interval: tuple[float, float]
    per_v: float
    per_v_interval: tuple[float, float]


def slope(points: NDArray[np.float64], odds: NDArray[np.float64]) -> Slope:
    """Fit ``odds = b + a A + v V`` to ``points (n, 2)`` of valence and arousal, with bootstrap intervals."""
    rng = np.random.default_rng(SEED)
    design = np.column_stack([np.ones(len(points)), points])

    def fit(chosen: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.linalg.lstsq(design[chosen], odds[chosen], rcond=None)[0][1:]

    v, a = fit(np.arange(len(points)))
    drawn = np.array([fit(rng.integers(len(points), size=len(points))) for _ in range(DRAWS)])
    (v_low, a_low), (v_high, a_high) = np.percentile(drawn, (2.5, 97.5), axis=0)
    return Slope(float(a), (float(a_low), float(a_high)), float(v), (float(v_low), float(v_high)))


def foretold_r2(place: NDArray[np.float64], tags: NDArray[np.float64]) -> float:
    """Return how well all tags together tell a coordinate of places that they were not fitted on: 1 - SS/SS.

    All cells of one value of the coordinate are held out together.
    """
    scaled = (tags - tags.mean(axis=0)) / tags.std(axis=0)
    told = np.empty(len(place))
    for value in POINTS:
        out = np.isclose(place, value)
        if not out.any():
            continue
        x, y = scaled[~out], place[~out]
        centre, mean = x.mean(axis=0), y.mean()
        inner = (x - centre).T @ (x - centre) + RIDGE * np.eye(x.shape[1])
        weights = np.linalg.solve(inner, (x - centre).T @ (y - mean))
        told[out] = mean + (scaled[out] - centre) @ weights
    return float(1 - np.sum((place - told) ** 2) / np.sum((place - place.mean()) ** 2))


def all_odds(folder: Path, wheel: Path, wanted: Sequence[Cell]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the log odds (n_cells, 50) of the sounds as they are, and at one loudness; what was heard is kept."""
    rows = []
    for cell in wanted:
        file = file_of(folder, cell).with_suffix(".tags")
        if not file.exists():
            file.write_text(json.dumps(_listen(folder, wheel, cell)), encoding="utf-8")
        rows.append(json.loads(file.read_text(encoding="utf-8")))
    return tuple(np.array([row[index] for row in rows]) for index in range(2))  # type: ignore[return-value]


def _listen(folder: Path, wheel: Path, cell: Cell) -> list[list[float]]:
    from tests.benchmarks.musicnn import from_wheel, log_odds

    network = from_wheel(wheel)
    sound = sound_of(folder, cell)[int(SKIPPED_S * RATE_HZ):]
    gain_db = EVEN_LUFS - pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound.astype(float))
    return [log_odds(network, one, RATE_HZ).tolist() for one in (sound, sound * np.float32(10 ** (gain_db / 20)))]


def answer(odds: NDArray[np.float64], question: str) -> NDArray[np.float64]:
    """Return a question's log odds of each cell."""
    from tests.benchmarks.musicnn import TAGS

    more, less = ([TAGS.index(tag) for tag in tags] for tags in QUESTIONS[question])
    return odds[:, more].mean(axis=1) - (odds[:, less].mean(axis=1) if less else 0.0)


def report(folder: Path, wheel: Path, generator: str) -> list[str]:
    """Return the report's part on one composer."""
    wanted = [cell for cell in cells(generator) if kept(folder, cell)]
    points = np.array([(cell.valence, cell.arousal) for cell in wanted])
    plain, even = all_odds(folder, wheel, wanted)
    rows = ["| tags, log odds | per unit of arousal | at one loudness | per unit of valence |", "|---|---|---|---|"]
    for question in QUESTIONS:
        one, other = slope(points, answer(plain, question)), slope(points, answer(even, question))
        rows.append(f"| {question} | {_told(one.per_a, one.per_a_interval)} "
                    f"| {_told(other.per_a, other.per_a_interval)} | {_told(one.per_v, one.per_v_interval)} |")
    told = [f"{name} {foretold_r2(points[:, axis], plain):.2f} "
            f"(at one loudness {foretold_r2(points[:, axis], even):.2f})"
            for name, axis in (("arousal", 1), ("valence", 0))]
    return [*rows, "", f"R2 of what all fifty tags foretell of rows of the plane that they were not fitted on: "
            f"{', '.join(told)}. {len(wanted)} sounds."]


def _told(value: float, interval: tuple[float, float]) -> str:
    return f"{value:+.2f} [{interval[0]:+.2f}, {interval[1]:+.2f}]"


if __name__ == "__main__":
    sys.stdout.write("\n".join(report(Path(sys.argv[1]), Path(sys.argv[2]), (sys.argv[3:] or ["rules"])[0])) + "\n")
