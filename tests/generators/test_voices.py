"""Who plays a note, and what is tied."""

from __future__ import annotations

from generators.sound.ring import RATE_HZ
from generators.sound.touch import Touch
from generators.sound.voices import Pool

RELEASE_S = 1.0


class FakeInstrument:
    """Writes down what it is told."""

    n_voices, opener, out = 3, 1.0, None

    def __init__(self, ties: bool) -> None:
        self.ties = ties
        self.told: list[tuple[str, int]] = []

    def start(self, voice: int, touch: Touch) -> None:
        self.told.append(("start", touch.pitch))

    def tie(self, voice: int, touch: Touch) -> None:
        self.told.append(("tie", touch.pitch))

    def release(self, voice: int) -> float:
        self.told.append(("release", voice))
        return RELEASE_S

    def quench(self, voice: int, within_s: float) -> None:
        self.told.append(("quench", voice))


def touch(pitch: int) -> Touch:
    return Touch(pitch, 0.5, False, 0.4)


def two_bars(ties: bool, second: int = 60) -> list[tuple[str, int]]:
    made = FakeInstrument(ties)
    pool = Pool(made, RATE_HZ)
    pool.play(touch(60), 1.1, 0)
    pool.block(0)
    pool.play(touch(second), 1.1, RATE_HZ)
    for now in range(RATE_HZ, 2 * RATE_HZ + RATE_HZ // 2, 256):
        pool.block(now)
    return made.told


def test_a_pitch_that_is_held_and_comes_again_is_tied() -> None:
    assert two_bars(ties=True) == [("start", 60), ("tie", 60), ("release", 0)]


def test_another_pitch_begins_while_the_first_lets_go() -> None:
    assert two_bars(ties=True, second=64) == [("start", 60), ("start", 64), ("release", 0), ("release", 1)]


def test_what_is_struck_is_struck_again() -> None:
    assert [word for word, _ in two_bars(ties=False)] == ["start", "start", "release", "release"]


def test_a_pitch_that_was_let_go_is_begun_anew() -> None:
    made = FakeInstrument(ties=True)
    pool = Pool(made, RATE_HZ)
    pool.play(touch(60), 0.5, 0)
    pool.block(RATE_HZ)
    pool.play(touch(60), 0.5, RATE_HZ)
    assert made.told == [("start", 60), ("release", 0), ("start", 60)]
