"""The simulated listener of a session: a process that streams over LSL for as long as the session is open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing import get_context

from sensing.sources.listener.outlet import OutletPlan, run_listener
from sessions.plan import Plan

COMES_S = 30.0                     # an interpreter is started for it: on a busy machine that takes its time
ENDS_S = 3.0


def start_listener(plan: Plan, session_id: str, say: Callable[[str], None], opening: ExitStack) -> str:
    """Start a simulated listener, which ends with `opening`; return the name of its stream."""
    name = f"Simulated listener {session_id}"
    listener = OutletPlan(name, plan.seed, session_id, plan.n_channels)
    context = get_context("spawn")
    stop = context.Event()
    process = context.Process(target=run_listener, args=(listener, stop), name="listener", daemon=True)
    process.start()

    def end() -> None:
        stop.set()
        process.join(ENDS_S)
        process.kill()

    opening.callback(end)
    say(f"a simulated listener streams {plan.n_channels} channels; it proves control, never efficacy")
    return name
