"""Outputs say which one they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from generators.sound.outputs import device_name


def portaudio(default: int) -> Any:
    """PortAudio as pyo shows it: names and indices of outputs, and which is the default."""
    return SimpleNamespace(pa_get_output_devices=lambda: (["speakers", "headphones"], [1, 4]),
                           pa_get_default_output=lambda: default)


@pytest.mark.parametrize(("default", "name"), [(4, "headphones"), (1, "speakers"), (-1, "default")])
def test_the_default_device_has_its_own_name_where_it_has_one(default: int, name: str) -> None:
    assert device_name(portaudio(default)) == name
