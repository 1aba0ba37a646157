"""The stream, the same suite over all models: exact tokens, no seam, exact length, one music a seed, cancelled."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from generators.musicgen.level import K_WEIGHTING, loudness_lufs
from generators.musicgen.ports import Cancelled, Told
from generators.musicgen.stream import MusicStream, StreamSettings
from generators.musicgen.tokens import Draw, continued
from generators.sound.ring import RATE_HZ
from tests.generators.musicgen.models import ALL, model, quietly
from tests.generators.scenes import wish

HOP_S, HOPS = 5.0, 12
SETTINGS = StreamSettings(hop_s=HOP_S, context_s=10.0)


@dataclass
class Witness:
    """A model that remembers what it decoded."""

    real: object
    decoded: list = field(default_factory=list)

    def __getattr__(self, name):
        return getattr(self.real, name)

    def decode(self, tokens):
        self.decoded.append(tokens)
        return self.real.decode(tokens)


def wishes(hop):
    """Another prompt for every hop."""
    return wish(tempo_bpm=52 + 6 * hop, density=0.1 + 0.05 * hop, brightness=0.65 - 0.04 * hop)


@dataclass
class Minute:
    pcm: np.ndarray
    contexts: list
    decoded: list
    states: list


_minutes: dict[str, Minute] = {}


@pytest.fixture(params=ALL)
def name(request):
    return request.param


@pytest.fixture
def minute(name):
    """Return a minute of stream, a new prompt every hop, asked for in odd pieces."""
    if name not in _minutes:
        witness = Witness(model(name))
        stream = MusicStream(witness, SETTINGS)
        state, pieces, states = stream.begin(3), [], []
        for hop in range(HOPS):
            with quietly():
                pcm, state = stream.render(wishes(hop), int(HOP_S * RATE_HZ), state)
            pieces.append(pcm)
            states.append(state)
        _minutes[name] = Minute(np.concatenate(pieces), [state.tokens for state in states], witness.decoded, states)
    return _minutes[name]


def test_what_it_goes_on_from_is_exactly_what_was_played(name, minute):
    n_hop = round(HOP_S * model(name).facts.frame_rate_hz)
    assert len(minute.decoded) >= HOPS
    for before, after in zip(minute.decoded, minute.decoded[1:], strict=False):
        n_known = after.shape[1] - n_hop
        assert n_known > 0
        assert np.array_equal(after[:, :n_known], before[:, -n_known:])


def test_a_prompts_tokens_come_back_to_the_last_one(name):
    prompt = np.random.default_rng(0).integers(0, model(name).facts.n_values, (4, 30))
    with quietly():
        told = Told(model(name).words("slow tempo, warm sound"))
        tokens = continued(model(name), prompt, 10, told, Draw(3.0, 1))
    assert np.array_equal(tokens[:, :30], prompt)
    assert tokens.shape == (4, 40)
    assert tokens.min() >= 0 and tokens.max() < model(name).facts.n_values


def test_a_minute_is_a_minute_to_the_frame(minute):
    assert minute.pcm.shape == (60 * RATE_HZ, 2)
    assert minute.pcm.dtype == np.float32
    assert np.all(np.isfinite(minute.pcm))


def test_no_join_can_be_seen_in_the_samples(minute):
    step = np.abs(np.diff(minute.pcm, axis=0)).max(axis=1)
    usual = np.quantile(step, 0.999)
    for hop in range(1, HOPS):
        at = int(hop * HOP_S * RATE_HZ)
        assert step[at - RATE_HZ // 4:at + RATE_HZ // 4].max() < 2 * usual


def test_the_level_is_the_one_asked_for(minute):
    from scipy.signal import sosfilt

    assert abs(loudness_lufs(sosfilt(K_WEIGHTING, minute.pcm, axis=0)) - SETTINGS.target_lufs) < 1.0


def test_one_seed_is_one_music_and_another_is_another(name, minute):
    stream = MusicStream(model(name), SETTINGS)
    with quietly():
        again = stream.hop(wishes(0), stream.begin(3))
        other = stream.hop(wishes(0), stream.begin(4))
    n_frames = len(again.ready)
    assert np.array_equal(again.ready, minute.pcm[:n_frames])
    assert not np.array_equal(other.ready, again.ready)


def test_a_state_can_be_rendered_from_twice(name, minute):
    stream = MusicStream(model(name), SETTINGS)
    before = minute.states[0]
    with quietly():
        once, twice = (stream.hop(wishes(1), before) for _ in range(2))
    assert np.array_equal(once.ready, twice.ready)


def test_it_stops_at_the_next_step_when_cancelled(name):
    stream = MusicStream(model(name), SETTINGS)
    asked = iter([False] * 5 + [True])
    state = stream.begin(1)
    with pytest.raises(Cancelled), quietly():
        stream.hop(wishes(0), state, lambda: next(asked))
    assert next(asked, "no more was asked") == "no more was asked"


def test_no_minute_needed_a_fresh_start(minute):
    assert minute.states[-1].fresh_starts == 0
