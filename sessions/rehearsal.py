"""A rehearsal: a whole session with a simulated listener in memory, hundreds of times faster than time.

It runs the session's own engine and runner; only clock, source and music differ. It proves stability and control, and
never efficacy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from loop.clock import ManualClock
from loop.engine import Engine
from loop.inputs import Command, CommandKind, Input, Report
from loop.ports import Journal
from loop.runner import Beside, Ends, Runner
from loop.values import Cycle
from sensing.sources.listener.person import Person
from sensing.sources.listener.scalp import labels_for
from sensing.sources.listener.source import Course as Felt
from sensing.sources.listener.source import ListenerSource
from sessions.builder import build_engine
from sessions.protocol.schema import Protocol
from sessions.steadiness import one_thread
from sessions.taste.loading import LoadedTaste

SCREENING = "screen"
START_S = 100.0                    # any time will do; not 0, so that a time that was never set is seen


class Operator:
    """Presses on where a person would be asked to; implements `loop.ports.Desk` and `loop.ports.Observer`."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._asked = False

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Look whether the screening is on."""
        self._asked = bool(cycles) and cycles[-1].status.moment.phase == SCREENING

    def commands(self) -> Sequence[Command]:
        """Go on from it."""
        asked, self._asked = self._asked, False
        return [Command(CommandKind.SKIP, self._clock.now_s(), by="rehearsal")] if asked else []

    def close(self) -> None:
        """Nothing is open."""


class Unheard:
    """Music that nobody composes: the listener hears the intent. Implements `loop.ports.Music`."""

    def play(self, cycle: Cycle) -> None:
        """Do nothing."""

    def reports(self) -> Sequence[Report]:
        """Return no news."""
        return ()

    def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Memory:
    """A journal that keeps cycles and forgets inputs; implements `loop.ports.Journal`."""

    cycles: list[Cycle] = field(default_factory=list)

    def input(self, item: Input) -> None:
        """Forget."""

    def cycle(self, cycle: Cycle) -> None:
        """Keep."""
        self.cycles.append(cycle)

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal gave."""

    ended: str
    cycles: Sequence[Cycle]
    felt: Felt                     # the latent truth


def rehearse(
    protocol: Protocol, person: Person, seed: int, n_channels: int = 8, journal: Journal | None = None,
    taste: LoadedTaste | None = None,
) -> Rehearsed:
    """Run a protocol on a simulated person; cycles are kept unless another journal takes them.

    The same protocol, person and seed give the same rehearsal, to the last bit.
    """
    clock = ManualClock(START_S)
    source = ListenerSource(person, clock, seed, labels_for(n_channels))
    return perform(build_engine(protocol, source.header, taste=taste).engine, source, clock, journal)


def perform(engine: Engine, source: ListenerSource, clock: ManualClock, journal: Journal | None = None) -> Rehearsed:
    """Run an engine on a listener in memory; cycles are kept unless another journal takes them."""
    memory, operator = Memory(), Operator(clock)
    beside = Beside([source, operator], _fail)
    ends = Ends(source, journal or memory, Unheard(), [source, operator], beside, clock)
    with one_thread():
        ended = Runner(engine, ends).run()
    return Rehearsed(ended, memory.cycles, source.latent)


def _fail(line: str) -> None:
    """In a rehearsal nothing stands beside the path but the listener: when it fails, all fails."""
    raise RuntimeError(line)
