"""Writes the reference in docs/protocol.md from the schema: `python docs/make_protocol_reference.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sessions.protocol.schema import json_schema

PAGE = Path(__file__).parent / "protocol.md"
MARK = "<!-- The rest is made from the schema by docs/make_protocol_reference.py. -->"


def rows(schema: dict[str, Any], part: dict[str, Any]) -> list[str]:
    """Return one table row a field of a part of the schema."""
    lines = ["| key | default | what |", "|---|---|---|"]
    for key, field in part.get("properties", {}).items():
        default = field.get("default", "required" if key in part.get("required", ()) else "")
        shown = f"`{default}`" if isinstance(default, str | int | float | bool) and default != "" else ""
        what = field.get("description", "").replace("|", "\\|")
        lines.append(f"| `{key}` | {shown} | {what} |")
    return lines


def reference() -> str:
    """Return the reference as Markdown."""
    schema = json_schema()
    parts = {"The protocol": schema, **dict(sorted(schema["$defs"].items()))}
    blocks = []
    for name, part in parts.items():
        if part.get("properties"):
            about = part.get("description", "")
            blocks.append("\n".join([f"## {name}", "", about, "", *rows(schema, part)]))
    return "\n\n".join(blocks) + "\n"


def page(text: str) -> str:
    """Return the page with its reference made anew."""
    return text[: text.index(MARK)] + MARK + "\n\n" + reference()


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
