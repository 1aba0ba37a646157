"""Where a session lies: one folder a session, named as LabRecorder and BIDS do, and never one that was there before."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from loop.errors import FileError, RecordError

PRIVATE_FOLDER = 0o700             # health data: the owner's alone
PSEUDONYM_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"      # none that is read for another: 0 O, 1 I
PSEUDONYM_LENGTH = 4               # of a million; `new_run` draws again where one is taken
LONGEST_NAME = 32
_PARTICIPANT = re.compile(rf"[A-Za-z0-9]{{1,{LONGEST_NAME}}}")
_SESSION = re.compile(r"ses-(\d+)")
_NOT_BIDS = re.compile(r"[^A-Za-z0-9]+")
_EEG_FILES = "*_eeg.xdf"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The places of one session's files."""

    xdf: Path

    @property
    def eeg(self) -> Path:
        """The folder that holds all files."""
        return self.xdf.parent

    @property
    def session(self) -> Path:
        """The folder that commands print and take."""
        return self.eeg.parent

    @property
    def participant(self) -> str:
        """The pseudonym."""
        return self.session.parent.name.removeprefix("sub-")

    @property
    def flac(self) -> Path:
        """The sound as it was played."""
        return self.eeg / "audio.flac"

    @property
    def protocol(self) -> Path:
        """The protocol, resolved."""
        return self.eeg / "protocol.yaml"

    @property
    def manifest(self) -> Path:
        """Versions, seeds, machine."""
        return self.eeg / "manifest.json"

    @property
    def given(self) -> Path:
        """Copies of what the session was given; made by `new_run`."""
        return self.eeg / "given"

    @property
    def live(self) -> Path:
        """What the window reads while the session runs; made by `new_run`."""
        return self.eeg / "live"


def pseudonym() -> str:
    """Return a random participant id, such as P7F3K: never initials, never a date."""
    return "P" + "".join(secrets.choice(PSEUDONYM_LETTERS) for _ in range(PSEUDONYM_LENGTH))


def new_run(out: Path, participant: str | None, task: str) -> RunFolder:
    """Make the folders of a new session and return its places; it takes the next free session number.

    Parameters
    ----------
    out : Path
        The folder of all recordings; made where it is missing.
    participant : str or None
        Letters and digits; None draws a pseudonym.
    task : str
        The protocol's title; letters and digits of it are kept.

    Raises
    ------
    FileError
        The participant id holds something else than letters and digits.
    RecordError
        The folder cannot be made.
    """
    if participant is not None:
        _check_participant(participant)
    try:
        out.mkdir(parents=True, exist_ok=True)
        subject = _known_subject(out, participant) if participant else _new_subject(out)
        session = _new_session(subject)
        name = f"{subject.name}_{session.name}_task-{_task_name(task)}_run-001_eeg.xdf"
        run = RunFolder(session / "eeg" / name)
        for folder in (run.eeg, run.given, run.live):
            folder.mkdir(mode=PRIVATE_FOLDER)
    except OSError as error:
        raise RecordError(
            f"{error.filename or out} cannot be written: {error.strerror}", "choose another folder with --out"
        ) from error
    return run


def find_run(path: Path) -> RunFolder:
    """Return the session of a session folder, of its eeg folder or of its XDF file.

    Raises
    ------
    FileError
        There is no session, or more than one.
    """
    if path.is_file() and path.suffix == ".xdf":
        return RunFolder(path.absolute())
    if not path.is_dir():
        raise FileError(f"{path} is no session", "give the folder that `euthymia run` printed")
    found = sorted(path.glob(_EEG_FILES)) or sorted(path.glob(f"eeg/{_EEG_FILES}"))
    if not found:
        raise FileError(f"{path} holds no recording", "give a session folder, such as sub-P001/ses-001")
    if len(found) > 1:
        names = ", ".join(item.name for item in found)
        raise FileError(f"{path} holds {len(found)} recordings", f"give one of these files: {names}")
    return RunFolder(found[0].absolute())


def _check_participant(participant: str) -> None:
    if _PARTICIPANT.fullmatch(participant) is None:
        raise FileError(
            f"the participant id {participant!r} is not {LONGEST_NAME} or fewer letters and digits (a-z, 0-9)",
            "give a pseudonym such as P001, never a name, or leave it out to have one drawn",
        )


def _known_subject(out: Path, participant: str) -> Path:
    subject = out / f"sub-{participant}"
    subject.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return subject


def _new_subject(out: Path) -> Path:
    while True:
        subject = out / f"sub-{pseudonym()}"
        try:
            subject.mkdir(mode=PRIVATE_FOLDER)
        except FileExistsError:
            continue
        return subject


def _new_session(subject: Path) -> Path:
    """Make the folder after the last; two that ask at once get two."""
    while True:
        taken = [int(found[1]) for item in subject.iterdir() if (found := _SESSION.fullmatch(item.name))]
        session = subject / f"ses-{max(taken, default=0) + 1:03d}"
        try:
            session.mkdir(mode=PRIVATE_FOLDER)
        except FileExistsError:
            continue
        return session


def _task_name(task: str) -> str:
    return _NOT_BIDS.sub("", task).lower()[:LONGEST_NAME] or "session"
