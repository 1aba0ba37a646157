"""What the commands say: results on stdout, all else on stderr. The one file that prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


def say(sentence: str) -> None:
    """Tell a person something, on stderr."""
    print(sentence, file=sys.stderr, flush=True)


def show(result: Any, shown: Sequence[str] | RenderableType, as_json: bool) -> None:
    """Print a result: one JSON object, or what a person reads of it."""
    from ui.results import to_json

    show_lines([to_json(result)] if as_json else shown)


def show_lines(shown: Sequence[str] | RenderableType) -> None:
    """Print lines, or a table."""
    from rich.console import Console

    if isinstance(shown, list):
        print("\n".join(shown))
    else:
        Console().print(shown)
