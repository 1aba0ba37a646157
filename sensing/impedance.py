"""Impedance of the electrodes, where the device gives it: shown, and warned of; no decision reads it and nothing stops.

Two ways are known. The header of a stream may hold what was measured when it was set up, in kOhm
(``desc/channels/channel/impedance``, the XDF project's meta-data convention). Or channels in ohms run beside the EEG,
in its own stream (`euthymia bridge` carries BrainFlow's) or in one of the streams beside it. A value that is not
positive is none: boards that measure in a mode of their own send zeros else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from loop.values import FloatArray, Header
from sensing.montage import channel_name

KOHM_PER = {"ohm": 1e-3, "ohms": 1e-3, "ω": 1e-3, "kohm": 1.0, "kohms": 1.0, "kiloohm": 1.0, "kiloohms": 1.0, "kω": 1.0,
            "megaohm": 1e3, "megaohms": 1e3}     # lower case; "mohm" is left out: milli or mega, nobody knows
WORDS = re.compile(r"^(impedance|resistance|imp|z)[ _:.\-]+|[ _:.\-]+(impedance|resistance|imp|z)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of the table: from where on an electrode of a kind is worth a look."""

    coupling: str                  # as the header says it under hardware/coupling, lower case
    most_kohm: float
    source: str


LIMITS = {row.coupling: row for row in (
    Limit("gel", 20.0, "below 10 to 20 kOhm is to be aimed at (Mentalab's manual, Lowering Impedance)"),
    Limit("saline", 40.0, "no EEG band changes up to 40 kOhm (Ferree et al. 2001, Clin Neurophysiol 112:536-544)"),
    Limit("dry", 80.0, "below 50 to 80 kOhm is usually acceptable (Mentalab's manual, Lowering Impedance)"),
)}
NAMED = 6                          # electrodes that a sentence names
USUAL = LIMITS["gel"]              # where the header does not say what the electrodes are


@dataclass(frozen=True, slots=True)
class Impedance:
    """Of one electrode."""

    electrode: str                 # in the 10-20 system where known
    kohm: float
    most_kohm: float               # of `LIMITS`

    @property
    def high(self) -> bool:
        """Whether the electrode is worth a look."""
        return self.kohm > self.most_kohm


@dataclass(frozen=True, slots=True)
class Tap:
    """A channel in ohms."""

    electrode: str
    column: int                    # of a chunk
    kohm_per: float
    most_kohm: float


def declared(header: Header) -> tuple[Impedance, ...]:
    """Return what a header holds of impedance, in the order of its channels."""
    channels = _channels(header)
    values = [(label, _number(channel.findtext("impedance")), channel)
              for label, channel in zip(header.labels, channels, strict=False)]
    return tuple(Impedance(_electrode(label), kohm, _most_kohm(channel)) for label, kohm, channel in values if kohm > 0)


def taps(header: Header) -> tuple[Tap, ...]:
    """Return the channels of a stream that are in ohms."""
    kinds = dict(zip(header.labels, map(_most_kohm, _channels(header)), strict=False))
    return tuple(
        Tap(_electrode(label), column, KOHM_PER[unit.lower()], kinds.get(label, USUAL.most_kohm))
        for column, (label, unit) in enumerate(zip(header.labels, header.units, strict=True))
        if unit.lower() in KOHM_PER
    )


def readings(taps: Sequence[Tap], samples: FloatArray) -> Iterator[Impedance]:
    """Yield what the newest of ``(n_times, n_channels)`` samples says of each electrode that it says something of."""
    for tap in taps:
        kohm = float(samples[-1, tap.column]) * tap.kohm_per
        if 0.0 < kohm < float("inf"):
            yield Impedance(tap.electrode, kohm, tap.most_kohm)


def impedance_words(states: Sequence[Impedance]) -> str:
    """Return one sentence: the range, and which electrodes are over their limit; "" where nothing is known."""
    if not states:
        return ""
    values = sorted(state.kohm for state in states)
    span = f"{values[0]:.3g}" if len(values) == 1 else f"{values[0]:.3g} to {values[-1]:.3g}"
    warned = _warning(states) or ", none over its limit"
    return f"impedance of {len(states)} electrode{'s' if len(states) > 1 else ''}: {span} kOhm{warned}"


def _warning(states: Sequence[Impedance]) -> str:
    """Return what is over its limit, the highest first; "" where nothing is."""
    high = sorted((state for state in states if state.high), key=lambda state: -state.kohm)
    if not high:
        return ""
    limits = " or ".join(f"{limit:g}" for limit in sorted({state.most_kohm for state in high}))
    named = ", ".join(f"{state.electrode} {state.kohm:.3g}" for state in high[:NAMED])
    more = f" and {len(high) - NAMED} more" if len(high) > NAMED else ""
    return f"; over {limits} kOhm: {named}{more}; press them on or add gel, no session stops for it"


def _channels(header: Header) -> list[ElementTree.Element]:
    if not header.xml:
        return []
    try:
        return ElementTree.fromstring(header.xml).findall("./desc/channels/channel")
    except ElementTree.ParseError:
        return []


def _most_kohm(channel: ElementTree.Element) -> float:
    coupling = (channel.findtext("hardware/coupling") or "").strip().lower()
    return LIMITS.get(coupling, USUAL).most_kohm


def _electrode(label: str) -> str:
    bare = WORDS.sub("", label.strip())
    return channel_name(bare) or bare


def _number(text: str | None) -> float:
    try:
        value = float(text or 0.0)
    except ValueError:
        return 0.0
    return value if value < float("inf") else 0.0
