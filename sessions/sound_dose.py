"""The sound dose of a session: an estimate from the journalled levels, the same live and from the record.

A pure function of the journal and of what the session was given (`Ear`). It moves nothing: the music does not know it.
Without a calibration of the output there is no level at the ear, and no dose is claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generators.catalog import STREAM_NAMES
from generators.sound.ring import RATE_HZ
from generators.sound.weighting import Spread, a_minus_k
from loop.dose import ALLOWANCES, SESSION_SHARE, Allowance, Dose, allowed_hours
from loop.errors import FileError
from loop.inputs import Input, Report, ReportKind
from loop.values import Cycle
from sessions.protocol.schema import Protocol
from sessions.sound_calibration import (
    SoundCalibration,
    calibration_from_plain,
    calibration_to_plain,
    calibrations_file,
    read_calibrations,
)

SILENT_LUFS = -70.0                # BS.1770's absolute gate: what lies below it was not heard
READY_OUTPUT = "sound: "           # how the report of a sound process that is up begins
MANIFEST_KEY = "sound_calibration"
DOSE_KEY = "sound_dose"            # in the manifest, from the session's end on
WEIGHTING_KEY = "a_minus_k_db"
CALIBRATE = "`euthymia calibrate-sound` does that"
PERCENT_DIGITS, LEVEL_DIGITS = 4, 1
HOURS_A_WEEK = 7 * 24.0
FEW_HOURS = 10.0                   # below them, tenths are told


@dataclass(frozen=True, slots=True)
class Ear:
    """What turns loudness into a dose."""

    allowance: Allowance
    calibration: SoundCalibration | None   # of the output; None where nobody made one
    weighting: Spread                      # how far A lies below K in this music


def ear_of(protocol: Protocol, calibration: SoundCalibration | None) -> Ear:
    """Return the ear of a protocol on an output."""
    music = protocol.music
    own = music.generator not in STREAM_NAMES and not music.soundfont
    return Ear(ALLOWANCES[protocol.safety.listener], calibration, a_minus_k(music.palette, own))


def ear_to_plain(ear: Ear) -> dict[str, Any] | None:
    """Return what a manifest says of an ear: all that the protocol does not."""
    if ear.calibration is None:
        return None
    return {**calibration_to_plain(ear.calibration), WEIGHTING_KEY: ear.weighting.mean_db}


def ear_from_plain(protocol: Protocol, plain: Mapping[str, Any] | None) -> Ear:
    """Return the ear of a record, by its own weighting and not by today's table; `FileError` for a changed manifest."""
    if plain is None:
        return ear_of(protocol, None)
    try:
        row = dict(plain)
        mean_db = float(row.pop(WEIGHTING_KEY))
    except (KeyError, TypeError, ValueError):
        raise FileError("the manifest's sound calibration is none", "use an untouched copy") from None
    ear = ear_of(protocol, calibration_from_plain(row))
    return Ear(ear.allowance, ear.calibration, Spread(mean_db, mean_db, mean_db, 0))


def dose_on(output: str, protocol: Protocol, say: Callable[[str], None]) -> SoundDose:
    """Return what counts a session's dose, by the user's own calibration of its output where there is one.

    A list of calibrations that cannot be read stops no session: it is told, and no dose is claimed.
    """
    try:
        calibration = read_calibrations(calibrations_file()).get(output)
    except FileError as error:
        say(str(error))
        calibration = None
    return SoundDose(ear_of(protocol, calibration), say)


class SoundDose:
    """Adds up the levels of a session; implements `loop.ports.Observer`.

    Each `LEVEL` report stands for the sound since the one before it, by the sound's own frames: when the session took
    a report does not matter, and what found no room has the level of what came next.

    Parameters
    ----------
    ear : Ear
        What turns loudness into a dose.
    say : callable, optional
        Is told once when the session passes its share of a week.

    Attributes
    ----------
    ear : Ear
        As it was given.
    """

    def __init__(self, ear: Ear, say: Callable[[str], None] = lambda line: None) -> None:
        self.ear, self._say = ear, say
        self._dose = Dose()                # by the measured weighting
        self._most = Dose()                # with A taken to be K, which is never too low
        self._frame = -1
        self._output = ""
        self._moved = False                # the sound came back on another output
        self._level_db = 0.0
        self._warned = False

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Take a level; warn when the share is passed."""
        if cycles:
            self._level_db = cycles[-1].status.level_db
        if not isinstance(item, Report):
            return
        if item.kind is ReportKind.READY and item.text.startswith(READY_OUTPUT):
            self._moved = self._moved or self._output not in ("", item.text)
            self._output = item.text
        elif item.kind is ReportKind.LEVEL:
            self._hear(item)
            self._warn()

    def close(self) -> None:
        """Nothing is open."""

    @property
    def percent(self) -> float:
        """The share of a week's dose so far, %; NaN where the output was not calibrated."""
        return self._dose.percent(self.ear.allowance) if self.ear.calibration else float("nan")

    @property
    def words(self) -> str:
        """A few words for the screen."""
        if not self._output:
            return ""
        if self.ear.calibration is None:
            return "dose not calibrated"
        return f"dose estimate {percent_words(self.percent)}" + (", output changed" if self._moved else "")

    def as_dict(self) -> dict[str, Any]:
        """Return what `run --json` and `replay --json` print of it."""
        ear, known = self.ear, self.ear.calibration is not None
        heard = known and self._dose.heard_s > 0
        return {
            "calibrated": known,
            "percent": round(self.percent, PERCENT_DIGITS) if known else None,
            "percent_at_most": round(self._most.percent(ear.allowance), PERCENT_DIGITS) if known else None,
            "mean_dba": round(self._dose.mean_dba, LEVEL_DIGITS) if heard else None,
            "hours_a_week": round(allowed_hours(self._dose.mean_dba, ear.allowance), LEVEL_DIGITS) if heard else None,
            "heard_s": round(self._dose.heard_s, LEVEL_DIGITS), "user_level_db": self._level_db,
            "allowance": {"name": ear.allowance.name, "level_dba": ear.allowance.level_dba,
                          "hours": ear.allowance.hours},
            "over_share": self._over, "output_changed": self._moved, "calibration": ear_to_plain(ear),
        }

    @property
    def _over(self) -> bool:
        return self.percent > 100.0 * SESSION_SHARE

    def _hear(self, report: Report) -> None:
        since, self._frame = self._frame, report.frame
        seconds = (report.frame - since) / RATE_HZ
        if since < 0 or seconds <= 0 or self._moved or not report.number >= SILENT_LUFS:
            return
        calibration = self.ear.calibration
        if calibration is None:
            self._dose = Dose(0.0, self._dose.heard_s + seconds)
            return
        self._dose = self._dose.plus(calibration.dba(report.number, self.ear.weighting.mean_db), seconds)
        self._most = self._most.plus(calibration.dba(report.number, 0.0), seconds)

    def _warn(self) -> None:
        if self._over and not self._warned:
            self._warned = True
            self._say(dose_warning(self.as_dict()))


def percent_words(percent: float) -> str:
    """Return a share for a person: no digit that an estimate does not have."""
    return "<1 %" if percent < 1 else f"{percent:.0f} %"


def dose_words(found: Mapping[str, Any]) -> str:
    """Return one line on a session's dose, from what `SoundDose.as_dict` gave."""
    if not found["heard_s"]:
        return "none: no music was heard"
    if not found["calibrated"]:
        return f"not known: this output is not calibrated; {CALIBRATE}"
    changed = "; up to where the output changed" if found["output_changed"] else ""
    return (f"estimate {percent_words(found['percent'])} of a week's, {percent_words(found['percent_at_most'])} at most"
            f"; {_level_words(found)}{changed}")


def dose_warning(found: Mapping[str, Any]) -> str:
    """Return the sentence for a session that alone passes one day's share; empty for one that does not."""
    if not found["over_share"]:
        return ""
    return (f"this session alone is about {percent_words(found['percent'])} of a week's sound dose (an estimate after "
            f"ITU-T H.870), more than one day's share; {_level_words(found)}; 3 dB softer doubles that")


def _level_words(found: Mapping[str, Any]) -> str:
    user_db = f"{found['user_level_db']:+.0f}".replace("-", "−") if found["user_level_db"] else "0"
    return (f"about {found['mean_dba']:.0f} dB(A) at your level of {user_db} dB, which H.870 allows for "
            f"{_hours_words(found['hours_a_week'])}")


def _hours_words(hours: float) -> str:
    if hours >= HOURS_A_WEEK:
        return "the whole week"
    return f"{hours:.0f} h a week" if hours >= FEW_HOURS else f"{hours:.1f} h a week"
