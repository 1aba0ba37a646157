from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from generators.symbolic.tokens import (
    BAR,
    HEAD,
    HIGHEST,
    LENGTHS,
    LOWEST,
    SIZES,
    VOCABULARY,
    TokenBar,
    Tone,
    cut_length,
    decode,
    encode,
    encode_bar,
    tonic_pitch,
)

tones = st.builds(Tone, position=st.integers(0, 15), voice=st.integers(0, 3), pitch=st.integers(LOWEST, HIGHEST),
                  length=st.sampled_from(LENGTHS))
attributes = st.tuples(*(st.none() | st.integers(0, size - 1) for size in SIZES))
bars = st.builds(
    TokenBar, attributes,
    st.lists(tones, max_size=12).map(lambda some: tuple(sorted(some, key=lambda tone: (tone.position, tone.voice)))))
few = settings(deadline=None, max_examples=50)


@given(st.lists(bars, max_size=5), st.booleans(), st.booleans())
@few
def test_what_is_encoded_is_decoded_again(music, begins, ends):
    assert decode(encode(music, begins=begins, ends=ends)) == music


@given(st.lists(bars, max_size=5))
@few
def test_every_token_is_of_the_vocabulary_and_a_bar_begins_with_its_head(music):
    tokens = encode(music)
    assert all(0 < token < VOCABULARY for token in tokens)
    assert tokens.count(BAR) == len(music)
    assert all(len(encode_bar(bar)) >= HEAD for bar in music)


@given(st.lists(bars, min_size=1, max_size=3), st.data())
@few
def test_a_sequence_may_be_cut_anywhere(music, data):
    tokens = encode(music)
    found = decode(tokens[:data.draw(st.integers(0, len(tokens)))])
    assert found[:-1] == music[:max(0, len(found) - 1)]
    if found:
        here = music[len(found) - 1]
        assert found[-1] == TokenBar(here.attributes, here.tones[:len(found[-1].tones)])


@given(st.lists(st.integers(0, VOCABULARY - 1), max_size=60))
@few
def test_any_tokens_at_all_can_be_decoded(tokens):
    for bar in decode(tokens):
        assert all(0 <= tone.position < 16 and LOWEST <= tone.pitch <= HIGHEST for tone in bar.tones)


def test_the_vocabulary_is_small():
    assert VOCABULARY < 300


@given(st.integers(0, 11))
def test_a_tonic_is_near_middle_c(tonic):
    assert tonic_pitch(tonic) % 12 == tonic
    assert 54 <= tonic_pitch(tonic) <= 65


@given(st.integers(-3, 100))
def test_a_length_is_cut_to_one_that_is_known(length):
    assert cut_length(length) in LENGTHS
    assert cut_length(length) <= max(1, length)
