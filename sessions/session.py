"""One session, from its plan to its record: opens everything in order, and closes it in reverse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from loop.clock import SystemClock, wall_time
from loop.errors import EuthymiaError
from loop.inputs import CommandKind
from loop.ports import Desk, Observer
from loop.runner import Beside, Ends, Runner
from loop.safety import ENDINGS
from loop.schedule import Phase
from loop.values import Header
from sensing.montage import channel_name
from sensing.sources.simulated import is_simulated
from sessions import builder
from sessions.course import phases_of
from sessions.live.desk import StopAddress, UdpDesk
from sessions.live.post import LivePost
from sessions.plan import Plan
from sessions.record.journal import XdfJournal
from sessions.record.manifest import Manifest, complete_manifest, write_manifest
from sessions.record.storage import RunFolder, new_run
from sessions.record.weights import WeightsSeen, weights_at_start
from sessions.sound_dose import DOSE_KEY, MANIFEST_KEY, dose_on, ear_to_plain
from sessions.sound_week import week_of
from sessions.steadiness import one_thread, undisturbed
from sessions.summary import Summary
from sessions.teller import Teller

Say = Callable[[str], None]


class Session:
    """Everything that one session owns.

    Parameters
    ----------
    plan : Plan
        What to run.
    say : callable
        Takes one line for a person.

    Attributes
    ----------
    run_folder : RunFolder
        Where it is recorded; there once the session was entered.
    phases : tuple of Phase
        Its course.
    """

    run_folder: RunFolder

    def __init__(self, plan: Plan, say: Say) -> None:
        self._plan = plan
        self._say = say
        self._open = ExitStack()
        self.clock = SystemClock()
        self.phases: tuple[Phase, ...] = phases_of(plan.loaded.protocol)
        self.session_id = f"{plan.seed:08x}"      # on outlets: it names no person and no machine
        self._summary = Summary(self.clock)

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._enter(opening)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def _enter(self, opening: ExitStack) -> None:
        """Open the source first, so that nothing is recorded of a session that finds no EEG."""
        plan = self._plan
        mix, model = builder.build_mix(plan, opening), builder.build_model(plan)
        self._weights = WeightsSeen()
        streams = builder.build_streams(plan, self.session_id, self.clock, self._say, opening)
        self._source, header = streams.source, streams.source.header
        self._sides = builder.build_sides(streams.sides, self._say)
        self._contacts = builder.build_contacts(header, streams.sides, self._say)
        self._simulated = is_simulated(header)
        if self._simulated and not plan.simulate:
            self._say("the stream is a simulated listener's, and the record says so; it proves control, never efficacy")
        built = builder.build_engine(plan.loaded.protocol, header, card=plan.loaded.card, taste=plan.taste)
        self.run_folder = new_run(plan.out, plan.participant, plan.loaded.protocol.title)
        given_sha256 = self._write_given(built)
        eeg_labels = [header.labels[index] for index in built.eeg_indices]
        about = {"task": plan.loaded.protocol.title}
        self._journal = XdfJournal.create(self.run_folder.xdf, header, about, eeg_labels, streams.sides)
        opening.callback(self._journal.close)
        self._engine, self._notes = built.engine, built.notes
        self._desk = UdpDesk(self.run_folder.live, self.clock)
        opening.callback(self._desk.close)
        if plan.unattended or plan.simulate:
            self._desk.put(CommandKind.UNATTENDED, by="protocol")
        self._music = builder.build_music(plan, self.run_folder, self.clock, mix, model)
        opening.callback(self._music.close)
        self._say(f"sound: {self._music.output}")
        self._dose = dose_on(self._music.output_name, plan.loaded.protocol, self._say)
        self._write_manifest(header, given_sha256, builder.weights_of(model))
        stop = self._music.stop_channel
        self._desk.announce(StopAddress(stop.port, stop.token) if stop else None)
        self._beside = Beside(self._build_observers(header, built.eeg_indices), self._say)
        opening.callback(self._beside.close)

    def _write_given(self, built: builder.Built) -> dict[str, str]:
        """Write the protocol and what else the session was given, before its first input; return each sha256."""
        self.run_folder.protocol.write_text(self._plan.loaded.resolved_yaml, encoding="utf-8")
        return built.given.write(self.run_folder.given)

    def _write_manifest(self, header: Header, given_sha256: dict[str, str], weights: Mapping[str, Path]) -> None:
        """Write the manifest, before the first input and once the output is known."""
        plan, folder, protocol = self._plan, self.run_folder, self._plan.loaded.protocol
        seeds = {"session": plan.seed}
        more = {"given_sha256": given_sha256, "sound": plan.sound, "simulated": self._simulated,
                MANIFEST_KEY: ear_to_plain(self._dose.ear)} | weights_at_start(weights)
        manifest = Manifest(folder.participant, protocol.title, header, seeds, plan.loaded.resolved_yaml, wall_time(),
                            more, (protocol.decoder.name, protocol.music.generator))
        write_manifest(folder.manifest, manifest)

    def _complete_manifest(self, dose: dict[str, Any]) -> None:
        """Add what was counted while the session ran; the journal has it too, so a full disk loses no session."""
        try:
            complete_manifest(self.run_folder.manifest, {DOSE_KEY: dose, **self._weights.counted})
        except EuthymiaError as error:
            self._say(f"the manifest lacks what was counted, the journal has it: {error}")

    def _build_observers(self, header: Header, eeg_indices: Sequence[int]) -> list[Observer]:
        title, participant = self._plan.loaded.protocol.title, self.run_folder.participant
        observers: list[Observer] = builder.build_outlets(self._plan, self.session_id)
        self._post = LivePost(self.run_folder.eeg, header, title, participant, self.phases, self.clock)
        names = [channel_name(header.labels[index]) or header.labels[index] for index in eeg_indices]
        self._post.montage(eeg_indices, names)
        self._post.beside(lambda: self._sides.states)
        self._post.touching(lambda: self._contacts.states)
        self._post.hearing(lambda: self._dose.words)
        beside: list[Observer] = [self._sides, self._contacts, self._dose, self._weights]
        return [*observers, *beside, self._post, Teller(self._notes, self._say), self._summary]

    def stop(self) -> None:
        """Stop: silence at once, and the end of the session at the next input. Safe in a signal handler."""
        self._music.stop_now()
        self._desk.put(CommandKind.STOP)

    def run(self, desks: Sequence[Desk] = (), observers: Sequence[Observer] = ()) -> dict[str, Any]:
        """Run to the end with further desks and observers; return the summary.

        Raises
        ------
        RecordError
            When the session cannot be written any more.
        """
        # The summary stands last: its latency is that of the whole path.
        self._beside.observers[-1:] = [*observers, self._summary]
        at_desks = [self._desk, *desks]
        ends = Ends(self._source, self._journal, self._music, at_desks, self._beside, self.clock)
        with one_thread(), undisturbed():
            ended = Runner(self._engine, ends).run()
        self._journal.end(ended, self.clock.now_s())
        dose = self._dose.as_dict()
        self._complete_manifest(dose)
        self._post.end(ended)
        self._say(f"ended: {ENDINGS.get(ended, ended)}")
        if self._music.record_error:
            self._say(f"the sound was not recorded to its end: {self._music.record_error}")
        states = (self._sides.states, self._contacts.states)
        dose |= week_of(self.run_folder, dose, wall_time())
        return self._summary.as_dict(self.run_folder.session, ended, *states, dose)

    def summary_lines(self, summary: dict[str, Any]) -> list[str]:
        """Return the ten lines for a person."""
        return self._summary.lines(summary)
