"""The newest-wins slot."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.bars import Wish
from generators.slot import PAGE_BYTES, WishSlot
from loop.values import Intent, Presence

CONTEXT = multiprocessing.get_context("spawn")
INTENT = Intent(78.0, 0.42, "Dorian", 0.0, 0.25, 0.3, 0.0, 0.4)


def wish(level_db: float) -> Wish:
    return Wish(INTENT, Presence.PLAYING, level_db, calm=True, sent_s=1.5)


def write_without_end(slot: WishSlot, pipe: Connection) -> None:
    pipe.send_bytes(b"up")
    level = 0
    while True:
        slot.write(wish(float(level)))
        level += 1


def test_an_empty_slot_reads_as_nothing() -> None:
    assert WishSlot(CONTEXT).read() is None


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-40, 12), min_size=1, max_size=5))
def test_the_newest_wish_wins_whole(levels: list[float]) -> None:
    slot = WishSlot(CONTEXT)
    for level in levels:
        slot.write(wish(level))
    assert slot.read() == wish(levels[-1])
    assert slot.count == len(levels)


def test_a_torn_wish_is_never_read() -> None:
    slot = WishSlot(CONTEXT)
    slot.write(wish(1.0))
    slot._memory[PAGE_BYTES + 20] ^= 1
    assert slot.read() is None


def test_a_wish_that_does_not_fit_is_refused() -> None:
    huge = Wish(Intent(78.0, 0.4, "D" * PAGE_BYTES, 0, 0, 0, 0, 0), Presence.PLAYING)
    with pytest.raises(ValueError, match="does not fit"):
        WishSlot(CONTEXT).write(huge)


def test_a_writer_that_is_killed_at_work_never_holds_or_fools_the_reader() -> None:
    slot = WishSlot(CONTEXT)
    ours, theirs = CONTEXT.Pipe()
    writer = CONTEXT.Process(target=write_without_end, args=(slot, theirs), daemon=True)
    writer.start()
    ours.recv_bytes()
    seen = []
    while slot.count < 5000:
        if slot.count:
            seen.append(slot.read())
    writer.kill()
    writer.join()
    levels = [found.level_db for found in seen if found is not None]
    assert levels == sorted(levels)
    assert len(levels) > 10
    assert len(levels) > len(seen) / 2
    slot.write(wish(-1.0))
    slot.write(wish(-2.0))
    assert slot.read() == wish(-2.0)
