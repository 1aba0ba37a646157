"""No music: what stands in the ensemble's place where there is nothing to hear."""

from __future__ import annotations

from collections.abc import Sequence

from generators.sound.stop import StopChannel
from loop.inputs import Report
from loop.values import Cycle


class NullMusic:
    """No music at all: for `--sound off`, replay and tests."""

    stop_channel: StopChannel | None = None
    output = "off"
    output_name = ""
    record_error = ""

    def play(self, cycle: Cycle) -> None:
        """Hear nothing."""

    def reports(self) -> Sequence[Report]:
        """Return nothing: nothing plays."""
        return ()

    def stop_now(self) -> None:
        """Be silent, as ever."""

    def close(self) -> None:
        """Have nothing to close."""
