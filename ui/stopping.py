"""STOP from the terminal: silences the sound directly and tells the session."""

from __future__ import annotations

from pathlib import Path

from loop.errors import FileError
from sessions.live.desk import RemoteDesk
from sessions.live.registry import newest_live
from sessions.record.storage import find_run


def stop_session(folder: Path | None) -> Path:
    """Stop the session of a folder, or the one that started last; return its folder.

    Raises
    ------
    FileError
        If none runs there.
    """
    live = find_run(folder).live if folder is not None else newest_live()
    if live is None:
        raise FileError("no session runs on this machine", "there is nothing to stop")
    desk = RemoteDesk(live, by="terminal")
    try:
        reached = desk.stop()
    finally:
        desk.close()
    if not reached:
        raise FileError(f"no session runs in {live.parent.parent}", "there is nothing to stop")
    return live.parent.parent
