"""Asked against measured from the sound alone: over the plane, and over sounds whose attributes are drawn apart.

Run by hand: ``python -m tests.benchmarks.music_heard FOLDER [generator] [seed ...]`` on what `music_grid` and
`music_drawn` rendered. What measures a sound is given nothing but the sound.

Loudness is BS.1770 (pyloudnorm). Brightness is the level of one octave of the highs against that of the one below: a
roll-off follows the register as much. Onsets, tempo and density: `music_onsets`. Register, dissonance and mode:
`music_pitch`. Articulation: `music_held`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import resample_poly, stft

from generators.bars import EIGHTHS_A_BAR
from generators.rules import measure
from generators.sound.mix import LEVEL_LUFS
from generators.sound.ring import RATE_HZ
from tests.benchmarks import music_held, music_onsets, music_pitch
from tests.benchmarks.music_control import line, table
from tests.benchmarks.music_drawn import draws
from tests.benchmarks.music_grid import PIECE_S, SEEDS, Asked, Take, cells, file_of, kept, sound_of, take_of
from tests.benchmarks.music_onsets import LOW_RATE_HZ

Sound = NDArray[np.float64]
Measured = dict[str, Any]
SKIPPED_S = 5.0                    # the fade-in and the first notes
TEMPO_NEAR = 0.04                  # of the tempo asked for: MIREX's tolerance
ONSET_NEAR_S = (-0.05, 0.14)       # an onset is heard up to so much after it was written: calm attacks are slow
CUT_S = 0.1                        # nothing begins so near to where the sound is cut
BRIGHT_HZ = (1500.0, 3000.0)       # of some octaves the two that follow brightness best and register least
TRUE_PEAK = "true_peak_dbtp"
OVERSAMPLED = 4
AIM_MISS_LU = 1.0
HEARD = ("loudness_db", "brightness", "density", "tempo_bpm", "register_semitones", "dissonance", "articulation")


def heard(sound: NDArray[np.float32]) -> Measured:
    """Return what is measured in a sound (n_frames, 2) at 48 kHz."""
    whole = sound[int(SKIPPED_S * RATE_HZ):].astype(float)
    low = resample_poly(sound.astype(float).mean(axis=1), LOW_RATE_HZ, RATE_HZ)
    later = low[int(SKIPPED_S * LOW_RATE_HZ):]
    onsets, roll = music_onsets.onsets_s(later), music_pitch.roll(later)
    at, much = music_onsets.changes(roll, music_pitch.FRAME_S)
    beat = music_onsets.beat(onsets, at + music_pitch.STARTS_S, much)
    shares = music_pitch.classes(roll)
    tonic = music_pitch.home(shares, music_pitch.lowest(roll))
    return {"loudness_db": float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(whole)) - LEVEL_LUFS,
            "brightness": brightness_db(whole.mean(axis=1)), "tempo_bpm": beat.tempo_bpm,
            "density": music_onsets.density(onsets, beat, len(later) / LOW_RATE_HZ),
            "register_semitones": music_pitch.register(roll), "dissonance": music_pitch.dissonance(roll),
            "articulation": music_held.articulation(music_held.bass_notes(low, onsets + SKIPPED_S), beat.eighth_s),
            "scale": music_pitch.scale(shares), "mode": music_pitch.mode(shares, tonic),
            "onsets_s": [round(at_s + SKIPPED_S, 3) for at_s in onsets], TRUE_PEAK: true_peak_dbtp(sound)}


def true_peak_dbtp(sound: NDArray[np.float32]) -> float:
    """Return the highest sample at four times the rate, which shows what lies between samples (BS.1770-5, annex 2)."""
    return float(20 * np.log10(max(np.abs(resample_poly(sound, OVERSAMPLED, 1, axis=0)).max(), 1e-9)))


def brightness_db(sound: Sound) -> float:
    """Return the level of 3 to 6 kHz against that of 1.5 to 3 kHz, where the low-pass falls through: dB."""
    frequencies, _, spectrum = stft(sound, RATE_HZ, nperseg=4096, noverlap=0)
    power = (np.abs(spectrum) ** 2).mean(axis=1)
    low, high = (power[(frequencies > edge) & (frequencies < 2 * edge)].sum() for edge in BRIGHT_HZ)
    return float(10 * np.log10((high + 1e-20) / (low + 1e-20)))


def written_s(take: Take) -> Sound:
    """Return when pluck or bass began something, s, as it was played."""
    starts = np.array(take.frames) / RATE_HZ
    eighths = np.diff(starts, append=2 * starts[-1] - starts[-2]) / EIGHTHS_A_BAR
    return np.array([start + slot * eighth for bar, start, eighth in zip(take.bars, starts, eighths, strict=True)
                     for slot in sorted(measure.onset_slots(bar.notes))])


def hits(found: Sequence[float], written: Sequence[float]) -> int:
    """Return how many onsets found answer one written each."""
    rest, n_hits = list(found), 0
    for at_s in written:
        near = [one for one in rest if ONSET_NEAR_S[0] <= one - at_s <= ONSET_NEAR_S[1]]
        if near:
            rest.remove(near[0])
            n_hits += 1
    return n_hits


def all_heard(folder: Path, wanted: Sequence[Asked]) -> list[Measured]:
    """Measure each cell, or read what was measured of it."""
    rows = []
    for cell in wanted:
        file = file_of(folder, cell).with_suffix(".measured")
        if not file.exists():
            file.write_text(json.dumps(heard(sound_of(folder, cell))), encoding="utf-8")
        rows.append(json.loads(file.read_text(encoding="utf-8")))
    return rows


def report(folder: Path, wanted: Sequence[Asked]) -> list[str]:
    """Return the control part of the report that is measured in the sound, for those of `wanted` that were rendered."""
    wanted = [cell for cell in wanted if kept(folder, cell)]
    rows, takes = all_heard(folder, wanted), [take_of(folder, cell) for cell in wanted]
    lines = [line(name, [getattr(cell.intent, name) for cell in wanted], [row[name] for row in rows]) for name in HEARD]
    unheard = sum(row["articulation"] != row["articulation"] for row in rows)
    return [*table(lines), "", f"{len(wanted)} sounds; {unheard} without a clear bass note, whose articulation is left "
            f"out. {tempi(wanted, rows)} {onsets(rows, takes)} {modes(wanted, rows, takes)}", "", levels(wanted, rows)]


def tempi(wanted: Sequence[Asked], rows: Sequence[Measured]) -> str:
    """Return how often the tempo, or its half or double, was heard."""
    ratio = np.array([row["tempo_bpm"] / cell.intent.tempo_bpm for cell, row in zip(wanted, rows, strict=True)])
    octaves = np.min([np.abs(ratio / factor - 1) for factor in (0.5, 1, 2)], axis=0)
    near = np.mean(np.abs(ratio - 1) < TEMPO_NEAR)
    return (f"Tempo heard within 4 % of that asked for in {100 * near:.0f} %, or its half or double in "
            f"{100 * np.mean(octaves < TEMPO_NEAR):.0f} %.")


def onsets(rows: Sequence[Measured], takes: Sequence[Take]) -> str:
    """Return how the onsets heard stand to those written."""
    n_hits = n_found = n_written = 0
    for row, take in zip(rows, takes, strict=True):
        written = [at_s for at_s in written_s(take) if SKIPPED_S + CUT_S < at_s < PIECE_S - CUT_S]
        n_hits += hits(row["onsets_s"], written)
        n_found, n_written = n_found + len(row["onsets_s"]), n_written + len(written)
    return f"Of {n_written} onsets written {n_hits} are heard, and {n_found - n_hits} beside them."


def modes(wanted: Sequence[Asked], rows: Sequence[Measured], takes: Sequence[Take]) -> str:
    """Return how often the seven notes of the mode are heard, and the mode itself."""
    scales = [Counter(music_pitch.scale_of(bar.tonic, bar.mode) for bar in take.bars).most_common(1)[0][0]
              for take in takes]
    notes = np.mean([row["scale"] == scale for row, scale in zip(rows, scales, strict=True)])
    right = np.mean([row["mode"] == cell.intent.mode for cell, row in zip(wanted, rows, strict=True)])
    return (f"The seven notes heard are those of the mode asked for, on the tonic of most bars, in "
            f"{100 * notes:.0f} %; with the tonic that the lowest notes tell, the mode itself is heard in "
            f"{100 * right:.0f} %.")


def levels(wanted: Sequence[Asked], rows: Sequence[Measured]) -> str:
    """Return how far the level is from that asked for, and the highest peak."""
    misses = np.array([row["loudness_db"] - cell.intent.loudness_db
                       for cell, row in zip(wanted, rows, strict=True)])
    peak = max(row[TRUE_PEAK] for row in rows)
    return (f"Integrated loudness against {LEVEL_LUFS:g} LUFS plus `loudness_db`: "
            f"rms {np.sqrt(np.mean(misses**2)):.2f} LU, {misses.min():+.2f} to {misses.max():+.2f} LU, "
            f"within {AIM_MISS_LU:g} LU in {100 * np.mean(np.abs(misses) <= AIM_MISS_LU):.0f} %. "
            f"Highest true peak {peak:.2f} dBTP.")


def main() -> None:
    folder, generator = Path(sys.argv[1]), (sys.argv[2:] or ["rules"])[0]
    seeds = tuple(int(seed) for seed in sys.argv[3:]) or SEEDS
    for heading, wanted in (("the plane", cells(generator, seeds)), ("drawn apart", draws(generator))):
        if any(kept(folder, cell) for cell in wanted):
            sys.stdout.write("\n".join([f"## {generator}: {heading}", "", *report(folder, wanted), "", ""]))


if __name__ == "__main__":
    main()
