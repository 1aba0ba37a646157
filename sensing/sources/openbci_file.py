"""The text files that the OpenBCI GUI writes: comment lines with ``%``, a line of column names, then one line a sample.

The GUI writes microvolts (docs.openbci.com, "Cyton Data Format"). It does not name electrodes, so the channels keep
their column's name. The stamps in the file are the receiving computer's time of day, to the millisecond, and come in
bursts: the rate line is used instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import numpy as np

from loop.errors import FileError
from loop.values import FloatArray
from sensing.montage import MICROVOLTS
from sensing.sources.recording import Contents

MARK = "%OpenBCI"
EXG_COLUMN = re.compile(r"^(EXG|EEG) Channel \d+$", re.IGNORECASE)
RATE_LINE = re.compile(r"^%\s*Sample Rate\s*=\s*([\d.]+)", re.IGNORECASE)
COUNT_LINE = re.compile(r"^%\s*Number of channels\s*=\s*(\d+)", re.IGNORECASE)


def read(path: Path) -> Contents:
    """Read the EXG columns of an OpenBCI text file.

    Raises
    ------
    FileError
        Where the file is not of that kind, does not say its rate, or a line is broken.
    """
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if not lines or not lines[0].startswith(MARK):
        what = f"{path.name} is not a text file of the OpenBCI GUI"
        raise FileError(what, f'its first line would begin with "{MARK}"')
    comments = list(takewhile(lambda line: line.startswith("%"), lines))
    rows = [line for line in lines[len(comments) :] if line.strip()]
    columns = _exg_columns(path, rows, comments)
    rows = rows if not rows or _is_data(rows[0]) else rows[1:]
    return Contents(
        samples=_numbers(path, rows, list(columns), len(lines) - len(rows)),
        rate_hz=_stated(path, comments, RATE_LINE, "sample rate"),
        labels=tuple(columns.values()),
        units=(MICROVOLTS,) * len(columns),
        types=("EEG",) * len(columns),
        maker="OpenBCI",
    )


def _is_data(row: str) -> bool:
    return row.lstrip()[:1].isdigit()


def _exg_columns(path: Path, rows: Sequence[str], comments: Sequence[str]) -> dict[int, str]:
    """Return column -> label; GUI versions before 5 write no line of names, and EXG from the second column on."""
    if rows and not _is_data(rows[0]):
        names = [name.strip() for name in rows[0].split(",")]
        return {i: name for i, name in enumerate(names) if EXG_COLUMN.match(name)}
    n_channels = int(_stated(path, comments, COUNT_LINE, "number of channels"))
    return {i: f"EXG Channel {i - 1}" for i in range(1, n_channels + 1)}


def _stated(path: Path, comments: Sequence[str], pattern: re.Pattern[str], what: str) -> float:
    for line in comments:
        stated = pattern.match(line)
        if stated and float(stated[1]) > 0:
            return float(stated[1])
    raise FileError(f"{path.name} does not state its {what}", "it stands in the lines with % at the top")


def _numbers(path: Path, rows: Sequence[str], columns: Sequence[int], n_above: int) -> FloatArray:
    samples = np.empty((len(rows), len(columns)))
    for i, row in enumerate(rows):
        cells = row.split(",")
        try:
            samples[i] = [float(cells[column]) for column in columns]
        except (IndexError, ValueError):
            what = f"{path.name}:{n_above + i + 1}: the line is broken"
            raise FileError(what, "remove it, or copy the file again") from None
    return samples
