"""The ear electrodes that a stream measures beside its EEG: which they are, and whether they can be trusted.

They are columns behind the EEG of a block, filtered as it is; a window carries them apart, and only the reference reads
them. A reference goes into every channel, so a bad ear makes a bad window: its fault is `reference`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loop.errors import MontageError
from loop.values import Header, Window
from sensing.cleaning.measures import Meter
from sensing.montage import EARS, MICROVOLTS, channel_types, ear_name

LINKED = "ears"
PAIRS = (("A1", "A2"), ("M1", "M2"))       # lobes, else mastoids: one pair, for a mean of one side favours the other
FAULT = "reference"
TYPES = ("", "eeg", "ref", "misc")         # what streams call an ear


@dataclass(frozen=True, slots=True)
class Ears:
    """Where the ears are."""

    indices: tuple[int, ...] = ()          # of the header
    names: tuple[str, ...] = ()


def find_ears(header: Header, to: str | Sequence[str] | None) -> Ears:
    """Return the ears that a reference asks for: a whole pair for `LINKED`, of a list those that are ears.

    Raises
    ------
    MontageError
        Where `LINKED` is asked for and no pair is there; names the channels that are.
    """
    types = channel_types(header)
    there = {ear_name(label): index for index, label in enumerate(header.labels)
             if header.units[index] == MICROVOLTS and types[index] in TYPES and ear_name(label)}
    if to == LINKED:
        pair = next((pair for pair in PAIRS if all(name in there for name in pair)), ())
        if not pair:
            raise MontageError(
                f'cleaning: rereference: to: ears: "{header.name}" has no {" and no ".join(map("+".join, PAIRS))}',
                f"its channels are {', '.join(header.labels)}; name some: to: [TP9, TP10]")
        return Ears(tuple(there[name] for name in pair), pair)
    wanted = {name.upper() for name in to} if isinstance(to, tuple | list) else set()
    names = tuple(name for name in EARS if name in wanted and name in there)
    return Ears(tuple(there[name] for name in names), names)


@dataclass(slots=True)
class EarWatch:
    """Judges the ears of each window by the limits of the gate that a reference must keep."""

    meter: Meter
    amplitude_uv: float
    flat_uv: float
    rail_uv: float

    def bad(self, ears: Window) -> bool:
        """Whether an ear is no number, at its rails, flat or as wide as no window may be."""
        measures = self.meter.measure(ears)
        sound = (measures.raw_abs_uv < self.rail_uv) & (measures.still_uv >= self.flat_uv)
        return not bool((sound & (measures.amplitude_uv < self.amplitude_uv)).all())
