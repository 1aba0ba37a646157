"""The commands of a session: run it, watch it, stop it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui import flags
from ui.saying import say, show

if TYPE_CHECKING:
    from ui.options import RunOptions


def demo(
    minutes: Annotated[float, typer.Option(help="Length of the whole.")] = 2.0, window: flags.WindowFlag = True,
    sound: flags.SoundOption = "auto", out: flags.OutOption = Path("recordings"), as_json: flags.JsonFlag = False,
) -> None:
    """Run a two-minute closed loop with a simulated listener."""
    from ui.options import RunOptions, regulate_minutes

    _whole(RunOptions(
        "demo", simulate=True, unattended=True, minutes=regulate_minutes("demo", minutes), window=window, sound=sound,
        out=out, json=as_json,
    ))


def run(
    protocol: flags.ProtocolArgument, stream: flags.StreamQuery = None, simulate: flags.SimulateFlag = False,
    participant: flags.Participant = None, minutes: flags.RegulateMinutes = None,
    unattended: flags.UnattendedFlag = False, window: flags.WindowFlag = True, sound: flags.SoundOption = "auto",
    out: flags.OutOption = Path("recordings"), network: flags.NetworkFlag = False, taste: flags.TasteOption = None,
    as_json: flags.JsonFlag = False,
) -> None:
    """Run one session."""
    from ui.options import RunOptions

    _whole(RunOptions(
        protocol, query=stream, simulate=simulate, participant=participant, minutes=minutes, unattended=unattended,
        window=window, sound=sound, out=out, network=network, taste=taste, json=as_json,
    ))


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
    result = run_calibration(CalibrateOptions(asked, decoder, listener, (model, weights)), say)
    show(calibration_object(result), told(result), as_json)


def monitor(folder: flags.FolderArgument = None, light: flags.LightFlag = False) -> None:
    """Open the monitor window on a running session."""
    from ui.monitor import open_monitor

    open_monitor(folder, light=light)


def stop(folder: flags.FolderArgument = None) -> None:
    """Stop a running session: silence at once, then the end."""
    from ui.stopping import stop_session

    say(f"STOP was sent to {stop_session(folder)}")


def _whole(options: RunOptions) -> None:
    """Check the options, run the session to its end, tell its summary."""
    from ui.options import checked

    checked(options)
    from ui.results import refuse_unready
    from ui.running import run_session

    summary = run_session(options, say)
    show(summary, [], options.json)
    refuse_unready(summary)
