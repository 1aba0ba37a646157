"""One block of music after another: wishes and bars in, parameters of the graph out; in a session as off-line.

Everything is changed by the thread that computes the sound, in `block`; other threads hand over through queues that
need no lock.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from types import ModuleType

import numpy as np

from generators.bars import Bar, Wish
from generators.sound.arrangement import arranged
from generators.sound.bed import UNDER_LU
from generators.sound.bus import Bus
from generators.sound.feed import PcmSource, balance
from generators.sound.gains import Gains, slewed
from generators.sound.loudness import Loudness, as_played
from generators.sound.meter import Trim
from generators.sound.mix import MixSettings
from generators.sound.palettes import find_palette
from generators.sound.quiet import Graph
from generators.sound.ring import N_CHANNELS, RATE_HZ
from generators.sound.sequencer import QUEUE_BARS, Onset, Played, Sequencer
from generators.sound.touch import OCTAVE, Touch
from generators.sound.voices import Pool
from loop.values import Presence

BLOCK_FRAMES = 256
BLOCK_S = BLOCK_FRAMES / RATE_HZ
MOST_ARTICULATION = 0.65           # the intent table's highest
SLEW_PER_S = 0.05                  # of articulation and brightness: music.md section 1


class Player:
    """The sequencer, the voices and the bus, moved on together.

    Parameters
    ----------
    pyo : ModuleType
        The module, its server booted.
    seed : int
        Of everything random in the sound.
    mix : MixSettings
        Palette, loudness and ceiling.
    pcm : PcmSource | None
        Music that is made elsewhere as sound, and takes over from the voices as it says.
    """

    def __init__(self, pyo: ModuleType, seed: int, mix: MixSettings, pcm: PcmSource | None = None) -> None:
        self._palette = find_palette(mix.palette)
        self.sequencer = Sequencer(seed, arrange=partial(arranged, guests=self._palette.guests))
        self.bus = Bus(Graph(pyo), RATE_HZ, BLOCK_FRAMES, self._palette, mix, pcm is not None)
        banked = self.bus.bank is not None
        self.gains = Gains(Loudness(mix.palette, mix.level_lufs, banked=banked).makeup_db)
        self._pcm = pcm
        self._silence = np.zeros((BLOCK_FRAMES, N_CHANNELS), dtype=np.float32)
        self._pools = {name: Pool(made, RATE_HZ) for name, made in self.bus.instruments.items()}
        self._level_lufs, self._trim = mix.level_lufs, Trim() if mix.trims else None
        self._bars: deque[tuple[Bar, ...]] = deque()
        self._wishes: deque[Wish] = deque()
        self._wish: Wish | None = None
        self._begun: Played | None = None     # the bar by which the level is
        self._brightness = self._articulation = 0.3

    @property
    def frame(self) -> int:
        """Frames asked for so far."""
        return self.sequencer.frame

    def offer(self, *bars: Bar) -> bool:
        """Hand over bars from any thread, as `Sequencer.offer` takes them; False where there is no room."""
        if not bars or self.queued >= QUEUE_BARS:
            return False
        self._bars.append(bars)
        return True

    @property
    def queued(self) -> int:
        """Bars that have come and not begun."""
        return self.sequencer.queued + sum(map(len, tuple(self._bars)))

    @property
    def bars_heard(self) -> bool:
        """Whether anything of the bars is heard: not while the sound has wholly gone over to PCM."""
        return self._pcm is None or self._pcm.share < 1

    def wish(self, wish: Wish) -> None:
        """Hand over the newest wish from any thread; the next block takes it."""
        self._wishes.append(wish)

    def _take(self) -> None:
        while self._bars:
            self.sequencer.offer(*self._bars.popleft())
        while self._wishes:
            self._follow(self._wishes.popleft())

    def _follow(self, wish: Wish) -> None:
        if wish.presence is Presence.PLAYING and (self._wish is None or self._wish.presence is not Presence.PLAYING):
            self.sequencer.aim(wish.intent.tempo_bpm, self._articulation, wish.calm)    # before a bar that waits begins
            self.sequencer.wake()
        self._wish = wish
        self._level(wish)

    def _level(self, wish: Wish) -> None:
        begun = self._begun = self.sequencer.begun
        self.gains.wish(wish if begun is None or self.sequencer.resting else as_played(wish, begun.bar))

    def block(self) -> None:
        """Set everything for the next block; called just before it is computed."""
        self._take()
        now = self.sequencer.frame
        for onset in self.sequencer.advance(BLOCK_FRAMES):
            self._begin(onset, now)
        if self._wish is not None and self.sequencer.begun is not self._begun:
            self._level(self._wish)
        for pool in self._pools.values():
            pool.block(now)
        self._steer(now)

    def _begin(self, onset: Onset, now: int) -> None:
        note = onset.note
        calm = self._wish is not None and self._wish.calm
        pitch = note.pitch + OCTAVE * self._palette.parts[note.voice].octaves
        self._pools[note.voice].play(Touch(pitch, note.velocity, calm, self._shade, self._softness), onset.gate_s, now)

    @property
    def _shade(self) -> float:
        """The brightness that is heard: the intent's, and the palette's own."""
        return min(max(self._brightness + self._palette.brightness, 0.0), 1.0)

    @property
    def _softness(self) -> float:
        """How softly notes are begun, and how much room is about them: 1 where the music is legato."""
        return 1.0 - min(self._articulation / MOST_ARTICULATION, 1.0)

    def _steer(self, now: int) -> None:
        over = self.sequencer.resting
        if self._trim is not None and self.gains.whole and not over:
            self._trim.hear(self.bus.music_power, self._level_lufs - self.gains.makeup_db, BLOCK_S)
            self.gains.trim_db = self._trim.db
        self._mix(self.gains.step(BLOCK_S, over))
        if self._wish is None:
            return
        if self.gains.silent:
            self._settle(self._wish, now)
        intent, step = self._wish.intent, SLEW_PER_S * BLOCK_S
        self._brightness = slewed(self._brightness, min(max(intent.brightness, 0.0), 1.0), step, step)
        self._articulation = slewed(self._articulation, intent.articulation, step, step)
        self.bus.brightness(self._shade)
        self.bus.space(self._softness, self._shade)
        self.bus.bed(self._level_lufs - UNDER_LU - self.gains.makeup_db - self.gains.trim_db)
        self.sequencer.aim(intent.tempo_bpm, self._articulation, self._wish.calm)

    def _mix(self, gain: float) -> None:
        """Share the gain out; PCM comes at the level asked for, and needs no makeup. Unheard, none is used up."""
        if self._pcm is None:
            self.bus.gain(gain)
            return
        if gain == 0.0:
            self.bus.gain(0.0)
            self.bus.pcm(self._silence, 0.0)
            return
        block = self._pcm.take(BLOCK_FRAMES)
        voices, elsewhere = balance(self._pcm.share)
        self.bus.gain(gain * voices)
        self.bus.pcm(block, gain * elsewhere / self.gains.makeup)

    def _settle(self, wish: Wish, now: int) -> None:
        """While nothing is heard, everything may jump."""
        self._brightness, self._articulation = min(max(wish.intent.brightness, 0.0), 1.0), wish.intent.articulation
        if wish.presence is not Presence.PLAYING and not self.sequencer.resting:
            self.sequencer.rest()
            for pool in self._pools.values():
                pool.let_all_go(now)
