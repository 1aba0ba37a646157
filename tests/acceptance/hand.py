"""A hand at the monitor window, in the window's own process: `python -m tests.acceptance.hand SESSION`.

It says "shown" when the window has shown the session; SIGUSR1 presses Esc, SIGUSR2 closes the window as its frame does.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from ui.monitor import open_monitor
from ui.window import MonitorWindow

LOOK_MS = 10


class Hand:
    """Looks for the window, and does to it what the signals say."""

    def __init__(self) -> None:
        self._said = False
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)
        signal.signal(signal.SIGUSR1, lambda number, frame: QTest.keyClick(self._window(), Qt.Key.Key_Escape))
        signal.signal(signal.SIGUSR2, lambda number, frame: self._window().close())

    def _window(self) -> QWidget:
        return next(each for each in QApplication.topLevelWidgets() if isinstance(each, MonitorWindow))

    def _look(self) -> None:
        window = QApplication.activeWindow()       # keys go nowhere before there is one
        if not self._said and window is not None and window.windowTitle().endswith("Euthymia"):
            self._said = True
            sys.stderr.write("shown\n")
            sys.stderr.flush()


def main(folder: str) -> int:
    app = QApplication([])
    hand = Hand()
    code = open_monitor(Path(folder))
    del hand, app
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
