"""From a stored decoder to the live stages: the extractor and the decoder behind the loop's ports."""

from __future__ import annotations

from collections.abc import Sequence

from loop.errors import EuthymiaError, FileError
from sensing.decoders.index import Timing
from sensing.decoders.learned import Learned, LearnedDecoder
from sensing.decoders.recipe import Space
from sensing.decoders.store import Stored, digest


def open_decoder(stored: Stored, names: Sequence[str], timing: Timing) -> tuple[Space, LearnedDecoder]:
    """Return extractor and decoder of a stored decoder for a stream.

    Parameters
    ----------
    stored : Stored
        As `store.load` returned it.
    names : Sequence[str]
        Of the columns of a window, as `sensing.pipeline.Channels` has them.
    timing : Timing
        Of windows and decisions.

    Raises
    ------
    FileError, MontageError, MissingPart
        Where the encoder's weights are others, the montage is, or a part is not installed.
    EuthymiaError
        Where its windows have another length.
    """
    card = stored.card
    if timing.window_s != card.window_s:
        raise EuthymiaError(f"{stored.path.name} was calibrated on windows of {card.window_s:g} s, and the protocol "
                            f"asks for {timing.window_s:g} s", f"write window_s: {card.window_s:g} under decoder:")
    rate_hz = timing.rate_hz
    space = space_of(stored, stored.columns(names), rate_hz)
    learned = Learned(card.decoder, space, stored.heads, card.window_sds)
    return space, LearnedDecoder(learned, rate_hz, timing.hop_s)


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
    weights, expected = stored.encoder_weights, given.pop("sha256", "")
    given.pop("weights", "")
    if not weights.is_file() or digest(weights) != expected:
        raise FileError(f'the encoder\'s weights "{weights}" are not those of the calibration', "put that file back")
    return encoder(columns, EncoderPlan(weights=weights, **given), stored.card.labels).space
