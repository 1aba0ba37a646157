"""How loud, from block to block: the user's level, the intent's loudness, presence, STOP and the last fade, all slewed.

Pure arithmetic: `step` is called once a block and gives one linear gain, which the bus ramps to within that block.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from generators.bars import Wish
from loop.values import Presence

LOUDNESS_UP_DB_S = 0.5             # music.md section 1, the intent table
LOUDNESS_DOWN_DB_S = 1.5
MAKEUP_DB_S = 0.5                  # what the composition lacks of the level asked for is made good as slowly
LEVEL_UP_DB_S = 3.0                # music.md section 4: slew 3 LU/s
LEVEL_DOWN_DB_S = 12.0             # a person who turns it down wants it now
LOUDNESS_DB = (-6.0, 3.0)          # music.md section 1
LEVEL_DB = (-40.0, 12.0)           # what a person may set; the limiter stands behind it
FADE_IN_S = 2.0                    # science.md section 7
FADE_OUT_S = 4.0
DEATH_S = 1.0                      # design.md section 4: "fades within 2 s", with room for seeing the channel close
STOP_S = 0.05                      # silence within 200 ms, the sound device's buffer included: JACK's may be 128 ms
ENDING_LIMIT_S = 13.0              # the schedule gives an ending 18 s: 4 of them are its fade


def no_makeup(wish: Wish) -> float:
    """Return 0 dB: what plays has the level that it should have."""
    return 0.0


class Gains:
    """The gain of the master bus, as a function of wishes and time.

    Parameters
    ----------
    makeup_db : Callable[[Wish], float]
        What a wish's music lacks of the level asked for, dB.
    """

    def __init__(self, makeup_db: Callable[[Wish], float] = no_makeup) -> None:
        self._wish: Wish | None = None
        self._makeup_of = makeup_db
        self._makeup_db = self._makeup_aim_db = 0.0
        self.trim_db = 0.0                    # what the meter adds to it
        self._level_db = 0.0
        self._loudness_db = 0.0
        self._presence = 0.0                  # phase of the fade, 0 silent, 1 whole
        self._ending_s = 0.0
        self._life = 1.0
        self._run = 1.0
        self.stopped = False                  # set by STOP; never taken back
        self.dying = False                    # set when the session is gone or closes

    def wish(self, wish: Wish) -> None:
        """Take the newest wish."""
        self._wish, self._makeup_aim_db = wish, self._makeup_of(wish)

    @property
    def makeup_db(self) -> float:
        """What is made good now of what the music lacks, dB."""
        return self._makeup_db

    @property
    def whole(self) -> bool:
        """Whether the music is past its fade-in."""
        return self._presence == 1.0

    @property
    def makeup(self) -> float:
        """The part of the gain that makes good what the composed music lacks, linear."""
        return float(10 ** ((self._makeup_db + self.trim_db) / 20))

    @property
    def silent(self) -> bool:
        """Whether nothing can be heard, whatever the voices do."""
        return self._presence == 0.0 or self.gone

    @property
    def gone(self) -> bool:
        """Whether STOP or the last fade has come to its end: silence for good."""
        return self._run == 0.0 or self._life == 0.0

    def step(self, dt_s: float, music_over: bool) -> float:
        """Move on by `dt_s`; return the linear gain. `music_over`: the last bar of an ending has been played."""
        self._life = _towards(self._life, 0.0 if self.dying else 1.0, dt_s / DEATH_S)
        self._run = _towards(self._run, 0.0 if self.stopped else 1.0, dt_s / STOP_S)
        if self._wish is None:
            return 0.0
        entering = self._presence == 0.0
        self._step_presence(self._wish.presence, dt_s, music_over)
        self._step_level(self._wish, dt_s, entering)
        gain_db = self._level_db + self._loudness_db + self._makeup_db + self.trim_db
        fades = _eased(self._presence) * _eased(self._life) * _eased(self._run)
        return float(10 ** (gain_db / 20)) * fades

    def _step_presence(self, presence: Presence, dt_s: float, music_over: bool) -> None:
        self._ending_s = self._ending_s + dt_s if presence is Presence.ENDING else 0.0
        over = presence is Presence.ENDING and (music_over or self._ending_s > ENDING_LIMIT_S)
        if presence is Presence.SILENT or over:
            self._presence = _towards(self._presence, 0.0, dt_s / FADE_OUT_S)
        elif presence is Presence.PLAYING and not music_over:
            self._presence = _towards(self._presence, 1.0, dt_s / FADE_IN_S)

    def _step_level(self, wish: Wish, dt_s: float, entering: bool) -> None:
        level_db = min(max(wish.level_db, LEVEL_DB[0]), LEVEL_DB[1])
        loudest_db = 0.0 if wish.calm else LOUDNESS_DB[1]
        loudness_db = min(max(wish.intent.loudness_db, LOUDNESS_DB[0]), loudest_db)
        if entering:
            self._level_db, self._loudness_db, self._makeup_db = level_db, loudness_db, self._makeup_aim_db
            return
        self._makeup_db = _towards(self._makeup_db, self._makeup_aim_db, MAKEUP_DB_S * dt_s)
        self._level_db = slewed(self._level_db, level_db, LEVEL_UP_DB_S * dt_s, LEVEL_DOWN_DB_S * dt_s)
        self._loudness_db = slewed(self._loudness_db, loudness_db, LOUDNESS_UP_DB_S * dt_s, LOUDNESS_DOWN_DB_S * dt_s)


def slewed(value: float, aim: float, up: float, down: float) -> float:
    """Return `value` moved towards `aim`, by no more than `up` or `down`."""
    return min(max(aim, value - down), value + up)


def _towards(value: float, aim: float, step: float) -> float:
    return slewed(value, aim, step, step)


def _eased(phase: float) -> float:
    """Raised cosine: no corner at either end of a fade."""
    return math.sin(phase * math.pi / 2) ** 2
