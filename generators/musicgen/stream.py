"""MusicGen as a stream: `render(wish, n_frames, state) -> (pcm, state)`, hop after hop, without an end.

A hop reads the wish, goes on from the last tokens (exactly those that were heard), decodes them with what is new,
and joins the new sound to the old where both decodings know it. The caller holds all memory: the same state and the
same wish give the same sound. At the end of a hop nothing is heard yet of its last 50 ms: the next hop decodes them
again, with what comes after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from generators.bars import Wish
from generators.musicgen.guards import Watched, judged
from generators.musicgen.joining import Past, Resampler, Sound, crossfaded
from generators.musicgen.level import Heard, levelled, unheard
from generators.musicgen.melody import Tune, begun, chroma_of, led_on, since
from generators.musicgen.ports import Chroma, TokenModel, Tokens, Told
from generators.musicgen.prompts import Blend, blend, embedded, guidance, halfway
from generators.musicgen.tokens import TOP_K, Draw, continued, never
from generators.sound.mix import LEVEL_LUFS
from generators.sound.palettes import DEFAULT
from generators.sound.ring import N_CHANNELS, RATE_HZ, Pcm
from loop.errors import SoundError

HOP_S = 5.0                        # music.md section 3: 4 to 8 s
CONTEXT_S = 12.0                   # music.md section 3: 10 to 15 s
OVERLAP_S = 1.0                    # decoded again with what is new: more than the decoder's convolutions see
JOIN_S = 0.05                      # music.md section 3
RESEED_S = 1.0                     # from a bad piece into a fresh one: long, because they have nothing in common
WORST_IN_A_ROW = 3                 # fresh starts, one after the other: the model plays no music
SEEDS_A_HOP = 2                    # one for going on, one for a fresh start


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How the stream is made."""

    palette: str = DEFAULT
    target_lufs: float = LEVEL_LUFS
    hop_s: float = HOP_S
    context_s: float = CONTEXT_S
    top_k: int = TOP_K


@dataclass(frozen=True, slots=True)
class StreamState:
    """All that a stream remembers."""

    seed: int
    tokens: Tokens                 # (n_codebooks, n): the context, as it was heard
    past: Past                     # of the resampler
    ready: Pcm                     # rendered and not yet asked for
    heard: Heard = field(default_factory=unheard)
    watched: Watched = field(default_factory=Watched)
    tail: Sound | None = None      # the last `JOIN_S` that was decoded and not heard
    blend: Blend = ()
    tune: Tune | None = None       # of a model that is led by a melody: what the embedded composer leads it with
    hop: int = 0
    fresh_starts: int = 0
    in_a_row: int = 0
    fault: str = ""                # why the last fresh start was made


class MusicStream:
    """The stream of one model.

    Parameters
    ----------
    model : TokenModel
        Who plays.
    settings : StreamSettings
        How the stream is made.
    """

    def __init__(self, model: TokenModel, settings: StreamSettings = StreamSettings()) -> None:
        facts = model.facts
        self._model, self._facts, self.settings = model, facts, settings
        self._n_hop = round(settings.hop_s * facts.frame_rate_hz)
        self._n_context = round(min(settings.context_s, facts.longest_s - settings.hop_s) * facts.frame_rate_hz)
        self._n_overlap = max(round(OVERLAP_S * facts.frame_rate_hz), 1)
        self._n_join = round(JOIN_S * facts.rate_hz)
        self._resampler = Resampler(facts.rate_hz, RATE_HZ)

    @property
    def hop_s(self) -> float:
        """The length of a hop: whole token frames."""
        return self._n_hop / self._facts.frame_rate_hz

    def begin(self, seed: int) -> StreamState:
        """Return the memory before the first hop."""
        return StreamState(seed, np.zeros((self._facts.n_codebooks, 0), dtype=np.int64),
                           self._resampler.begin(self._facts.n_channels), np.zeros((0, N_CHANNELS), dtype=np.float32))

    def render(
        self, wish: Wish, n_frames: int, state: StreamState, cancelled: Callable[[], bool] = never
    ) -> tuple[Pcm, StreamState]:
        """Return the next `n_frames` of sound, (n_frames, 2) at 48 kHz, and the memory after them.

        Raises
        ------
        Cancelled
            `cancelled()` was true before a token step; the state that was given still holds.
        SoundError
            The model plays no music: fresh starts one after the other did not help.
        """
        while len(state.ready) < n_frames:
            state = self.hop(wish, state, cancelled)
        return state.ready[:n_frames], replace(state, ready=state.ready[n_frames:])

    def hop(self, wish: Wish, state: StreamState, cancelled: Callable[[], bool] = never) -> StreamState:
        """Return the memory with a hop more in `ready`: the first one is short of what is still held back."""
        texts = blend(wish, self.settings.palette)
        known = {text for text, _ in state.blend}
        if known and known.isdisjoint(text for text, _ in texts):
            texts = halfway(state.blend, texts)
        state = replace(state, blend=texts, tune=self._led_on(wish, state), hop=state.hop + 1)
        played = self._continued(wish, state, state.tokens, cancelled)
        sound = self._joined(played, state)
        fault, watched = judged(sound, self._facts.rate_hz, state.watched)
        if fault:
            return self._reseeded(wish, state, sound, fault, cancelled)
        return self._finished(played, sound, replace(state, watched=watched, in_a_row=0))

    def _continued(
        self, wish: Wish, state: StreamState, prompt: Tokens, cancelled: Callable[[], bool]
    ) -> Tokens:
        """Return the prompt and a hop after it."""
        fresh = int(prompt.shape[1] == 0)
        seed = int(np.random.SeedSequence([state.seed, SEEDS_A_HOP * state.hop + fresh]).generate_state(1)[0])
        draw = Draw(guidance(wish.sureness), seed, self.settings.top_k)
        n_lead = self._n_overlap if fresh else 0          # a fresh start is decoded behind a lead that nobody hears
        told = Told(embedded(self._model.words, state.blend), self._chroma(wish, state, n_lead or prompt.shape[1]))
        return continued(self._model, prompt, self._n_hop + n_lead, told, draw, cancelled)

    def _led_on(self, wish: Wish, state: StreamState) -> Tune | None:
        """Return the tune with the bars that begin in the next hop, without those that no context holds any more."""
        if self._facts.melody is None:
            return None
        begins_s = state.hop * self.hop_s
        tune = state.tune or begun(state.seed, begins_s - self._n_overlap / self._facts.frame_rate_hz)
        return led_on(since(tune, begins_s - self.settings.context_s), wish, begins_s + self.hop_s)

    def _chroma(self, wish: Wish, state: StreamState, n_before: int) -> Chroma | None:
        """Return what the melody model is shown, from `n_before` token frames before this hop on.

        It is shown more than the hop: bars that would follow by the wish of now, and that nobody holds it to.
        """
        facts = self._facts.melody
        if facts is None or state.tune is None:
            return None
        from_s = (state.hop - 1) * self.hop_s - n_before / self._facts.frame_rate_hz
        return chroma_of(led_on(state.tune, wish, from_s + facts.n_frames / facts.frame_rate_hz).bars, from_s, facts)

    def _joined(self, played: Tokens, state: StreamState) -> Sound:
        """Return the hop's sound and the tail after it: the last hop's tail, then what is new."""
        n_known = min(played.shape[1] - self._n_hop, self._n_overlap)
        sound = self._model.decode(played[:, -(self._n_hop + n_known):])
        n_samples = round(self._n_hop / self._facts.frame_rate_hz * self._facts.rate_hz)
        new = sound[:, -(n_samples + self._n_join):]
        if state.tail is None:
            return new
        return np.concatenate([crossfaded(state.tail, new[:, :self._n_join]), new[:, self._n_join:]], axis=1)

    def _reseeded(
        self, wish: Wish, state: StreamState, bad: Sound, fault: str, cancelled: Callable[[], bool]
    ) -> StreamState:
        if state.in_a_row >= WORST_IN_A_ROW:
            raise SoundError(f"{self._facts.name} plays no music: {fault}, {WORST_IN_A_ROW} fresh starts in a row",
                             "choose another model")
        played = self._continued(wish, state, state.tokens[:, :0], cancelled)
        fresh = self._joined(played, replace(state, tail=None))
        n_fade = round(RESEED_S * self._facts.rate_hz)
        if np.all(np.isfinite(bad)):
            fresh = np.concatenate([crossfaded(bad[:, :n_fade], fresh[:, :n_fade]), fresh[:, n_fade:]], axis=1)
        _, watched = judged(fresh, self._facts.rate_hz, Watched())
        state = replace(state, watched=watched, fault=fault, fresh_starts=state.fresh_starts + 1,
                        in_a_row=state.in_a_row + 1)
        return self._finished(played, fresh, state)

    def _finished(self, played: Tokens, sound: Sound, state: StreamState) -> StreamState:
        """Keep the tail back, resample, level, and remember the context."""
        out, tail = sound[:, :-self._n_join], sound[:, -self._n_join:]
        resampled, past = self._resampler.feed(out, state.past)
        stereo = np.ascontiguousarray(np.broadcast_to(resampled, (N_CHANNELS, resampled.shape[1])).T)
        pcm, heard = levelled(stereo, state.heard, self.settings.target_lufs, RATE_HZ)
        return replace(state, tokens=played[:, -self._n_context:], past=past, heard=heard, tail=tail,
                       ready=np.concatenate([state.ready, pcm]))
