"""What `euthymia features` finds in a file: for programs as one object, for people as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sensing.analysis import analyse
from sensing.features.bands import MEASURES
from sensing.features.indices import INDICES
from sensing.findings import Analysis, Verdict
from sensing.pipeline import Settings
from sensing.sources.recording import load_recording
from sessions.protocol.loading import load_protocol
from sessions.stream_settings import settings_of
from ui.options import OptionError

EYES = ("open", "closed")
LINES_HZ: dict[str, str | float] = {"auto": "auto", "50": 50.0, "60": 60.0}
REFERENCES: dict[str, str | tuple[str, ...] | None] = {"average": "average", "ears": "ears", "device": None}
ABSENT = "-"


@dataclass(frozen=True, slots=True)
class FeatureOptions:
    """What `euthymia features` was asked for; "" leaves the choice to the protocol, or to the defaults."""

    file: Path
    protocol: str = ""             # a path, or the name of a shipped one
    eyes: str = ""                 # open, closed; "" = not known
    reference: str = ""            # average, device, or names with commas
    line: str = ""                 # auto, 50, 60


def examine_file(options: FeatureOptions) -> Analysis:
    """Run the live stages over the file.

    Raises
    ------
    EuthymiaError
        With one sentence, where an option, the protocol or the file cannot be used.
    """
    settings = settings_asked(options)
    return analyse(load_recording(options.file), settings, options.eyes)


def settings_asked(options: FeatureOptions) -> Settings:
    """Return how the file is read: as the protocol says, but for what the options say.

    Raises
    ------
    OptionError
        Where an option is not one of its words.
    """
    _one_of("--eyes", options.eyes, EYES)
    _one_of("--line", options.line, tuple(LINES_HZ))
    settings = settings_of(load_protocol(options.protocol).protocol) if options.protocol else Settings()
    if options.line:
        settings = replace(settings, notch=LINES_HZ[options.line])
    return replace(settings, reference=_reference(options.reference)) if options.reference else settings


def feature_object(found: Analysis) -> dict[str, Any]:
    """Return what was found, under names that carry the unit."""
    return {
        "iaf_hz": found.iaf.hz if found.iaf.found else None,
        **{name: {band: dict(zip(found.channels, measure.of(powers).tolist(), strict=True))
                  for band, powers in found.powers_uv2.items()} for name, measure in MEASURES.items()},
        "indices": found.indices,
        "windows": [{"start_s": window.start_s, "bad": window.bad, "reasons": list(window.reasons)}
                    for window in found.windows],
        "notes": list(found.notes),
    }


def feature_report(found: Analysis) -> RenderableType:
    """Return what was found for a terminal: notes, indices, band powers, and why windows were lost."""
    notes = [Text(note) for note in found.notes]
    return Group(*notes, Text(), _indices(found), Text(), _powers(found), Text(), _losses(found.windows))


def runs(windows: Sequence[Verdict]) -> Iterator[tuple[float, float, tuple[str, ...]]]:
    """Yield stretches of bad windows: the start of the first, the start of the last, and all their reasons."""
    stretch: list[Verdict] = []
    for window in (*windows, Verdict(0.0, ())):
        if window.bad:
            stretch.append(window)
        elif stretch:
            reasons = Counter(reason for each in stretch for reason in each.reasons)
            yield stretch[0].start_s, stretch[-1].start_s, tuple(name for name, _ in reasons.most_common())
            stretch = []


def _one_of(option: str, word: str, words: Sequence[str]) -> None:
    if word and word not in words:
        raise OptionError(f'{option} is "{word}"', f"choose {', '.join(words[:-1])} or {words[-1]}")


def _reference(word: str) -> str | tuple[str, ...] | None:
    if word in REFERENCES:
        return REFERENCES[word]
    names = tuple(name.strip() for name in word.split(",") if name.strip())
    if not names:
        raise OptionError(f'--reference is "{word}"', f"choose {', '.join(REFERENCES)}, or names with commas between")
    return names


def _indices(found: Analysis) -> Table:
    table = _table("index", "value", "unit", "formula")
    for name, value in found.indices.items():
        shown = f"{value:.3f}" if value == value else ABSENT
        table.add_row(*map(Text, (name, shown, INDICES[name].unit, INDICES[name].formula)))
    return table


def _powers(found: Analysis) -> Table:
    table = _table("uV^2", *found.powers_uv2, numbers=True)
    for column, channel in enumerate(found.channels):
        powers = [float(band[column]) for band in found.powers_uv2.values()]
        table.add_row(Text(channel), *(f"{power:.2f}" if power == power else ABSENT for power in powers))
    return table


def _losses(windows: Sequence[Verdict]) -> Table:
    table = _table("bad windows begin at, s", "reasons")
    for first_s, last_s, reasons in runs(windows):
        span = f"{first_s:.1f}" if first_s == last_s else f"{first_s:.1f} to {last_s:.1f}"
        table.add_row(span, ", ".join(reasons))
    return table


def _table(*columns: str, numbers: bool = False) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, overflow="fold", justify="right" if numbers and place else "left")
    return table
