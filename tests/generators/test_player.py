"""What the player does with the first wish."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generators.sound.ring import RATE_HZ
from tests.generators import scenes


@pytest.mark.parametrize(("scene", "tempo_bpm"), [(scenes.slow_bars, 56.0), (scenes.quick_bars, 110.0)])
def test_bars_that_wait_begin_at_the_tempo_that_is_asked_for(
    scene: scenes.Scene, tempo_bpm: float, tmp_path: Path,
) -> None:
    began = scenes.in_child(scene, tmp_path)
    assert np.diff(began) / RATE_HZ == pytest.approx(4 * 60 / tempo_bpm, rel=1e-3)
