from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.inputs import Chunk
from loop.values import Block, FloatArray
from sensing.recut import Recutter
from tests.sensing.streams import START_S, cut, even_chunks, even_stamps, header_of, pink

RATE_HZ = 250.0
LABELS = ("F3", "F4", "O1")


def recutter(hop_s: float = 0.25) -> Recutter:
    return Recutter(header_of(RATE_HZ, LABELS), (0, 1, 2), hop_s)


def blocks_of(recut: Recutter, chunks: Iterable[Chunk]) -> list[Block]:
    return [block for chunk in chunks for block in recut.take(chunk)]


def numbered(n_times: int) -> FloatArray:
    return np.repeat(np.arange(n_times, dtype=np.float32)[:, None], 3, axis=1)


def run(
    samples: FloatArray, stamps_s: FloatArray, edges: Iterable[int] = range(10, 10**6, 10),
) -> tuple[Recutter, list[Block]]:
    recut = recutter()
    return recut, blocks_of(recut, cut(samples, stamps_s, (edge for edge in edges if edge < len(samples))))


@settings(deadline=None, max_examples=40)
@given(edges=st.lists(st.integers(1, 999), max_size=60))
def test_no_cut_of_the_stream_changes_a_block(edges: list[int]) -> None:
    samples, stamps = pink(1000, 3), even_stamps(1000, RATE_HZ)
    _, whole = run(samples, stamps, ())
    _, pieces = run(samples, stamps, edges)
    assert [block.first_sample for block in whole] == [block.first_sample for block in pieces]
    assert [block.newest_s for block in whole] == [block.newest_s for block in pieces]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(whole, pieces, strict=True))


def test_decision_k_is_due_at_the_ceiling_of_k_hops() -> None:
    _, blocks = run(numbered(1000), even_stamps(1000, RATE_HZ))
    ends = [block.first_sample + len(block.samples) for block in blocks]
    assert ends == [int(np.ceil(k * 62.5)) for k in range(1, 17)]


def test_it_wants_exactly_the_samples_until_the_next_decision() -> None:
    recut = recutter()
    for chunk in even_chunks(numbered(500), RATE_HZ, 7):
        wanted = recut.n_wanted
        assert bool(recut.take(chunk)) == (len(chunk.samples) >= wanted)


def test_perfect_stamps_break_nothing() -> None:
    recut, blocks = run(pink(5000, 3), even_stamps(5000, RATE_HZ))
    assert not any(block.broken for block in blocks)
    assert recut.counts.samples == 5000
    assert (recut.counts.gaps, recut.counts.repeats, recut.counts.backward) == (0, 0, 0)


def test_one_lost_sample_is_a_gap() -> None:
    kept = np.delete(np.arange(2000), 1000)
    recut, blocks = run(pink(2000, 3)[kept], even_stamps(2000, RATE_HZ)[kept])
    assert recut.counts.gaps == 1
    assert [block.first_sample for block in blocks if block.broken] == [1000]


@pytest.mark.parametrize("jitter_s", [0.0005, 0.002, 0.01])
def test_jittered_stamps_are_no_gaps_after_the_first_second(jitter_s: float) -> None:
    stamps = even_stamps(20_000, RATE_HZ) + np.random.default_rng(3).normal(0, jitter_s, 20_000)
    _, blocks = run(pink(20_000, 3), stamps)
    assert not any(block.broken for block in blocks if block.first_sample > 250)


def test_a_long_loss_is_a_gap_in_jittered_stamps() -> None:
    stamps = even_stamps(5000, RATE_HZ) + np.random.default_rng(3).normal(0, 0.002, 5000)
    stamps[3000:] += 0.1
    _, blocks = run(pink(5000, 3), stamps)
    assert [block.first_sample for block in blocks if block.broken and block.first_sample > 250] == [3000]


def test_stamps_given_in_bursts_are_no_gaps() -> None:
    stamps = even_stamps(5000, RATE_HZ)[np.arange(5000) // 10 * 10 + 9]
    recut, _ = run(pink(5000, 3), stamps)
    assert recut.counts.gaps == recut.counts.backward == 0


def test_a_rate_that_is_a_little_off_is_no_gap() -> None:
    recut, _ = run(pink(20_000, 3), START_S + np.arange(20_000) / 249.0)
    assert recut.counts.gaps == 0


def test_a_rate_that_is_half_of_what_the_header_says_breaks_every_block() -> None:
    _, blocks = run(pink(2000, 3), START_S + np.arange(2000) / 125.0)
    assert all(block.broken for block in blocks)


def test_a_small_change_of_the_clock_offset_is_no_gap() -> None:
    recut = recutter()
    for k, chunk in enumerate(even_chunks(pink(5000, 3), RATE_HZ)):
        assert not any(block.broken for block in recut.take(replace(chunk, offset_s=0.01 * (k // 100 % 3))))
    assert recut.counts.gaps == recut.counts.backward == 0


@settings(deadline=None, max_examples=40)
@given(
    start=st.integers(0, 700), n=st.integers(1, 200), again_after=st.integers(0, 200),
    edges=st.lists(st.integers(1, 1100)),
)
def test_no_sample_is_used_twice(start: int, n: int, again_after: int, edges: list[int]) -> None:
    samples, stamps = numbered(1000), even_stamps(1000, RATE_HZ)
    at = min(1000, start + n + again_after)
    order = np.concatenate([np.arange(at), np.arange(start, min(1000, start + n)), np.arange(at, 1000)])
    recut, blocks = run(samples[order], stamps[order], edges)
    used = np.concatenate([block.samples[:, 0] for block in blocks])
    assert np.array_equal(used, np.arange(len(used)))
    assert recut.counts.repeats == len(order) - 1000
    assert recut.counts.samples == 1000


def test_a_repeat_breaks_its_block() -> None:
    order = np.concatenate([np.arange(100), np.arange(90, 100), np.arange(100, 500)])
    _, blocks = run(numbered(500)[order], even_stamps(500, RATE_HZ)[order])
    assert [block.first_sample for block in blocks if block.broken] == [63]


def test_a_clock_that_starts_anew_is_a_step_backward() -> None:
    stamps = even_stamps(2000, RATE_HZ)
    stamps[1000:] -= 50.0
    recut, blocks = run(pink(2000, 3), stamps)
    assert recut.counts.backward == 1
    assert [block.first_sample for block in blocks if block.broken] == [1000]


@pytest.mark.parametrize("shift_s", [0.2, 90.0, 7200.0, np.nan, np.inf, -np.inf])
def test_stamps_that_cannot_be_true_are_not_given(shift_s: float) -> None:
    recut = recutter()
    wrong = -shift_s if shift_s > 1 else shift_s
    blocks = blocks_of(recut, (replace(c, stamps_s=c.stamps_s + wrong) for c in even_chunks(pink(500, 3), RATE_HZ)))
    assert len(blocks) == 8
    assert all(np.isnan(block.newest_s) for block in blocks)


def test_stamps_of_zero_are_no_stamps() -> None:
    recut = recutter()
    chunks = even_chunks(numbered(500) * 0, RATE_HZ)
    blocks = blocks_of(recut, (replace(chunk, stamps_s=np.zeros(len(chunk.stamps_s))) for chunk in chunks))
    assert len(blocks) == 8
    assert all(np.isnan(block.newest_s) for block in blocks)


def test_a_backlog_is_old_and_true() -> None:
    recut = recutter()
    chunks = list(even_chunks(pink(2000, 3), RATE_HZ))
    blocks_of(recut, chunks[:100])
    late = blocks_of(recut, (replace(chunk, time_s=chunk.time_s + 400.0) for chunk in chunks[100:]))
    ends = [block.first_sample + len(block.samples) for block in late]
    assert [block.newest_s for block in late] == [START_S + (end - 1) / RATE_HZ for end in ends]


def test_the_offset_corrects_the_newest_stamp() -> None:
    recut = recutter()
    chunks = (replace(c, stamps_s=c.stamps_s - 1000.0, offset_s=1000.0) for c in even_chunks(pink(63, 3), RATE_HZ))
    assert blocks_of(recut, chunks)[0].newest_s == pytest.approx(START_S + 62 / RATE_HZ)


def test_channels_that_are_no_eeg_stay_out() -> None:
    recut = Recutter(header_of(RATE_HZ, LABELS), (2, 0), 0.25)
    samples = np.tile(np.array([1.0, 2.0, 3.0], np.float32), (63, 1))
    (block,) = blocks_of(recut, even_chunks(samples, RATE_HZ, 63))
    assert block.samples[0].tolist() == [3.0, 1.0]


ODD = st.sampled_from([0.0, np.nan, np.inf, -np.inf, 1e300, -1e300, 1e9, START_S, START_S + 1.0])


@settings(deadline=None, max_examples=60)
@given(stamps=st.lists(ODD | st.floats(90, 110), min_size=1, max_size=300), offset=ODD, n=st.integers(1, 80))
def test_no_stamps_whatever_make_it_raise_or_lose_a_sample(stamps: list[float], offset: float, n: int) -> None:
    recut = recutter()
    samples = numbered(len(stamps))
    blocks: list[Block] = []
    for start in range(0, len(stamps), n):
        piece = np.array(stamps[start:start + n])
        blocks += recut.take(Chunk(samples[start:start + n], piece, offset, START_S))
    used = np.concatenate([block.samples[:, 0] for block in blocks]) if blocks else np.zeros(0)
    assert np.array_equal(used, np.arange(len(used)))
    assert recut.counts.samples == len(stamps)
