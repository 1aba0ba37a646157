"""A session as small as it can be: an ensemble, and cycles that say what is wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from generators.bars import Wish
from generators.ensemble import Ensemble
from generators.sound.ring import RATE_HZ, Pcm
from loop.clock import SystemClock
from loop.inputs import Report, ReportKind
from loop.values import Affect, Control, Cycle, Hold, Moment, Presence, Status, Target
from tests.generators import scenes


def cycle(wish: Wish) -> Cycle:
    """Return a cycle whose music is `wish`."""
    moment = Moment(0.0, 0, "regulate", "closed", 0.0, 60.0, False, wish.presence, True)
    status = Status(moment, Hold.NONE, (), (), 0.0, 0, 0, 0, 0, 0, 0, wish.level_db)
    target = Target(0.0, -0.5 if wish.calm else 0.5, 0.1)
    return Cycle(0, 0, 0.0, 0.0, Affect(0, 0, 1, 1, 1, "none"), target, Control(0, 0), wish.intent, status)


def playing() -> Cycle:
    return cycle(scenes.wish())


def silent() -> Cycle:
    return cycle(scenes.wish(Presence.SILENT))


class Listener:
    """Collects what an ensemble reports."""

    def __init__(self, ensemble: Ensemble) -> None:
        self._ensemble = ensemble
        self.heard: list[Report] = []

    def of(self, kind: ReportKind) -> list[Report]:
        self.heard += self._ensemble.reports()
        return [report for report in self.heard if report.kind is kind]

    @property
    def level_db(self) -> float:
        levels = self.of(ReportKind.LEVEL)
        return levels[-1].number if levels else -120.0

    def rest(self, seconds: float) -> None:
        """Let the music play on, and go on listening."""
        clock = SystemClock()
        until_s = clock.now_s() + seconds
        while clock.now_s() < until_s:
            self.of(ReportKind.BAR)
            clock.wait_until(clock.now_s() + 0.05)


def longest_silence_s(sound: Pcm) -> float:
    """Return the longest stretch, s, in which nothing at all can be heard (below -80 dB)."""
    quiet = np.abs(sound).max(axis=1) < 10 ** (-80 / 20)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(int)))
    return float((edges[1::2] - edges[::2]).max() / RATE_HZ) if len(edges) else 0.0


def sound_of(path: Path) -> Pcm:
    import soundfile

    return np.asarray(soundfile.read(path, dtype="float32")[0])
