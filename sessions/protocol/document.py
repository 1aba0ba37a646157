"""YAML text as a tree that remembers the line of every value, so that every error can name its place."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_DEPTH = 30                 # a protocol needs 6
MAX_BYTES = 1_000_000          # a protocol needs 3 kB
NOT_YAML = (YAMLError, ValueError, TypeError, LookupError, AttributeError, AssertionError, OverflowError, RuntimeError)
"""What ruamel raises on text that is no YAML: mostly its own error, but others slip out of its scanner."""

EMPTY = "the file is empty; start with version, title and phases"

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A value with its place; mappings and lists hold entries."""

    place: Place
    value: Any                     # dict[str, Entry], list[Entry], or a scalar

    def plain(self) -> Any:
        """Return the value without its places."""
        if isinstance(self.value, dict):
            return {key: entry.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [entry.plain() for entry in self.value]
        return self.value


class Misread(Exception):
    """A line cannot be read.

    Parameters
    ----------
    place : Place
        The line.
    why : str
        What is wrong there.
    """

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(str(place), why)
        self.place = place
        self.why = why


def parse(text: str, file: str, empty: str = EMPTY) -> Entry:
    """Return the document in `text` with its places; `empty` is what is said of one that holds nothing.

    Raises
    ------
    Misread
        If the text is no YAML, or uses what a protocol does not: anchors, tags, several documents, repeated keys.
    """
    try:
        _refuse_unread_features(text, file)
        node = _yaml().compose(io.StringIO(text))
        if node is None or (isinstance(node, ScalarNode) and not node.value):
            raise Misread(Place(file, 1), empty)
        return _entry(node, file, Place(file, 1))
    except NOT_YAML as error:
        raise Misread(Place(file, _line(error)), f"not YAML: {_problem(error)}") from None


def merged(base: Entry, over: Entry) -> Entry:
    """Return `base` changed by `over`: mappings merge, lists and scalars are replaced, null takes a key out."""
    if not (isinstance(base.value, dict) and isinstance(over.value, dict)):
        return over
    values = dict(base.value)
    for key, entry in over.value.items():
        if entry.value is None:
            values.pop(key, None)
        else:
            values[key] = merged(values[key], entry) if key in values else entry
    return Entry(over.place, values)


def nearest(root: Entry, loc: Loc) -> tuple[Loc, Entry]:
    """Return the deepest part of `loc` that is in the tree, and what stands there."""
    at, reached = root, 0
    for step in loc:
        inside = _child(at, step)
        if inside is None:
            break
        at, reached = inside, reached + 1
    return loc[:reached], at


def _child(entry: Entry, step: str | int) -> Entry | None:
    if isinstance(entry.value, dict) and isinstance(step, str):
        child: Entry | None = entry.value.get(step)
        return child
    if isinstance(entry.value, list) and isinstance(step, int) and step < len(entry.value):
        item: Entry = entry.value[step]
        return item
    return None


def _yaml() -> YAML:
    return YAML(typ="safe", pure=True)


def _refuse_unread_features(text: str, file: str) -> None:
    depth = 0
    for event in _yaml().parse(io.StringIO(text)):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        place = Place(file, event.start_mark.line + 1)
        if depth > MAX_DEPTH:
            raise Misread(place, f"nested over {MAX_DEPTH} deep; 6 are enough")
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise Misread(place, "anchors (&, *) are not used here; write it out")
        if getattr(event, "tag", None):
            raise Misread(place, "tags (!) are not used here; leave it out")


def _entry(node: Node, file: str, place: Place) -> Entry:
    if isinstance(node, MappingNode):
        return Entry(place, _mapping(node, file))
    if isinstance(node, SequenceNode):
        return Entry(place, [_entry(item, file, _place(item, file)) for item in node.value])
    return Entry(place, _scalar(node))


def _mapping(node: MappingNode, file: str) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for key_node, value_node in node.value:
        place = _place(key_node, file)
        key = key_node.value if isinstance(key_node, ScalarNode) else None
        if not isinstance(key, str):
            raise Misread(place, "a list or a mapping cannot be a key; write `key: value`")
        if key in entries:
            raise Misread(place, f'"{key}" is there twice, first in line {entries[key].place.line}; keep one')
        entries[key] = _entry(value_node, file, place)
    return entries


def _scalar(node: Node) -> Any:
    value = _yaml().constructor.construct_object(node, deep=True)
    return value if value is None or isinstance(value, bool | int | float | str) else node.value


def _place(node: Node, file: str) -> Place:
    return Place(file, node.start_mark.line + 1)


def _line(error: BaseException) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark is not None else getattr(error, "line", 0) + 1


def _problem(error: BaseException) -> str:
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error) or type(error).__name__
    return " ".join(str(said).split())
