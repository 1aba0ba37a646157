"""The vocabulary: a bar is its attributes as measured, then its notes in the order in which they sound.

    BAR mode density register dissonance texture place degree  { position  [voice] pitch length ... } ...  BAR ...

Pitches are semitones from the tonic nearest to C4, so that all keys are one. A note of the melody needs no voice
token; the others have theirs before the pitch. An attribute may be missing (`NONE`): in training some are dropped, so
that the model learns to do without, and guidance can compare the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from generators.rules.harmony import SEMITONES
from generators.symbolic.corpus import SIXTEENTHS_A_BAR, VOICES
from loop.values import MODES

MIDDLE_C = 60
LOWEST, HIGHEST = -30, 33          # semitones from the tonic: what four voices of the corpus reach
LENGTHS = (*range(1, 17), 24, 32)  # sixteenths; others are cut to the next below
N_DENSITIES = 9                    # eighths of the bar in which melody or bass begins a note
REGISTER_STEP = 3                  # semitones
REGISTER_LOWEST, N_REGISTERS = -6, 16     # steps of the melody's mean pitch from the tonic
DISSONANCE_STEP, N_DISSONANCES = 0.06, 9  # of `measure.roughness`
PLACES = ("start", "middle", "open", "closed", "final")     # of a bar in its phrase; the last three end it
TEXTURES = ("melody", "melody and bass", "four parts")
ATTRIBUTES = ("mode", "density", "register", "dissonance", "texture", "place", "degree")
SIZES = (len(MODES), N_DENSITIES, N_REGISTERS, N_DISSONANCES, len(TEXTURES), len(PLACES), 7)

PAD, BEGIN, END, BAR, NONE = range(5)
_FIRST_ATTRIBUTE = 5
ATTRIBUTE_BASES = tuple(_FIRST_ATTRIBUTE + sum(SIZES[:index]) for index in range(len(SIZES)))
POSITION = _FIRST_ATTRIBUTE + sum(SIZES)
VOICE = POSITION + SIXTEENTHS_A_BAR          # of alto, tenor, bass
PITCH = VOICE + len(VOICES) - 1
LENGTH = PITCH + HIGHEST - LOWEST + 1
VOCABULARY = LENGTH + len(LENGTHS)
HEAD = 1 + len(ATTRIBUTES)         # tokens before a bar's first note


@dataclass(frozen=True, slots=True)
class Tone:
    """One note of a bar, as the model knows it."""

    position: int                  # sixteenths from the bar's start, 0..15
    voice: int                     # of `corpus.VOICES`
    pitch: int                     # semitones from the tonic nearest to C4
    length: int                    # sixteenths, one of `LENGTHS`


@dataclass(frozen=True, slots=True)
class TokenBar:
    """One bar as the model knows it: attributes by number, None where one is left open, and notes."""

    attributes: tuple[int | None, ...]     # in the order of `ATTRIBUTES`
    tones: tuple[Tone, ...]                # by position, then by voice


def tonic_pitch(tonic: int) -> int:
    """Return the MIDI pitch of a tonic's pitch class that is nearest to C4: 54..65."""
    return MIDDLE_C + (tonic + SEMITONES // 2) % SEMITONES - SEMITONES // 2


def cut_length(length: int) -> int:
    """Return the longest of `LENGTHS` that is not longer."""
    return int(max(known for known in LENGTHS if known <= max(length, 1)))


def encode_head(attributes: Sequence[int | None]) -> list[int]:
    """Return the tokens before a bar's notes, `HEAD` of them."""
    return [BAR, *(NONE if value is None else base + value
                   for base, value in zip(ATTRIBUTE_BASES, attributes, strict=True))]


def encode_bar(bar: TokenBar) -> list[int]:
    """Return a bar's tokens, its notes behind its head."""
    tokens, position = encode_head(bar.attributes), -1
    for tone in bar.tones:
        if tone.position != position:
            position = tone.position
            tokens.append(POSITION + position)
        if tone.voice:
            tokens.append(VOICE + tone.voice - 1)
        tokens += [PITCH + tone.pitch - LOWEST, LENGTH + LENGTHS.index(tone.length)]
    return tokens


def encode(bars: Iterable[TokenBar], *, begins: bool = True, ends: bool = True) -> list[int]:
    """Return the tokens of a piece, or of a part of one."""
    tokens = [BEGIN] if begins else []
    for bar in bars:
        tokens += encode_bar(bar)
    return [*tokens, END] if ends else tokens


def decode(tokens: Iterable[int]) -> list[TokenBar]:
    """Return the bars of a sequence of tokens; what forms no whole note, or no whole head, is left out."""
    parts = ((part[:len(ATTRIBUTES)], part[len(ATTRIBUTES):]) for part in _bars(tokens))
    return [TokenBar(_attributes(head), decode_tones(rest)) for head, rest in parts if _is_head(head)]


def decode_tones(tokens: Iterable[int]) -> tuple[Tone, ...]:
    """Return the notes in the tokens behind a bar's head."""
    tones: list[Tone] = []
    position = voice = pitch = -1
    for token in tokens:
        if POSITION <= token < VOICE:
            position, voice, pitch = token - POSITION, 0, -1
        elif VOICE <= token < PITCH:
            voice = token - VOICE + 1
        elif PITCH <= token < LENGTH:
            pitch = token
        elif LENGTH <= token < VOCABULARY and position >= 0 and pitch >= 0:
            tones.append(Tone(position, max(voice, 0), pitch - PITCH + LOWEST, LENGTHS[token - LENGTH]))
            voice, pitch = 0, -1
    return tuple(tones)


def is_note_token(token: int) -> bool:
    """Return whether a token tells of a note, or that the bar ends: what the model is asked to foretell."""
    return token >= POSITION or token in (BAR, END)


def _bars(tokens: Iterable[int]) -> Iterator[list[int]]:
    part: list[int] | None = None
    for token in tokens:
        if token in (BAR, END):
            if part is not None:
                yield part
            part = [] if token == BAR else None
        elif part is not None and token not in (PAD, BEGIN):
            part.append(token)
    if part is not None:
        yield part


def _is_head(tokens: Sequence[int]) -> bool:
    return len(tokens) == len(ATTRIBUTES) and all(
        token == NONE or base <= token < base + size
        for token, base, size in zip(tokens, ATTRIBUTE_BASES, SIZES, strict=True))


def _attributes(tokens: Sequence[int]) -> tuple[int | None, ...]:
    return tuple(None if token == NONE else token - base for base, token in zip(ATTRIBUTE_BASES, tokens, strict=True))
