"""From a decoder on disk to the live stages: the extractor and the decoder behind the loop's ports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from loop.errors import FileError
from sensing.decoders.learned import Learned, LearnedDecoder
from sensing.decoders.recipe import Space
from sensing.decoders.store import Stored, digest, load


def open_decoder(path: Path, names: Sequence[str], rate_hz: float, hop_s: float) -> tuple[Space, LearnedDecoder]:
    """Return extractor and decoder of a stored card for a stream.

    Parameters
    ----------
    path : Path
        Of the card.
    names : Sequence[str]
        Of the columns of a window, as `sensing.pipeline.Channels` has them.
    rate_hz, hop_s : float
        Of the stream and of its decisions.

    Raises
    ------
    FileError, MontageError, MissingPart
        Where the files are not whole, the montage is another, or a part is not installed.
    """
    stored = load(path)
    space = space_of(stored, stored.columns(names), rate_hz)
    card = stored.card
    return space, LearnedDecoder(Learned(card.decoder, space, stored.heads, card.window_sds), rate_hz, hop_s)


def space_of(stored: Stored, columns: Sequence[int], rate_hz: float) -> Space:
    """Return the space in which a stored decoder reads these columns."""
    if stored.card.decoder == "riemann":
        from sensing.decoders.riemann import Covariances

        return Covariances(columns, rate_hz, stored.card.iaf_hz)
    if stored.card.decoder == "network":
        from sensing.decoders.network import Waves

        return Waves(columns)
    return _encoder(stored, columns)


def _encoder(stored: Stored, columns: Sequence[int]) -> Space:
    from sensing.decoders.encoder import EncoderPlan, encoder

    given = dict(stored.card.encoder)
    weights = Path(str(given.pop("weights", "")))
    expected = given.pop("sha256", "")
    if not weights.is_file() or digest(weights) != expected:
        raise FileError(f'the encoder\'s weights "{weights}" are not those of the calibration', "put that file back")
    return encoder(columns, EncoderPlan(weights=weights, **given)).space
