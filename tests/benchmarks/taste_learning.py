"""Whether ratings teach a listener's own weights, on simulated listeners: `python -m tests.benchmarks.taste_learning`.

Each drawn listener hears excerpts of four minutes and rates them. *Steered*: music of the intent table, at points of
the plane, as sessions play it: all cues move together. *Free*: every attribute drawn by itself. Judged is what a change
of the control by the plane's inner square then does to how the music seems to the listener, against the house's table.
It proves arithmetic, never efficacy.
"""

from __future__ import annotations

import sys
from dataclasses import fields

import numpy as np

from loop.cues import AROUSAL_CUES, VALENCE_CUES
from loop.intent import NO_TASTE, TABLE, IntentMap, Taste
from loop.taste import PLAYED_MODES, Avoided, Leanings, taste_of
from loop.values import MODES, Control, Intent, Presence, Target
from sensing.sources.listener.latent import Latent, seems
from sensing.sources.listener.person import Person, draw_person
from sessions.taste.excerpts import COLUMNS, Excerpt, cues_of
from sessions.taste.learning import Lesson, learn

LISTENERS = 40
COUNTS = (24, 48, 96)
A_SESSION = 3                      # excerpts
FIRST_SEED = 700
EXCERPT_S, REST_S = 240.0, 120.0
WAY = Target(0.0, 0.0, 1.0)
REACH = 0.6


def point(rng: np.random.Generator, taste: Taste = NO_TASTE) -> Intent:
    """Return the intent of a random point of the plane."""
    valence, arousal = rng.uniform(-1, 1, 2)
    return at(valence, arousal, taste)


def at(valence: float, arousal: float, taste: Taste) -> Intent:
    """Return the intent of a point, with no slew."""
    return IntentMap(taste=taste).intent(Control(valence, arousal), WAY, Presence.PLAYING, 0.25)


def free(rng: np.random.Generator) -> Intent:
    """Return an intent whose attributes know nothing of one another."""
    drawn = {name: float(rng.uniform(row.low, row.high)) for name, row in TABLE.items()}
    tempo_bpm = 78.0 * 2.0 ** drawn.pop("tempo_octaves")
    return Intent(tempo_bpm=tempo_bpm, mode=str(rng.choice(PLAYED_MODES)), **drawn)


def rated(person: Person, seed: int, n_excerpts: int, draw) -> list[Excerpt]:
    """Return what a listener rated, three excerpts a sitting."""
    rng = np.random.default_rng(seed)
    found: list[Excerpt] = []
    for sitting in range(n_excerpts // A_SESSION):
        latent = Latent(person, np.random.default_rng([seed, sitting]))
        for _ in range(int(REST_S)):
            latent.advance(None, 1.0, "open")
        start = (np.array(latent.sam()) - 5) / 4
        for _ in range(A_SESSION):
            intent = draw(rng)
            for _ in range(int(EXCERPT_S)):
                latent.advance(intent, 1.0, "open")
            change = (np.array(latent.sam()) - 5) / 4 - start
            found.append(Excerpt(f"{sitting}", cues_of(row(intent)), float(change[0]), float(change[1])))
    return found


def row(intent: Intent) -> np.ndarray:
    """Return one row as `excerpts_of` reads it."""
    numbers = {f"intent.{item.name}": getattr(intent, item.name) for item in fields(intent)}
    numbers |= {"intent.mode": float(MODES.index(intent.mode)), "time_s": 0.0, "status.moment.presence": 0.0}
    return np.array([[numbers[name] for name in COLUMNS]], dtype=float)


def reach(person: Person, taste: Taste) -> tuple[float, float]:
    """Return how far control moves how music seems: (valence by V, arousal by A), from -REACH to REACH."""
    valence = [seems(at(v, 0.0, taste), person)[0] for v in (-REACH, REACH)]
    arousal = [seems(at(0.0, a, taste), person)[1] for a in (-REACH, REACH)]
    return valence[1] - valence[0], arousal[1] - arousal[0]


def applied(lesson: Lesson) -> Leanings:
    """Return the leanings of both axes, though the product applies arousal's alone."""
    valence = lesson.valence.heard if lesson.valence is not None and lesson.valence.moved else ()
    return Leanings(lesson.leanings.arousal, {heard.cue: heard.leaning for heard in valence})


def truth(person: Person) -> tuple[np.ndarray, np.ndarray]:
    """Return each cue's true leaning, (valence, arousal)."""
    both = []
    for mine, priors in ((person.valence_weights, VALENCE_CUES), (person.arousal_weights, AROUSAL_CUES)):
        p = np.array(list(priors.values()))
        both.append(np.array(mine) / p / (sum(mine) / p.sum()))
    return both[0], both[1]


def main() -> None:
    """Print the table as Markdown."""
    lines = ["| music | excerpts | axis | listeners moved | told, median over cues | r with the truth | "
             "reach of the control, learned / house | listeners better |", "|---|---|---|---|---|---|---|---|"]
    for name, draw in (("steered", point), ("free", free)):
        for count in COUNTS:
            people = [draw_person(FIRST_SEED + k) for k in range(LISTENERS)]
            lessons = [learn(rated(person, FIRST_SEED + k, count, draw)) for k, person in enumerate(people)]
            lines += [line(name, count, axis, people, lessons) for axis in (1, 0)]
    sys.stdout.write("\n".join(lines) + "\n")


def line(name: str, count: int, axis: int, people: list[Person], lessons: list[Lesson]) -> str:
    """Return one row: of arousal (1) or valence (0)."""
    learned = [(lesson.valence, lesson.arousal)[axis] for lesson in lessons]
    moved = [k for k, one in enumerate(learned) if one is not None and one.moved]
    told = np.median([heard.told for one in learned for heard in one.heard])
    guess = np.concatenate([[heard.leaning for heard in learned[k].heard] for k in moved] or [[1.0, 1.0]])
    real = np.concatenate([truth(people[k])[axis] for k in moved] or [[1.0, 1.0]])
    r = np.corrcoef(guess, np.clip(real, -1, 3))[0, 1] if np.ptp(guess) else float("nan")
    pairs = np.array([[reach(people[k], taste)[axis] for taste in (taste_of(applied(lessons[k]), Avoided()), NO_TASTE)]
                      for k in moved] or [[1.0, 1.0]])
    rng = np.random.default_rng(0)
    gains = pairs[:, 0] - pairs[:, 1]
    low, high = np.percentile(gains[rng.integers(0, len(gains), (4000, len(gains)))].mean(axis=1), [2.5, 97.5])
    return (f"| {name} | {count} | {('valence', 'arousal')[axis]} | {len(moved)} of {len(people)} | {told:.2f} "
            f"| {r:.2f} | {pairs[:, 0].mean():.3f} / {pairs[:, 1].mean():.3f} "
            f"({gains.mean():+.3f} [{low:+.3f}, {high:+.3f}]) | {int((gains > 0).sum())} |")


if __name__ == "__main__":
    main()
