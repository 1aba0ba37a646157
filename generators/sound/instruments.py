"""The instruments' common shape, and their table.

Each has a fixed number of voices (built once: pyo's graph is not changed while it plays) and the same verbs, which set
parameters only. A voice is started only when it is silent; `voices.py` sees to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from generators.sound.held import Bass, Pad
from generators.sound.quiet import Graph
from generators.sound.struck import BELLS, KEYS, PLUCK, Struck
from generators.sound.touch import Instrument


def make_instrument(name: str, pyo: Graph) -> Instrument:
    """Return a new instrument of `INSTRUMENTS`."""
    maker, *timbre = INSTRUMENTS[name]
    made: Instrument = maker(pyo, *timbre)
    return made


INSTRUMENTS: Mapping[str, tuple[Any, ...]] = MappingProxyType({
    "pad": (Pad,), "bass": (Bass,),
    "pluck": (Struck, PLUCK), "keys": (Struck, KEYS), "bells": (Struck, BELLS),
})
