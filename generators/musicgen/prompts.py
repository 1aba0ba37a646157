"""From intent to words, by a table; what lies between two entries is a blend of both texts' embeddings.

Each axis has stops with words. An intent lies between two stops of each axis, so between eight texts; each has the
product of its shares as its weight (multilinear interpolation). The weights are continuous in the intent, so a small
change of state is a small change of what the model is told. Mode and instruments have no between.
Loudness is no matter of words: the level is set after the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from generators.bars import Wish
from loop.values import Intent

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

Blend = tuple[tuple[str, float], ...]      # texts and their shares, which add up to 1


@dataclass(frozen=True, slots=True)
class Axis:
    """One number of the intent in words, from stop to stop."""

    field: str                     # of `loop.values.Intent`
    stops: tuple[tuple[float, str], ...]   # ascending


# By the intent table's range and the words of MusicGen's own examples; no listener has judged them.
# All words of an axis have the same number, so that T5's tokens of two stops mostly stand in the same places.
AXES = (
    Axis("tempo_bpm", ((50.0, "very slow tempo, 50 bpm"), (64.0, "rather slow tempo, 64 bpm"),
                       (82.0, "quite moderate tempo, 82 bpm"), (105.0, "rather lively tempo, 105 bpm"),
                       (132.0, "very fast tempo, 132 bpm"))),
    Axis("density", ((0.10, "sparse long notes"), (0.42, "gently flowing notes"), (0.75, "many busy notes"))),
    Axis("brightness", ((0.12, "dark muted sound"), (0.40, "warm round sound"), (0.68, "bright clear sound"))),
)
MODES: Mapping[str, str] = MappingProxyType({
    "Phrygian": "Phrygian mode, tense minor", "Aeolian": "minor key, melancholic",
    "Dorian": "Dorian mode, thoughtful minor", "Mixolydian": "Mixolydian mode, relaxed major",
    "Ionian": "major key, serene and happy", "Lydian": "Lydian mode, dreamy and floating",
})
PALETTES: Mapping[str, str] = MappingProxyType({
    "calm": "warm synth pad, soft felt piano and soft bass",
    "warm": "soft electric piano over a low warm pad, near bass",
    "bright": "open pad with bright plucked strings and light bass", "sparse": "distant soft bells in a large hall",
})
CALM = "ambient, gentle, no drums, no sudden changes"
USUAL = "instrumental, steady, no vocals"
GUIDANCE = (2.0, 4.0)              # where nothing is known of the person, and where all is; MusicGen's own is 3


def guidance(sureness: float) -> float:
    """Return how strongly the words hold: more, the surer the state is (0..1)."""
    low, high = GUIDANCE
    return low + (high - low) * min(max(sureness, 0.0), 1.0)


def blend(wish: Wish, palette: str) -> Blend:
    """Return the texts that a wish lies between, with their shares."""
    axes = [_between(axis, wish.intent) for axis in AXES]
    texts: dict[str, float] = {}
    for corner in product(*axes):
        share = float(np.prod([part for _, part in corner]))
        if share > 0:
            text = ", ".join([*(words for words, _ in corner), PALETTES[palette], MODES[wish.intent.mode],
                              CALM if wish.calm else USUAL])
            texts[text] = texts.get(text, 0.0) + share
    return tuple(texts.items())


def halfway(before: Blend, after: Blend) -> Blend:
    """Return the blend between two, for where mode or rules change at once."""
    texts = {text: share / 2 for text, share in before}
    for text, share in after:
        texts[text] = texts.get(text, 0.0) + share / 2
    return tuple(texts.items())


def embedded(words: Callable[[str], Tensor], texts: Blend) -> Tensor:
    """Return the shares' mean of the texts' embeddings, (n_words of the longest, n_dims); shorter ones end in zeros."""
    import torch

    parts = [(words(text), share) for text, share in texts]
    longest = max(part.shape[0] for part, _ in parts)
    padded = [torch.nn.functional.pad(part, (0, 0, 0, longest - part.shape[0])) * share for part, share in parts]
    return torch.stack(padded).sum(0)


def _between(axis: Axis, intent: Intent) -> tuple[tuple[str, float], ...]:
    value = float(getattr(intent, axis.field))
    at = float(np.interp(value, [stop for stop, _ in axis.stops], np.arange(len(axis.stops))))
    low = min(int(at), len(axis.stops) - 2)
    return (axis.stops[low][1], 1 - (at - low)), (axis.stops[low + 1][1], at - low)
