"""What is known of the electrodes' contact while a session runs: kept from headers and inputs, for screen and summary.

An observer: it stands beside the path, and what it keeps can be had again from the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from loop.inputs import Chunk, Input, SideChunk
from loop.values import Cycle, Header
from sensing.impedance import Impedance, declared, impedance_words, readings, taps


class Contacts:
    """Keeps the newest impedance of each electrode; implements `loop.ports.Observer`.

    It speaks at its first decision, which is in the quality check, and where a phase begins with other electrodes over
    their limit than were told of.

    Parameters
    ----------
    eeg : Header
        Of the EEG.
    sides : Sequence[Header]
        Of the streams beside it, in the order of `SideChunk.stream`.
    say : callable
        Takes one line for a person.
    """

    def __init__(self, eeg: Header, sides: Sequence[Header], say: Callable[[str], None]) -> None:
        self._say = say
        self._eeg_taps = taps(eeg)
        self._side_taps = tuple(map(taps, sides))
        self._states = {state.electrode: state for header in (eeg, *sides) for state in declared(header)}
        self._told: frozenset[str] | None = None
        self._phase = -1

    @property
    def states(self) -> tuple[Impedance, ...]:
        """What is known now, in the order in which it was first known."""
        return tuple(self._states.values())

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Take the newest values; say what is high."""
        if isinstance(item, Chunk) and self._eeg_taps and len(item.stamps_s):
            self._keep(readings(self._eeg_taps, item.samples))
        elif isinstance(item, SideChunk) and self._side_taps[item.stream] and len(item.stamps_s):
            self._keep(readings(self._side_taps[item.stream], item.samples))
        if cycles and self._states:
            self._tell(cycles[-1].status.moment.phase_index)

    def close(self) -> None:
        """Nothing is open."""

    def _keep(self, found: Iterable[Impedance]) -> None:
        self._states.update({state.electrode: state for state in found})

    def _tell(self, phase: int) -> None:
        begins, self._phase = phase != self._phase, phase
        high = frozenset(state.electrode for state in self.states if state.high)
        if self._told is None or (begins and high != self._told):
            self._told = high
            self._say(impedance_words(self.states))
