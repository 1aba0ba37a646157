"""Runs a calibration for the command line: the session, the learning, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loop.errors import EuthymiaError
from sensing import catalog
from sensing.decoders.scales import per_uv
from sessions.calibration import SHUFFLES, Calibrated, Wanted, calibrate
from sessions.protocol.loading import load_protocol
from sessions.review.excerpts import read_sitting
from ui.options import OptionError, RunOptions, checked
from ui.results import refuse_unready

Say = Callable[[str], None]
DRAWN = "drawn"                    # the usual simulated listener


@dataclass(frozen=True, slots=True)
class CalibrateOptions:
    """A calibration as it was asked for."""

    run: RunOptions                # `protocol` may be a recorded session: then nothing is played
    decoder: str = "riemann"
    listener: str = DRAWN          # of a simulation
    encoder: tuple[str, str] = ("", "")   # model, file of its weights


def run_calibration(options: CalibrateOptions, say: Say) -> Calibrated:
    """Run the session where there is none yet; learn, judge and store.

    Raises
    ------
    EuthymiaError
        For bad input, before anything is recorded; where nothing can be learned from the session.
    """
    wanted = _wanted(options)
    session = Path(options.run.protocol)
    if not session.is_dir():
        session = Path(_run(options, say)["session"])
    sitting = read_sitting(session)
    say(f"learning {wanted.decoder}: {SHUFFLES[wanted.decoder]} shuffles"
        + (", each about half a minute for 20 minutes of 32 channels" if wanted.decoder == "network" else ""))
    return calibrate(sitting, wanted)


def calibration_object(result: Calibrated) -> dict[str, Any]:
    """Return what a calibration came to, for programs."""
    return {
        "session": str(result.card.parent.parent), "accepted": list(result.accepted), "card": str(result.card),
        "decoder": result.decoder if result.accepted else "index", "excerpts": result.n_excerpts,
        "lost": list(result.lost), "simulated": result.simulated,
        "verdicts": {axis: asdict(verdict) for axis, verdict in result.verdicts.items()},
    }


def _wanted(options: CalibrateOptions) -> Wanted:
    if options.decoder not in SHUFFLES:
        raise OptionError(f'--decoder is "{options.decoder}"', f"choose one of {', '.join(SHUFFLES)}")
    catalog.load(options.decoder)
    model, weights = options.encoder
    if (options.decoder == "encoder") != bool(model and weights):
        raise OptionError("--model and --weights are for --decoder encoder, and it needs both",
                          "name a class of braindecode.models and the file of its weights")
    if weights and not Path(weights).is_file():
        raise OptionError(f"--weights {weights} is no file", "name the file of the encoder's weights")
    if model:
        from sensing.decoders.encoder import check_encoder

        check_encoder(model, Path(weights))      # before anybody has sat through twenty minutes
    if options.listener != DRAWN and not options.run.simulate:
        raise OptionError(f"--listener is {options.listener}, and nobody is simulated",
                          "give --simulate, or leave it out")
    encoder = {"model": model, "weights": weights, "per_uv": per_uv(model)} if model else {}
    return Wanted(options.decoder, options.run.seed or 1, encoder)


def _run(options: CalibrateOptions, say: Say) -> dict[str, Any]:
    from ui.running import plan_of, run_session

    asked = checked(options.run)
    kinds = {row.kind for row in load_protocol(asked.protocol).protocol.phases}
    if not kinds & {"excerpt", "excerpts"}:
        raise EuthymiaError(f"{asked.protocol} has no excerpts", "take the shipped protocol: calibration")
    if not asked.simulate:
        summary = run_session(asked, say)
    else:
        from sessions.rehearsed import rehearse_recorded

        _, summary = rehearse_recorded(plan_of(asked), options.listener, say)
    refuse_unready(summary)
    return summary
