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
from sessions.record.manifest import complete_manifest

MANIFEST_KEY = "weights"


class WeightsSeen:
    """Keeps what was reported of weights; implements `loop.ports.Observer`."""

    def __init__(self) -> None:
        self.found: Mapping[str, Any] | None = None

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Take the newest report: a model that is started again counts again."""
        if isinstance(item, Report) and item.kind is ReportKind.WEIGHTS:
            self.found = json.loads(item.text)

    def close(self) -> None:
        """Nothing is open."""

    def complete(self, manifest: Path) -> None:
        """Write into the manifest what was reported; raises as `complete_manifest`."""
        if self.found is not None:
            complete_manifest(manifest, {MANIFEST_KEY: self.found})


def weights_at_start(files: Mapping[str, Path]) -> dict[str, Any]:
    """Return what the manifest says of files before they are counted; nothing where there are none."""
    return {MANIFEST_KEY: {name: {"bytes": path.stat().st_size} for name, path in files.items()}} if files else {}
