"""From intent to words: shares that add up, a small change that stays small, and words for every mode and palette."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from generators.bars import Wish
from generators.musicgen.prompts import AXES, GUIDANCE, MODES, PALETTES, blend, guidance, halfway
from generators.sound.palettes import NAMES
from loop.values import MODES as ALL_MODES
from loop.values import Presence
from tests.generators.intents import intent_at
from tests.generators.scenes import wish

ranges = {axis.field: st.floats(axis.stops[0][0] * 0.8, axis.stops[-1][0] * 1.2) for axis in AXES}
intents = st.fixed_dictionaries(ranges)


@given(intents, st.sampled_from(NAMES), st.booleans())
def test_the_shares_of_the_texts_add_up_to_one(numbers, palette, calm):
    texts = blend(wish(calm=calm, **numbers), palette)
    assert abs(sum(share for _, share in texts) - 1) < 1e-9
    assert 1 <= len(texts) <= 2 ** len(AXES)
    assert all(share > 0 for _, share in texts)


@given(intents, st.sampled_from([axis.field for axis in AXES]), st.floats(0, 0.02))
def test_a_small_change_of_the_intent_is_a_small_change_of_the_blend(numbers, field, share):
    stops = next(axis.stops for axis in AXES if axis.field == field)
    moved = numbers | {field: numbers[field] + share * (stops[-1][0] - stops[0][0])}
    before, after = dict(blend(wish(**numbers), "calm")), dict(blend(wish(**moved), "calm"))
    distance = sum(abs(before.get(text, 0.0) - after.get(text, 0.0)) for text in before | after)
    assert distance <= 2 * share * (len(stops) - 1) * 2 + 1e-9


def test_every_mode_and_palette_has_words():
    assert set(ALL_MODES) <= set(MODES)
    assert set(NAMES) == set(PALETTES)
    assert len(set(MODES.values())) == len(MODES)


def test_more_arousal_is_told_as_more():
    def told(arousal):
        return " ".join(text for text, _ in blend(Wish(intent_at(0.0, arousal), Presence.PLAYING), "calm"))
    assert "sparse" in told(-1.0) and "slow" in told(-1.0)
    assert "busy" in told(1.0) and "lively" in told(1.0)


def test_a_change_of_mode_goes_halfway_first():
    before, after = blend(wish(), "calm"), blend(replace(wish(), intent=replace(wish().intent, mode="Ionian")), "calm")
    between = dict(halfway(before, after))
    assert abs(sum(between.values()) - 1) < 1e-9
    assert abs(sum(share for text, share in between.items() if "Dorian" in text) - 0.5) < 1e-9


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_the_words_hold_more_the_surer_the_state_is(one, other):
    low, high = sorted((one, other))
    assert GUIDANCE[0] <= guidance(low) <= guidance(high) <= GUIDANCE[1]
