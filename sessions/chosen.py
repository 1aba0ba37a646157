"""The files that a protocol chooses: the learned decoder, refused where it was calibrated otherwise; the SoundFont."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generators.sound.soundfont import check_font
from loop.errors import EuthymiaError
from loop.values import Header
from sensing import catalog
from sensing.sources.simulated import is_simulated
from sessions.protocol.loading import Loaded
from sessions.protocol.phases import Mirror, Regulate
from sessions.protocol.schema import Protocol

if TYPE_CHECKING:
    from sensing.decoders.store import Card, Stored


def fitting_decoder(protocol: Protocol, path: Path) -> Stored:
    """Return the decoder of a card, for a protocol that reads the EEG as its calibration did.

    Raises
    ------
    MissingPart
        What the decoder needs is not installed.
    FileError
        The card or what belongs to it is missing, cut or changed, or the decoder was refused.
    EuthymiaError
        It is another kind of decoder, or the protocol cleans otherwise or steers with other eyes.
    """
    name = protocol.decoder.name
    catalog.load(name)
    from sensing.decoders.store import load

    stored = load(path)
    if stored.card.decoder != name:
        raise EuthymiaError(f'{path.name} is the card of the decoder "{stored.card.decoder}", and the protocol asks '
                            f'for "{name}"', f"write name: {stored.card.decoder} under decoder:")
    _check_cleaning(protocol, stored.card, path.name)
    _check_eyes(protocol, stored.card, path.name)
    return stored


def check_learned_from(stored: Stored, header: Header) -> None:
    """Refuse, for a person's stream, a decoder that was learned from a simulated listener; raises `EuthymiaError`."""
    if stored.card.simulated and not is_simulated(header):
        raise EuthymiaError(f"{stored.path.name} was learned from a simulated listener and knows nothing of a person; "
                            f'"{header.name}" is no simulated listener',
                            "calibrate with the person, or write decoder: {name: index}")


def check_decoder(loaded: Loaded) -> None:
    """Make sure, before anything starts, that the decoder of a protocol can be had; raises as `fitting_decoder`."""
    if loaded.card is not None:
        fitting_decoder(loaded.protocol, loaded.card)


def chosen_font(loaded: Loaded) -> Path | None:
    """Return the SoundFont of a protocol, beside its file or from where one is; None where it names none."""
    name = loaded.protocol.music.soundfont
    if not name:
        return None
    beside = loaded.path.parent / name
    return beside if beside.is_file() else Path(name)


def check_soundfont(loaded: Loaded) -> None:
    """Make sure that the SoundFont of a protocol is there and is one; raises `FileError`."""
    font = chosen_font(loaded)
    if font is not None:
        check_font(font)


def cleaning_of(protocol: Protocol) -> list[dict[str, Any]]:
    """Return the rows of cleaning, every default filled in: what a decoder has to be calibrated with."""
    return [row.model_dump(mode="json", exclude_none=True) for row in protocol.cleaning]


def _check_cleaning(protocol: Protocol, card: Card, name: str) -> None:
    now = {_kind(row): row for row in cleaning_of(protocol)}
    then = {_kind(row): row for row in card.cleaning}
    other = sorted(kind for kind in now.keys() | then.keys() if now.get(kind) != then.get(kind))
    if other:
        raise EuthymiaError(f"{name} was calibrated with another cleaning ({', '.join(other)})",
                            "take the cleaning of the calibration's protocol, or calibrate with this one")


def _check_eyes(protocol: Protocol, card: Card, name: str) -> None:
    steered = {row.phase.eyes for row in protocol.phases if isinstance(row.phase, Regulate | Mirror)}
    other = sorted(steered - {card.eyes})
    if other:
        raise EuthymiaError(f"{name} was calibrated with eyes {card.eyes or 'not named'}, and the protocol steers with "
                            f"eyes {other[0]}", "calibrate with the eyes as they are in the session")


def _kind(row: Mapping[str, Any]) -> str:
    return next(iter(row), "")
