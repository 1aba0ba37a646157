"""What a person asks of a session on the command line, checked before anything starts."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from loop.errors import EuthymiaError
from sessions.chosen import check_decoder
from sessions.protocol.loading import load_protocol, with_minutes
from sessions.taste.loading import load_taste

DEFAULT_OUT = Path("recordings")
SOUNDS = ("auto", "off", "jack")
SOUND_FILES = (".flac", ".wav")
LONGEST_ID = 32


class OptionError(EuthymiaError):
    """An option says something that cannot be done."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """One session as it was asked for; `checked` makes sure that it can be had."""

    protocol: str                  # a path, or the name of a shipped one
    query: str | None = None       # name=.., type=.. or source_id=..; None = as the protocol says
    simulate: bool = False         # a simulated listener instead of a person
    participant: str | None = None  # None = one is drawn
    minutes: float | None = None   # of each regulate phase; None = as the protocol says
    unattended: bool = False       # ratings are skipped, and that is journalled
    window: bool = True            # open the monitor
    sound: str = "auto"            # auto, off, jack, or a .flac or .wav file
    out: Path = DEFAULT_OUT        # folder of all recordings
    network: bool = False          # look for streams beyond this machine
    seed: int | None = None        # None draws one
    taste: Path | None = None      # the listener's own file; None = the house's table
    json: bool = False             # one JSON object at the end, and nothing is asked at the terminal


def checked(options: RunOptions) -> RunOptions:
    """Return the options as they are, once all of them can be had.

    Raises
    ------
    EuthymiaError
        With one sentence that names the option that cannot be done.
    """
    loaded = load_protocol(options.protocol)
    if options.minutes is not None:
        with_minutes(loaded, options.minutes)
    check_decoder(loaded)
    if options.taste is not None:
        load_taste(options.taste)
    _check_query(options)
    _check_participant(options.participant)
    check_sound(options.sound)
    check_folder(options.out, "--out")
    return options


def regulate_minutes(protocol_name: str, whole_minutes: float) -> float:
    """Return how long each regulate phase is, so that the whole lasts `whole_minutes`.

    Raises
    ------
    OptionError
        If the other phases leave no time for the music.
    """
    protocol = load_protocol(protocol_name).protocol
    phases = protocol.regulates
    others = protocol.minutes - sum(phase.minutes for phase in phases)
    if not math.isfinite(whole_minutes) or not phases or whole_minutes <= others:
        raise OptionError(
            f"--minutes is {whole_minutes:g}",
            f"give more than {others:.1f}, which {protocol.title} takes without its music",
        )
    return (whole_minutes - others) / len(phases)


def check_folder(folder: Path, option: str) -> None:
    """Make the folder where it is missing, and write and remove a file in it.

    Raises
    ------
    OptionError
        If nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OptionError(f"{option} {folder} cannot be written: {reason}", "give a folder that can") from None


def check_sound(sound: str) -> None:
    """Raise `OptionError` where music cannot go to `sound`: auto, off, jack, or a new file."""
    if sound in SOUNDS:
        return
    file = Path(sound)
    if file.suffix.lower() not in SOUND_FILES:
        close = get_close_matches(sound.lower(), SOUNDS, n=1)
        hint = f'. Did you mean "{close[0]}"?' if close else ""
        raise OptionError(f'--sound is "{sound}"', f"auto, off, jack, or a file that ends in .flac or .wav{hint}")
    try:
        there = file.exists()
    except OSError as error:       # a name that is too long, a folder that may not be looked into
        raise OptionError(f"--sound {file} cannot be written: {error.strerror}", "give another name") from None
    if there:
        raise OptionError(f"--sound {file} is there already", "nothing recorded is overwritten: give a new name")
    check_folder(file.parent, "--sound")


def _check_query(options: RunOptions) -> None:
    if options.query is None:
        return
    if options.simulate:
        raise OptionError("--stream and --simulate were both given", "leave one out: a session hears one source")
    from sensing.sources.streams import parse_query

    parse_query(options.query)


def _check_participant(participant: str | None) -> None:
    if participant is None:
        return
    if not (participant.isascii() and participant.isalnum() and len(participant) <= LONGEST_ID):
        raise OptionError(
            f'--participant is "{participant}"',
            f"up to {LONGEST_ID} letters and digits, such as P001; never a name, an initial or a birth date",
        )
