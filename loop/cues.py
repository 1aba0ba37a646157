"""The cues by which listeners judge music, and how much each is thought to count before anything is known of a person.

A synthesis of what is known (Eerola, Friberg & Bresin 2013, Front Psychol 4:487: linear and additive), on standardised
attributes; not published coefficients. They are priors: personal taste moves them, and simulated listeners differ from
them.
"""

from __future__ import annotations

from types import MappingProxyType

AROUSAL_CUES = MappingProxyType({"tempo": 0.45, "loudness": 0.30, "density": 0.20, "staccato": 0.15,
                                 "brightness": 0.10, "roughness": 0.10})
VALENCE_CUES = MappingProxyType({"mode": 0.50, "tempo": 0.20, "register": 0.15, "consonance": 0.15})
