"""The corpus reader on scores that music21 parses: short tunes in ABC, and a chorale of its wheel."""

from __future__ import annotations

import warnings

import pytest

from generators.symbolic.corpus import CHORALES, read_score

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from music21 import converter, corpus

TUNE = "X:1\nT:A tune\nM:{metre}\nL:1/8\nK:{key}\n{bars}\n"
SCALE = "D2 E2 F2 G2 | A2 B2 c2 d2 | d2 c2 B2 A2 | G2 F2 E2 D2 | A2 F2 D2 F2 | G2 E2 C2 E2 | D4 F4 | D8 |"
QUICK = "DE FG | AB cd | dc BA | GF ED | AF DF | GE CE | D2 F2 | D4 |"


def read(bars, metre="4/4", key="D"):
    return read_score(converter.parse(TUNE.format(metre=metre, key=key, bars=bars), format="abc"), "oneills1850")


def test_a_tune_is_read_on_a_grid_of_sixteenths_in_the_key_of_its_signature_and_its_end():
    piece = read(SCALE)
    assert (piece.tonic, piece.mode, piece.n_bars) == (2, "Ionian", 8)
    assert piece.notes[:3] == ((0, 0, 4, 62), (0, 4, 4, 64), (0, 8, 4, 66))
    assert piece.notes[-1] == (0, 112, 16, 62)


def test_a_bar_of_two_beats_is_read_with_doubled_values():
    quick, slow = read(QUICK, metre="2/4"), read(SCALE)
    assert [note[1:3] for note in quick.notes] == [note[1:3] for note in slow.notes]


@pytest.mark.parametrize(("key", "mode"), [("D", "Ionian"), ("Dmix", "Mixolydian"), ("Ddor", "Dorian"),
                                           ("Dmin", "Aeolian"), ("Dlyd", "Lydian"), ("Dphr", "Phrygian")])
def test_a_mode_is_known_by_its_signature_about_the_last_note(key, mode):
    assert read(SCALE, key=key).mode == mode


def test_what_is_not_of_our_kind_is_left_out():
    assert read("D2 E2 F2 | " * 8, metre="3/4") is None
    assert read(SCALE.replace("D8", "C8")) is None                    # ends on the seventh: Locrian is no mode of ours
    assert read("^D2 ^G2 ^A2 =F2 | " * 7 + "D8 |") is None            # most of it is outside its scale
    assert read("(3DEF (3GAB (3cde (3dcB | " * 7 + "D8 |") is None    # triplets are not on the grid
    assert read("D8 |") is None


def test_a_chorale_has_four_voices_and_phrases_that_end_at_its_fermatas():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        piece = read_score(corpus.parse("bach/bwv66.6"), CHORALES)
    assert {note[0] for note in piece.notes} == {0, 1, 2, 3}
    assert (piece.tonic, piece.mode) == (6, "Aeolian")
    assert piece.landings
    assert all(0 <= bar < piece.n_bars for bar in piece.landings)
    lowest = {voice: min(note[3] for note in piece.notes if note[0] == voice) for voice in range(4)}
    assert lowest[3] < lowest[2] < lowest[0]
