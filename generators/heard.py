"""Who is heard, where a stream plays over a composer: only the latency of what is heard is told to the session.

Both processes go on beneath each other and each reports its own latency; the session plans with the newest that it is
told, so the other's is kept back until the sound has gone over.
"""

from __future__ import annotations

import threading

from generators.companions import Add
from loop.inputs import ReportKind
from loop.values import NAN


class HeardLatency:
    """Stands between the companions and the session's reports.

    Called by the companions' hearing threads and by the session's own: one lock.

    Parameters
    ----------
    stream : str
        The name by which the stream says that it is heard; "" where there is none.
    add : Add
        Takes what the session is told.
    """

    def __init__(self, stream: str, add: Add) -> None:
        self._stream, self._add = stream, add
        self._lock = threading.Lock()         # of the three below
        self._composer_s = self._stream_s = NAN
        self._over = False                    # the stream is heard

    def of_composer(self, kind: ReportKind, frame: int = -1, number: float = NAN, text: str = "") -> None:
        """Take what the composer's process reports."""
        with self._lock:
            if kind is ReportKind.LATENCY:
                self._composer_s = number
                if self._over:
                    return
            self._add(kind, frame, number, text)

    def of_stream(self, kind: ReportKind, frame: int = -1, number: float = NAN, text: str = "") -> None:
        """Take what the stream's process reports; when the sound goes over, the latency of who is heard then holds."""
        with self._lock:
            if kind is ReportKind.LATENCY:
                self._stream_s = number
                if not self._over:
                    return
            self._add(kind, frame, number, text)
            if kind is not ReportKind.READY:
                return
            was, self._over = self._over, text == self._stream
            newest_s = self._stream_s if self._over else self._composer_s
            if was is not self._over and newest_s == newest_s:
                self._add(ReportKind.LATENCY, number=newest_s)
