"""From a protocol's words to how it sounds."""

from __future__ import annotations

from typing import get_args

from generators.catalog import ROWS, STREAMS
from generators.sound.mix import MixSettings
from generators.sound.palettes import NAMES
from sessions.builder import mix_of
from sessions.protocol.loading import load_protocol
from sessions.protocol.settings import MusicSettings


def test_a_protocols_palette_level_and_ceiling_reach_the_sound() -> None:
    protocol = load_protocol("uplift").protocol
    music = protocol.music.model_copy(update={"level_lufs": -28.0})
    safety = protocol.safety.model_copy(update={"ceiling_dbtp": -3.0})
    asked = protocol.model_copy(update={"music": music, "safety": safety})
    assert mix_of(asked) == MixSettings("bright", -28.0, -3.0)


def test_a_protocol_can_name_every_palette_and_every_generator_that_is_there() -> None:
    fields = MusicSettings.model_fields
    assert get_args(fields["palette"].annotation) == NAMES
    assert set(get_args(fields["generator"].annotation)) == {row.name for row in (*ROWS, *STREAMS)}
