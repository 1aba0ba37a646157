"""A learned decoder on disk, without pickle: linear heads by skops, nets by safetensors, all else in a JSON card.

The card names the file of the heads and its sha256, the montage, the bands and the figures on which the decoder was
accepted. A file that was cut, changed or made by something else is refused with one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from loop.errors import FileError, MontageError
from sensing.decoders.excerpts import AXES
from sensing.decoders.heads import HEADS
from sensing.decoders.recipe import Head
from sensing.decoders.verdict import LARGEST_P

FORMAT = "euthymia decoder 1"
LINEAR, NET = ".skops", ".safetensors"
AGAIN = "calibrate again, or take the file from its backup"
VERSIONS_OF = ("numpy", "scikit-learn", "pyriemann", "skops")


@dataclass(frozen=True, slots=True)
class Card:
    """All of a decoder but its weights."""

    decoder: str                   # of the catalogue: "riemann", "network" or "encoder"
    head: str                      # "ridge", "logistic" or "net"
    labels: tuple[str, ...]        # the montage: channels in the decoder's order
    iaf_hz: float                  # from which the bands follow
    window_s: float
    window_sds: Mapping[str, float]          # by axis: of one window's reading, out of fold
    figures: Mapping[str, Mapping[str, Any]]  # by axis: the verdict on which it was accepted
    verdicts: Mapping[str, str] = field(default_factory=dict)   # by axis: accepted or refused, in words
    eyes: str = ""                 # as they were in the excerpts
    cleaning: Sequence[Mapping[str, Any]] = ()                 # the protocol's rows
    encoder: Mapping[str, Any] = field(default_factory=dict)   # of `EncoderPlan`, with the weights' sha256
    versions: Mapping[str, str] = field(default_factory=dict)
    weights: str = ""              # file beside the card
    sha256: str = ""               # of that file
    format: str = FORMAT
    simulated: bool = False        # learned from a simulated listener: it knows nothing of a person


@dataclass(frozen=True, slots=True)
class Stored:
    """A decoder as it was loaded."""

    card: Card
    heads: Mapping[str, Head]
    path: Path                     # of the card

    @property
    def files(self) -> tuple[Path, ...]:
        """All that belongs to it: the card, its heads, an encoder's weights."""
        encoder = (self.encoder_weights,) if self.card.encoder else ()
        return (self.path, self.path.parent / Path(self.card.weights).name, *encoder)

    @property
    def encoder_weights(self) -> Path:
        """The file of the encoder's weights: beside the card, else where the calibration had it."""
        named = Path(str(self.card.encoder.get("weights", "")))
        beside = self.path.parent / named.name
        return beside if beside.is_file() else named

    def columns(self, names: Sequence[str]) -> tuple[int, ...]:
        """Return where a stream has the decoder's channels.

        Raises
        ------
        MontageError
            Where it lacks some.
        """
        missing = [label for label in self.card.labels if label not in names]
        if missing:
            raise MontageError(f"the decoder was calibrated with {', '.join(missing)}, which the stream has not",
                               "wear the montage of the calibration, or calibrate with this one")
        return tuple(list(names).index(label) for label in self.card.labels)


def save(card: Card, heads: Mapping[str, Head], folder: Path) -> Path:
    """Write heads as ``<decoder>.skops`` or ``.safetensors``, and the card beside them; return the card's path."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / (card.decoder + (NET if card.head == "net" else LINEAR))
    _write_heads(file, heads)
    versions = {name: version(name) for name in VERSIONS_OF}
    whole = replace(card, weights=file.name, sha256=digest(file), versions=versions)
    path = folder / f"{card.decoder}.json"
    path.write_text(json.dumps(asdict(whole), indent=1), encoding="utf-8")
    return path


def save_refusal(card: Card, folder: Path) -> Path:
    """Write the card of a decoder that was refused: it has no heads, and says why it may not be used."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{card.decoder}.json"
    path.write_text(json.dumps(asdict(card), indent=1), encoding="utf-8")
    return path


def load(path: Path) -> Stored:
    """Return the decoder of a card.

    Raises
    ------
    FileError
        Where card or heads are missing, cut, changed, or not ours, or the decoder was refused at its calibration.
    """
    card = _card(path)
    _refuse_refused(path, card)
    file = path.parent / Path(card.weights).name
    if not file.is_file():
        raise FileError(f"{path.name} speaks of {card.weights}, which is not beside it", AGAIN)
    if digest(file) != card.sha256:
        raise FileError(f"{file.name} is not the file that {path.name} was written for: its sha256 differs", AGAIN)
    heads = _read_nets(file, card) if card.head == "net" else _read_linear(file, card)
    return Stored(card, heads, path)


def _refuse_refused(path: Path, card: Card) -> None:
    passed = [axis for axis in card.window_sds if _passed(card.figures.get(axis, {}))]
    if not passed or len(passed) < len(card.window_sds):
        said = " ".join(card.verdicts.values()) or "its figures are no better than chance"
        raise FileError(f"{path.name} is the card of a decoder that was refused at its calibration: {said}",
                        "write decoder: {name: index}, or calibrate again")


def _passed(figures: Mapping[str, Any]) -> bool:
    return all(isinstance(figures.get(name), int | float) and figures[name] <= LARGEST_P for name in ("p", "p_music"))


def digest(file: Path) -> str:
    """Return a file's sha256."""
    return sha256(file.read_bytes()).hexdigest()


def _card(path: Path) -> Card:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}", "name the decoder's .json file") from error
    except ValueError as error:
        raise FileError(f"{path.name} is no decoder's card: it is not JSON", "name the decoder's .json file") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise FileError(f'{path.name} is no decoder\'s card: it does not say "{FORMAT}"',
                        "name the decoder's .json file")
    try:
        card = Card(**raw | {"labels": tuple(raw["labels"])})
    except (TypeError, KeyError) as error:
        raise FileError(f"{path.name} lacks a part, or has one that is not known", AGAIN) from error
    if card.head not in (*HEADS, "net") or not set(card.window_sds) <= set(AXES):
        raise FileError(f'{path.name} has a head "{card.head}" for {", ".join(card.window_sds)}, which is not known',
                        AGAIN)
    return card


def _write_heads(file: Path, heads: Mapping[str, Any]) -> None:
    if file.suffix == LINEAR:
        skops.io.dump({axis: head.pipeline for axis, head in heads.items()}, file)
        return
    from safetensors.torch import save_file

    save_file({f"{axis}:{name}": value.contiguous() for axis, head in heads.items()
               for name, value in head.nets[0].state_dict().items()}, file)


def _read_linear(file: Path, card: Card) -> dict[str, Head]:
    try:
        pipelines = skops.io.load(file, trusted=[])
        return {axis: HEADS[card.head](pipelines[axis]) for axis in card.window_sds}
    except UntrustedTypesFoundException as error:
        raise FileError(f"{file.name} holds types that are no part of a decoder", "do not use it; " + AGAIN) from error
    except (BadZipFile, KeyError, TypeError, ValueError, EOFError) as error:
        raise FileError(f"{file.name} cannot be read as a decoder's heads", AGAIN) from error


def _read_nets(file: Path, card: Card) -> dict[str, Head]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from sensing.decoders.network import Net, NetHead

    try:
        tensors = load_file(file)
        nets = {axis: Net(len(card.labels)) for axis in card.window_sds}
        for axis, net in nets.items():
            net.load_state_dict({name.removeprefix(f"{axis}:"): value for name, value in tensors.items()
                                 if name.startswith(f"{axis}:")})
    except (SafetensorError, RuntimeError) as error:
        raise FileError(f"{file.name} cannot be read as a decoder's net", AGAIN) from error
    return {axis: NetHead(len(card.labels), nets=[net.eval()]) for axis, net in nets.items()}
