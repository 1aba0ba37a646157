"""Units: what a stream may call its volts, and the unit of every number that the session shows or stores."""

from __future__ import annotations

# How streams in the wild write their unit (XDF's EEG meta-data says "microvolts"; devices write what they like).
MICROVOLTS_PER = {
    "microvolts": 1.0, "microvolt": 1.0, "uv": 1.0, "µv": 1.0, "μv": 1.0,
    "millivolts": 1e3, "millivolt": 1e3, "mv": 1e3,
    "volts": 1e6, "volt": 1e6, "v": 1e6,
    "nanovolts": 1e-3, "nanovolt": 1e-3, "nv": 1e-3,
}

UNIT_OF = {
    "valence": "-1..1", "arousal": "-1..1", "valence_sd": "-1..1", "arousal_sd": "-1..1", "quality": "0..1",
    "tolerance": "-1..1", "tempo_bpm": "beats/min", "density": "0..1", "register_semitones": "semitones",
    "dissonance": "0..1", "articulation": "0..1", "loudness_db": "dB", "brightness": "0..1", "mode": "index",
    "presence": "code", "age_s": "s", "elapsed_s": "s", "left_s": "s", "level_db": "dB", "time_s": "s",
}


def microvolts_per(unit: str) -> float | None:
    """Return how many microvolts one `unit` is; None for a name that is no unit of voltage."""
    return MICROVOLTS_PER.get(unit.strip().lower())
