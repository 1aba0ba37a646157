"""The plan of one session: everything that was decided before it began."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from sessions.protocol.loading import Loaded
from sessions.taste.loading import LoadedTaste

LARGEST_SEED = 2**31 - 1


def drawn_seed() -> int:
    """Return a fresh seed; it goes into the manifest, so every choice that follows from it can be made again."""
    return secrets.randbelow(LARGEST_SEED)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, on whom, from where, to where."""

    loaded: Loaded
    out: Path
    participant: str | None = None
    query: str = ""                # "" = as the protocol says
    simulate: bool = False         # a simulated listener is started and heard
    unattended: bool = False       # ratings are skipped, and that is journalled
    sound: str = "auto"            # auto, off, jack or a file
    network: bool = False          # look for streams beyond this machine
    n_channels: int = 32           # of the simulated listener
    taste: LoadedTaste | None = None
    seed: int = field(default_factory=drawn_seed)
