"""The options and arguments that commands take, with their words of help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object last on stdout.")]
SoundOption = Annotated[str, typer.Option(metavar="auto|off|jack|FILE", help="Where the music goes.")]
OutOption = Annotated[Path, typer.Option(metavar="DIR", help="Folder of all recordings.")]
WindowFlag = Annotated[bool, typer.Option("--window/--no-window", help="Open the monitor window.")]
NetworkFlag = Annotated[bool, typer.Option("--network", help="Look for streams beyond this machine.")]
FolderArgument = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A session's folder; else the newest.")]
StreamName = Annotated[str, typer.Option(help="The stream's name; else the file's or the board's.")]
LengthOption = Annotated[float | None, typer.Option("--for", metavar="SECONDS", help="Stop after this long.")]

BoardArgument = Annotated[str, typer.Argument(metavar="BOARD", help="As `euthymia devices` names it.")]
SerialPort = Annotated[str, typer.Option(metavar="PORT", help="Of the board's dongle: /dev/ttyUSB0, COM3.")]
Mac = Annotated[str, typer.Option(metavar="ADDRESS", help="The board's Bluetooth address.")]
Ip = Annotated[str, typer.Option(metavar="ADDRESS", help="The board's address on the network.")]
IpPort = Annotated[int, typer.Option(metavar="PORT", help="A free port of this machine, for Wi-Fi boards.")]
SerialNumber = Annotated[str, typer.Option(metavar="TEXT", help="To choose among several boards of one make.")]
Playback = Annotated[Path | None, typer.Option(metavar="FILE", help="Play back what BrainFlow recorded from BOARD.")]
Labels = Annotated[str, typer.Option(metavar="F3,F4,..", help="Where the electrodes are, in the channels' order.")]
