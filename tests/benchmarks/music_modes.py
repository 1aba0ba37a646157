"""The mode of each phrase, from the sound: what the seven templates say of what is heard from first bar to last.

Run by hand: ``python -m tests.benchmarks.music_modes FOLDER [generator] [seed ...]`` on what `music_grid` and
`music_drawn` rendered. As from the notes (`music_control`), where a phrase begins and ends and what its tonic is are
given; beside it stands how often the lowest notes of the phrase tell that tonic.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from generators.rules.harmony import SCALES, SEMITONES
from generators.sound.ring import RATE_HZ
from tests.benchmarks import music_pitch
from tests.benchmarks.music_control import FEWEST_NOTES, phrases
from tests.benchmarks.music_drawn import draws
from tests.benchmarks.music_grid import SEEDS, Asked, Take, cells, file_of, kept, sound_of, take_of
from tests.benchmarks.music_onsets import LOW_RATE_HZ

RING_S = 0.3                       # what still sounds of the bar before is not the phrase's


def sounds_as(strengths: music_pitch.Roll, tonic: int) -> str:
    """Return the mode about a tonic whose seven notes hold most of what is heard."""
    shares = music_pitch.classes(strengths)
    return max(SCALES, key=lambda mode: float(sum(shares[(tonic + step) % SEMITONES] for step in SCALES[mode])))


def heard(folder: Path, cell: Asked) -> list[list[bool]]:
    """Return of each whole phrase whether its mode is heard as written, and its tonic; found once, then read."""
    file = file_of(folder, cell).with_suffix(".modes")
    if not file.exists():
        low = resample_poly(sound_of(folder, cell).astype(float).mean(axis=1), LOW_RATE_HZ, RATE_HZ)
        found = of_phrases(music_pitch.roll(low), take_of(folder, cell))
        file.write_text(json.dumps(found), encoding="utf-8")
    return [[bool(value) for value in row] for row in json.loads(file.read_text(encoding="utf-8"))]


def of_phrases(strengths: music_pitch.Roll, take: Take) -> list[list[bool]]:
    """Return of each whole phrase of enough notes whether its mode is heard as written, and its tonic."""
    times_s = music_pitch.STARTS_S + music_pitch.FRAME_S * np.arange(strengths.shape[1])
    found, at = list[list[bool]](), 0
    for phrase in phrases(take.bars)[:-1]:
        begins_s, ends_s = (take.frames[index] / RATE_HZ for index in (at, at + len(phrase)))
        at += len(phrase)
        if sum(len(bar.notes) for bar in phrase) >= FEWEST_NOTES:
            part = strengths[:, (times_s > begins_s + RING_S) & (times_s < ends_s)]
            tonic = phrase[0].tonic
            home = music_pitch.home(music_pitch.classes(part), music_pitch.lowest(part))
            found.append([sounds_as(part, tonic) == phrase[0].mode, home == tonic])
    return found


def report(folder: Path, wanted: Sequence[Asked]) -> str:
    """Return the two shares over all phrases of what was rendered."""
    rendered = [cell for cell in wanted if kept(folder, cell)]
    rows = np.array([row for cell in rendered for row in heard(folder, cell)])
    right, home = 100 * rows.mean(axis=0)
    return (f"{len(rows)} whole phrases of {FEWEST_NOTES} notes or more in {len(rendered)} sounds: mode as written by "
            f"seven templates about the tonic in {right:.1f} %; the lowest notes tell the tonic in {home:.1f} %.")


def main() -> None:
    folder, generator = Path(sys.argv[1]), (sys.argv[2:] or ["rules"])[0]
    seeds = tuple(int(seed) for seed in sys.argv[3:]) or SEEDS
    for heading, wanted in (("the plane", cells(generator, seeds)), ("drawn apart", draws(generator))):
        if any(kept(folder, cell) for cell in wanted):
            sys.stdout.write(f"{generator}, {heading}: {report(folder, wanted)}\n")


if __name__ == "__main__":
    main()
