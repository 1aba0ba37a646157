"""Rows as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sensing.sources.boards import Board
from sensing.sources.streams import StreamRow
from sessions.protocol.loading import Loaded
from ui.doctor import Finding

SHOWN_LABELS = 16                  # electrodes that are named before they are only counted
FIRST_UNNAMED = "Ch1"              # a board that leaves the place of its electrodes to the person


def stream_table(rows: Iterable[StreamRow]) -> RenderableType:
    """Return the LSL streams in sight, and under them what their headers say of impedance."""
    table = _table("name", "type", "channels", "rate, Hz", "source_id", "host")
    told = list(rows)
    for row in told:
        rate = f"{row.rate_hz:g}" if row.rate_hz else "irregular"
        table.add_row(*map(Text, (row.name, row.kind, str(row.channels), rate, row.source_id, row.host)))
    return Group(table, *(Text(f"{row.name}: {row.impedance}") for row in told if row.impedance))


def board_table(boards: Iterable[Board]) -> Table:
    """Return the boards that can be bridged, with the option that each cannot do without."""
    table = _table("board", "maker", "rate, Hz", "EEG channels", "needs")
    for board in boards:
        named = board.labels and board.labels[0] != FIRST_UNNAMED and len(board.labels) <= SHOWN_LABELS
        electrodes = " ".join(board.labels) if named else str(len(board.labels) or "none")
        table.add_row(*map(Text, (board.name, board.maker, f"{board.main.rate_hz:g}", electrodes, board.option)))
    return table


def protocol_table(protocols: Iterable[Loaded]) -> Table:
    """Return the protocols with their length."""
    table = _table("protocol", "minutes", "about")
    for loaded in protocols:
        minutes = f"{loaded.protocol.minutes:g}"
        table.add_row(*map(Text, (Path(loaded.path).stem, minutes, loaded.protocol.about)))
    return table


def doctor_table(findings: Iterable[Finding]) -> Table:
    """Return what works here, with the install line of what does not."""
    table = _table("part", "", "what was found", "what to do")
    for finding in findings:
        state = "works" if finding.works else "missing" if finding.needed else "not here"
        table.add_row(*map(Text, (finding.part, state, finding.detail, finding.remedy)))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
