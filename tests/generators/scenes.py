"""Scenes that are rendered in a process of their own, because pyo keeps one server a process."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from generators.bars import Bar, Note, Wish
from generators.render import InTurn, Studio, rendered
from generators.sound.mix import MixSettings
from generators.sound.player import BLOCK_S
from generators.sound.ring import Pcm
from loop.values import Intent, Presence

INTENT = Intent(78.0, 0.42, "Dorian", 0.0, 0.25, 0.3, 0.0, 0.4)
CHORDS = ((0, 3, 7), (5, 8, 12), (7, 10, 14), (3, 7, 10))
CHILD_S = 240.0                    # a machine that does much else beside takes its time

Scene = Callable[[], Pcm]


def in_child(scene: Scene, folder: Path) -> Pcm:
    """Return what `scene` renders in a process that ends with it."""
    path = folder / f"{scene.__name__}.npy"
    if path.exists():
        return np.asarray(np.load(path), dtype=np.float32)
    child = multiprocessing.get_context("spawn").Process(target=_save, args=(scene, path), daemon=True)
    child.start()
    child.join(CHILD_S)
    assert child.exitcode == 0, f"{scene.__name__} ended with {child.exitcode}"
    return np.asarray(np.load(path), dtype=np.float32)


def _save(scene: Scene, path: Path) -> None:
    np.save(path, scene())
    os._exit(0)


def wish(presence: Presence = Presence.PLAYING, level_db: float = 0.0, calm: bool = False, **changes: float) -> Wish:
    return Wish(replace(INTENT, **changes), presence, level_db, calm)  # type: ignore[arg-type]


def bars(velocity: float = 0.6, plucks: int = 5) -> Iterator[Bar]:
    """Chords, a bass and a broken chord, without end."""
    for index in itertools.count():
        chord = CHORDS[index % len(CHORDS)]
        notes = [Note(0.0, 8.0, 60 + pitch, velocity, "pad") for pitch in chord]
        notes += [Note(0.0, 4.0, 36 + chord[0], velocity, "bass"), Note(4.0, 4.0, 43, velocity, "bass")]
        notes += [Note(8 * at / plucks, 2.0, 72 + chord[at % 3], velocity, "pluck") for at in range(plucks)]
        yield Bar(index, tuple(notes), "Dorian", 0, 0)


def crowd() -> Iterator[Bar]:
    """More notes than there are voices, all as loud as can be: every voice is stolen again and again."""
    for index in itertools.count():
        notes = tuple(Note(at / 2, 16.0, 40 + (at * 7 + index) % 40, 1.0, voice)
                      for at in range(16) for voice in ("pad", "pad", "pluck", "bass"))
        yield Bar(index, notes, "Dorian", 0, 0)


def steady() -> Pcm:
    return rendered(InTurn(bars()), lambda at_s: wish(), 15)


def loudest() -> Pcm:
    return rendered(InTurn(bars(1.0, 12)), lambda at_s: wish(level_db=12.0, loudness_db=3.0, brightness=0.65), 12)


def crowded_and_loudest() -> Pcm:
    return rendered(InTurn(crowd()), lambda at_s: wish(level_db=12.0, loudness_db=3.0, brightness=1.0), 12)


def crowded() -> Pcm:
    return rendered(InTurn(crowd()), lambda at_s: wish(level_db=-12.0, brightness=0.15), 12)


def under_a_lower_ceiling() -> Pcm:
    return rendered(InTurn(bars(1.0, 12)), lambda at_s: wish(level_db=12.0, loudness_db=3.0), 8,
                    mix=MixSettings(ceiling_dbtp=-9.0))


def warm_and_crowded() -> Pcm:
    return rendered(InTurn(crowd()), lambda at_s: wish(), 6, mix=MixSettings("warm"))


def sparse_and_crowded() -> Pcm:
    return rendered(InTurn(crowd()), lambda at_s: wish(), 6, mix=MixSettings("sparse"))


def detached() -> Pcm:
    return rendered(InTurn(bars(plucks=8)), lambda at_s: wish(articulation=0.65, brightness=0.65), 9)


def six_decibels_softer() -> Pcm:
    return rendered(InTurn(bars(plucks=1)), lambda at_s: wish(), 9, mix=MixSettings(level_lufs=-29.0))


def leaves_at_six() -> Pcm:
    def course(at_s: float) -> Wish:
        return wish(Presence.PLAYING if at_s < 6 else Presence.SILENT)
    return rendered(InTurn(bars()), course, 12)


def stopped_at_five() -> Pcm:
    return _until(5.0, lambda studio: setattr(studio.player.gains, "stopped", True))


def orphaned_at_five() -> Pcm:
    return _until(5.0, lambda studio: setattr(studio.player.gains, "dying", True))


def louder_at_five() -> Pcm:
    return rendered(InTurn(bars(plucks=1)), lambda at_s: wish(loudness_db=0.0 if at_s < 5 else 3.0), 9)


def ends() -> Pcm:
    def course(at_s: float) -> Wish:
        return wish(Presence.PLAYING if at_s < 4 else Presence.ENDING)
    whole = list(itertools.islice(bars(), 3))
    return rendered(InTurn(iter([*whole[:2], replace(whole[2], last=True)])), course, 15)


def steady_as_before() -> Pcm:
    return rendered(InTurn(bars(plucks=1)), lambda at_s: wish(), 9)


def turned_down_at_five() -> Pcm:
    return rendered(InTurn(bars()), lambda at_s: wish(level_db=0.0 if at_s < 5 else -40.0), 9)


class WithMix:
    """A scene in another mix.

    Parameters
    ----------
    name : str
        Of the scene.
    mix : MixSettings
        How it sounds.
    seconds : float
        How long.
    """

    def __init__(self, name: str, mix: MixSettings, seconds: float = 9.0) -> None:
        self.__name__, self._mix, self._seconds = name, mix, seconds

    def __call__(self) -> Pcm:
        return rendered(InTurn(bars()), lambda at_s: wish(), self._seconds, mix=self._mix)


def _until(at_s: float, then: Callable[[Studio], None]) -> Pcm:
    studio, source, pieces = Studio(), bars(), []
    studio.player.wish(wish())
    for index in range(int(8 / BLOCK_S)):
        if studio.player.queued < 2:
            studio.player.offer(next(source))
        if index == int(at_s / BLOCK_S):
            then(studio)
        pieces.append(studio.block().copy())
    return np.concatenate(pieces)


def slow_bars() -> Pcm:
    return _began(wish(tempo_bpm=56.0))


def quick_bars() -> Pcm:
    return _began(wish(tempo_bpm=110.0))


def _began(first: Wish) -> Pcm:
    """Return the frames at which the first bars began that lay ready when the first wish came."""
    studio, source = Studio(), bars()
    for _, bar in zip(range(4), source, strict=False):
        studio.player.offer(bar)
    studio.player.wish(first)
    for _ in range(int(14 / BLOCK_S)):
        studio.block()
    return np.array([played.frame for played in studio.player.sequencer.played()])
