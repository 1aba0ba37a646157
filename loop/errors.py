"""Errors that speak to a person: what happened, to what, and what to do about it."""

from __future__ import annotations

BAD_INPUT_EXIT = 2
NOT_READY_EXIT = 3


class EuthymiaError(Exception):
    """One sentence that a person can act on.

    Parameters
    ----------
    what : str
        What happened, and to what: ``'calm.yaml:12: unknown key "minuts"'``.
    remedy : str
        What the person can do about it; empty where nothing can be done.
    """

    exit_code = BAD_INPUT_EXIT

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}; {self.remedy}" if self.remedy else self.what


class StreamError(EuthymiaError):
    """A stream is missing, is not EEG, or says something impossible of itself."""


class MontageError(EuthymiaError):
    """A channel that the session needs is not among those of the stream."""


class FileError(EuthymiaError):
    """A file is missing, cut or not what its name says."""


class ProtocolError(EuthymiaError):
    """A protocol says something that cannot be run."""


class MissingPart(EuthymiaError):
    """An optional part is not installed; the remedy is its install line."""


class RecordError(EuthymiaError):
    """The session cannot be written any more; what was written stays readable."""


class SoundError(EuthymiaError):
    """No sound output can be had as it was asked for."""


class NotReady(EuthymiaError):
    """The signal was not good enough to begin, or to go on from the baseline."""

    exit_code = NOT_READY_EXIT
