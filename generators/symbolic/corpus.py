"""The corpus: public-domain pieces that music21 carries in its wheel, read once into a file of plain notes.

A development tool: nothing here runs while music plays. Taken are the Bach chorales and the tunes of O'Neill, Aird and
Ryan; Palestrina (rights reserved) and Essen (non-commercial) are not. Only pieces in two or four beats are kept, since
our bars are of 4/4: a bar of 2/4 is read with doubled values, as its players count it. See docs/data_card.md.

A piece is in one key here: the scale is that of its key signature, the tonic is where it ends.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generators.rules.harmony import SCALES, SEMITONES
from loop.values import MODES

SIXTEENTHS_A_BAR = 16
SIXTEENTHS_A_QUARTER = 4
VOICES = ("melody", "alto", "tenor", "bass")
TUNES = ("oneills1850", "airdsAirs", "ryansMammoth")
CHORALES = "chorales"
MOST_OUTSIDE = 0.12                # share of sounding time outside the scale: beyond, the piece changes key
MOST_OFF_GRID = 0.10               # share of notes that are no multiple of a sixteenth: triplets
FEWEST_BARS = 6
FINAL_WEIGHT = 0.06                # of sounding time: a last note that hardly sounds before is no tonic
CHROMATIC_FIFTHS = 7               # semitones of a fifth


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece: notes of up to four voices on a grid of sixteenths from the first full bar line on."""

    name: str
    collection: str
    tonic: int                     # pitch class
    mode: str                      # of `loop.values.MODES`
    n_bars: int
    notes: tuple[tuple[int, int, int, int], ...]   # voice, onset, length in sixteenths, MIDI pitch
    landings: tuple[int, ...]      # bars in which a phrase ends


def read_corpus(progress: Any = None) -> Iterator[Piece]:
    """Yield the pieces that can be used, collection by collection; needs music21."""
    for collection, score in _scores():
        piece = read_score(score, collection)
        if progress is not None:
            progress(collection, piece is not None)
        if piece is not None:
            yield piece


def read_score(score: Any, collection: str) -> Piece | None:
    """Return the piece of a music21 score; None where it is not of our kind."""
    parts = list(score.parts)[:len(VOICES)]
    if collection == CHORALES and len(parts) != len(VOICES):
        return None
    doubled = _beats(parts[0])
    if doubled is None:
        return None
    notes: list[tuple[int, int, int, int]] = []
    landings: set[int] = set()
    off_grid = 0
    for voice, part in enumerate(parts):
        laid = _lay(part, doubled)
        notes += [(voice, *note) for note in laid.notes]
        off_grid += laid.off_grid
        landings |= laid.fermatas if voice == 0 else set()
    if not notes or off_grid > MOST_OFF_GRID * len(notes):
        return None
    return _keyed(score, collection, notes, landings)


def write_pieces(pieces: Iterable[Piece], path: Path) -> Counter[str]:
    """Write one piece a line; return how many of each collection and mode there were."""
    counts: Counter[str] = Counter()
    with path.open("w", encoding="utf-8") as file:
        for piece in pieces:
            file.write(json.dumps(asdict(piece), separators=(",", ":")) + "\n")
            counts[f"{piece.collection} {piece.mode}"] += 1
    return counts


def load_pieces(path: Path) -> list[Piece]:
    """Return the pieces that `write_pieces` wrote."""
    def piece(fields: dict[str, Any]) -> Piece:
        notes = tuple(tuple(note) for note in fields.pop("notes"))
        return Piece(notes=notes, landings=tuple(fields.pop("landings")), **fields)

    with path.open(encoding="utf-8") as file:
        return [piece(json.loads(line)) for line in file]


def _scores() -> Iterator[tuple[str, Any]]:
    from music21 import converter, corpus

    for score in corpus.chorales.Iterator(1, 371, numberingSystem="riemenschneider", returnType="stream"):
        yield CHORALES, score
    for name in TUNES:
        for path in sorted(corpus.getComposer(name)):
            found = converter.parse(path)
            for score in getattr(found, "scores", None) or [found]:
                yield name, score


def _beats(part: Any) -> bool | None:
    """Return whether values are doubled; None where the metre is not of two or four beats all through."""
    metres = {sign.ratioString for sign in part.recurse().getElementsByClass("TimeSignature")}
    if metres and metres <= {"4/4", "2/2"}:
        return False
    return True if metres == {"2/4"} else None


@dataclass(slots=True)
class _Laid:
    notes: list[tuple[int, int, int]]      # onset, length, pitch
    fermatas: set[int]                     # bars
    off_grid: int = 0


def _lay(part: Any, doubled: bool) -> _Laid:
    """Lay a part's notes on the grid; a bar that is split by a repeat is joined again."""
    scale = SIXTEENTHS_A_QUARTER * (2 if doubled else 1)
    laid, at = _Laid([], set()), 0.0
    for index, measure in enumerate(part.getElementsByClass("Measure")):
        length = float(measure.duration.quarterLength) * scale
        if index == 0 and length < SIXTEENTHS_A_BAR:
            at = SIXTEENTHS_A_BAR - length
        elif length >= SIXTEENTHS_A_BAR:
            at = float(SIXTEENTHS_A_BAR * -(-at // SIXTEENTHS_A_BAR))
        for element in measure.recurse().notes:
            _place(element, at + float(element.getOffsetInHierarchy(measure)) * scale, scale, laid)
        at += length
    return laid


def _place(element: Any, at: float, scale: int, laid: _Laid) -> None:
    length = float(element.duration.quarterLength) * scale
    if length == 0:                        # a grace note
        return
    pitch = max(pitch.midi for pitch in element.pitches)
    onset, whole = round(at), max(1, round(length))
    if any(mark.__class__.__name__ == "Fermata" for mark in element.expressions):
        laid.fermatas.add(onset // SIXTEENTHS_A_BAR)
    if element.tie is not None and element.tie.type != "start" and laid.notes and laid.notes[-1][2] == pitch:
        first, before, _ = laid.notes[-1]
        laid.notes[-1] = (first, before + whole, pitch)
        return
    laid.off_grid += abs(at - onset) > 0.01
    if laid.notes and laid.notes[-1][0] == onset:
        return
    laid.notes.append((onset, whole, pitch))


def _keyed(score: Any, collection: str, notes: list[tuple[int, int, int, int]], landings: set[int]) -> Piece | None:
    """Find tonic and mode: the scale of the signature, and the last note of the lowest voice."""
    signature = next(iter(score.recurse().getElementsByClass("KeySignature")), None)
    if signature is None:
        return None
    ionian = signature.sharps * CHROMATIC_FIFTHS % SEMITONES
    lowest = max(note[0] for note in notes)
    final = max((note for note in notes if note[0] == lowest), key=lambda note: note[1])[3] % SEMITONES
    scale = frozenset((ionian + step) % SEMITONES for step in SCALES["Ionian"])
    sounding: Counter[int] = Counter()
    for _, _, length, pitch in notes:
        sounding[pitch % SEMITONES] += length
    total = sum(sounding.values())
    mode = next((name for name in MODES if {(final + step) % SEMITONES for step in SCALES[name]} == scale), None)
    outside = sum(sounding[pitch_class] for pitch_class in range(SEMITONES) if pitch_class not in scale)
    n_bars = max(note[1] for note in notes) // SIXTEENTHS_A_BAR + 1
    if mode is None or sounding[final] < FINAL_WEIGHT * total or outside > MOST_OUTSIDE * total or n_bars < FEWEST_BARS:
        return None
    title = getattr(score.metadata, "title", None) or getattr(score.metadata, "corpusFilePath", None) or ""
    return Piece(str(title), collection, final, mode, n_bars, tuple(sorted(notes, key=lambda note: (note[1], note[0]))),
                 tuple(sorted(landings)))
