"""The builder: the only file that names concrete classes, and puts a session together from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

from generators.catalog import STREAM_NAMES
from generators.ensemble import Ensemble, EnsembleSettings, NullMusic
from generators.fallback import RULES
from generators.musicgen.checkpoints import ModelChoice, check_choice, files_of
from generators.sound.mix import MixSettings
from generators.sound.soundfont import render_bank
from loop.control.helm import Helm, Steersman
from loop.control.mirror import Mirror
from loop.control.regulate import Regulate
from loop.control.scripted import Course, Scripted
from loop.engine import Engine, Steering
from loop.intent import NO_TASTE, TABLE, IntentMap
from loop.ports import Clock, Decoder, Extractor, Observer, Source
from loop.schedule import Phase, Schedule
from loop.values import Header
from loop.watch import Watch
from sensing.cleaning.quality import Gate
from sensing.contacts import Contacts
from sensing.outlets import Outlets
from sensing.pipeline import Settings, build_stages, find_channels, notes
from sensing.sides import Sides
from sensing.sources.beside import Reach, WithSides, open_sides
from sensing.sources.listener.outlet import OutletPlan, run_listener
from sensing.sources.lsl import WAIT_S, LslSource
from sessions.blind import blind_courses, courses_from_json, courses_to_json
from sessions.chosen import check_learned_from, fitting_decoder
from sessions.course import gains_of, phases_of, rules_of
from sessions.plan import Plan
from sessions.protocol.schema import Protocol
from sessions.record.storage import RunFolder
from sessions.taste.loading import LoadedTaste, load_taste

COURSES = "courses.json"
TASTE = "taste.yaml"
MIRROR_LOUDNESS_MOST_DB = 0.0      # science: a mirror may only make the music softer
LISTENER_COMES_S = 30.0            # an interpreter is started for it: on a busy machine that takes its time
LISTENER_ENDS_S = 3.0

INDEX = "index"

Say = Callable[[str], None]
Tap = Callable[[Extractor], Extractor]


@dataclass(frozen=True, slots=True)
class Built:
    """An engine, with what its record has to say of it."""

    engine: Engine
    eeg_indices: tuple[int, ...]   # of the header: the channels of `Cycle.quality`
    courses: Mapping[int, Course]  # of a scripted session
    decoder: Decoder
    decoder_files: tuple[Path, ...]   # of a learned decoder: its card first
    taste: LoadedTaste | None
    notes: Callable[[], tuple[str, ...]]   # what a person should know by now of how the stream is read


def build_engine(
    protocol: Protocol, header: Header, given: Path | None = None, card: Path | None = None, tap: Tap | None = None,
    taste: LoadedTaste | None = None,
) -> Built:
    """Return the engine of a protocol for a stream.

    Parameters
    ----------
    protocol : Protocol
        Resolved.
    header : Header
        Of the EEG.
    given : Path, optional
        The `given/` folder of a record: what stands there is used instead of being made.
    card : Path, optional
        Of the learned decoder that the protocol asks for; a record has its own.
    tap : callable, optional
        Wraps the extractor: it is shown every window that may be read.
    taste : LoadedTaste, optional
        The listener's; of a record the one that was given.

    Raises
    ------
    StreamError, MontageError
        When the stream cannot be read as the protocol asks.
    FileError, MissingPart
        When the decoder cannot be had.
    """
    settings = settings_of(protocol)
    if protocol.decoder.name != INDEX:
        stored = fitting_decoder(protocol, _card(protocol, given, card))
        if given is None:
            check_learned_from(stored, header)         # a record is replayed as it was
        settings = replace(settings, learned=stored)
    stages = build_stages(header, settings)
    if tap is not None:
        stages = replace(stages, extractor=tap(stages.extractor))
    channels = find_channels(header, settings.roles)
    phases = phases_of(protocol)
    courses = _courses(protocol, phases, given)
    mirrored = protocol.control.name == "mirror"
    most_db = MIRROR_LOUDNESS_MOST_DB if mirrored else TABLE["loudness_db"].high
    taste = taste if given is None else _taste(given)
    intents = IntentMap(most_db, taste.taste if taste is not None else NO_TASTE)
    steering = Steering(Schedule(phases, rules_of(protocol)), Helm(_steersman(protocol, courses)), intents)
    engine = Engine(stages, steering, Watch(protocol.safety.lost_after_s))
    files = settings.learned.files if settings.learned else ()
    return Built(
        engine, channels.eeg, courses, stages.decoder, files, taste, partial(notes, stages, channels))


def settings_of(protocol: Protocol) -> Settings:
    """Return how the stream is read: a step that the protocol leaves out is off."""
    steps = {row.kind: row.step for row in protocol.cleaning}
    given = {
        "highpass_hz": _field(steps, "highpass", "cut_hz"), "lowpass_hz": _field(steps, "lowpass", "cut_hz"),
        "notch": _field(steps, "notch", "line_hz"), "reference": _reference(_field(steps, "rereference", "to")),
        "eog": _labels(_field(steps, "eog", "channels")), "asr_cutoff_sd": _field(steps, "asr", "cutoff_sd"),
    }
    gate = Gate(**steps["gate"].model_dump()) if "gate" in steps else Gate()
    decoder = protocol.decoder
    return Settings(window_s=decoder.window_s, hop_s=decoder.hop_s, gate=gate, roles=protocol.stream.roles,
                    spectrum=decoder.spectrum, **given)


def write_given(folder: Path, built: Built) -> dict[str, str]:
    """Write what the session was given beside its own protocol; return each file's sha256."""
    if built.courses:
        (folder / COURSES).write_text(courses_to_json(built.courses), encoding="utf-8")
    if built.taste is not None:
        (folder / TASTE).write_bytes(built.taste.text.encode())
    for file in built.decoder_files:
        copyfile(file, folder / file.name)
    names = [*([COURSES] if built.courses else []), *([TASTE] if built.taste is not None else []),
             *(file.name for file in built.decoder_files)]
    return {name: sha256((folder / name).read_bytes()).hexdigest() for name in names}


@dataclass(frozen=True, slots=True)
class Streams:
    """Where a session's samples come from."""

    source: Source
    sides: tuple[Header, ...]      # of the streams beside the EEG, in the order of `SideChunk.stream`


def build_streams(plan: Plan, session_id: str, clock: Clock, say: Say, opening: ExitStack) -> Streams:
    """Return the live source of a plan; a simulated listener is started first, in a process of its own."""
    query = plan.query or plan.loaded.protocol.stream.query
    if plan.simulate:
        query = f"name={_start_listener(plan, session_id, say, opening)}"
    wait_s = LISTENER_COMES_S if plan.simulate else WAIT_S
    source = LslSource(query, clock, network=plan.network, wait_s=wait_s, say=say)
    opening.callback(source.close)
    queries = [beside.query for beside in plan.loaded.protocol.stream.beside]
    sides = open_sides(queries, source.header, Reach(clock, plan.network, say), opening)
    joined = WithSides(source, sides, clock) if sides else source
    return Streams(joined, tuple(side.header for side in sides))


def build_sides(headers: Sequence[Header], say: Say) -> Sides:
    """Return what counts the streams beside the EEG."""
    return Sides(headers, say)


def build_contacts(eeg: Header, sides: Sequence[Header], say: Say) -> Contacts:
    """Return what keeps the electrodes' impedance, where the device gives it."""
    return Contacts(eeg, sides, say)


def build_mix(plan: Plan, opening: ExitStack) -> MixSettings:
    """Return how a plan wants its sound; a SoundFont's notes are rendered, which takes some seconds.

    Raises
    ------
    FileError, MissingPart
        Where the SoundFont cannot be played.
    """
    mix, music = mix_of(plan.loaded.protocol), plan.loaded.protocol.music
    if not music.soundfont or plan.sound == "off":
        return mix
    beside = plan.loaded.path.parent / music.soundfont
    font = beside if beside.is_file() else Path(music.soundfont)
    folder = Path(opening.enter_context(TemporaryDirectory(prefix="euthymia-")))
    return replace(mix, bank=render_bank(font, mix.palette, folder))


def build_model(plan: Plan) -> ModelChoice | None:
    """Return the model of a generator that makes sound by one; None for a composer.

    Raises
    ------
    FileError
        There is no model where the protocol says.
    """
    music = plan.loaded.protocol.music
    if music.generator not in STREAM_NAMES or plan.sound == "off":
        return None
    beside = plan.loaded.path.parent / music.model
    model = str(beside) if beside.is_dir() else music.model
    choice = ModelChoice(music.generator, model, music.allow_download)
    check_choice(choice)
    return choice


def weights_of(model: ModelChoice | None) -> Mapping[str, Path]:
    """Return the files of a model by their names in the record; none of one that keeps none in a folder."""
    return files_of(model) if model is not None else {}


def build_music(
    plan: Plan, folder: RunFolder, clock: Clock, mix: MixSettings, model: ModelChoice | None
) -> Ensemble | NullMusic:
    """Return the music of a plan: processes that are up, or none."""
    if plan.sound == "off":
        return NullMusic()
    protocol = plan.loaded.protocol
    settings = EnsembleSettings(output=plan.sound, generator=_composer(protocol), seed=plan.seed,
                                flac=folder.flac, mix=mix, model=model)
    return Ensemble(settings, clock)


def _composer(protocol: Protocol) -> str:
    """Return who makes bars: under a stream, the rules, which play from the first second."""
    return RULES if protocol.music.generator in STREAM_NAMES else protocol.music.generator


def mix_of(protocol: Protocol) -> MixSettings:
    """Return how a protocol wants its sound."""
    music = protocol.music
    return MixSettings(music.palette, music.level_lufs, protocol.safety.ceiling_dbtp, music.bed)


def build_outlets(plan: Plan, session_id: str) -> list[Observer]:
    """Return the session's LSL outlets: none unless the protocol publishes, or a simulated listener must hear."""
    return [Outlets(session_id)] if plan.loaded.protocol.publish or plan.simulate else []


def _card(protocol: Protocol, given: Path | None, card: Path | None) -> Path:
    """Return the card of the decoder: of a record the copy that it was given."""
    if given is not None:
        return given / Path(protocol.decoder.file).name
    return card or Path(protocol.decoder.file)


def _courses(protocol: Protocol, phases: tuple[Phase, ...], given: Path | None) -> dict[int, Course]:
    if protocol.control.name != "scripted":
        return {}
    if given is not None and (given / COURSES).exists():
        return courses_from_json((given / COURSES).read_text(encoding="utf-8"))
    return blind_courses(phases, gains_of(protocol), protocol.decoder.hop_s)


def _taste(given: Path) -> LoadedTaste | None:
    return load_taste(given / TASTE) if (given / TASTE).exists() else None


def _steersman(protocol: Protocol, courses: Mapping[int, Course]) -> Steersman:
    if protocol.control.name == "mirror":
        return Mirror(protocol.control.gain, protocol.control.slew_per_s)
    if protocol.control.name == "scripted":
        return Scripted(courses)
    return Regulate(gains_of(protocol))


def _field(steps: Mapping[str, Any], kind: str, name: str) -> Any:
    return getattr(steps[kind], name) if kind in steps else None


def _reference(to: Any) -> str | tuple[str, ...] | None:
    if to in (None, "device"):
        return None
    return to if isinstance(to, str) else tuple(to)


def _labels(channels: Any) -> str | tuple[str, ...] | None:
    return tuple(channels) if isinstance(channels, list) else channels


def _start_listener(plan: Plan, session_id: str, say: Say, opening: ExitStack) -> str:
    """Start a simulated listener; return the name of its stream."""
    name = f"Simulated listener {session_id}"
    listener = OutletPlan(name, plan.seed, session_id, plan.n_channels)
    context = get_context("spawn")
    stop = context.Event()
    process = context.Process(target=run_listener, args=(listener, stop), name="listener", daemon=True)
    process.start()

    def end() -> None:
        stop.set()
        process.join(LISTENER_ENDS_S)
        process.kill()

    opening.callback(end)
    say(f"a simulated listener streams {plan.n_channels} channels; it proves control, never efficacy")
    return name
