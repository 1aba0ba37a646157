"""Tells a person what the program decided about the stream, as soon as it has: mains, reference, alpha frequency."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from loop.inputs import Input
from loop.values import Cycle


class Teller:
    """Says each note once, when a phase begins; implements `loop.ports.Observer`.

    Parameters
    ----------
    notes : callable
        Returns what is known by now, one sentence each.
    say : callable
        Takes one line.
    """

    def __init__(self, notes: Callable[[], Sequence[str]], say: Callable[[str], None]) -> None:
        self._notes = notes
        self._say = say
        self._said: set[str] = set()
        self._phase = -1

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Look at the notes where a phase began."""
        if cycles and cycles[-1].status.moment.phase_index != self._phase:
            self._phase = cycles[-1].status.moment.phase_index
            self._tell()

    def close(self) -> None:
        """Tell what came last."""
        self._tell()

    def _tell(self) -> None:
        for note in self._notes():
            if note not in self._said:
                self._said.add(note)
                self._say(note)
