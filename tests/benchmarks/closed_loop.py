"""Closed against open loop on simulated listeners, paired: `python -m tests.benchmarks.closed_loop`.

Each listener hears `calm` twice with the same seed: once regulated, once with the course that `regulate` would give the
mean listener (`open_loop`). Judged is the latent state, not the decoded one. It proves control, never efficacy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loop.clock import SystemClock
from loop.values import Hold
from sensing.sources.listener.person import Person, draw_person, person_of
from sessions.protocol.loading import load_protocol
from sessions.rehearsal import Rehearsed, rehearse

ARMS = ("calm", "open_loop")
TARGET_WORDS = "within the tolerance (0.2) of valence +0.4, arousal -0.6"
N_BOOTSTRAP = 10_000
WIDE = 0.4                         # a zone that more of the listeners can reach at all


@dataclass(frozen=True, slots=True)
class Judged:
    """One listener in one arm, judged by the latent state over the regulate phases."""

    in_target: float               # share of time
    near_target: float             # share of time within `WIDE`
    distance: float                # mean distance to the target in the plane
    arousal_end: float             # mean latent arousal of the last two minutes of regulation
    held: float                    # share of decisions
    swing: float                   # SD of the control's arousal in the last third: oscillation shows here
    ended: str


def judge(done: Rehearsed) -> Judged:
    """Judge a rehearsal by what was felt."""
    steered = [cycle for cycle in done.cycles if cycle.status.moment.steering]
    target = steered[0].target
    times = np.array([cycle.time_s for cycle in steered])
    felt_v = np.interp(times, done.felt.time_s, done.felt.valence)
    felt_a = np.interp(times, done.felt.time_s, done.felt.arousal)
    distance = np.hypot(felt_v - target.valence, felt_a - target.arousal)
    tail = np.array([cycle.control.arousal for cycle in steered[-len(steered) // 3:]])
    last = times > times[-1] - 120.0
    held = np.mean([cycle.status.hold is not Hold.NONE for cycle in steered])
    within, near = (float(np.mean(distance <= radius)) for radius in (target.tolerance, WIDE))
    at_end = float(felt_a[last].mean())
    return Judged(within, near, float(distance.mean()), at_end, float(held), float(tail.std()), done.ended)


def run_one(arm: str, kind: str, seed: int) -> Judged:
    """Run one listener through one arm."""
    person: Person = draw_person(seed) if kind == "drawn" else person_of(kind, seed)
    return judge(rehearse(load_protocol(arm).protocol, person, seed))


def interval(values: np.ndarray, statistic: Callable[..., np.ndarray] = np.mean) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a statistic over listeners."""
    rng = np.random.default_rng(0)
    draws = statistic(values[rng.integers(0, len(values), (N_BOOTSTRAP, len(values)))], axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    """Run the trial and print its table as Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listeners", type=int, default=40)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    clock = SystemClock()
    began_s = clock.now_s()
    with ProcessPoolExecutor(options.workers) as pool:
        seeds = range(options.listeners)
        arms = {arm: list(pool.map(run_one, [arm] * len(seeds), ["drawn"] * len(seeds), seeds)) for arm in ARMS}
        kinds = {kind: list(pool.map(run_one, ["calm"] * 4, [kind] * 4, range(4))) for kind in KINDS_SHOWN}
    lines = [*paired_table(arms), "", *kinds_table(kinds), "",
             f"{options.listeners} listeners, 8 channels, took {clock.now_s() - began_s:.0f} s."]
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


FIGURES = {"in_target": ".2f", "arousal_end": "+.2f", "swing": ".3f", "held": ".2f"}
KINDS_SHOWN = ("strong", "weak", "non_responder", "inverted", "drowsy")


def paired_table(arms: dict[str, list[Judged]]) -> list[str]:
    """Return the paired comparison, one row a figure."""
    rows = [f"Latent time in target: {TARGET_WORDS}.", "",
            "| figure | calm (closed) | open_loop (blind) | paired difference | 95 % interval |",
            "|---|---|---|---|---|"]
    for name in ("in_target", "near_target", "distance", "arousal_end", "held"):
        closed, blind = (np.array([getattr(judged, name) for judged in arms[arm]]) for arm in ARMS)
        low, high = interval(closed - blind)
        rows.append(f"| {name} | {closed.mean():.3f} | {blind.mean():.3f} | {np.mean(closed - blind):+.3f} "
                    f"| [{low:+.3f}, {high:+.3f}] |")
    return rows


def kinds_table(kinds: dict[str, list[Judged]]) -> list[str]:
    """Return how the loop takes the difficult kinds of listener."""
    rows = ["| listener (4 seeds each, calm) | time in target | arousal at the end | swing of the control | held |",
            "|---|---|---|---|---|"]
    for kind, judged in kinds.items():
        shown = {name: np.mean([getattr(one, name) for one in judged]) for name in FIGURES}
        cells = " | ".join(format(shown[name], form) for name, form in FIGURES.items())
        rows.append(f"| {kind} | {cells} |")
    return rows


if __name__ == "__main__":
    main()
