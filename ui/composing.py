"""Music without a session: a point of the plane, or a course through it, into a sound file and a MIDI file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from loop.errors import FileError
from ui.options import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from generators.bounce import Bounced
    from generators.musicgen.checkpoints import ModelChoice
    from generators.piece import Station

COLUMNS = ("time_s", "valence", "arousal")
DEFAULT_MINUTES = 3.0
SHORTEST_MINUTES, LONGEST_MINUTES = 0.25, 240.0     # a shorter one cannot resolve at the slowest tempo
MIDI_SUFFIXES = (".mid", ".midi")
S_PER_MINUTE = 60.0
SPEED_DIGITS = 2
MOST_SEED = 2**31 - 1              # the sound engine takes a C long, which some machines have in 32 bits


@dataclass(frozen=True, slots=True)
class ComposeOptions:
    """A piece as it was asked for."""

    out: Path
    valence: float | None = None   # -1..1; with `path` neither
    arousal: float | None = None
    minutes: float | None = None   # None = to the last row of `path`, else `DEFAULT_MINUTES`
    seed: int = 1
    generator: str = ""            # "" = the usual one
    palette: str | None = None     # None = as the taste says, else `DEFAULT`
    midi: Path | None = None
    path: Path | None = None       # CSV: time_s,valence,arousal
    taste: Path | None = None      # the listener's own file
    bed: str = "off"               # noise under the music
    soundfont: Path | None = None  # whose instruments play; None = the program's own
    model: str = ""                # of a generator that makes sound by a model: "debug" or a folder
    allow_download: bool = False


def compose_piece(options: ComposeOptions) -> Bounced:
    """Compose and render; return what was made.

    Raises
    ------
    EuthymiaError
        If an option cannot be done, or a file cannot be read or written.
    """
    from generators.bounce import bounce
    from generators.fallback import RULES, USUAL
    from generators.piece import Piece
    from generators.sound.bed import NAMES as BEDS
    from generators.sound.mix import MixSettings
    from generators.sound.palettes import DEFAULT, find_palette
    from generators.sound.recorder import check_path
    from loop.intent import NO_TASTE
    from sessions.taste.loading import load_taste

    course = read_course(options.path) if options.path is not None else _still(options)
    _check_alone(options)
    length_s = _length_s(options, course[-1].time_s)
    if not 0 <= options.seed <= MOST_SEED:
        raise OptionError(f"--seed is {options.seed}", f"a whole number from 0 to {MOST_SEED}")
    generator = options.generator or USUAL
    model = _model(replace(options, generator=generator))
    taste = load_taste(options.taste) if options.taste is not None else None
    palette = options.palette or (taste.file.palette if taste is not None else "") or DEFAULT
    find_palette(palette)
    check_path(options.out)
    _check_midi(options.midi)
    if options.bed not in BEDS:
        raise OptionError(f"--bed is {options.bed}", f"one of {', '.join(BEDS)}")
    with ExitStack() as opened:
        mix = MixSettings(palette, bed=options.bed, bank=_bank(options.soundfont, palette, opened))
        liked = taste.taste if taste is not None else NO_TASTE
        piece = Piece(course, length_s, generator if model is None else RULES, options.seed, mix, liked, model)
        _claim(options.out, options.midi)
        progress, say = opened.enter_context(_progress(f"{options.out.name}"))
        return bounce(piece, options.out, options.midi, progress, say)


def piece_lines(made: Bounced) -> list[str]:
    """Return what was made, for a person."""
    files = f"{made.path} and {made.midi}" if made.midi else f"{made.path}"
    bars = f"{made.bars} bars, " if made.bars else ""
    return [f"{files}: {made.length_s / S_PER_MINUTE:.1f} minutes, {bars}rendered at {made.speed:.{SPEED_DIGITS}g} "
            "times real time"]


def generator_object() -> dict[str, Any]:
    """Return the generators and palettes that there are."""
    from generators.catalog import ROWS, STREAMS
    from generators.sound.palettes import ROWS as PALETTES

    return {"generators": [asdict(row) for row in (*ROWS, *STREAMS)],
            "palettes": [{"name": palette.name, "line": palette.line} for palette in PALETTES]}


def generator_table() -> Table:
    """Return the same as a table."""
    from rich.table import Table
    from rich.text import Text

    table = Table("what", "name", "needs", "about", box=None, pad_edge=False, header_style="bold")
    found = generator_object()
    for row in found["generators"]:
        extra = f"euthymia[{row['extra']}]" if row["extra"] else ""
        table.add_row(*map(Text, ("generator", row["name"], extra, row["line"])))
    for row in found["palettes"]:
        table.add_row(*map(Text, ("palette", row["name"], "", row["line"])))
    return table


def read_course(path: Path) -> tuple[Station, ...]:
    """Return the stations of a CSV file; each fault is named with its line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [(reader.line_num, row) for reader in [csv.reader(file)] for row in reader if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path} cannot be read: {error}", f"give a CSV file with {','.join(COLUMNS)}") from error
    if not rows or tuple(cell.strip() for cell in rows[0][1]) != COLUMNS:
        raise FileError(f"{path} does not begin with {','.join(COLUMNS)}", "make that its first line")
    course = tuple(_station(path, line, row) for line, row in rows[1:])
    if not course:
        raise FileError(f"{path} has no row", "give at least one")
    for (line, _), (before, after) in zip(rows[2:], pairwise(course), strict=True):
        if after.time_s <= before.time_s:
            raise FileError(f"{path}:{line}: time_s is {after.time_s:g} after {before.time_s:g}", "times must rise")
    return course


def _station(path: Path, line: int, row: list[str]) -> Station:
    from generators.piece import Station

    try:
        time_s, valence, arousal = map(float, row)
    except ValueError:
        raise FileError(f"{path}:{line}: {','.join(row)!r} is not three numbers",
                        f"give {','.join(COLUMNS)}") from None
    if not 0 <= time_s <= LONGEST_MINUTES * S_PER_MINUTE:
        raise FileError(f"{path}:{line}: time_s is {time_s:g}", f"0..{LONGEST_MINUTES * S_PER_MINUTE:g}")
    for name, value in (("valence", valence), ("arousal", arousal)):
        if not -1 <= value <= 1:
            raise FileError(f"{path}:{line}: {name} is {value:g}", "-1..1")
    return Station(time_s, valence, arousal)


def _still(options: ComposeOptions) -> tuple[Station, ...]:
    from generators.piece import Station

    for name, value in (("--valence", options.valence), ("--arousal", options.arousal)):
        if value is None:
            raise OptionError(f"{name} is missing", "give --valence and --arousal, -1..1 each, or --path FILE")
        if not -1 <= value <= 1:
            raise OptionError(f"{name} is {value:g}", "a number from -1 to 1")
    return (Station(0.0, float(options.valence or 0.0), float(options.arousal or 0.0)),)


def _bank(font: Path | None, palette: str, opened: ExitStack) -> str:
    """Return the file of the SoundFont's rendered notes; "" where the own instruments play."""
    from generators.sound.soundfont import render_bank

    if font is None:
        return ""
    return render_bank(font, palette, Path(opened.enter_context(TemporaryDirectory())))


def _model(options: ComposeOptions) -> ModelChoice | None:
    """Return the model of a generator that makes sound by one; None for a composer."""
    from generators.catalog import ROWS, STREAM_NAMES, STREAMS, find
    from generators.musicgen.checkpoints import ModelChoice, check_choice

    find(options.generator, (*ROWS, *STREAMS))
    if options.generator not in STREAM_NAMES:
        if options.model:
            raise OptionError(f"--model is {options.model}, and {options.generator} has none", "leave --model out")
        return None
    if not options.model:
        raise OptionError(f"{options.generator} needs --model", "name a folder with its weights, or debug")
    if options.midi is not None:
        raise OptionError(f"{options.generator} makes sound, no notes", "leave --midi out")
    choice = ModelChoice(options.generator, options.model, options.allow_download)
    check_choice(choice)
    return choice


def _check_alone(options: ComposeOptions) -> None:
    if options.path is not None and (options.valence is not None or options.arousal is not None):
        raise OptionError("--path says where the music goes", "leave --valence and --arousal out")


def _length_s(options: ComposeOptions, course_s: float) -> float:
    if options.minutes is None:
        return max(course_s, SHORTEST_MINUTES * S_PER_MINUTE) if course_s else DEFAULT_MINUTES * S_PER_MINUTE
    if not SHORTEST_MINUTES <= options.minutes <= LONGEST_MINUTES:
        wanted = f"a number from {SHORTEST_MINUTES:g} to {LONGEST_MINUTES:g}"
        raise OptionError(f"--minutes is {options.minutes:g}", wanted)
    return options.minutes * S_PER_MINUTE


def _check_midi(path: Path | None) -> None:
    from generators.sound.recorder import check_new

    if path is None:
        return
    if path.suffix.lower() not in MIDI_SUFFIXES:
        raise FileError(f"{path} is no MIDI file", f"give it one of {', '.join(MIDI_SUFFIXES)}")
    check_new(path)


def _claim(*paths: Path | None) -> None:
    """Make sure, before minutes are spent, that all files can be written; `bounce` removes them where it fails."""
    claimed: list[Path] = []
    for path in filter(None, paths):
        try:
            path.open("xb").close()
        except OSError as error:
            for empty in claimed:
                empty.unlink(missing_ok=True)
            raise FileError(f"{path} cannot be written: {error.strerror}", "choose another folder") from error
        claimed.append(path)


@contextmanager
def _progress(name: str) -> Iterator[tuple[Callable[[float], None], Callable[[str], None]]]:
    """Show how far it is, and what is said meanwhile, on stderr; the first where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=1.0)
        yield (lambda share: bar.update(task, completed=share),
               lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True))
