"""The builder: the only file that names concrete classes, and puts a session together from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from generators.catalog import STREAM_NAMES
from generators.ensemble import Ensemble, EnsembleSettings
from generators.fallback import RULES
from generators.musicgen.checkpoints import ModelChoice, check_choice, files_of
from generators.silence import NullMusic
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
from sensing.contacts import Contacts
from sensing.outlets import Outlets
from sensing.pipeline import build_stages, find_channels, notes
from sensing.sides import Sides
from sensing.sources.beside import Reach, WithSides, open_sides
from sensing.sources.lsl import WAIT_S, LslSource
from sessions.blind import blind_courses
from sessions.chosen import check_learned_from, chosen_font, fitting_decoder
from sessions.course import gains_of, phases_of, rules_of
from sessions.given import Given, card_of, given_courses, given_taste
from sessions.listener import COMES_S, start_listener
from sessions.plan import Plan
from sessions.protocol.schema import Protocol
from sessions.record.storage import RunFolder
from sessions.stream_settings import settings_of
from sessions.taste.loading import LoadedTaste

MIRROR_LOUDNESS_MOST_DB = 0.0      # science: a mirror may only make the music softer

INDEX = "index"

Say = Callable[[str], None]
Tap = Callable[[Extractor], Extractor]


@dataclass(frozen=True, slots=True)
class Built:
    """An engine, with what its record has to say of it."""

    engine: Engine
    eeg_indices: tuple[int, ...]   # of the header: the channels of `Cycle.quality`
    decoder: Decoder
    given: Given                   # what goes into the record's `given/`
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
        stored = fitting_decoder(protocol, card_of(protocol, given, card))
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
    taste = taste if given is None else given_taste(given)
    intents = IntentMap(most_db, taste.taste if taste is not None else NO_TASTE)
    steering = Steering(Schedule(phases, rules_of(protocol)), Helm(_steersman(protocol, courses)), intents)
    engine = Engine(stages, steering, Watch(protocol.safety.lost_after_s))
    files = settings.learned.files if settings.learned else ()
    return Built(engine, channels.eeg, stages.decoder, Given(courses, taste, files), partial(notes, stages, channels))


@dataclass(frozen=True, slots=True)
class Streams:
    """Where a session's samples come from."""

    source: Source
    sides: tuple[Header, ...]      # of the streams beside the EEG, in the order of `SideChunk.stream`


def build_streams(plan: Plan, session_id: str, clock: Clock, say: Say, opening: ExitStack) -> Streams:
    """Return the live source of a plan; a simulated listener is started first, in a process of its own."""
    query = plan.query or plan.loaded.protocol.stream.query
    if plan.simulate:
        query = f"name={start_listener(plan, session_id, say, opening)}"
    wait_s = COMES_S if plan.simulate else WAIT_S
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
    mix, font = mix_of(plan.loaded.protocol), chosen_font(plan.loaded)
    if font is None or plan.sound == "off":
        return mix
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


def _courses(protocol: Protocol, phases: tuple[Phase, ...], given: Path | None) -> dict[int, Course]:
    if protocol.control.name != "scripted":
        return {}
    known = given_courses(given)
    return known if known is not None else blind_courses(phases, gains_of(protocol), protocol.decoder.hop_s)


def _steersman(protocol: Protocol, courses: Mapping[int, Course]) -> Steersman:
    if protocol.control.name == "mirror":
        return Mirror(protocol.control.gain, protocol.control.slew_per_s)
    if protocol.control.name == "scripted":
        return Scripted(courses)
    return Regulate(gains_of(protocol))
