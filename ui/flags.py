"""The options and arguments that commands take, with their words of help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

VersionFlag = Annotated[bool, typer.Option("--version", help="Print the version.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object last on stdout.")]
SoundOption = Annotated[str, typer.Option(metavar="auto|off|jack|FILE", help="Where the music goes.")]
OutOption = Annotated[Path, typer.Option(metavar="DIR", help="Folder of all recordings.")]
WindowFlag = Annotated[bool, typer.Option("--window/--no-window", help="Open the monitor window.")]
NetworkFlag = Annotated[bool, typer.Option("--network", help="Look for streams beyond this machine.")]
SessionArgument = Annotated[Path, typer.Argument(help="A session's folder.")]
FolderArgument = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A session's folder; else the newest.")]
LightFlag = Annotated[bool, typer.Option("--light", help="In the light theme.")]
StreamName = Annotated[str, typer.Option(help="The stream's name; else the file's or the board's.")]
LengthOption = Annotated[float | None, typer.Option("--for", metavar="SECONDS", help="Stop after this long.")]

BoardArgument = Annotated[str, typer.Argument(metavar="BOARD", help="As `euthymia devices` names it.")]
SerialPort = Annotated[str, typer.Option(metavar="PORT", help="Of the board's dongle: /dev/ttyUSB0, COM3.")]
Mac = Annotated[str, typer.Option(metavar="ADDRESS", help="The board's Bluetooth address.")]
Ip = Annotated[str, typer.Option(metavar="ADDRESS", help="The board's address on the network.")]
IpPort = Annotated[int, typer.Option(
    min=0, max=65535, metavar="PORT", help="A free port of this machine, for Wi-Fi boards.")]
SerialNumber = Annotated[str, typer.Option(metavar="TEXT", help="To choose among several boards of one make.")]
Playback = Annotated[Path | None, typer.Option(metavar="FILE", help="Play back what BrainFlow recorded from BOARD.")]
Labels = Annotated[str, typer.Option(metavar="F3,F4,..", help="Where the electrodes are, in the channels' order.")]

ProtocolArgument = Annotated[str, typer.Argument(help="A protocol file, or the name of a shipped one.")]
StreamQuery = Annotated[str | None, typer.Option(metavar="QUERY", help="name=.., type=EEG or source_id=..")]
SimulateFlag = Annotated[bool, typer.Option("--simulate", help="Hear a simulated listener.")]
Participant = Annotated[str | None, typer.Option(metavar="ID", help="A pseudonym; else one is drawn.")]
RegulateMinutes = Annotated[float | None, typer.Option(help="Length of each regulate phase.")]
UnattendedFlag = Annotated[bool, typer.Option("--unattended", help="Skip ratings; nobody is there.")]

EegFile = Annotated[Path, typer.Argument(help="EDF, BDF, FIF, SET, XDF or OpenBCI text.")]
LoopFlag = Annotated[bool, typer.Option("--loop", help="Begin again at the end.")]
ReadAs = Annotated[str, typer.Option(metavar="NAME|PATH", help="Read the file as this protocol would; else plainly.")]
Eyes = Annotated[str, typer.Option(metavar="open|closed", help="How they were; the alpha frequency needs closed ones.")]
Reference = Annotated[str, typer.Option(metavar="average|device|NAMES", help="What voltages are against.")]
Line = Annotated[str, typer.Option(metavar="auto|50|60", help="The mains, Hz; auto finds it.")]

Valence = Annotated[float | None, typer.Option(metavar="-1..1", help="How pleasant.")]
Arousal = Annotated[float | None, typer.Option(metavar="-1..1", help="How stirring.")]
PieceMinutes = Annotated[float | None, typer.Option(help="Length; else 3, or to the course's end.")]
PieceOut = Annotated[Path, typer.Option("--out", metavar="FILE", help="A new .flac or .wav file.")]
SeedOption = Annotated[int, typer.Option(metavar="N", help="The same seed gives the same piece.")]
ModelOption = Annotated[str, typer.Option("--model", metavar="debug|FOLDER", help="Of a generator that plays a model.")]
WeightsOption = Annotated[Path | None, typer.Option("--model", metavar="FOLDER", help="MusicGen weights to look into.")]
DownloadFlag = Annotated[bool, typer.Option("--allow-download", help="Let the model be fetched from its hub.")]
Generator = Annotated[str, typer.Option(
    metavar="NAME", show_default=False,
    help="As `euthymia generators` names it; symbolic by default.")]
PaletteOption = Annotated[str | None, typer.Option(metavar="NAME", help="The voices; else the taste's, else calm.")]
TasteOption = Annotated[Path | None, typer.Option(metavar="FILE", help="What the listener likes and avoids.")]
TasteInto = Annotated[Path, typer.Option(metavar="FILE", help="The listener's file; made where there is none.")]
SessionsArgument = Annotated[list[Path], typer.Argument(metavar="SESSION...", help="All sessions of one listener.")]
TasteFile = Annotated[Path, typer.Argument(metavar="FILE", help="A listener's file.")]
BedOption = Annotated[str, typer.Option(metavar="NAME", help="Noise under it: off, rain, wind, sea.")]
SoundFontOption = Annotated[Path | None, typer.Option(metavar="FILE", help="An .sf2 file whose instruments play.")]
MidiOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the notes too: a new .mid file.")]
CourseOption = Annotated[Path | None, typer.Option("--path", metavar="FILE", help="CSV: time_s,valence,arousal.")]

LearnedDecoder = Annotated[str, typer.Option("--decoder", metavar="NAME", help="riemann, network or encoder.")]
ListenerKind = Annotated[str, typer.Option(metavar="KIND", help="Which simulated listener: drawn, strong, weak, ..")]
EncoderModel = Annotated[str, typer.Option("--model", metavar="NAME", help="A class of braindecode.models.")]
EncoderWeights = Annotated[str, typer.Option("--weights", metavar="FILE", help="The encoder's weights.")]
DrawnSeed = Annotated[int | None, typer.Option(
    "--seed", metavar="N", min=0, max=2**31 - 1, help="Of order and shuffles; else one is drawn.")]
RecordedSessions = Annotated[list[Path], typer.Argument(metavar="SESSION...", help="Recorded sessions.")]
JudgedDecoder = Annotated[str, typer.Option("--decoder", metavar="NAME", help="riemann or network.")]
PageOut = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where an HTML page goes; else none.")]
ShuffleSeed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Of folds and shuffles.")]
CalibrationArgument = Annotated[str, typer.Argument(
    metavar="PROTOCOL|SESSION", help="A protocol with excerpts, such as calibration; or a recorded session.")]

CalibratedSound = Annotated[str, typer.Option("--sound", metavar="auto|jack|FILE", help="The output; a file to try.")]
NoiseLoudness = Annotated[float, typer.Option("--lufs", metavar="-40..-20", help="Loudness of the noise.")]
NoiseLength = Annotated[float, typer.Option("--for", metavar="SECONDS", help="How long it plays.")]
MeterReading = Annotated[float | None, typer.Option("--spl", metavar="DBA", help="What the meter reads; else asked.")]
Sensitivity = Annotated[float | None, typer.Option(metavar="DB", help="Instead: the headphones' dB SPL at 1 V.")]
Volts = Annotated[float | None, typer.Option(metavar="V", help="With it: rms of a full-scale sine at this volume.")]
CalibrationNote = Annotated[str, typer.Option("--note", metavar="TEXT", help="Which headphones, which volume.")]
