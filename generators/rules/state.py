"""The composer's memory: one frozen value, so that any bar can be composed again and any moment branched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generators.bars import VOICES, Note
from generators.rules.chance import dice
from generators.rules.harmony import SEMITONES
from generators.rules.melody import Voice
from generators.rules.motif import Motif, new_motif
from generators.rules.phrase import Key, Phrase
from loop.values import Intent

# music.md section 1, the intent table: the most that an attribute moves in a bar.
DENSITY_SLEW = 0.10
REGISTER_SLEW = 2.0
DISSONANCE_SLEW = 0.05
REGISTER_LIMIT = 12.0              # semitones: beyond, the voices would leave their instruments

SILENT = Voice()
MEMORY_BARS = 8192                 # over four hours: no bar of these is played again
TONIC_STREAM, MOTIF_STREAM = 1, 2  # of the dice
TIME_GRID = 16                     # parts of an eighth: two bars that differ by less sound alike


@dataclass(frozen=True, slots=True)
class Levels:
    """The attributes as they are at a bar, on their way to the intent."""

    density: float
    register: float
    dissonance: float

    @classmethod
    def of(cls, intent: Intent) -> Levels:
        """Return the levels that an intent asks for."""
        register = max(-REGISTER_LIMIT, min(REGISTER_LIMIT, intent.register_semitones))
        return cls(intent.density, register, intent.dissonance)

    def toward(self, asked: Levels) -> Levels:
        """Return the levels one bar later."""
        return Levels(
            _slewed(self.density, asked.density, DENSITY_SLEW),
            _slewed(self.register, asked.register, REGISTER_SLEW),
            _slewed(self.dissonance, asked.dissonance, DISSONANCE_SLEW),
        )


def _slewed(here: float, there: float, most: float) -> float:
    return here + max(-most, min(most, there - here))


@dataclass(frozen=True, slots=True)
class RulesState:
    """All that the next bar depends on, beside the intent."""

    seed: int
    index: int                     # of the next bar
    key: Key
    themes: tuple[Motif, Motif]
    phrase: Phrase | None = None   # None: the next bar begins one
    position: int = 0              # of the next bar in its phrase
    n_phrases: int = 0             # planned so far
    levels: Levels | None = None   # None before the first bar: nothing to come from
    density_debt: float = 0.0      # onsets owed by the bars so far
    dissonance_debt: float = 0.0   # roughness owed
    pad: tuple[int, ...] = ()      # the four voices as they were left
    pluck: Voice = SILENT
    bass: int | None = None
    after_open: bool = False       # the phrase before ended open
    memory: tuple[int, ...] = ()   # fingerprints of the bars so far, the newest last

    @classmethod
    def begin(cls, seed: int, index: int = 0) -> RulesState:
        """Return the state before the first bar of a piece.

        Parameters
        ----------
        seed : int
            Not negative; the same seed and intents give the same bars.
        index : int
            The number of the first bar: where another composer left off.
        """
        rng = dice(seed, index, MOTIF_STREAM)
        tonic = int(dice(seed, TONIC_STREAM).integers(SEMITONES))
        return cls(seed, index, Key(tonic, ""), (new_motif(rng), new_motif(rng)))

    def remembering(self, mark: int) -> tuple[int, ...]:
        """Return the memory with one bar more."""
        return (*self.memory[-(MEMORY_BARS - 1):], mark)


def fingerprint(notes: Iterable[Note]) -> int:
    """Return a number that is the same for bars that sound alike: pitches and times, not velocities."""
    return hash(tuple(sorted(_heard(note) for note in notes)))


def _heard(note: Note) -> tuple[int, int, int, int]:
    onset, length = round(note.onset_eighths * TIME_GRID), round(note.length_eighths * TIME_GRID)
    return VOICES.index(note.voice), onset, length, note.pitch
