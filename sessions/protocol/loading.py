"""Reads a protocol file: resolves what it extends, checks it, and names the line of everything that is wrong."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML

from loop.errors import ProtocolError
from sessions.protocol.checks import check
from sessions.protocol.document import MAX_BYTES, Entry, Misread, merged, parse
from sessions.protocol.faults import check_lines, type_lines
from sessions.protocol.schema import Protocol
from sessions.protocol.wording import dotted, found, near

SHIPPED = Path(__file__).parent / "shipped"
GIVEN = "given"                # beside a recorded protocol: what the session was given
MAX_CHAIN = 8                  # files that extend one another


@dataclass(frozen=True, slots=True)
class Loaded:
    """A protocol with the text it came from and the whole that it stands for."""

    protocol: Protocol
    text: str                      # of the file, as written
    path: Path
    resolved_yaml: str             # what it extends merged in, every default written out
    sha256: str                    # of `resolved_yaml` in UTF-8
    card: Path | None = None       # of the learned decoder that it names; the record holds the file's name only


def shipped_names() -> list[str]:
    """Return the names of the protocols that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_protocol(path_or_name: str | Path) -> Loaded:
    """Return the protocol of a file, or the shipped one of that name.

    Raises
    ------
    ProtocolError
        With one line for each thing that is wrong: file, line, what was found, what was meant.
    """
    path = find_protocol(str(path_or_name))
    text = read_page(path)
    root = _tree(path, text, ())
    return _loaded(_validated(root), text, path)


def with_minutes(loaded: Loaded, minutes: float) -> Loaded:
    """Return the protocol with every regulate phase `minutes` long, checked again.

    Raises
    ------
    ProtocolError
        If it has no regulate phase, or is then longer than it allows.
    """
    if not loaded.protocol.regulates:
        raise ProtocolError(f"{loaded.path.name} has no regulate phase", "leave --minutes out")
    root = parse(loaded.resolved_yaml, loaded.path.name)
    for row in root.value["phases"].value:
        if "regulate" in row.value:
            phase = row.value["regulate"].value
            phase["minutes"] = Entry(phase["minutes"].place, float(minutes))
    return rewritten(loaded, root, "--minutes")


def rewritten(loaded: Loaded, root: Entry, why: str) -> Loaded:
    """Return the protocol as `root` has it, checked again; raise `ProtocolError` in the name of `why`."""
    try:
        protocol = Protocol.model_validate(root.plain())
    except ValidationError as error:
        raise ProtocolError(f"{why}: {type_lines(root, error)[0].split(': ', 1)[1]}") from None
    for fault in check(protocol):
        raise ProtocolError(f"{why}: {dotted(fault.loc)} {fault.what}")
    return replace(_loaded(protocol, loaded.text, loaded.path), card=loaded.card)


def with_palette(loaded: Loaded, palette: str) -> Loaded:
    """Return the protocol with another palette; what it says itself is not asked here."""
    protocol = loaded.protocol
    music = protocol.music.model_copy(update={"palette": palette})
    changed = _loaded(protocol.model_copy(update={"music": music}), loaded.text, loaded.path)
    return replace(changed, card=loaded.card)


def find_protocol(path_or_name: str, folder: Path = Path()) -> Path:
    """Return the file that a person means by a path from `folder` or by a shipped name.

    Raises
    ------
    ProtocolError
        If there is none.
    """
    path = folder / path_or_name
    if path_or_name in shipped_names():
        return SHIPPED / f"{path_or_name}.yaml"
    if _is_file(path):
        return path
    names = shipped_names()
    what = f"{path_or_name} is a folder" if _is_folder(path) else f"there is no protocol {found(path_or_name)}"
    raise ProtocolError(what, f"give a file, or a shipped name: {', '.join(names)}{near(path.stem, names)}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):      # a name too long, or with a NUL in it
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read_page(path: Path, kind: str = "a protocol") -> str:
    """Return the text of a file that people write.

    Raises
    ------
    ProtocolError
        Where it cannot be read, is too large for `kind`, or is no text.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror or error}"
        raise ProtocolError(what, "check its name, and who may read it") from None
    if len(raw) > MAX_BYTES:
        raise ProtocolError(f"{path.name} has {len(raw)} bytes", f"{kind} is a page; was another file meant?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ProtocolError(f"{path.name}:{line}: not text in UTF-8", "was another file meant?") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ProtocolError(f"{path.name}:{line}: not text, but a binary file", "was another file meant?")
    return text


def _tree(path: Path, text: str, chain: tuple[Path, ...]) -> Entry:
    try:
        root = parse(text, path.name)
    except Misread as misread:
        raise ProtocolError(f"{misread.place}: {misread.why}") from None
    if not isinstance(root.value, dict):
        return root
    above = root.value.pop("extends", None)
    return root if above is None else merged(_parent(above, path, (*chain, path.resolve())), root)


def _parent(above: Entry, path: Path, chain: tuple[Path, ...]) -> Entry:
    if not isinstance(above.value, str):
        raise ProtocolError(f"{above.place}: extends is {found(above.value)}; the name of a protocol, or a path")
    try:
        parent = find_protocol(above.value, path.parent)
    except ProtocolError as error:
        raise ProtocolError(f"{above.place}: extends: {error.what}", error.remedy) from None
    if parent.resolve() in chain or len(chain) > MAX_CHAIN:
        raise ProtocolError(f"{above.place}: extends leads back to {parent.name}", "a file cannot extend itself")
    return _tree(parent, read_page(parent), chain)


def _validated(root: Entry) -> Protocol:
    try:
        protocol = Protocol.model_validate(root.plain())
    except ValidationError as error:
        raise ProtocolError("\n".join(type_lines(root, error))) from None
    lines = check_lines(root, check(protocol))
    if lines:
        raise ProtocolError("\n".join(lines))
    return protocol


def _loaded(protocol: Protocol, text: str, path: Path) -> Loaded:
    resolved = _written(protocol)
    sha256 = hashlib.sha256(resolved.encode()).hexdigest()
    return Loaded(protocol, text, path, resolved, sha256, _card(protocol.decoder.file, path))


def _card(file: str, path: Path) -> Path | None:
    """Return the card that a protocol names: beside it, in the `given/` of a record, or from where one is."""
    if not file:
        return None
    name = Path(file)
    places = (path.parent / name, path.parent / GIVEN / name.name, name)
    return next((place for place in places if _is_file(place)), places[0])


def _written(protocol: Protocol) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = io.StringIO()
    plain = protocol.model_dump(mode="json", exclude_none=True)
    plain["decoder"]["file"] = Path(protocol.decoder.file).name if protocol.decoder.file else ""
    yaml.dump(plain, stream)
    return stream.getvalue()
