"""The beat clock."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from generators.bars import Bar, Note
from generators.sound.ring import RATE_HZ
from generators.sound.sequencer import LATEST_S, QUEUE_BARS, TIE_S, VARIATIONS, Onset, Sequencer

BAR_S = 4 * 60 / 78                # at the tempo that a sequencer begins with


def bar(index: int, last: bool = False) -> Bar:
    notes = tuple(Note(float(at), 1.0, 60 + at, 0.5, "pluck") for at in range(8))
    return Bar(index, (*notes, Note(0.0, 8.0, 48, 0.5, "pad")), "Dorian", 2, 0, last=last)


def awake(n_bars: int, seed: int = 0) -> Sequencer:
    sequencer = Sequencer(seed)
    sequencer.wake()
    for index in range(n_bars):
        assert sequencer.offer(bar(index))
    return sequencer


def absolute(sequencer: Sequencer, cuts: list[int]) -> list[tuple[int, Onset]]:
    found = []
    for n_frames in cuts:
        at = sequencer.frame
        found += [(at + onset.offset, Onset(0, onset.note, onset.gate_s)) for onset in sequencer.advance(n_frames)]
    return found


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=30), st.floats(50, 120))
def test_how_it_is_called_never_changes_what_is_played(cuts: list[int], tempo_bpm: float) -> None:
    whole, pieces = awake(3), awake(3)
    for sequencer in (whole, pieces):
        sequencer.advance(256)
        sequencer.aim(tempo_bpm, 0.5, calm=False)
    assert absolute(whole, [sum(cuts)]) == absolute(pieces, cuts)


def lateness_s(sequencer: Sequencer) -> list[float]:
    onsets = absolute(sequencer, [int(BAR_S * RATE_HZ * 0.99)])
    plucked = [frame for frame, onset in onsets if onset.note.voice == "pluck"]
    return [frame / RATE_HZ - at * BAR_S / 8 for at, frame in enumerate(plucked)]


def test_eighths_fall_where_the_tempo_puts_them_or_a_hands_breadth_later() -> None:
    late_s = lateness_s(awake(1))
    assert len(late_s) == 8
    assert min(late_s) > -2 / RATE_HZ and max(late_s) <= LATEST_S + 2 / RATE_HZ
    assert max(late_s) - min(late_s) > 0.001


def test_another_seed_has_another_hand() -> None:
    assert lateness_s(awake(1, seed=1)) == lateness_s(awake(1, seed=1)) != lateness_s(awake(1, seed=2))


def test_the_bed_is_on_the_beat() -> None:
    (frame, bed), = ((at, onset) for at, onset in absolute(awake(1), [4096]) if onset.note.voice == "pad")
    assert (frame, bed.note.onset_eighths) == (0, 0.0)


def test_every_note_falls_inside_the_frames_that_it_is_given_for() -> None:
    sequencer = awake(4)
    for _ in range(3000):
        assert all(0 <= onset.offset < 256 for onset in sequencer.advance(256))


def test_the_tempo_moves_by_no_more_than_one_percent_a_second() -> None:
    sequencer = awake(8)
    sequencer.advance(256)
    sequencer.aim(120.0, 0.3, calm=False)
    before = sequencer.tempo_bpm
    sequencer.advance(RATE_HZ)
    assert 1.009 < sequencer.tempo_bpm / before < 1.0101


def test_calm_music_keeps_between_50_and_84() -> None:
    sequencer = Sequencer(0)
    sequencer.aim(107.0, 0.3, calm=True)
    assert sequencer.tempo_bpm == 84.0


def test_articulation_shortens_the_gate() -> None:
    legato, short = awake(1), awake(1)
    legato.aim(78.0, 0.0, calm=False)
    short.aim(78.0, 1.0, calm=False)
    long_s, short_s = gates(legato), gates(short)
    assert abs(short_s["pluck"] - 0.3 * long_s["pluck"]) < 1e-9


def test_articulation_leaves_the_bed_whole_and_held_over_into_the_next_bar() -> None:
    legato, short = awake(1), awake(1)
    legato.aim(78.0, 0.0, calm=False)
    short.aim(78.0, 1.0, calm=False)
    assert abs(gates(legato)["pad"] - BAR_S - TIE_S) < 1e-9
    assert abs(gates(short)["pad"] - BAR_S - TIE_S) < 1e-9


def gates(sequencer: Sequencer) -> dict[str, float]:
    return {onset.note.voice: onset.gate_s for onset in sequencer.advance(1024)}


def test_a_bar_is_reported_with_its_tempo() -> None:
    sequencer = awake(2)
    sequencer.advance(256)
    sequencer.aim(100.0, 0.3, calm=False)
    sequencer.advance(int(BAR_S * RATE_HZ))
    first, second = sequencer.played()
    assert first.tempo_bpm == 78.0
    assert 78.0 < second.tempo_bpm < 78.0 * 1.01 ** (BAR_S + 0.1)


def test_a_late_bar_is_replaced_without_a_gap_and_counted() -> None:
    sequencer = awake(1)
    onsets = absolute(sequencer, [int(BAR_S * RATE_HZ * 6.5)])
    played = sequencer.played()
    assert [one.fallback for one in played] == ["", *["varied"] * VARIATIONS, *["soft_pad"] * (6 - VARIATIONS)]
    gaps = [after[0] - before[0] for before, after in pairwise(onsets)]
    assert max(gaps) <= BAR_S * RATE_HZ + 1
    assert [one.frame for one in played] == sorted(one.frame for one in played)


def test_a_varied_bar_is_not_the_bar_itself() -> None:
    sequencer = awake(1)
    sequencer.advance(int(BAR_S * RATE_HZ * 2.5))
    first, second, third = (one.bar for one in sequencer.played())
    assert first.notes != second.notes != third.notes


def test_the_music_comes_back_as_soon_as_a_bar_does() -> None:
    sequencer = awake(1)
    sequencer.advance(int(BAR_S * RATE_HZ * 2.5))
    sequencer.offer(bar(7))
    sequencer.advance(int(BAR_S * RATE_HZ))
    assert [one.fallback for one in sequencer.played()] == ["", "varied", "varied", ""]


def test_after_the_last_bar_it_rests_until_woken() -> None:
    sequencer = Sequencer(0)
    sequencer.wake()
    sequencer.offer(bar(0, last=True))
    sequencer.advance(int(BAR_S * RATE_HZ * 1.5))
    assert sequencer.resting
    sequencer.offer(bar(1))
    assert sequencer.advance(RATE_HZ) == []
    sequencer.wake()
    assert sequencer.advance(256)


def test_music_that_is_wanted_again_while_its_last_bar_is_played_goes_on_after_it() -> None:
    sequencer = Sequencer(0)
    sequencer.wake()
    sequencer.offer(bar(0, last=True))
    sequencer.advance(RATE_HZ)
    sequencer.wake()
    sequencer.offer(bar(1))
    sequencer.advance(int(BAR_S * RATE_HZ))
    assert [played.bar.index for played in sequencer.played()] == [0, 1]
    sequencer.offer(bar(2, last=True))
    sequencer.advance(int(3 * BAR_S * RATE_HZ))
    assert sequencer.resting, "a wish is granted once"


def test_a_stale_ending_is_not_played_when_the_music_comes_back() -> None:
    sequencer = Sequencer(0)
    sequencer.offer(bar(0))
    sequencer.offer(bar(1, last=True))
    sequencer.offer(bar(2))
    sequencer.wake()
    sequencer.advance(256)
    assert [one.bar.index for one in sequencer.played()] == [2]
    assert sequencer.dropped == 2


def test_without_a_composer_a_soft_pad_begins_after_two_seconds() -> None:
    sequencer = Sequencer(0)
    sequencer.wake()
    assert sequencer.advance(int(1.9 * RATE_HZ)) == []
    assert {onset.note.voice for onset in sequencer.advance(RATE_HZ)} == {"pad"}


def test_the_queue_is_bounded() -> None:
    sequencer = Sequencer(0)
    taken = [sequencer.offer(bar(index)) for index in range(QUEUE_BARS + 3)]
    assert taken == [True] * QUEUE_BARS + [False] * 3


def test_bars_that_wait_give_way_to_those_of_their_indices_all_at_once() -> None:
    sequencer = awake(3)
    sequencer.advance(256)
    assert sequencer.offer(replace(bar(1), take=1), replace(bar(2), take=1))
    assert sequencer.queued == 2
    sequencer.advance(int(BAR_S * RATE_HZ * 2.5))
    assert [(one.bar.index, one.bar.take, one.fallback) for one in sequencer.played()] == [
        (0, 0, ""), (1, 1, ""), (2, 1, "")]


def test_a_bar_that_has_begun_is_never_replaced_nor_are_those_that_follow_on_it() -> None:
    sequencer = awake(3)
    sequencer.advance(256)
    assert not sequencer.offer(replace(bar(0), take=1), replace(bar(1), take=1), replace(bar(2), take=1))
    sequencer.advance(int(BAR_S * RATE_HZ * 2.5))
    assert [one.bar.take for one in sequencer.played()] == [0, 0, 0]


def test_the_newest_bar_of_the_composers_own_is_told_whatever_stands_in_for_the_next() -> None:
    sequencer = awake(1)
    assert sequencer.begun is None
    sequencer.advance(int(BAR_S * RATE_HZ * 1.5))
    assert sequencer.begun is not None
    assert (sequencer.begun.bar.index, round(sequencer.begun.bar_s, 6)) == (0, round(BAR_S, 6))


def test_the_same_seed_plays_the_same() -> None:
    cuts = [int(BAR_S * RATE_HZ * 5)]
    assert absolute(awake(1, seed=3), cuts) == absolute(awake(1, seed=3), cuts)
