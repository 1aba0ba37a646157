"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real EEG beside the checkout; skips where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real EEG is not here: {SHARED_DATA.name} is missing beside the checkout")
    return SHARED_DATA
