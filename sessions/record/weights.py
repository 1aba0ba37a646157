"""The weights of a large model in the record: their sizes from the first input on, their sha256 once they are counted.

Gigabytes are not read before a session begins. The model's own process counts them beside its loading and reports them;
the report is an input, so the journal has them at once, and the manifest when the session ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loop.inputs import Input, Report, ReportKind
from loop.values import Cycle

MANIFEST_KEY = "weights"


class WeightsSeen:
    """Keeps what was reported of weights; implements `loop.ports.Observer`."""

    def __init__(self) -> None:
        self._found: Mapping[str, Any] | None = None

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Take the newest report: a model that is started again counts again."""
        if isinstance(item, Report) and item.kind is ReportKind.WEIGHTS:
            self._found = json.loads(item.text)

    def close(self) -> None:
        """Nothing is open."""

    @property
    def counted(self) -> dict[str, Any]:
        """What completes the manifest; nothing where none was reported."""
        return {MANIFEST_KEY: self._found} if self._found is not None else {}


def weights_at_start(files: Mapping[str, Path]) -> dict[str, Any]:
    """Return what the manifest says of files before they are counted; nothing where there are none."""
    return {MANIFEST_KEY: {name: {"bytes": path.stat().st_size} for name, path in files.items()}} if files else {}
