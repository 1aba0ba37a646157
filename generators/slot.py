"""A newest-wins slot in shared memory: one writer, one reader, and neither ever waits for the other.

The writer fills the page after the one that is shown and then shows it by raising the sequence counter: a page is
filled again only fifteen wishes later. The checksum tells a reader that was slower than that, who then keeps what it
read last and looks again at its next turn. No lock is held, so a writer that is stopped or killed at any point cannot
hold its reader up.
"""

from __future__ import annotations

import zlib
from multiprocessing.context import SpawnContext
from typing import Any

from generators.bars import Wish, wish_from_json, wish_to_json

PAGES = 16
PAGE_BYTES = 4096                  # a wish takes about 400
HEAD_BYTES = 8                     # length and crc, four each


class WishSlot:
    """Room for one `Wish` between two processes; made by the parent, handed to a spawned child as an argument.

    Parameters
    ----------
    context : SpawnContext
        The multiprocessing context that the child will be spawned from.
    """

    def __init__(self, context: SpawnContext) -> None:
        self._count: Any = context.RawValue("Q", 0)
        self._memory: Any = context.RawArray("B", PAGES * PAGE_BYTES)

    def write(self, wish: Wish) -> None:
        """Show `wish` in place of the one before; one writer only."""
        payload = wish_to_json(wish).encode()
        if len(payload) > PAGE_BYTES - HEAD_BYTES:
            raise ValueError(f"a wish of {len(payload)} bytes does not fit the slot of {PAGE_BYTES}")
        count = self._count.value + 1
        head = len(payload).to_bytes(4, "little") + zlib.crc32(payload).to_bytes(4, "little")
        memoryview(self._memory).cast("B")[_page(count, len(payload))] = head + payload
        self._count.value = count

    @property
    def count(self) -> int:
        """How many wishes were written: a cheap look whether there is a new one."""
        return int(self._count.value)

    def read(self) -> Wish | None:
        """Return the newest wish; None before the first, and where the writer was just at work on it."""
        count = self.count
        if count == 0:
            return None
        page = bytes(memoryview(self._memory).cast("B")[_page(count, PAGE_BYTES - HEAD_BYTES)])
        length, crc = int.from_bytes(page[:4], "little"), int.from_bytes(page[4:HEAD_BYTES], "little")
        payload = page[HEAD_BYTES:HEAD_BYTES + length]
        if len(payload) != length or zlib.crc32(payload) != crc:
            return None
        return wish_from_json(payload.decode())


def _page(count: int, n_bytes: int) -> slice:
    start = (count % PAGES) * PAGE_BYTES
    return slice(start, start + HEAD_BYTES + n_bytes)
