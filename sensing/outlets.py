"""The session's own LSL streams: what it reads, what it asks of the music, and what happens.

Each decision is one sample of `euthymia-affect` and of `euthymia-music`, stamped with the time of the input that made
it. Outlets of LSL listen on every interface whatever the scope of discovery: so there are none unless asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pylsl

from loop.inputs import Command, Input
from loop.values import MODES, Cycle, Hold, Moment, Presence
from sensing.sources.streams import open_lsl

Column = tuple[str, str, Callable[[Cycle], float]]

PRESENCES = (Presence.SILENT, Presence.PLAYING, Presence.ENDING)
EYES = ("", "open", "closed")
MANUFACTURER = "Euthymia"
AFFECT = "euthymia-affect"
MUSIC = "euthymia-music"
MARKERS = "euthymia-markers"

# label, unit, value
AFFECT_COLUMNS: tuple[Column, ...] = (
    ("valence", "-1..1", lambda cycle: cycle.affect.valence),
    ("arousal", "-1..1", lambda cycle: cycle.affect.arousal),
    ("valence_sd", "-1..1", lambda cycle: cycle.affect.valence_sd),
    ("arousal_sd", "-1..1", lambda cycle: cycle.affect.arousal_sd),
    ("quality", "0..1", lambda cycle: cycle.affect.quality),
    ("held", "0 or 1", lambda cycle: float(cycle.status.hold is not Hold.NONE)),
    ("target_valence", "-1..1", lambda cycle: cycle.target.valence),
    ("target_arousal", "-1..1", lambda cycle: cycle.target.arousal),
    ("target_tolerance", "-1..1", lambda cycle: cycle.target.tolerance),
)
MUSIC_COLUMNS: tuple[Column, ...] = (
    ("tempo_bpm", "beats per minute", lambda cycle: cycle.intent.tempo_bpm),
    ("density", "0..1", lambda cycle: cycle.intent.density),
    ("mode", f"0..5: {' '.join(MODES)}", lambda cycle: float(MODES.index(cycle.intent.mode))),
    ("register_semitones", "semitones", lambda cycle: cycle.intent.register_semitones),
    ("dissonance", "0..1", lambda cycle: cycle.intent.dissonance),
    ("articulation", "0..1", lambda cycle: cycle.intent.articulation),
    ("loudness_db", "dB", lambda cycle: cycle.intent.loudness_db),
    ("brightness", "0..1", lambda cycle: cycle.intent.brightness),
    ("presence", f"0..2: {' '.join(PRESENCES)}", lambda cycle: float(PRESENCES.index(_moment(cycle).presence))),
    ("eyes", f"0..2: {' '.join(eyes or 'any' for eyes in EYES)}", lambda cycle: float(EYES.index(_moment(cycle).eyes))),
    ("control_valence", "-1..1", lambda cycle: cycle.control.valence),
    ("control_arousal", "-1..1", lambda cycle: cycle.control.arousal),
)


def _moment(cycle: Cycle) -> Moment:
    return cycle.status.moment


class Outlets:
    """A `loop.ports.Observer` that publishes the session over LSL.

    Parameters
    ----------
    session_id : str
        Goes into the source_ids, so that two sessions are never taken for one another.
    network : bool
        Whether the session looks for streams beyond this machine (one process has one scope).
    """

    def __init__(self, session_id: str, network: bool = False) -> None:
        open_lsl(network)
        affect = _columns_info(AFFECT, "Affect", AFFECT_COLUMNS, session_id)
        music = _columns_info(MUSIC, "Music", MUSIC_COLUMNS, session_id)
        self._affect: pylsl.StreamOutlet | None = pylsl.StreamOutlet(affect)
        self._music: pylsl.StreamOutlet | None = pylsl.StreamOutlet(music)
        self._markers: pylsl.StreamOutlet | None = pylsl.StreamOutlet(_markers_info(session_id))
        self._last: Cycle | None = None

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Publish the cycles, and what a person asked."""
        if self._affect is None or self._music is None or self._markers is None:
            return
        if isinstance(item, Command):
            self._markers.push_sample([command_words(item)], item.time_s)
        for cycle in cycles:
            self._affect.push_sample([value(cycle) for _, _, value in AFFECT_COLUMNS], cycle.time_s)
            self._music.push_sample([value(cycle) for _, _, value in MUSIC_COLUMNS], cycle.time_s)
            for words in marker_words(self._last, cycle):
                self._markers.push_sample([words], cycle.time_s)
            self._last = cycle

    def close(self) -> None:
        """Take the streams away."""
        self._affect = self._music = self._markers = None


def marker_words(before: Cycle | None, now: Cycle) -> Iterable[str]:
    """Say what changed from one cycle to the next: phases, holds, alarms, the end; ``kind:detail`` and more."""
    status, moment = now.status, now.status.moment
    last = before.status if before else None
    if last is None or (last.moment.phase_index, last.moment.phase) != (moment.phase_index, moment.phase):
        yield f"phase:{moment.phase} index:{moment.phase_index} eyes:{moment.eyes}"
    held = last.hold if last else Hold.NONE
    if status.hold is not held:
        yield f"hold:{status.hold.value or 'none'}"
    alarms = last.alarms if last else ()
    yield from (f"alarm:{name}" for name in status.alarms if name not in alarms)
    yield from (f"alarm-over:{name}" for name in alarms if name not in status.alarms)
    if moment.ended and not (last and last.moment.ended):
        yield f"ended:{moment.ended}"


def command_words(command: Command) -> str:
    """Say what was asked, and by whom, as a marker; ratings and levels stay in the record and are not published."""
    by = f" by:{command.by}" if command.by else ""
    return f"command:{command.kind.value}{by}"


def _columns_info(name: str, kind: str, columns: Sequence[Column], session_id: str) -> pylsl.StreamInfo:
    info = pylsl.StreamInfo(name, kind, len(columns), pylsl.IRREGULAR_RATE, "float32", f"{name}-{session_id}")
    channels = info.desc().append_child("channels")
    for label, unit, _ in columns:
        channel = channels.append_child("channel")
        for tag, text in (("label", label), ("unit", unit), ("type", kind)):
            channel.append_child_value(tag, text)
    return _signed(info)


def _markers_info(session_id: str) -> pylsl.StreamInfo:
    info = pylsl.StreamInfo(MARKERS, "Markers", 1, pylsl.IRREGULAR_RATE, "string", f"{MARKERS}-{session_id}")
    channel = info.desc().append_child("channels").append_child("channel")
    channel.append_child_value("label", "event").append_child_value("type", "Markers")
    return _signed(info)


def _signed(info: pylsl.StreamInfo) -> pylsl.StreamInfo:
    info.desc().append_child("acquisition").append_child_value("manufacturer", MANUFACTURER)
    return info
