"""A SoundFont that a test makes: one looped sine, under every program that a palette may ask for."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

RATE_HZ, ROOT, PERIODS, PERIOD = 44_100, 69, 40, 100     # 441 Hz, near enough to A4 at 44.1 kHz
SAMPLE_MODES, SAMPLE_ID, INSTRUMENT = 54, 53, 41         # generators of the SoundFont 2.01 specification


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _list(name: bytes, *chunks: bytes) -> bytes:
    return _chunk(b"LIST", name + b"".join(chunks))


def _presets(programs: tuple[int, ...]) -> list[bytes]:
    heads = [struct.pack("<20sHHHIII", b"tone", program, 0, index, 0, 0, 0) for index, program in enumerate(programs)]
    heads.append(struct.pack("<20sHHHIII", b"EOP", 0, 0, len(programs), 0, 0, 0))
    bags = [struct.pack("<HH", index, 0) for index in range(len(programs) + 1)]
    generators = [struct.pack("<Hh", INSTRUMENT, 0) for _ in programs] + [struct.pack("<Hh", 0, 0)]
    return [_chunk(b"phdr", b"".join(heads)), _chunk(b"pbag", b"".join(bags)), _chunk(b"pmod", bytes(10)),
            _chunk(b"pgen", b"".join(generators))]


def write_font(path: Path, programs: tuple[int, ...] = (4, 8, 32, 46, 48), loud: float = 0.5) -> Path:
    """Write it; return its path."""
    n_frames = PERIODS * PERIOD
    wave = np.round(loud * 32767 * np.sin(2 * np.pi * np.arange(n_frames) / PERIOD)).astype("<i2")
    info = _list(b"INFO", _chunk(b"ifil", struct.pack("<HH", 2, 1)), _chunk(b"isng", b"EMU8000\0"),
                 _chunk(b"INAM", b"tiny\0\0"))
    sound = _list(b"sdta", _chunk(b"smpl", wave.tobytes() + bytes(92)))
    instrument = [
        _chunk(b"inst", struct.pack("<20sH", b"tone", 0) + struct.pack("<20sH", b"EOI", 1)),
        _chunk(b"ibag", struct.pack("<HHHH", 0, 0, 2, 0)), _chunk(b"imod", bytes(10)),
        _chunk(b"igen", struct.pack("<HhHhHh", SAMPLE_MODES, 1, SAMPLE_ID, 0, 0, 0)),
        _chunk(b"shdr", struct.pack("<20sIIIIIBbHH", b"sine", 0, n_frames, PERIOD, n_frames - PERIOD, RATE_HZ, ROOT, 0,
                                    0, 1) + struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    ]
    body = b"sfbk" + info + sound + _list(b"pdta", *_presets(programs), *instrument)
    path.write_bytes(_chunk(b"RIFF", body))
    return path
