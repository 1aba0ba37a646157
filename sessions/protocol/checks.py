"""What a protocol must hold beyond its types: checks across parts, each with the place where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sessions.protocol.document import Loc
from sessions.protocol.phases import Baseline, Excerpt, Excerpts, Mirror, Regulate, Transfer
from sessions.protocol.schema import Protocol
from sessions.protocol.settings import ControlSettings

MIRROR_ONLY = ("gain", "instruction", "strategy", "rewarded")
LATER = {"eog": ("asr", "gate", "rereference"), "asr": ("gate", "rereference")}     # than the steps that learn
SECONDS_A_MINUTE = 60
EYED = Regulate | Mirror | Transfer | Excerpt | Excerpts    # read with the eyes as a baseline before them had them
STREAM = "musicgen"                # ends the name of each generator that plays a large model


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a protocol says and that cannot be run."""

    loc: Loc
    what: str                      # after the place's name: "is -0.7; a target below 0 needs ..."


def check(protocol: Protocol) -> list[Fault]:
    """Return all faults of a protocol whose types are right, in the order of the checks."""
    return [fault for rule in _RULES for fault in rule(protocol)]


def _baselines(protocol: Protocol) -> Iterator[Fault]:
    rested: set[str] = set()
    for index, row in enumerate(protocol.phases):
        phase = row.phase
        if isinstance(phase, Baseline):
            rested.add(phase.eyes)
        elif isinstance(phase, EYED) and phase.eyes not in rested:
            yield Fault(
                ("phases", index, row.kind),
                f"has eyes {phase.eyes} and no baseline with eyes {phase.eyes} before it; add "
                f"`- baseline: {{eyes: {phase.eyes}, minutes: 2}}` above",
            )


def _clean_data(protocol: Protocol) -> Iterator[Fault]:
    for index, row in enumerate(protocol.phases):
        phase = row.phase
        if isinstance(phase, Baseline) and phase.clean_s > phase.minutes * SECONDS_A_MINUTE:
            yield Fault(
                ("phases", index, "baseline", "minutes"),
                f"is {phase.minutes:g}: shorter than clean_s, the {phase.clean_s:g} s of clean data that a scale needs",
            )


def _targets(protocol: Protocol) -> Iterator[Fault]:
    for index, row in enumerate(protocol.phases):
        phase = row.phase
        if isinstance(phase, Regulate) and phase.towards.valence < 0 and not protocol.safety.allow_low_valence:
            yield Fault(
                ("phases", index, "regulate", "towards", "valence"),
                f"is {phase.towards.valence:g}; a target below 0 needs safety.allow_low_valence: true",
            )
        low = isinstance(phase, Excerpts) or (isinstance(phase, Excerpt) and phase.at.valence < 0)
        if low and not protocol.safety.allow_low_valence:
            yield Fault(("phases", index, row.kind), "plays music of a valence below 0, which needs "
                        "safety.allow_low_valence: true")


def _waking(protocol: Protocol) -> Iterator[Fault]:
    asleep: int | None = None
    for index, row in enumerate(protocol.phases):
        if isinstance(row.phase, Regulate) and row.phase.towards.arousal < 0:
            asleep = index
        elif row.kind == "return_to_alert":
            asleep = None
    if asleep is not None:
        yield Fault(
            ("phases", asleep, "regulate", "towards", "arousal"),
            "is below 0 and no return_to_alert follows; add `- return_to_alert: {minutes: 1}` at the end",
        )


def _length(protocol: Protocol) -> Iterator[Fault]:
    longest = protocol.safety.longest_minutes
    if protocol.minutes > longest:
        yield Fault(
            ("phases",),
            f"last {protocol.minutes:g} minutes in all, longer than safety.longest_minutes, which is {longest:g}",
        )


def _mirror(protocol: Protocol) -> Iterator[Fault]:
    control = protocol.control
    if control.name != "mirror":
        for name in MIRROR_ONLY:
            if getattr(control, name) != getattr(ControlSettings(), name):
                yield Fault(("control", name), f"is for the mirror, and control.name is {control.name}; leave it out")
        return
    for name in ("instruction", "strategy"):
        if not getattr(control, name).strip():
            yield Fault(("control", name), "is missing; a mirror must say it, for words alone can move the signal")
    if control.rewarded.valence == control.rewarded.arousal == "free":
        yield Fault(("control", "rewarded"), "is missing; a mirror must say which way it rewards: {arousal: down}")


def _control_fits(protocol: Protocol) -> Iterator[Fault]:
    mirrors = protocol.control.name == "mirror"
    for index, row in enumerate(protocol.phases):
        if isinstance(row.phase, Mirror) and not mirrors:
            yield Fault(("phases", index, "mirror"), f"needs control.name: mirror; it is {protocol.control.name}")
        if isinstance(row.phase, Regulate) and mirrors:
            yield Fault(("phases", index, "regulate"), "needs control.name: regulate or scripted; it is mirror")


def _windows(protocol: Protocol) -> Iterator[Fault]:
    decoder = protocol.decoder
    if decoder.hop_s > decoder.window_s:
        yield Fault(
            ("decoder", "hop_s"),
            f"is {decoder.hop_s:g}, longer than window_s, which is {decoder.window_s:g}: signal would go unread",
        )


def _stream_model(protocol: Protocol) -> Iterator[Fault]:
    music = protocol.music
    streams = music.generator.endswith(STREAM)
    if streams and not music.model:
        yield Fault(("music", "generator"), f"is {music.generator}: add model, a folder with its weights, or debug")
    if music.model and not streams:
        yield Fault(("music", "model"), f"is there, and {music.generator} has none; leave it out")


def _beside(protocol: Protocol) -> Iterator[Fault]:
    taken = {protocol.stream.query}
    for index, row in enumerate(protocol.stream.beside):
        if row.query in taken:
            yield Fault(("stream", "beside", index, "query"), f"is {row.query}, which is read already; leave it out")
        taken.add(row.query)


def _decoder_file(protocol: Protocol) -> Iterator[Fault]:
    decoder = protocol.decoder
    if decoder.name == "index" and decoder.file:
        yield Fault(("decoder", "file"), "is for a learned decoder, and decoder.name is index; leave it out")
    if decoder.name != "index" and not decoder.file:
        yield Fault(("decoder", "file"), f"is missing; {decoder.name} needs the card that `euthymia calibrate` wrote")


def _cleaning_order(protocol: Protocol) -> Iterator[Fault]:
    kinds = [row.kind for row in protocol.cleaning]
    for index, kind in enumerate(kinds):
        if kind in kinds[:index]:
            yield Fault(("cleaning", index, kind), "is there twice; keep one")
        if kind == "gate" and "rereference" in kinds[:index]:
            yield Fault(
                ("cleaning", index, kind),
                "comes after rereference; put it before, or one bad electrode spoils all channels",
            )


def _cleaning_learners(protocol: Protocol) -> Iterator[Fault]:
    kinds = [row.kind for row in protocol.cleaning]
    for index, kind in enumerate(kinds):
        if kind in LATER and "highpass" not in kinds[:index]:
            yield Fault(("cleaning", index, kind), "has no highpass above it; it would take drift for signal")
        for later in LATER.get(kind, ()):
            if later in kinds[:index]:
                yield Fault(("cleaning", index, kind), f"comes after {later}; put it before")


_RULES: tuple[Callable[[Protocol], Iterator[Fault]], ...] = (
    _stream_model, _beside, _cleaning_order, _cleaning_learners, _windows, _decoder_file, _mirror, _baselines,
    _clean_data, _targets, _waking, _control_fits, _length,
)
