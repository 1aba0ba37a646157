"""A window's side of the live folder: the newest snapshot, the raw traces, the path so far."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop.errors import FileError
from loop.ports import Clock
from sessions.live.post import LIVE, SHEET
from sessions.live.registry import running
from sessions.live.sheet import SheetReader
from sessions.live.snapshot import Snapshot, snapshot_from_json

SHOWN_S = 10.0                     # of raw EEG


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a ring that are new to the reader."""

    count: int                     # rows ever written: pass it as `since` the next time
    values: NDArray[np.floating]


def live_folder(folder: Path) -> Path:
    """Return the live folder of a session's folder, its `eeg` folder, or itself; raises `FileError`."""
    for candidate in (folder, folder / LIVE, folder / "eeg" / LIVE):
        if (candidate / SHEET).is_file():
            return candidate
    raise FileError(f"{folder}: no session has put a live view here",
                    "give the folder that `euthymia run` printed, or start a session")


class LiveView:
    """Reads what a `LivePost` writes; never waits, never disturbs it.

    Parameters
    ----------
    folder : Path
        The session's folder, its `eeg` folder or the live folder.
    clock : Clock
        The machine's steady clock, which the session's stamps are on too.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = live_folder(folder)
        self._clock = clock
        self._sheet: SheetReader | None = None
        self._mark = (0, 0)
        self._snapshot: Snapshot | None = None

    def read(self) -> Snapshot | None:
        """Return the newest snapshot; the last one where none can be read; None before the first."""
        sheet = self._open()
        if sheet is None or sheet.text_mark == self._mark:
            return self._snapshot
        mark, text = sheet.text_mark, sheet.text()
        if text is not None:
            self._snapshot = snapshot_from_json(text)
            self._mark = mark
        return self._snapshot

    def traces(self, since: int = 0) -> Rows | None:
        """Return the raw EEG after row `since`, at most the last 10 s: `(n_times, n_channels)` float32."""
        sheet = self._open()
        known = self._snapshot
        if sheet is None or known is None:
            return None
        pulled = sheet.traces(since, round(SHOWN_S * known.course.rate_hz))
        return Rows(pulled[0], pulled[1][:, :len(known.course.labels)]) if pulled else None

    def path(self, since: int = 0) -> Rows | None:
        """Return the points of the path after point `since`; the columns are `snapshot.PATH_COLUMNS`."""
        sheet = self._open()
        pulled = sheet.path(since) if sheet else None
        return Rows(*pulled) if pulled else None

    def notes(self) -> Rows | None:
        """Return the notes as played lately; the columns are `snapshot.NOTE_COLUMNS`."""
        sheet = self._open()
        pulled = sheet.notes() if sheet else None
        return Rows(*pulled) if pulled else None

    def age_s(self) -> float:
        """Return the seconds since the newest snapshot was written; infinite before the first."""
        return self._clock.now_s() - self._snapshot.time_s if self._snapshot else float("inf")

    def now_s(self) -> float:
        """Return the time on the session's clock."""
        return self._clock.now_s()

    def alive(self) -> bool:
        """Say whether the session's process still runs and has not said that it ended."""
        snapshot = self.read()
        return snapshot is not None and not snapshot.ended and running(snapshot.course.pid)

    def _open(self) -> SheetReader | None:
        if self._sheet is None:
            with suppress(OSError, ValueError):       # not laid out yet
                self._sheet = SheetReader(self.folder / SHEET)
        return self._sheet
