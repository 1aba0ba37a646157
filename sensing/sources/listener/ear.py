"""What a listener in a process of its own hears of a session: its music and its markers, over LSL.

The thread `listener-ear` owns both inlets. It writes `intent` and `eyes`, each in one assignment, newest wins; the
process's main thread only reads them. A session that is lost is silence, and is looked for again. It ends with `close`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import isfinite
from xml.etree import ElementTree

import pylsl
from pylsl.util import LostError
from pylsl.util import TimeoutError as LslTimeoutError

from loop.clock import every
from loop.values import MODES, Intent
from sensing.sources.streams import open_lsl, quoted, resolve

MUSIC, MARKERS = "euthymia-music", "euthymia-markers"
PRESENCE = "presence"              # 0 silent, 1 playing, 2 ending
EYES = "eyes"                      # in the music's stream, where it has it: see `ASKED`
ASKED = ("", "open", "closed")
SEARCH_S = 1.0
LISTEN_S = 0.05
OPEN_S = 2.0
BUFFER_S = 10


def predicate(name: str, session_id: str) -> str:
    """Return liblsl's predicate for a stream of one session; of any session where the id is empty."""
    return f"source_id={quoted(f'{name}-{session_id}')}" if session_id else f"name={quoted(name)}"


def intent_from(row: Mapping[str, float]) -> Intent | None:
    """Return the intent that a sample of the music's stream tells; None where nothing sounds or it is not whole."""
    names = [field.name for field in fields(Intent)]
    if not row.get(PRESENCE, 0.0) or not all(isfinite(row.get(name, float("nan"))) for name in names):
        return None
    numbers = {name: float(row[name]) for name in names if name != "mode"}
    return Intent(mode=MODES[max(0, min(len(MODES) - 1, round(row["mode"])))], **numbers)


def eyes_from(marker: str) -> str | None:
    """Return what a marker asks of the eyes, "open", "closed" or ""; None where it is no marker of a phase."""
    parts = dict(part.partition(":")[::2] for part in marker.split())
    if "phase" not in parts:
        return None
    asked = parts.get("eyes", "")
    return asked if asked in ASKED else ""


class _Inlet:
    """One stream of the session, found when it appears and let go when it is lost."""

    def __init__(self, name: str, session_id: str) -> None:
        self._predicate = predicate(name, session_id)
        self._inlet: pylsl.StreamInlet | None = None
        self.labels: tuple[str, ...] = ()

    def pull(self) -> Sequence[Sequence[float | str]] | None:
        """Return what came since the last time; None while there is no such stream."""
        try:
            inlet = self._inlet = self._inlet or self._opened()
            return None if inlet is None else list(inlet.pull_chunk(timeout=0.0)[0])
        except (LostError, LslTimeoutError):
            self._inlet = None
            return None

    def _opened(self) -> pylsl.StreamInlet | None:
        found = resolve(self._predicate, SEARCH_S, minimum=1)
        if not found:
            return None
        inlet = pylsl.StreamInlet(found[0], max_buflen=BUFFER_S, recover=False, processing_flags=0)
        inlet.open_stream(timeout=OPEN_S)
        xml = ElementTree.fromstring(inlet.info(timeout=OPEN_S).as_xml())
        self.labels = tuple(label.text or "" for label in xml.iterfind("desc/channels/channel/label"))
        return inlet


class Ear:
    """Listens to a session; `intent` and `eyes` are what it says now.

    Parameters
    ----------
    session_id : str
        Part of the source ids of the session's streams; "" takes the first session in sight.
    """

    def __init__(self, session_id: str) -> None:
        self.intent: Intent | None = None
        self.eyes = ""
        self._stop = threading.Event()
        self._music, self._markers = _Inlet(MUSIC, session_id), _Inlet(MARKERS, session_id)
        self._thread = threading.Thread(target=self._listen, name="listener-ear", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; a search that runs is waited for."""
        self._stop.set()
        self._thread.join(timeout=OPEN_S + SEARCH_S)

    def _listen(self) -> None:
        open_lsl()
        while every(LISTEN_S, self._stop):
            self._hear(self._music.pull())
            for (marker, *_) in self._markers.pull() or ():
                asked = eyes_from(str(marker))
                self.eyes = self.eyes if asked is None else asked

    def _hear(self, heard: Sequence[Sequence[float | str]] | None) -> None:
        """Take the newest sample; a column for the eyes tells one that came late what the markers no longer do."""
        if heard is None:
            self.intent = None
        if not heard:
            return
        row = dict(zip(self._music.labels, map(float, heard[-1]), strict=False))
        self.intent = intent_from(row)
        if EYES in row:
            self.eyes = ASKED[max(0, min(len(ASKED) - 1, round(row[EYES])))]
