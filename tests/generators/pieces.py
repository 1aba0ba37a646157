"""Small pieces and small weights for the tests of the symbolic composer."""

from __future__ import annotations

import numpy as np

from generators.rules.harmony import SCALES
from generators.symbolic.corpus import CHORALES, SIXTEENTHS_A_BAR, TUNES, VOICES, Piece
from generators.symbolic.weights import Shape, Weights, sizes

TINY = Shape(width=32, layers=2, heads=2, context=96)


def weights(seed: int = 0, shape: Shape = TINY) -> Weights:
    """Return the weights of somebody who has learned nothing; none of them are all alike."""
    rng = np.random.default_rng(seed)
    arrays = {name: rng.normal(1.0 if name.endswith("weight") and len(size) == 1 else 0.0, 0.02, size)
              for name, size in sizes(shape).items()}
    return Weights(shape, {name: array.astype(np.float32) for name, array in arrays.items()})


def tune(seed: int, mode: str = "Ionian", tonic: int = 2, n_bars: int = 8) -> Piece:
    """Return a wandering tune that ends on its tonic."""
    return _piece(f"tune {seed}", TUNES[0], (tonic, mode), [_line(seed, mode, tonic, 60, n_bars, 2)])


def chorale(seed: int, mode: str = "Ionian", tonic: int = 7, n_bars: int = 6) -> Piece:
    """Return four wandering voices, with a landing in the middle and one at the end."""
    lines = [_line(seed + voice, mode, tonic, 72 - 8 * voice, n_bars, 4) for voice in range(len(VOICES))]
    return _piece(f"chorale {seed}", CHORALES, (tonic, mode), lines, (n_bars // 2 - 1, n_bars - 1))


def pieces() -> list[Piece]:
    """Return a small corpus."""
    return [*(tune(seed, mode) for seed, mode in enumerate(("Ionian", "Ionian", "Dorian", "Aeolian") * 5)),
            *(chorale(100 + 9 * seed) for seed in range(5))]


def _line(seed: int, mode: str, tonic: int, middle: int, n_bars: int, step: int) -> list[tuple[int, int, int]]:
    rng = np.random.default_rng(seed)
    scale = [pitch for pitch in range(middle - 9, middle + 10) if (pitch - tonic) % 12 in SCALES[mode]]
    at, notes = len(scale) // 2, []
    for onset in range(0, n_bars * SIXTEENTHS_A_BAR - step, step):
        at = int(np.clip(at + rng.integers(-2, 3), 0, len(scale) - 1))
        notes.append((onset, step, scale[at]))
    home = min((pitch for pitch in scale if pitch % 12 == tonic), key=lambda pitch: abs(pitch - scale[at]))
    return [*notes, (n_bars * SIXTEENTHS_A_BAR - step, step, home)]


def _piece(name: str, collection: str, key: tuple[int, str], lines: list[list[tuple[int, int, int]]],
           landings: tuple[int, ...] = ()) -> Piece:
    notes = sorted(((voice, *note) for voice, line in enumerate(lines) for note in line), key=lambda note: note[1::-1])
    n_bars = max(onset for _, onset, _, _ in notes) // SIXTEENTHS_A_BAR + 1
    return Piece(name, collection, *key, n_bars, tuple(notes), landings)


def plain() -> Piece:
    """Return up and down the scale in quarters, home at the end of each four bars."""
    steps = [0, 2, 4, 5, 7, 5, 4, 2, 4, 5, 7, 9, 7, 5, 2, 0] * 2
    return _piece("plain", TUNES[0], (0, "Ionian"), [[(4 * index, 4, 72 + step) for index, step in enumerate(steps)]])
