"""The page about protocols says what the schema says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_reference_in_the_docs_is_made_from_todays_schema():
    spec = importlib.util.spec_from_file_location("make_protocol_reference", DOCS / "make_protocol_reference.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    text = made.PAGE.read_text(encoding="utf-8")
    assert made.page(text) == text
