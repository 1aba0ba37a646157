"""Numbers said in words: what the operator reads first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from loop.values import Hold, Intent, Presence
from sensing.sides import SideState
from sessions.live.snapshot import Snapshot

OLD_S = 1.0                        # a reading older than this looks old
QUALITY_WORDS = ((0.75, "good"), (0.5, "fair"), (0.25, "poor"), (-math.inf, "bad"))   # at least, word
DENSITY_WORDS = ((0.6, "busy"), (0.35, "flowing"), (0.15, "sparse"), (-math.inf, "very sparse"))
NAMED_CHANNELS = 3                 # bad channels that the header line names
PRESENCE_WORDS = {Presence.SILENT: "silent", Presence.PLAYING: "playing", Presence.ENDING: "ending"}
SHORT_PHASE_WORDS = {"check_quality": "signal", "return_to_alert": "return", "regulate": "reg."}
PHASE_WORDS = {"check_quality": "check signal", "return_to_alert": "return", "rate": "rate"}
EYES_WORDS = {"open": "eyes open", "closed": "eyes closed"}


class Mood(StrEnum):
    """How a line is to be drawn."""

    GOOD = "good"
    HELD = "held"
    BAD = "bad"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Said:
    """A few words, and their colour by name."""

    words: str
    mood: Mood


def quality_word(quality: float) -> str:
    """Return good, fair, poor or bad; a dash where it was not graded."""
    return "–" if math.isnan(quality) else word_for(quality, QUALITY_WORDS)


def word_for(value: float, table: tuple[tuple[float, str], ...]) -> str:
    """Return the word of the first row whose bound `value` reaches."""
    return next(word for least, word in table if value >= least)


def clock_words(seconds: float) -> str:
    """Return minutes and seconds: `12:04`; a dash for NaN."""
    if math.isnan(seconds):
        return "–"
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def signal_said(snapshot: Snapshot | None, age_s: float, alive: bool) -> Said:
    """Return the state of the signal in words: the most pressing thing first."""
    if snapshot is None:
        return Said("waiting for the session", Mood.QUIET)
    if snapshot.ended:
        return Said("session ended", Mood.QUIET)
    if not alive:
        return Said("the session's process is gone", Mood.BAD)
    if age_s > OLD_S:
        return Said(f"no news for {age_s:.0f} s", Mood.BAD)
    if snapshot.hold is not Hold.NONE:
        return Said(held_words(snapshot), Mood.HELD)
    return _quality_said(snapshot)


def held_words(snapshot: Snapshot) -> str:
    """Return why the decision is held, with the window's first fault."""
    faults = snapshot.cycle.status.faults if snapshot.cycle else ()
    if snapshot.hold is Hold.BAD and faults:
        return f"held: {faults[0]}"
    return snapshot.hold_words or str(snapshot.hold)


def music_words(intent: Intent, presence: Presence) -> str:
    """Return the music's intent in one line."""
    if presence is Presence.SILENT:
        return "silent"
    ending = "  ·  ending" if presence is Presence.ENDING else ""
    return f"tempo {intent.tempo_bpm:.0f}  ·  {intent.mode}  ·  {word_for(intent.density, DENSITY_WORDS)}{ending}"


def phase_words(kind: str, eyes: str = "") -> str:
    """Return a phase's name for people, with its eye state."""
    name = PHASE_WORDS.get(kind, kind.replace("_", " "))
    return f"{name}, {EYES_WORDS[eyes]}" if eyes in EYES_WORDS else name


def number_words(value: float, unit: str, digits: int = 0) -> str:
    """Return a number with its unit and a true minus sign; a dash for NaN."""
    return "–" if math.isnan(value) else f"{value:.{digits}f} {unit}".replace("-", "−")


def side_said(side: SideState) -> str:
    """Return a stream beside the EEG in a few words: what it is, how fast it comes, the heart where it is one."""
    name = side.kind or side.name
    if not side.here:
        return f"{name} lost"
    heart = "" if math.isnan(side.heart_bpm) else f", heart {side.heart_bpm:.0f}"
    return f"{name} {number_words(side.measured_hz, 'Hz')}{heart}"


def side_told(side: SideState, now_s: float) -> str:
    """Return all that is known of a stream beside the EEG, in a line."""
    return (f"{side.name}: newest sample {number_words(now_s - side.arrived_s, 's', 1)} old, {side.samples} samples, "
            f"{side.gaps} gaps, lost {side.losses} times; read by no decision")


def contact_told(snapshot: Snapshot) -> str:
    """Return the impedance of every electrode that the device gives one of, a line each; "" where it gives none."""
    rows = [f"{each.electrode}: {each.kohm:.3g} kΩ{' (high)' if each.high else ''}" for each in snapshot.impedances]
    return "\nimpedance\n" + "\n".join(rows) if rows else ""


def contact_said(snapshot: Snapshot) -> str:
    """Return the electrodes whose impedance is high, in a few words; "" where there are none."""
    high = [f"{each.electrode} {each.kohm:.3g} kΩ" for each in snapshot.impedances if each.high]
    more = " …" if len(high) > NAMED_CHANNELS else ""
    return f"high impedance: {', '.join(high[:NAMED_CHANNELS])}{more}" if high else ""


def _quality_said(snapshot: Snapshot) -> Said:
    graded = {label: value for label, value in zip(snapshot.course.labels, snapshot.quality, strict=False)
              if not math.isnan(value)}
    if not graded:
        return Said("signal not graded yet", Mood.QUIET)
    mean = word_for(sum(graded.values()) / len(graded), QUALITY_WORDS)
    poor = [label for label, value in graded.items() if value < QUALITY_WORDS[1][0]]
    named = ", ".join(poor[:NAMED_CHANNELS]) + (" …" if len(poor) > NAMED_CHANNELS else "")
    mood = Mood.GOOD if mean == "good" and not poor else Mood.BAD
    return Said(f"{mean} signal" + (f", check {named}" if poor else ""), mood)
