"""The listener as a source in memory: closed loops at a thousand times real time.

One object plays three parts beside the engine: a `Source` (its EEG), an `Observer` (it hears what each cycle asks
the music for) and a `Desk` (it rates when it is asked to). Time is a `ManualClock` that only `read` moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from loop.clock import ManualClock
from loop.errors import StreamError
from loop.inputs import Chunk, Command, CommandKind, Input
from loop.values import Cycle, FloatArray, Header, Intent, Presence, read_only
from sensing.sources.headers import header_xml
from sensing.sources.listener.eeg import EegMaker
from sensing.sources.listener.latent import Latent, LatentState
from sensing.sources.listener.person import Person
from sensing.sources.simulated import MANUFACTURER, SOURCE_ID

TRANSPORT_S = 0.004                # from the newest sample to its arrival: as a wired amplifier
CHUNK_S = 0.02
RATE_HZ = 250.0
KIND = "EEG"
UNIT = "microvolts"
REFERENCE = "linked ears"
RATE_PHASE = "rate"
BY = "listener"


@dataclass(frozen=True, slots=True)
class Course:
    """What a listener felt, step by step: the truth behind their EEG. All arrays (n,)."""

    time_s: FloatArray             # on the session's clock
    valence: FloatArray            # -1..1
    arousal: FloatArray            # -1..1
    drowsiness: FloatArray         # 0..1
    eyes_open: FloatArray          # 0 or 1


class Body:
    """A person with electrodes on: state and EEG in step, whichever way they are pulled.

    Parameters
    ----------
    person : Person
    seed : int
        Of everything by chance: the same seed gives the same session under the same music.
    labels : sequence of str
    rate_hz : float
    """

    def __init__(self, person: Person, seed: int, labels: Sequence[str], rate_hz: float = RATE_HZ) -> None:
        for_latent, for_eeg = np.random.Generator(np.random.SFC64(seed)).spawn(2)
        self.latent = Latent(person, for_latent)
        self.intent: Intent | None = None      # what sounds now; None in silence
        self.eyes = ""                         # as asked: "open", "closed" or ""
        self.states: list[LatentState] = []    # one a step
        self._maker = EegMaker(person, labels, rate_hz, for_eeg)
        self._step_s = self._maker.step_n / rate_hz
        self._rest = np.zeros((0, len(labels)), dtype=np.float32)

    def samples(self, n: int) -> FloatArray:
        """Return the next `n` samples, (n, n_channels) float32 uV."""
        parts = [self._rest]
        n_have = len(self._rest)
        while n_have < n:
            state = self.latent.advance(self.intent, self._step_s, self.eyes)
            self.states.append(state)
            parts.append(self._maker.samples(self._maker.step_n, state))
            n_have += self._maker.step_n
        made = np.concatenate(parts)
        self._rest = made[n:]
        return made[:n]


class ListenerSource:
    """A simulated listener in memory; implements `Source`, `Observer` and `Desk` of `loop.ports`.

    Parameters
    ----------
    person : Person
    clock : ManualClock
        Moved by `read`, to the arrival of what is returned.
    seed : int
    labels : sequence of str
        Names of the 10-20 system.
    rate_hz : float
    chunk_s : float
        How much the simulated amplifier sends at once.
    """

    def __init__(self, person: Person, clock: ManualClock, seed: int, labels: Sequence[str],
                 rate_hz: float = RATE_HZ, chunk_s: float = CHUNK_S) -> None:
        self._body = Body(person, seed, labels, rate_hz)
        self._clock, self._rate_hz = clock, rate_hz
        self._chunk_n = max(1, round(chunk_s * rate_hz))
        if chunk_s <= 0:
            raise StreamError(f"a simulated listener cannot send chunks of {chunk_s:g} s", "give a length above 0")
        self._start_s = clock.now_s()
        self._n_sent = 0
        self._rated = -1                       # index of the last phase that was answered
        self._moment_phase, self._moment_index = "", -1
        self._header = header_of(f"listener {seed}", labels, rate_hz, f"{SOURCE_ID}{seed}")

    @property
    def header(self) -> Header:
        """What the stream says of itself."""
        return self._header

    @property
    def latent(self) -> Course:
        """What the listener has felt so far."""
        states = self._body.states
        rows = np.array([(s.time_s, s.valence, s.arousal, s.drowsiness, s.eyes_open) for s in states], dtype=float)
        columns = rows.reshape(-1, len(Course.__slots__)).T.copy()
        columns[0] += self._start_s
        return Course(*(read_only(column) for column in columns))

    def read(self, until_s: float, n_wanted: int) -> Sequence[Chunk]:
        """Move the clock to when `n_wanted` samples are there, or to `until_s`; return all that came, as one chunk."""
        wanted_n = -(-max(1, n_wanted) // self._chunk_n) * self._chunk_n
        there_s = self._arrival_s(self._n_sent + wanted_n)
        self._clock.wait_until(min(until_s, there_s))
        n = wanted_n if there_s <= self._clock.now_s() else 0
        while self._arrival_s(self._n_sent + n + self._chunk_n) <= self._clock.now_s():
            n += self._chunk_n
        if n == 0:
            return ()
        stamps_s = self._start_s + np.arange(self._n_sent, self._n_sent + n) / self._rate_hz
        self._n_sent += n
        return (Chunk(read_only(self._body.samples(n)), read_only(stamps_s), 0.0, self._clock.now_s()),)

    def _arrival_s(self, n_samples: int) -> float:
        """When the first `n_samples` have all arrived."""
        return self._start_s + (n_samples - 1) / self._rate_hz + TRANSPORT_S

    def hear(self, intent: Intent | None) -> None:
        """Let the listener hear music of this intent from now on, or nothing."""
        self._body.intent = intent

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Take from each cycle what sounds and what the person is asked to do."""
        for cycle in cycles:
            moment = cycle.status.moment
            self.hear(None if moment.presence is Presence.SILENT else cycle.intent)
            self._body.eyes = moment.eyes
            self._moment_phase, self._moment_index = moment.phase, moment.phase_index

    def answers(self) -> Sequence[Command]:
        """Return the rating, once in each phase that asks for one."""
        if self._moment_phase != RATE_PHASE or self._rated == self._moment_index:
            return ()
        self._rated = self._moment_index
        valence, arousal = self._body.latent.sam()
        return (Command(CommandKind.RATE, self._clock.now_s(), valence, arousal, by=BY),)

    def commands(self) -> Sequence[Command]:
        """Return `answers()`: the listener as a `Desk`."""
        return self.answers()

    def close(self) -> None:
        """Nothing is held."""


def header_of(name: str, labels: Sequence[str], rate_hz: float, source_id: str) -> Header:
    """Return the header of a simulated listener's stream."""
    bare = Header(name=name, kind=KIND, rate_hz=rate_hz, labels=tuple(labels), units=(UNIT,) * len(labels),
                  source_id=source_id, reference=REFERENCE)
    return replace(bare, xml=header_xml(bare, (KIND,) * len(labels), MANUFACTURER))
