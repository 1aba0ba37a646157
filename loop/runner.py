"""The runner: journals each input, then steps it; hands cycles to the music, and shows them to who looks on.

One thread owns all of it. The journal is in the path: what was not written is not stepped. Observers stand beside
it: one that fails is dropped and named, and the loop goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from loop.engine import Engine
from loop.inputs import Input, Tick
from loop.ports import Clock, Desk, Journal, Music, Observer, Source
from loop.safety import LIMITS
from loop.values import Cycle


@dataclass(slots=True)
class Beside:
    """The observers; none of them can raise into the loop."""

    observers: list[Observer]
    say: Callable[[str], None]

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Show everyone an input and its cycles."""
        for observer in tuple(self.observers):
            try:
                observer.saw(item, cycles)
            except Exception as error:  # noqa: BLE001  the wall between the path and what stands beside it
                self.observers.remove(observer)
                self.say(f"{type(observer).__name__} failed and is switched off for this session: {error}")

    def close(self) -> None:
        """Close everyone."""
        for observer in self.observers:
            observer.close()


@dataclass(slots=True)
class Ends:
    """What the runner stands between."""

    source: Source
    journal: Journal
    music: Music
    desks: Sequence[Desk]
    beside: Beside
    clock: Clock


@dataclass(slots=True)
class Runner:
    """Runs one session to its end.

    Parameters
    ----------
    engine : Engine
        Steps inputs.
    ends : Ends
        Source, journal, music, desks, observers and clock.
    """

    engine: Engine
    ends: Ends
    _next_tick_s: float = field(default=float("-inf"))

    def run(self) -> str:
        """Run until the engine says that the session is over; return why."""
        while not self.engine.ended:
            for item in self._gather():
                self.take(item)
        return self.engine.ended

    def take(self, item: Input) -> None:
        """Journal one input, then step it."""
        ends = self.ends
        ends.journal.input(item)
        cycles = self.engine.step(item)
        for cycle in cycles:
            ends.music.play(cycle)
            ends.journal.cycle(cycle)
        ends.beside.saw(item, cycles)

    def _gather(self) -> list[Input]:
        """Wait for the sample that makes a decision due, or for the tick; then take what people and music said.

        They wait a quarter of a second at most. STOP does not: it has its own way to the sound.
        """
        ends = self.ends
        items: list[Input] = [*ends.source.read(self._next_tick_s, self.engine.n_wanted)]
        for desk in ends.desks:
            items.extend(desk.commands())
        items.extend(ends.music.reports())
        now_s = ends.clock.now_s()
        if now_s >= self._next_tick_s:
            items.append(Tick(now_s))
            self._next_tick_s = max(self._next_tick_s, now_s - LIMITS.tick_s) + LIMITS.tick_s
        return items
