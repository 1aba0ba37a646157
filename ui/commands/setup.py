"""The commands that tell what works here, and what a protocol says."""

from __future__ import annotations

from typing import Annotated

import typer

from loop.errors import NOT_READY_EXIT
from ui import flags
from ui.saying import say, show, show_lines


def doctor(as_json: flags.JsonFlag = False, model: flags.WeightsOption = None) -> None:
    """Show what works here, and how to get what does not."""
    from ui.doctor import examine
    from ui.tables import doctor_table

    findings = list(examine(say, model))
    ready = all(finding.works for finding in findings if finding.needed)
    show({"ready": ready, "parts": findings}, doctor_table(findings), as_json)
    if not ready:
        raise typer.Exit(NOT_READY_EXIT)


def protocol_list() -> None:
    """List the shipped protocols."""
    from sessions.protocol.loading import load_protocol, shipped_names
    from ui.tables import protocol_table

    show_lines(protocol_table(load_protocol(name) for name in shipped_names()))


def protocol_check(file: Annotated[str, typer.Argument(help="A protocol file, or a shipped name.")]) -> None:
    """Check a protocol file; each fault is named with its line."""
    from sessions.chosen import check_decoder, check_soundfont
    from sessions.protocol.loading import load_protocol

    loaded = load_protocol(file)
    check_decoder(loaded)
    check_soundfont(loaded)
    show_lines([f"{loaded.path.name} can be run: {loaded.protocol.title}, {loaded.protocol.minutes:g} minutes",
            f"sha256 {loaded.sha256}"])


def protocol_schema() -> None:
    """Print the JSON Schema of protocol files, for editors."""
    from sessions.protocol.schema import schema_text

    show_lines([schema_text()])
