"""Who doubles and answers, and what attack, vibrato and room do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generators.bars import Bar, Note
from generators.sound.arrangement import ANSWER_AFTER, Guest, arranged
from generators.sound.held import BASS_HAND, PAD_HAND
from generators.sound.touch import Touch

CROWN, ANSWER = Guest("bells above", "crown"), Guest("answering keys", "answer")
PAD = Note(0.0, 8.0, 60, 0.5, "pad")

plucks = st.lists(st.builds(Note, st.integers(0, 15).map(lambda half: half / 2), st.just(2.0), st.integers(48, 84),
                            st.floats(0.1, 1.0), st.just("pluck")), max_size=8)
bars = st.builds(Bar, st.integers(0, 50), plucks.map(lambda notes: (PAD, *notes)), st.just("Dorian"),
                 st.integers(0, 11), st.integers(0, 6), st.booleans(), st.booleans())


@given(bars)
def test_a_guest_plays_at_most_one_note_a_bar_and_only_a_pitch_of_the_voice_it_listens_to(bar: Bar) -> None:
    notes = arranged(bar, (CROWN, ANSWER))
    assert notes[:len(bar.notes)] == bar.notes
    added = notes[len(bar.notes):]
    assert {note.voice for note in added} <= {CROWN.name, ANSWER.name}
    assert len({note.voice for note in added}) == len(added)
    said = {note.pitch: note.velocity for note in bar.notes if note.voice == "pluck"}
    assert all(note.pitch in said for note in added)


@given(bars)
def test_an_answer_comes_only_where_there_is_room_for_it(bar: Bar) -> None:
    answers = [note for note in arranged(bar, (ANSWER,)) if note.voice == ANSWER.name]
    busy = any(note.onset_eighths >= ANSWER_AFTER for note in bar.notes if note.voice == "pluck")
    assert not (answers and (busy or bar.index % 2 == 0 or bar.last))
    assert all(note.pitch % 12 == PAD.pitch % 12 for note in answers)


def test_a_phrase_is_crowned_at_its_first_note_and_nowhere_else() -> None:
    notes = tuple(Note(float(at), 1.0, 72 + at, 0.5, "pluck") for at in (2, 4, 6))
    begun, within = (Bar(3, notes, "Dorian", 0, 0, phrase_start=start) for start in (True, False))
    assert [(note.pitch, note.onset_eighths) for note in arranged(begun, (CROWN,))[3:]] == [(74, 2.0)]
    assert arranged(within, (CROWN,)) == notes


@given(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_softer_never_begins_faster_and_calm_is_never_under_60_ms(one: float, other: float, calm: bool) -> None:
    for hand in (PAD_HAND, BASS_HAND):
        soft, hard = (hand.attack(Touch(60, 0.5, calm, 0.4, share)) for share in (max(one, other), min(one, other)))
        assert soft >= hard >= (0.06 if calm else 0.0)
