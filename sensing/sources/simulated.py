"""Whether a stream is the simulated listener's: its header says so, over LSL, in memory, in a recording played back.

What was learned from such a stream is about the model and about no person, whoever started it and however it came.
"""

from __future__ import annotations

from xml.etree import ElementTree

from loop.values import Header

MANUFACTURER = "Euthymia, simulated listener"
SOURCE_ID = "euthymia-listener-"   # how its source ids begin


def is_simulated(header: Header) -> bool:
    """Return whether a header is a simulated listener's: by its manufacturer, or where it has none by its source id."""
    return header.source_id.startswith(SOURCE_ID) or _manufacturer(header.xml) == MANUFACTURER


def _manufacturer(xml: str) -> str:
    try:
        return ElementTree.fromstring(xml).findtext("desc/acquisition/manufacturer") or "" if xml else ""
    except ElementTree.ParseError:
        return ""
