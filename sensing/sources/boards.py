"""The boards that BrainFlow speaks to: their names, what each needs to be reached, and what BrainFlow does not say.

BrainFlow describes rows, rates and electrode names itself. What stands in the tables here it leaves to its
documentation: needs were measured against brainflow 5.23 (`prepare_session` without parameters); the counters of
packets are as its source code writes them; references as their makers state them. Where a board is not in a table,
nothing is claimed: no reference in the header, no packet loss counted.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from loop.errors import MissingPart, StreamError

Entry = TypeVar("Entry")

INSTALL = 'pip install "brainflow>=5.12" "setuptools<81"'
NOT_DEVICES = ("NO_BOARD", "PLAYBACK_FILE_BOARD", "STREAMING_BOARD")
NEAR = 6                           # names to suggest
DEFAULT_PRESET = 0

# Prefixes of BrainFlow's names to what must be given, by the option's name; the longest prefix holds.
NEEDS = {
    "cyton": "serial_port", "cyton_wifi": "ip_port", "cyton_daisy_wifi": "ip_port", "ganglion": "serial_port",
    "ganglion_native": "", "ganglion_wifi": "ip_port", "galea": "ip", "brainbit_bled": "serial_port",
    "freeeeg": "serial_port", "muse_s_bled": "serial_port", "muse_2_bled": "serial_port",
    "muse_2016_bled": "serial_port", "ntl_wifi": "ip_port", "neuropawn_knight": "serial_port",
    "ironbci_32": "serial_port", "shimmer3": "serial_port", "enophone": "mac",
}
MAKERS = {
    "synthetic": "BrainFlow", "cyton": "OpenBCI", "ganglion": "OpenBCI", "galea": "OpenBCI",
    "brainbit": "BrainBit", "unicorn": "g.tec", "callibri": "NeuroMD", "notion": "Neurosity",
    "crown": "Neurosity", "gforce": "OYMotion", "freeeeg": "NeuroIDSS", "muse": "InteraXon",
    "ant_neuro": "ANT Neuro", "enophone": "Eno", "brainalive": "BrainAlive", "explore": "Mentalab",
    "emotibit": "EmotiBit", "aavaa": "AAVAA", "pieeg": "PiEEG", "neuropawn": "NeuroPawn",
    "synchroni": "Synchroni", "biolistener": "BioListener", "ironbci": "IronBCI", "shimmer3": "Shimmer",
}
# Muse: "ref is described as FPz" in its technical specifications of 2016. Cyton: all channels against the lower SRB
# pin unless the board is set otherwise. Ganglion: the REF pin. Where a pin is named, the person chose the electrode.
REFERENCES = {"muse": "Fpz", "cyton": "SRB2", "ganglion": "REF"}


@dataclass(frozen=True, slots=True)
class Counter:
    """How a board numbers its packets."""

    modulo: int
    step: int = 1                  # between two neighbours
    samples: int = 1               # that share a number


# The Daisy sends two packets a sample and numbers both. The Ganglion's firmware 3 counts 0..99 or 100..199, its
# firmware 2 0..100 or 0, 101..200: modulo 100 all of them go up by one or stay.
COUNTERS = {
    "synthetic": Counter(256), "cyton": Counter(256), "cyton_daisy": Counter(256, step=2),
    "cyton_daisy_wifi": Counter(0), "ganglion": Counter(100, samples=2), "ganglion_wifi": Counter(0),
    "muse": Counter(65536, samples=12), "muse_s_athena": Counter(0), "enophone": Counter(65536),
    "unicorn": Counter(2**32), "neuropawn_knight": Counter(256),
}


@dataclass(frozen=True, slots=True)
class Preset:
    """One of BrainFlow's buffers of a board: rows of its own at a rate of its own."""

    number: int
    description: dict[str, Any]    # as `BoardShim.get_board_descr` gives it

    @property
    def rate_hz(self) -> float:
        """Nominal."""
        return float(self.description["sampling_rate"])

    def rows(self, kind: str) -> tuple[int, ...]:
        """Return the rows of a kind of channel, ``eeg`` or ``accel``; none where the board has none."""
        return tuple(self.description.get(f"{kind}_channels", ()))

    def row(self, kind: str) -> int | None:
        """Return the one row of a kind, ``timestamp`` or ``battery``."""
        return self.description.get(f"{kind}_channel")


@dataclass(frozen=True, slots=True)
class Board:
    """A board that can be bridged."""

    name: str                      # as a person writes it: "cyton_daisy"
    number: int                    # BrainFlow's
    title: str                     # BrainFlow's: "CytonDaisy"
    maker: str                     # "" where unknown
    needs: str                     # what must be given: "serial_port", "ip_port", ...; "" where nothing
    reference: str                 # "" where unknown
    counter: Counter | None
    presets: tuple[Preset, ...]

    @property
    def main(self) -> Preset:
        """The buffer that holds the EEG."""
        return self.presets[0]

    @property
    def option(self) -> str:
        """The option of `euthymia bridge` that the board cannot do without, or ""."""
        return f"--{self.needs.replace('_', '-')}" if self.needs else ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The electrodes of the EEG channels, or Ch1, Ch2, ... where the person chooses where they go."""
        count = len(self.main.rows("eeg"))
        names = tuple(str(self.main.description.get("eeg_names", "")).split(","))
        return names if len(names) == count and all(names) else tuple(f"Ch{i + 1}" for i in range(count))


def load_brainflow() -> Any:
    """Return the module `brainflow.board_shim`, with its loggers off.

    Raises
    ------
    MissingPart
        Where it is not installed, or its library does not load here.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")      # older ones import pkg_resources, which warns
            from brainflow import board_shim

            board_shim.BoardShim.disable_board_logger()
    except (ImportError, OSError) as error:
        raise MissingPart(f"boards need brainflow, which cannot be loaded ({error})", INSTALL) from None
    return board_shim


def list_boards() -> list[Board]:
    """Return every board, in BrainFlow's order."""
    module = load_brainflow()
    return [board for member in module.BoardIds for board in _described(module, member)]


def find_board(text: str) -> Board:
    """Return the board of that name, however it is written: ``Muse 2``, ``muse-2``, ``MUSE_2_BOARD``.

    Raises
    ------
    StreamError
        Where there is none; names those that are near.
    MissingPart
        Where brainflow is missing.
    """
    boards = {board.name: board for board in list_boards()}
    name = re.sub(r"[\s\-]+", "_", text.strip().lower()).removesuffix("_board")
    if name not in boards:
        near = [known for known in boards if name and name in known] or get_close_matches(name, boards, NEAR, 0.5)
        suggestion = f"did you mean {', '.join(near[:NEAR])}?" if near else "`euthymia devices` lists them"
        raise StreamError(f'there is no board "{text}"', suggestion)
    return boards[name]


def _described(module: Any, member: Any) -> Iterator[Board]:
    if member.name in NOT_DEVICES:
        return
    try:
        numbers = sorted(module.BoardShim.get_board_presets(member.value))
        presets = tuple(Preset(i, module.BoardShim.get_board_descr(member.value, i)) for i in numbers)
    except module.BrainFlowError:
        return                                   # it has a number, but this build does not know it
    name = member.name.replace("_BOARD", "").lower()
    counter = _of(COUNTERS, name)
    yield Board(
        name, int(member.value), str(presets[DEFAULT_PRESET].description["name"]), _of(MAKERS, name) or "",
        _of(NEEDS, name) or "", _of(REFERENCES, name) or "", counter if counter and counter.modulo else None, presets,
    )


def _of(table: Mapping[str, Entry], name: str) -> Entry | None:
    """Return the entry of the longest prefix of a name, cut where its words end or its number begins."""
    known = [key for key in table if re.match(rf"{re.escape(key)}(?![a-z])", name)]
    return table[max(known, key=len)] if known else None
