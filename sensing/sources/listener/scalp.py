"""Where electrodes lie, and how strongly a source under one place is seen at another.

Positions follow the 10-10 rule on a unit sphere: rows cross the midline every 18 degrees; number 7 (and 1 of Fp and
O) lies on the circumference, 72 degrees from the vertex; the other numbers divide the arc between. x is to the
right, y to the nose, z up. Reference: Oostenveld & Praamstra 2001, doi 10.1016/S1388-2457(00)00527-7 (the system).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from loop.errors import MontageError
from loop.values import FloatArray

ROW_STEP_DEG = 18.0
EDGE_DEG = 72.0                    # of the circumference, from the vertex
ROWS = MappingProxyType({"FP": 4, "AF": 3, "F": 2, "FC": 1, "FT": 1, "C": 0, "T": 0, "CP": -1, "TP": -1,
                         "P": -2, "PO": -3, "O": -4})
OLD_NAMES = MappingProxyType({"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"})
NUMBERS_TO_EDGE = 4                # 1, 3, 5, 7: four steps from the midline to the circumference
_NAME = re.compile(r"(FP|AF|FC|FT|CP|TP|PO|F|C|T|P|O)(Z|10|[1-9])")

# The usual small and large sets: the first of these with as many channels as asked for.
LABELS = (
    "F3", "F4", "O1", "O2", "Fp1", "Fp2", "C3", "C4",
    "P3", "P4", "Fz", "Pz", "T7", "T8", "F7", "F8", "Cz", "P7", "P8", "Oz",
    "FC1", "FC2", "CP1", "CP2", "FC5", "FC6", "CP5", "CP6", "AF3", "AF4", "PO3", "PO4",
)
FEWEST_CHANNELS = 8


def labels_for(n_channels: int) -> tuple[str, ...]:
    """Return `n_channels` names of the 10-20 system, 8 to 32; every set holds F3, F4, O1 and O2.

    Raises
    ------
    MontageError
        For any other number.
    """
    if not FEWEST_CHANNELS <= n_channels <= len(LABELS):
        raise MontageError(f"a simulated listener cannot wear {n_channels} channels",
                           f"ask for {FEWEST_CHANNELS} to {len(LABELS)}")
    return LABELS[:n_channels]


def position(label: str) -> FloatArray:
    """Return where an electrode lies, (3,), on the unit sphere.

    Raises
    ------
    MontageError
        If the name is none of the 10-10 system.
    """
    found = _NAME.fullmatch(OLD_NAMES.get(label.upper(), label).upper())
    if not found:
        raise MontageError(f'the simulated listener has no place on the head for channel "{label}"',
                           "use names of the 10-20 system, such as F3, Cz or O2")
    row, number = ROWS[found[1]], found[2]
    middle = np.radians(ROW_STEP_DEG * row)
    centre = np.array([0.0, np.sin(middle), np.cos(middle)])
    if number == "Z":
        return centre
    share = 1.0 if abs(row) == ROWS["FP"] else ((int(number) + 1) // 2) / NUMBERS_TO_EDGE
    side = -1.0 if int(number) % 2 else 1.0
    from_nose, tilt = np.radians(90.0 - ROW_STEP_DEG * row), np.radians(EDGE_DEG)
    if abs(row) == ROWS["FP"]:
        from_nose = np.radians(ROW_STEP_DEG if row > 0 else 180.0 - ROW_STEP_DEG)
    edge = np.array([side * np.sin(from_nose) * np.sin(tilt), np.cos(from_nose) * np.sin(tilt), np.cos(tilt)])
    between = np.arccos(np.clip(centre @ edge, -1.0, 1.0))
    along = np.sin((1 - share) * between) * centre + np.sin(share * between) * edge
    return np.asarray(along / np.sin(between))


def spread(sources: Sequence[str], labels: Sequence[str], reach: float) -> FloatArray:
    """Return how strongly each source is seen at each channel, (n_sources, n_channels).

    The lead field is smooth: ``exp(-d^2 / (2 reach^2))`` with the straight distance d on the unit sphere, so it is 1
    right above the source.
    """
    here = np.array([position(name) for name in sources])
    there = np.array([position(name) for name in labels])
    distance2 = ((here[:, None, :] - there[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.exp(-distance2 / (2.0 * reach * reach)))
