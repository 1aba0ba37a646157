"""The command line: parses, calls, prints. The one file that prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from loop.errors import NOT_READY_EXIT, EuthymiaError
from ui import flags

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ui.options import RunOptions

DIFFERENCE_EXIT = 1
USAGE_EXIT = 2
INTERRUPTED_EXIT = 130
USAGE_ERROR = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])   # click's, wherever typer has its click

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
protocols = typer.Typer(rich_markup_mode=None, help="Protocol files: list, check, schema.")
app.add_typer(protocols, name="protocol")
tastes = typer.Typer(rich_markup_mode=None, help="Listeners' files: show what one says; learn from ratings.")
app.add_typer(tastes, name="taste")


@app.callback(invoke_without_command=True)
def _top(context: typer.Context, version: flags.VersionFlag = False) -> None:
    """Closed-loop EEG and music. Research use only; not for diagnosis or treatment."""
    if version:
        from importlib.metadata import version as installed

        print(installed("euthymia"))
    elif context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def demo(
    minutes: Annotated[float, typer.Option(help="Length of the whole.")] = 2.0, window: flags.WindowFlag = True,
    sound: flags.SoundOption = "auto", out: flags.OutOption = Path("recordings"), as_json: flags.JsonFlag = False,
) -> None:
    """Run a two-minute closed loop with a simulated listener."""
    from ui.options import RunOptions, regulate_minutes

    _session(RunOptions(
        "demo", simulate=True, unattended=True, minutes=regulate_minutes("demo", minutes), window=window, sound=sound,
        out=out, json=as_json,
    ))


@app.command()
def run(
    protocol: flags.ProtocolArgument, stream: flags.StreamQuery = None, simulate: flags.SimulateFlag = False,
    participant: flags.Participant = None, minutes: flags.RegulateMinutes = None,
    unattended: flags.UnattendedFlag = False, window: flags.WindowFlag = True, sound: flags.SoundOption = "auto",
    out: flags.OutOption = Path("recordings"), network: flags.NetworkFlag = False, taste: flags.TasteOption = None,
    as_json: flags.JsonFlag = False,
) -> None:
    """Run one session."""
    from ui.options import RunOptions

    _session(RunOptions(
        protocol, query=stream, simulate=simulate, participant=participant, minutes=minutes, unattended=unattended,
        window=window, sound=sound, out=out, network=network, taste=taste, json=as_json,
    ))


@app.command()
def calibrate(
    protocol: flags.CalibrationArgument, stream: flags.StreamQuery = None, simulate: flags.SimulateFlag = False,
    participant: flags.Participant = None, decoder: flags.LearnedDecoder = "riemann", model: flags.EncoderModel = "",
    weights: flags.EncoderWeights = "", listener: flags.ListenerKind = "drawn", seed: flags.DrawnSeed = None,
    window: flags.WindowFlag = True, sound: flags.SoundOption = "auto", out: flags.OutOption = Path("recordings"),
    network: flags.NetworkFlag = False, as_json: flags.JsonFlag = False,
) -> None:
    """Learn a decoder of one person from rated excerpts; it is accepted, or refused in words."""
    from sessions.calibration import told
    from ui.calibrating import CalibrateOptions, calibration_object, run_calibration
    from ui.options import RunOptions

    asked = RunOptions(protocol, query=stream, simulate=simulate, participant=participant, window=window, sound=sound,
                       out=out, network=network, seed=seed, json=as_json)
    result = run_calibration(CalibrateOptions(asked, decoder, listener, (model, weights)), _say)
    _show(calibration_object(result), told(result), as_json)


@app.command("calibrate-sound")
def calibrate_sound(
    sound: flags.CalibratedSound = "auto", lufs: flags.NoiseLoudness = -23.0, for_s: flags.NoiseLength = 20.0,
    spl: flags.MeterReading = None, sensitivity: flags.Sensitivity = None, volts: flags.Volts = None,
    note: flags.CalibrationNote = "", as_json: flags.JsonFlag = False,
) -> None:
    """Play noise through an output, and keep the level that a sound level meter reads at the ear."""
    from ui.sound_calibrating import SoundCalibrationOptions, calibrate_sound, calibration_lines

    def ask(question: str) -> str:
        return str(typer.prompt(question, err=True))

    asked = SoundCalibrationOptions(sound, lufs, for_s, spl, sensitivity, volts, note)
    found = calibrate_sound(asked, _say, ask if sys.stdin.isatty() else None)
    _show(found, calibration_lines(found), as_json)


@app.command()
def evaluate(
    sessions: flags.RecordedSessions, decoder: flags.JudgedDecoder = "riemann", out: flags.PageOut = None,
    seed: flags.ShuffleSeed = 1, as_json: flags.JsonFlag = False,
) -> None:
    """Judge a decoder over recorded sessions, within and across people, and write a page with plots."""
    from sessions.review.evaluation import told
    from ui.evaluating import EvaluateOptions, evaluation_object, run_evaluation

    found = run_evaluation(EvaluateOptions(sessions, decoder, out, seed), _say)
    _show(evaluation_object(found, out), told(found), as_json)


@app.command()
def play(
    file: flags.EegFile, loop: flags.LoopFlag = False, name: flags.StreamName = "", for_s: flags.LengthOption = None,
) -> None:
    """Stream a recorded EEG file over LSL in real time."""
    from ui.playing import PlayOptions, play_file

    play_file(PlayOptions(file, name, loop, for_s), _say)


@app.command()
def bridge(
    board: flags.BoardArgument, serial_port: flags.SerialPort = "", mac: flags.Mac = "", ip: flags.Ip = "",
    ip_port: flags.IpPort = 0, serial_number: flags.SerialNumber = "", file: flags.Playback = None,
    name: flags.StreamName = "", labels: flags.Labels = "", for_s: flags.LengthOption = None,
) -> None:
    """Stream an EEG board over LSL: OpenBCI, Muse, and all that BrainFlow knows."""
    from ui.bridging import BridgeOptions, bridge_board

    bridge_board(BridgeOptions(board, serial_port, mac, ip, ip_port, serial_number, file, name, labels, for_s), _say)


@app.command()
def devices(as_json: flags.JsonFlag = False) -> None:
    """List the boards that `bridge` can stream."""
    from ui.bridging import all_boards, board_object
    from ui.tables import board_table

    boards = all_boards()
    _show(board_object(boards), board_table(boards), as_json)


@app.command()
def features(
    file: flags.EegFile, protocol: flags.ReadAs = "", eyes: flags.Eyes = "", reference: flags.Reference = "",
    line: flags.Line = "", as_json: flags.JsonFlag = False,
) -> None:
    """Run the live stages over a file: band powers, indices, and which windows are bad."""
    from ui.featuring import FeatureOptions, examine_file, feature_object, feature_report

    found = examine_file(FeatureOptions(file, protocol, eyes, reference, line))
    _show(feature_object(found), feature_report(found), as_json)


@app.command()
def replay(session: flags.SessionArgument, as_json: flags.JsonFlag = False) -> None:
    """Run a recorded session again and compare every cycle."""
    from sessions.review.replay import replay_session
    from ui.results import replay_lines

    result = replay_session(session)
    _show(result, replay_lines(result), as_json)
    if result["first_difference"] is not None:
        raise typer.Exit(DIFFERENCE_EXIT)


@app.command()
def streams(as_json: flags.JsonFlag = False, network: flags.NetworkFlag = False) -> None:
    """List the LSL streams in sight."""
    from sensing.sources.streams import find_streams
    from ui.results import stream_object
    from ui.tables import stream_table

    rows = find_streams("", network=network)
    nothing = "no LSL stream is in sight; start the device's LSL application, or look further with --network"
    _show(stream_object(rows), stream_table(rows) if rows else [nothing], as_json)


@app.command()
def compose(
    out: flags.PieceOut, valence: flags.Valence = None, arousal: flags.Arousal = None,
    minutes: flags.PieceMinutes = None, seed: flags.SeedOption = 1, generator: flags.Generator = "",
    palette: flags.PaletteOption = None, midi: flags.MidiOption = None, path: flags.CourseOption = None,
    taste: flags.TasteOption = None,
    bed: flags.BedOption = "off", soundfont: flags.SoundFontOption = None,
    model: flags.ModelOption = "", allow_download: flags.DownloadFlag = False,
) -> None:
    """Compose music for a point of the plane, or a course through it, into a file."""
    from ui.composing import ComposeOptions, compose_piece, piece_lines

    _print(piece_lines(compose_piece(
        ComposeOptions(out, valence, arousal, minutes, seed, generator, palette, midi, path, taste, bed, soundfont,
                       model, allow_download))))


@app.command()
def generators(as_json: flags.JsonFlag = False) -> None:
    """List what composes, and in which palettes it sounds."""
    from ui.composing import generator_object, generator_table

    _show(generator_object(), generator_table(), as_json)


@app.command()
def monitor(folder: flags.FolderArgument = None, light: flags.LightFlag = False) -> None:
    """Open the monitor window on a running session."""
    from ui.monitor import open_monitor

    open_monitor(folder, light=light)


@app.command()
def stop(folder: flags.FolderArgument = None) -> None:
    """Stop a running session: silence at once, then the end."""
    from ui.stopping import stop_session

    _say(f"STOP was sent to {stop_session(folder)}")


@app.command()
def recover(path: Annotated[Path, typer.Argument(help="A session's folder, or its XDF or FLAC file.")]) -> None:
    """Mend the record of a session that was cut; the originals stay as they are."""
    from sessions.record.mending import mend
    from ui.results import recovery_lines

    _print(recovery_lines(mend(path)))


@app.command()
def doctor(as_json: flags.JsonFlag = False, model: flags.WeightsOption = None) -> None:
    """Show what works here, and how to get what does not."""
    from ui.doctor import examine
    from ui.tables import doctor_table

    findings = list(examine(_say, model))
    ready = all(finding.works for finding in findings if finding.needed)
    _show({"ready": ready, "parts": findings}, doctor_table(findings), as_json)
    if not ready:
        raise typer.Exit(NOT_READY_EXIT)


@protocols.command("list")
def protocol_list() -> None:
    """List the shipped protocols."""
    from sessions.protocol.loading import load_protocol, shipped_names
    from ui.tables import protocol_table

    _print(protocol_table(load_protocol(name) for name in shipped_names()))


@protocols.command("check")
def protocol_check(file: Annotated[str, typer.Argument(help="A protocol file, or a shipped name.")]) -> None:
    """Check a protocol file; each fault is named with its line."""
    from sessions.chosen import check_decoder
    from sessions.protocol.loading import load_protocol

    loaded = load_protocol(file)
    check_decoder(loaded)
    _print([f"{loaded.path.name} can be run: {loaded.protocol.title}, {loaded.protocol.minutes:g} minutes",
            f"sha256 {loaded.sha256}"])


@protocols.command("schema")
def protocol_schema() -> None:
    """Print the JSON Schema of protocol files, for editors."""
    from sessions.protocol.schema import schema_text

    print(schema_text())


@tastes.command("show")
def taste_show(file: flags.TasteFile, as_json: flags.JsonFlag = False) -> None:
    """Show what a listener's file makes of the intent table; faults are named with their lines."""
    from ui.tasting import taste_lines, taste_object

    _show(taste_object(file), taste_lines(file), as_json)


@tastes.command("learn")
def taste_learn(sessions: flags.SessionsArgument, into: flags.TasteInto, as_json: flags.JsonFlag = False) -> None:
    """Learn from the ratings of one listener's sessions how the music acts on them."""
    from ui.tasting import learn_from, lesson_lines, lesson_object

    lesson = learn_from(sessions, into)
    _show(lesson_object(lesson), lesson_lines(lesson, into), as_json)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code; what goes wrong becomes one sentence on stderr."""
    try:
        return int(app(arguments, standalone_mode=False) or 0)
    except EuthymiaError as error:
        _say(str(error))
        return error.exit_code
    except USAGE_ERROR as error:
        said = error.format_message()
        _say(f"{said}{' ' if said.endswith(('.', '?')) else '. '}See `euthymia --help`.")
        return USAGE_EXIT
    except (KeyboardInterrupt, typer.Abort):
        _say("interrupted")
        return INTERRUPTED_EXIT


def _session(options: RunOptions) -> None:
    from ui.options import checked

    checked(options)
    from ui.results import refuse_unready
    from ui.running import run_session

    summary = run_session(options, _say)
    _show(summary, [], options.json)
    refuse_unready(summary)


def _show(result: Any, shown: Sequence[str] | RenderableType, as_json: bool) -> None:
    from ui.results import to_json

    _print([to_json(result)] if as_json else shown)


def _print(shown: Sequence[str] | RenderableType) -> None:
    from rich.console import Console

    if isinstance(shown, list):
        print("\n".join(shown))
    else:
        Console().print(shown)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
