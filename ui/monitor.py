"""The window's own process: `python -m ui.monitor [FOLDER] [--light]`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from loop.clock import SystemClock
from loop.errors import EuthymiaError, FileError, MissingPart
from sessions.live.desk import RemoteDesk
from sessions.live.registry import newest_live
from sessions.live.view import LiveView

LIGHT = "--light"
PROBE = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"
PROBE_S = 20.0
NO_ANSWER = "could not connect to display"
CURSOR_LIBRARY = "xcb-cursor"      # what most desktops lack for Qt 6.5 and later


def check_display() -> None:
    """Raise where no window can open: Qt ends the whole process then, so a child tries it first."""
    if not sys.platform.startswith("linux"):
        return
    wanted = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    said = _probe() if wanted else "nothing is set"
    if CURSOR_LIBRARY in said and NO_ANSWER not in said:
        raise MissingPart("the window needs a library of the system, libxcb-cursor",
                          "install it: apt install libxcb-cursor0")
    if said:
        raise MissingPart("there is no display for the window",
                          "the session goes on without it; run `euthymia monitor` where there is a desktop")


def _probe() -> str:
    """Return what Qt says in a child of its own where it cannot open; an empty string where it can."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=PROBE_S, check=False)
    except subprocess.TimeoutExpired:
        return "no answer"
    return "" if done.returncode == 0 else done.stderr or "no word"


def open_monitor(path: Path | None, *, light: bool = False) -> int:
    """Open the window on a session, the newest that runs where none is named; return when it is closed.

    Raises
    ------
    MissingPart
        There is no display.
    FileError
        There is no session.
    """
    check_display()
    folder = path or newest_live()
    if folder is None:
        raise FileError("no session is running", "start one with `euthymia run`, or name a session's folder")
    view = LiveView(folder, SystemClock())
    desk = RemoteDesk(view.folder)

    from PySide6.QtWidgets import QApplication

    from ui.theme import DARK, LIGHT, dress
    from ui.window import MonitorWindow

    app = QApplication.instance() or QApplication(["euthymia"])
    assert isinstance(app, QApplication)
    theme = LIGHT if light else DARK
    dress(app, theme)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    window = MonitorWindow(view, desk, theme)
    window.show()
    return app.exec()


def main(arguments: Sequence[str]) -> int:
    """Run the process; one sentence on stderr where it cannot."""
    paths = [Path(argument) for argument in arguments if argument != LIGHT]
    try:
        return open_monitor(paths[0] if paths else None, light=LIGHT in arguments)
    except EuthymiaError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
