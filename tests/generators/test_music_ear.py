"""The ear of another hand: its spectrum and its slopes, without the weights that no test downloads."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks import music_ear

torch = pytest.importorskip("torch")
from tests.benchmarks import musicnn  # noqa: E402


def test_a_tone_is_loudest_in_its_own_mel_band() -> None:
    filters = musicnn.mel_filters()
    for hertz in (200.0, 1000.0, 4000.0):
        mel = musicnn.log_mel(0.1 * np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000)).mean(axis=0)
        nearest = filters[:, round(hertz / 31.25)]
        assert int(np.argmax(mel)) in np.flatnonzero(nearest > 0)


def test_the_network_has_the_published_size_and_tells_fifty_tags_of_any_length() -> None:
    torch.manual_seed(0)
    network = musicnn.Musicnn().eval()
    assert sum(weight.numel() for weight in network.parameters()) == 787_159
    with torch.no_grad():
        assert network(torch.rand(1, 60, musicnn.N_MELS)).shape == (1, len(musicnn.TAGS))


def test_intervals_hold_the_slopes_that_are_there_nearly_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(music_ear, "DRAWS", 300)
    rng, held = np.random.default_rng(1), 0
    for _ in range(20):
        points = rng.uniform(-1, 1, (80, 2))
        found = music_ear.slope(points, 0.5 * points[:, 1] + 0.1 * rng.standard_normal(80))
        held += found.per_a_interval[0] < 0.5 < found.per_a_interval[1]
    assert held >= 16


def test_a_coordinate_that_the_tags_hold_is_foretold_and_one_that_they_do_not_is_not() -> None:
    rng = np.random.default_rng(2)
    place = np.repeat(music_ear.POINTS, 7)
    tags = np.column_stack([place + 0.05 * rng.standard_normal(49), rng.standard_normal((49, 3))])
    assert music_ear.foretold_r2(place, tags) > 0.8
    assert music_ear.foretold_r2(rng.permutation(place), tags[:, 1:]) < 0.2
