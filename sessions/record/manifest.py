"""The manifest of a session: what one needs to run it again, and no name of a machine or a person."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from loop.errors import FileError, RecordError
from loop.values import Header
from sessions.record.appending import PRIVATE, sync_folder

MANIFEST_FORMAT = 1
# those whose arithmetic or behaviour a replay depends on
PACKAGES = (
    "euthymia", "numpy", "scipy", "pylsl", "pyo", "mne", "pyxdf", "soundfile", "torch", "brainflow",
    "PySide6-Essentials",
)
_LEARNED = ("scikit-learn", "pyriemann", "skops")
# and of those only where they are used, by the names of the catalogues
PACKAGES_OF = {
    "riemann": _LEARNED, "network": (*_LEARNED, "safetensors"), "encoder": (*_LEARNED, "safetensors", "braindecode"),
    "symbolic": ("safetensors",),
    "musicgen": ("audiocraft", "transformers", "safetensors"), "transformers-musicgen": ("transformers", "safetensors"),
}
_NAMES_A_MACHINE = ("host", "xml")  # of a `Header`: the full one stands in the XDF, exports leave it out


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a session says of itself."""

    participant: str
    task: str
    header: Header
    seeds: Mapping[str, int]
    protocol: str                  # the resolved protocol, whose sha256 is kept
    started: datetime
    more: Mapping[str, Any] = field(default_factory=dict)      # such as weights' sha256
    parts: tuple[str, ...] = ()    # of the catalogues: what reads and what plays


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write the manifest whole or not at all; raise `RecordError` where one stands or none can be written."""
    if path.exists():
        raise RecordError(f"{path} exists already", "a record is never overwritten")
    _write(path, manifest_fields(manifest))


def complete_manifest(path: Path, more: Mapping[str, Any]) -> None:
    """Add what was not known when the manifest was written, whole or not at all; every other field stays.

    Raises
    ------
    FileError
        There is no manifest to complete.
    RecordError
        It cannot be written.
    """
    _write(path, read_manifest(path) | dict(more))


def _write(path: Path, fields: Mapping[str, Any]) -> None:
    text = json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    part = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        what = f"{path} cannot be written: {error.strerror}"
        raise RecordError(what, "make room, or choose another folder") from error
    sync_folder(path.parent)


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest's fields; raise `FileError` where it is missing or broken."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}", "give a session folder") from error
    except ValueError as error:
        raise FileError(f"{path} is no manifest: {error}", "restore it from a copy") from error
    if not isinstance(found, dict):
        raise FileError(f"{path} is no manifest", "restore it from a copy")
    return found


def manifest_fields(manifest: Manifest) -> dict[str, Any]:
    """Return the manifest as it is written."""
    header = {key: value for key, value in asdict(manifest.header).items() if key not in _NAMES_A_MACHINE}
    return {
        "format": MANIFEST_FORMAT,
        "participant": manifest.participant,
        "task": manifest.task,
        "started": manifest.started.isoformat(),
        "protocol_sha256": sha256(manifest.protocol.encode()).hexdigest(),
        "seeds": dict(manifest.seeds),
        "stream": header,
        "software": software(manifest.parts),
        "machine": machine(),
        **manifest.more,
    }


def software(parts: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of Python and of the packages that are installed, those of `parts` of the catalogues too."""
    found = {"python": platform.python_version()}
    for name in dict.fromkeys((*PACKAGES, *(name for part in parts for name in PACKAGES_OF.get(part, ())))):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def machine() -> dict[str, Any]:
    """Return what may change the last bit of a number; no name of the machine or its user."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
