"""A session of a simulated listener in memory, recorded as any other: faster than time, and nothing sounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loop.clock import ManualClock, wall_time
from sensing.sources.listener.person import person_of
from sensing.sources.listener.scalp import labels_for
from sensing.sources.listener.source import ListenerSource
from sessions import builder
from sessions.plan import Plan
from sessions.record.journal import XdfJournal
from sessions.record.manifest import Manifest, write_manifest
from sessions.record.storage import RunFolder, new_run
from sessions.rehearsal import START_S, perform


def rehearse_recorded(plan: Plan, kind: str, say: Callable[[str], None]) -> tuple[RunFolder, dict[str, Any]]:
    """Run a plan with a simulated listener of this kind; return its record, and what `run --json` would say of the end.

    Raises
    ------
    EuthymiaError
        There is no such kind, or the protocol cannot be run.
    """
    loaded = plan.loaded
    clock = ManualClock(START_S)
    source = ListenerSource(person_of(kind, plan.seed), clock, plan.seed, labels_for(plan.n_channels))
    built = builder.build_engine(loaded.protocol, source.header, card=loaded.card)
    run = new_run(plan.out, plan.participant, loaded.protocol.title)
    say(f"recording to {run.session}")
    say("a simulated listener, faster than time and without sound; it proves control, never efficacy")
    run.protocol.write_text(loaded.resolved_yaml, encoding="utf-8")
    more = {"given_sha256": built.given.write(run.given), "sound": "off", "simulated": True}
    seeds = {"session": plan.seed}
    write_manifest(run.manifest, Manifest(run.participant, loaded.protocol.title, source.header, seeds,
                                          loaded.resolved_yaml, wall_time(), more))
    labels = [source.header.labels[index] for index in built.eeg_indices]
    journal = XdfJournal.create(run.xdf, source.header, {"task": loaded.protocol.title}, labels)
    try:
        ended = perform(built.engine, source, clock, journal).ended
        journal.end(ended, clock.now_s())
    finally:
        journal.close()
    return run, {"session": str(run.session), "ended": ended}
