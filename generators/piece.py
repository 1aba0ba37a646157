"""A piece of music off-line: a course through the plane of affect, composed and rendered faster than time into a file.

Control becomes intent as in a session (`loop/intent.py`, slews and all), bars are composed and played as in a session
(`render.py`), and the same seed gives the same piece.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from generators.bars import EIGHTHS_A_BAR, Bar, Wish
from generators.catalog import load
from generators.desk import Desk
from generators.musicgen.checkpoints import ModelChoice, load_model
from generators.render import Studio, blocks
from generators.revision import OFFLINE_LEAD_S
from generators.sound.gains import ENDING_LIMIT_S, FADE_OUT_S
from generators.sound.mix import USUAL_MIX, MixSettings
from generators.sound.player import BLOCK_S
from generators.sound.ring import N_CHANNELS, RATE_HZ
from generators.sound.sequencer import BPM_TO_EIGHTHS_A_S, Played
from loop.errors import SoundError
from loop.intent import NO_TASTE, TABLE, IntentMap, Taste
from loop.values import Control, Presence, Target

if TYPE_CHECKING:
    from generators.musicgen.offline import Rendered

SUBTYPE = "PCM_24"
SILENCE_S = 0.25                   # at the end of a file, the bus's own delay included
ENDING_BARS = 3                    # the one that may have begun just before, a cadence and the last bar
PROGRESS_EVERY_BLOCKS = 188        # about a second of music


@dataclass(frozen=True, slots=True)
class Station:
    """A point of a course: between two of them it is straight."""

    time_s: float
    valence: float                 # -1..1
    arousal: float                 # -1..1


@dataclass(frozen=True, slots=True)
class Piece:
    """All that makes a piece what it is."""

    course: tuple[Station, ...]    # at least one, times ascending
    length_s: float
    generator: str = "rules"       # a name of `generators.catalog`
    seed: int = 0
    mix: MixSettings = USUAL_MIX
    taste: Taste = NO_TASTE        # the listener's own intent table
    model: ModelChoice | None = None   # of a stream, which is heard instead of the generator


class Conductor:
    """Says what is wanted at a time: the course as control, and from that the intent.

    The music resolves as late as its tempo lets it, so that a short piece has its ending and none has a long silence.

    Parameters
    ----------
    piece : Piece
        What is played.
    """

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._intents = IntentMap(TABLE["loudness_db"].high, piece.taste)
        self._fades_s = piece.length_s - FADE_OUT_S - SILENCE_S
        self._ends = False         # once it does, a quicker tempo brings nothing back
        self._bar_s = 0.0
        self._at_s = 0.0

    def wish(self, at_s: float) -> Wish:
        """Return the wish of a time, s; times must not go backward."""
        valence, arousal = place(self._piece.course, at_s)
        presence = self._presence(at_s)
        target = Target(valence, arousal, 0.0)
        intent = self._intents.intent(Control(valence, arousal), target, presence, at_s - self._at_s)
        self._at_s = at_s
        self._bar_s = EIGHTHS_A_BAR / (intent.tempo_bpm * BPM_TO_EIGHTHS_A_S)
        return Wish(intent, presence, calm=arousal < 0)

    def _presence(self, at_s: float) -> Presence:
        """Return whether it plays, resolves, or has had its time: a slow last bar is faded."""
        if at_s >= self._fades_s:
            return Presence.SILENT
        needs_s = min(OFFLINE_LEAD_S + ENDING_BARS * self._bar_s, ENDING_LIMIT_S)
        self._ends = self._ends or (self._bar_s > 0 and at_s >= self._fades_s - needs_s)
        return Presence.ENDING if self._ends else Presence.PLAYING


def place(course: tuple[Station, ...], at_s: float) -> tuple[float, float]:
    """Return valence and arousal of a course at a time; before its first and after its last station it stands."""
    times = [station.time_s for station in course]
    valence = np.interp(at_s, times, [station.valence for station in course])
    return float(valence), float(np.interp(at_s, times, [station.arousal for station in course]))


def print_nothing(line: str) -> None:
    """Keep to oneself what nobody is there to hear."""


class Alone(Desk):
    """A desk that owes a bar whenever it is asked for one; numbering begins with 0."""

    def bar(self, wish: Wish | None) -> Bar | None:
        """Return the next bar for a wish; None after a last bar."""
        if not self.owed:
            self.credit(1, 0)
        return super().bar(wish)


def composing(generator: str, seed: int) -> Alone:
    """Return a composer at work on a piece."""
    return Alone(load(generator), seed)


def streaming(piece: Piece, say: Callable[[str], None]) -> Rendered | None:
    """Return the stream that a piece is to be heard through; None where it is played from bars."""
    if piece.model is None:
        return None
    # Here, since resampling brings scipy.signal with it: a second and 80 MB that a piece of bars need not wait for.
    from generators.musicgen.offline import Rendered
    from generators.musicgen.stream import MusicStream, StreamSettings

    say(f'loading the model "{piece.model.model}", which takes a while')
    settings = StreamSettings(piece.mix.palette, piece.mix.level_lufs)
    return Rendered(MusicStream(load_model(piece.model, say), settings), piece.seed, Conductor(piece).wish)


def write_piece(
    piece: Piece, path: Path, progress: Callable[[float], None], say: Callable[[str], None] = print_nothing
) -> list[Played]:
    """Render a piece into a sound file; return its bars as they were played.

    pyo keeps one server a process: this is for a process that does nothing else with pyo.

    Parameters
    ----------
    piece : Piece
        What is played.
    path : Path
        Its suffix says the format; what is there is overwritten.
    progress : Callable[[float], None]
        Told the share that is done, about once a second of music.
    say : Callable[[str], None]
        Told what a person should know of a model.
    """
    import soundfile

    try:
        with soundfile.SoundFile(path, "w", RATE_HZ, N_CHANNELS, SUBTYPE) as file:
            return _played_into(file, piece, progress, streaming(piece, say))
    except (OSError, soundfile.LibsndfileError) as error:
        raise SoundError(f"{path} cannot be written: {error}", "choose a folder that can be written") from error


def _played_into(
    file: Any, piece: Piece, progress: Callable[[float], None], stream: Rendered | None
) -> list[Played]:
    studio, played = Studio(piece.seed, piece.mix, stream), list[Played]()
    n_blocks = int(np.ceil(piece.length_s / BLOCK_S))
    wish = Conductor(piece).wish if stream is None else stream.wish
    music = blocks(studio, composing(piece.generator, piece.seed), wish)
    for index, block in zip(range(n_blocks), music, strict=False):
        file.write(block)
        if index % PROGRESS_EVERY_BLOCKS == 0:
            progress(index / n_blocks)
            played += studio.player.sequencer.played()
    studio.close()
    # Beneath a stream the bars only say when an ending is over: nobody hears them.
    return played + studio.player.sequencer.played() if stream is None else []
