"""The sound dose of a participant's rolling week: the sessions of the last seven days, from what their folders hold.

H.870 is an allowance for a week, and a session is a part of it. Every session leaves its own dose in its manifest; of
one that was killed it is counted again from the journal. It is read when a session has ended, and moves no music. What
was heard elsewhere, nobody here knows of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from loop.dose import ALLOWANCES, DAYS_A_WEEK
from loop.errors import EuthymiaError
from loop.inputs import Report
from sessions.protocol.loading import load_protocol
from sessions.record.manifest import read_manifest
from sessions.record.replaying import read_run
from sessions.record.storage import RunFolder, find_run
from sessions.sound_dose import DOSE_KEY, MANIFEST_KEY, PERCENT_DIGITS, SoundDose, ear_from_plain, percent_words

WHOLE_PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier session of the week left."""

    session: str                   # its folder's name: ses-001
    percent: float | None          # of its own allowance; None where it cannot be counted
    allowance: str = ""            # by name


def week_of(run: RunFolder, found: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return what the summary says of the week.

    Parameters
    ----------
    run : RunFolder
        Of the session that has ended; its neighbours are the same participant's.
    found : Mapping
        What `SoundDose.as_dict` gave of that session.
    now : datetime
        The end of the week.

    Returns
    -------
    dict
        ``week_percent`` (of the session's own allowance; None where nothing could be counted), ``week_sessions`` (how
        many were counted, this one too), ``week_uncounted`` (the folders' names of those that were heard and not
        calibrated, or cannot be read).
    """
    earlier = list(_earlier(run, now))
    ours = Earlier(run.session.name, found["percent"], found["allowance"]["name"])
    heard = [*earlier, *([ours] if found["heard_s"] else [])]
    known = [(one.percent, one.allowance) for one in heard if one.percent is not None]
    now_pa2h = ALLOWANCES[ours.allowance].pa2h
    percent = sum(share * ALLOWANCES[name].pa2h / now_pa2h for share, name in known)
    return {"week_percent": round(percent, PERCENT_DIGITS) if known else None, "week_sessions": len(known),
            "week_uncounted": [one.session for one in heard if one.percent is None]}


def week_words(found: Mapping[str, Any]) -> str:
    """Return one line on the week; empty where this session was the only one that was heard."""
    counted, uncounted = found.get("week_sessions", 0), found.get("week_uncounted", [])
    if counted + len(uncounted) < 2:
        return ""
    left_out = f"; not counted: {', '.join(uncounted)} (not calibrated, or not readable)" if uncounted else ""
    if found["week_percent"] is None:
        return f"not known{left_out}"
    return (f"estimate {percent_words(found['week_percent'])} of the allowance, from {counted} "
            f"session{'s' * (counted != 1)} in the last {DAYS_A_WEEK} days{left_out}")


def week_warning(found: Mapping[str, Any]) -> str:
    """Return the sentence for a week that is over its allowance; empty for one that is not."""
    percent = found.get("week_percent")
    if percent is None or percent <= WHOLE_PERCENT:
        return ""
    return (f"the sessions of the last {DAYS_A_WEEK} days come to about {percent_words(percent)} of a week's sound "
            "dose (an estimate after ITU-T H.870); what was heard elsewhere comes on top")


def _earlier(run: RunFolder, now: datetime) -> Iterator[Earlier]:
    """Yield the participant's other sessions that began in the week before `now` and were heard."""
    for folder in sorted(run.session.parent.glob("ses-*")):
        if folder.name == run.session.name:
            continue
        try:
            other = find_run(folder)
            manifest = read_manifest(other.manifest)
            if not now - timedelta(days=DAYS_A_WEEK) <= datetime.fromisoformat(manifest["started"]) <= now:
                continue
            dose = manifest.get(DOSE_KEY) or _counted_again(other, manifest)
            if dose["heard_s"]:
                yield Earlier(folder.name, dose["percent"], dose["allowance"]["name"])
        except (EuthymiaError, OSError, KeyError, TypeError, ValueError):
            if _has_a_record(folder):
                yield Earlier(folder.name, None)


def _counted_again(run: RunFolder, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dose from the journal."""
    dose = SoundDose(ear_from_plain(load_protocol(run.protocol).protocol, manifest.get(MANIFEST_KEY)))
    for item in read_run(run):
        if isinstance(item, Report):
            dose.saw(item, ())
    return dose.as_dict()


def _has_a_record(folder: Path) -> bool:
    return any(folder.glob("eeg/*_eeg.xdf"))
