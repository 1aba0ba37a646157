"""Palettes, and how loud each is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.bars import VOICES, Wish
from generators.sound import loudness
from generators.sound.instruments import INSTRUMENTS
from generators.sound.loudness import MOST_MAKEUP_DB, Loudness
from generators.sound.palettes import NAMES, ROWS, Palette, find_palette
from loop.errors import SoundError
from loop.values import Presence
from tests.generators.intents import intent_at, points


@pytest.mark.parametrize("palette", ROWS, ids=lambda row: row.name)
def test_every_palette_has_an_instrument_for_each_voice_and_a_measured_level(palette: Palette) -> None:
    assert set(palette.parts) == {*VOICES, *(guest.name for guest in palette.guests)}
    assert {part.instrument for part in palette.parts.values()} <= set(INSTRUMENTS)
    assert all(abs(part.pan) <= 0.3 and 0 <= part.reverb <= 1 for part in palette.parts.values())
    assert len(loudness.TABLE[palette.name]) == len(loudness.BANKED[palette.name]) == len(loudness.TERMS)


def test_an_unknown_palette_is_answered_with_the_nearest() -> None:
    with pytest.raises(SoundError, match=r'no palette "brigt"; did you mean "bright"\? choose one of: calm'):
        find_palette("brigt")


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(NAMES), points, st.booleans(), st.booleans())
def test_what_is_made_good_is_bounded_all_over_the_plane(
        name: str, point: tuple[float, float], calm: bool, banked: bool) -> None:
    wish = Wish(intent_at(*point), Presence.PLAYING, calm=calm)
    assert abs(Loudness(name, -23.0, banked=banked).makeup_db(wish)) < MOST_MAKEUP_DB


@pytest.mark.parametrize("name", NAMES)
def test_a_decibel_asked_for_is_a_decibel_more(name: str) -> None:
    wish = Wish(intent_at(0.2, -0.4), Presence.PLAYING)
    soft, loud = (Loudness(name, level).makeup_db(wish) for level in (-26.0, -23.0))
    assert abs(loud - soft - 3.0) < 1e-9
