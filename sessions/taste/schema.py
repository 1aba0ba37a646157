"""A listener's file: what they like, what the music keeps away from, and what their ratings have taught."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, field_validator

from generators.sound.palettes import NAMES, find_palette
from loop.intent import CALM_TEMPO_LEAST_BPM, CALM_TEMPO_MOST_BPM, Taste
from loop.taste import (
    AROUSAL_ROWS,
    LEAN_LEAST,
    LEAN_MOST,
    MODE_CUE,
    PLAYED_MODES,
    VALENCE_ROWS,
    Avoided,
    Leanings,
    joined,
    taste_of,
)
from sessions.protocol.part import Part
from sessions.protocol.wording import found, near

SLOWEST_BPM, FASTEST_BPM = 20.0, 300.0
INSTRUMENTS = tuple(sorted({instrument for name in NAMES for instrument in find_palette(name).instruments}))


def _known(values: Sequence[str], names: Collection[str], kind: str) -> None:
    for value in values:
        if value not in names:
            raise ValueError(f"{found(value)} is no {kind}; {kind}s here: {', '.join(names)}{near(value, names)}")


class Likes(Part):
    """What the listener would rather hear."""

    palettes: list[str] = Field(
        default_factory=list,
        description="Palettes, dearest first. None by default. Taken where the protocol sets no palette.",
    )
    instruments: list[str] = Field(
        default_factory=list,
        description="Instruments: where no palette is named, the palette that has most of them is taken.",
    )

    @field_validator("palettes")
    @classmethod
    def _palettes(cls, value: list[str]) -> list[str]:
        _known(value, NAMES, "palette")
        return value

    @field_validator("instruments")
    @classmethod
    def _instruments(cls, value: list[str]) -> list[str]:
        _known(value, INSTRUMENTS, "instrument")
        return value


class Avoid(Part):
    """What the music keeps away from."""

    instruments: list[str] = Field(
        default_factory=list, description="Instruments: a palette without them is taken where the protocol sets none.",
    )
    modes: list[str] = Field(
        default_factory=list, description="Modes: the nearest allowed one in brightness is played instead.",
    )
    tempo_bpm: list[tuple[float, float]] = Field(
        default_factory=list,
        description="Ranges, [lowest, highest]: the tempo stays at the edge where it is until the wish is past them.",
    )

    @field_validator("instruments")
    @classmethod
    def _instruments(cls, value: list[str]) -> list[str]:
        _known(value, INSTRUMENTS, "instrument")
        return value

    @field_validator("modes")
    @classmethod
    def _modes(cls, value: list[str]) -> list[str]:
        _known(value, PLAYED_MODES, "mode")
        if set(PLAYED_MODES) <= set(value):
            raise ValueError(f"no mode is left; keep one of {', '.join(PLAYED_MODES)}")
        return value

    @field_validator("tempo_bpm", mode="before")
    @classmethod
    def _tempi(cls, value: Any) -> Any:
        if not isinstance(value, list):
            raise ValueError(f"{found(value)} is no list of ranges in bpm; such as [[50, 55], [80, 84]]")
        ranges = [_range_bpm(each) for each in value]
        covering = [low < CALM_TEMPO_LEAST_BPM and high > CALM_TEMPO_MOST_BPM for low, high in joined(ranges)]
        if any(covering):
            raise ValueError(f"no tempo is left from {CALM_TEMPO_LEAST_BPM:g} to {CALM_TEMPO_MOST_BPM:g} bpm, where "
                             "calm music lies; leave some")
        return ranges


class Learned(Part):
    """What ratings have taught; written by `euthymia taste learn`."""

    sessions: int = Field(ge=1, description="How many sessions it was learned from. No default.")
    excerpts: int = Field(ge=1, description="How many rated excerpts. No default.")
    arousal: dict[str, float] = Field(
        default_factory=dict, description="By cue, what the table's weight for arousal is multiplied by; 1 by default.",
    )
    valence: dict[str, float] = Field(
        default_factory=dict, description="The same for valence.",
    )

    @field_validator("arousal")
    @classmethod
    def _arousal(cls, value: dict[str, float]) -> dict[str, float]:
        return _leanings(value, AROUSAL_ROWS)

    @field_validator("valence")
    @classmethod
    def _valence(cls, value: dict[str, float]) -> dict[str, float]:
        return _leanings(value, (MODE_CUE, *VALENCE_ROWS))


class TasteFile(Part):
    """The whole file."""

    version: Literal[1] = Field(description="Of this format. No default: a file says what it was written for.")
    about: str = Field(default="", description="A sentence. Empty by default. Never a name.")
    likes: Likes = Field(default_factory=Likes, description="Nothing by default.")
    avoid: Avoid = Field(default_factory=Avoid, description="Nothing by default.")
    learned: Learned | None = Field(default=None, description="Nothing by default: the house's table.")

    @property
    def taste(self) -> Taste:
        """The listener's own intent table."""
        learned = self.learned
        leanings = Leanings(learned.arousal, learned.valence) if learned is not None else Leanings()
        return taste_of(leanings, Avoided(self.avoid.modes, self.avoid.tempo_bpm))

    @property
    def palette(self) -> str:
        """The palette for a protocol that sets none; "" where the file gives no reason for any."""
        if not (self.likes.palettes or self.likes.instruments or self.avoid.instruments):
            return ""
        held = {name: set(find_palette(name).instruments) for name in NAMES}
        rid = [name for name in NAMES if held[name].isdisjoint(self.avoid.instruments)] or list(NAMES)
        liked = [name for name in self.likes.palettes if name in rid]
        return liked[0] if liked else max(rid, key=lambda name: len(held[name] & set(self.likes.instruments)))


def _range_bpm(value: Any) -> tuple[float, float]:
    numbers = isinstance(value, list | tuple) and all(type(bpm) in (int, float) for bpm in value)
    if not numbers or len(value) != 2 or not SLOWEST_BPM <= value[0] < value[1] <= FASTEST_BPM:
        said = json.dumps(value) if numbers else found(value)
        raise ValueError(f"{said} is no range; [lowest, highest] in bpm, from {SLOWEST_BPM:g} to {FASTEST_BPM:g}")
    return float(value[0]), float(value[1])


def _leanings(value: Mapping[str, float], cues: Collection[str]) -> dict[str, float]:
    _known(list(value), cues, "cue")
    for cue, lean in value.items():
        if not LEAN_LEAST <= lean <= LEAN_MOST:
            raise ValueError(f"{cue} is {lean:g}; a number from {LEAN_LEAST:g} to {LEAN_MOST:g}")
    return dict(value)
