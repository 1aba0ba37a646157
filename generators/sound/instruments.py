"""The instruments' common shape, and their table.

Each has a fixed number of voices (built once: pyo's graph is not changed while it plays) and the same verbs, which set
parameters only. A voice is started only when it is silent; `voices.py` sees to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from generators.sound.held import Bass, Pad
from generators.sound.sampled import Bank, Sampled
from generators.sound.struck import TIMBRES, Struck
from generators.sound.touch import Instrument, Stage


def make_instrument(name: str, stage: Stage, bank: Bank | None = None) -> Instrument:
    """Return a new instrument of `INSTRUMENTS`; one that plays a SoundFont's notes where there is a bank of them."""
    if bank is not None and bank.has(name):
        return Sampled(stage, bank, name)
    maker, *timbre = INSTRUMENTS[name]
    made: Instrument = maker(stage, *timbre)
    return made


INSTRUMENTS: Mapping[str, tuple[Any, ...]] = MappingProxyType({
    "pad": (Pad,), "bass": (Bass,),
    **{name: (Struck, timbre) for name, timbre in TIMBRES.items()},
})
