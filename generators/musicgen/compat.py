"""What audiocraft 1.3.0 asks for and does not need here: stand-ins, set only where the real thing is missing.

audiocraft was written for torch 2.1 and imports, at its own import, three things that playing music does not use. A
stand-in does what the one call that is reached needs, and nothing else; where the real module loads, it is left alone.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

from loop.errors import MissingPart

AUDIOCRAFT = "1.3.0"               # the version whose insides are known here
INSTALL_LINES = ('pip install "euthymia[musicgen]"', f"pip install --no-deps audiocraft=={AUDIOCRAFT}")
REMEDY = f"{INSTALL_LINES[0]}, then {INSTALL_LINES[1]}"
SPACY_MODEL = "en_core_web_sm"


def load_audiocraft() -> ModuleType:
    """Import audiocraft with what it misses stood in for; return the module `audiocraft.models`.

    Raises
    ------
    MissingPart
        It, or a package that it does need, is not installed.
    """
    installed = audiocraft_version()
    if installed and installed != AUDIOCRAFT:
        raise MissingPart(f"audiocraft {installed} is installed; {AUDIOCRAFT} is the one that is known here", REMEDY)
    try:
        stand_in()
        with blank_spacy(), warnings.catch_warnings():
            warnings.simplefilter("ignore")           # its dependencies' deprecations are nothing a person can mend
            return importlib.import_module("audiocraft.models")
    except ModuleNotFoundError as error:
        raise MissingPart(f"MusicGen needs {error.name}, which is not installed", REMEDY) from error


def audiocraft_version() -> str:
    """Return which audiocraft is installed; "" where none is."""
    try:
        return version("audiocraft")
    except PackageNotFoundError:
        return ""


def stand_in() -> tuple[str, ...]:
    """Set the stand-ins for what cannot be imported; return their names."""
    return tuple(name for name, (works, stand) in STAND_INS.items() if not works() and stand())


def _imports(name: str) -> Callable[[], bool]:
    def works() -> bool:
        if name in sys.modules:
            return True
        try:
            importlib.import_module(name)
        except (ImportError, OSError, RuntimeError):
            _forget(name)
            return False
        return True
    return works


def _forget(name: str) -> None:
    """Drop what a broken import left half done."""
    root = name.split(".")[0]
    for left in [module for module in sys.modules if module == root or module.startswith(f"{root}.")]:
        del sys.modules[left]


def _put(name: str, **attributes: Any) -> None:
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)          # importlib.util.find_spec refuses a module without
    vars(module).update(attributes)
    sys.modules[name] = module


def _stand_for_xformers() -> bool:
    import torch

    def attention(*args: Any, **options: Any) -> Any:
        raise RuntimeError("audiocraft's attention was set to xformers, which is not installed")

    _put("xformers", ops=None, __path__=[])
    _put("xformers.ops", unbind=torch.unbind, memory_efficient_attention=attention,
         LowerTriangularMask=type("LowerTriangularMask", (), {"__doc__": "Says that attention looks back only."}))
    vars(sys.modules["xformers"])["ops"] = sys.modules["xformers.ops"]
    return True


def _stand_for_torchaudio_extension() -> bool:
    try:
        installed = version("torchaudio")
    except PackageNotFoundError:
        return False                                  # it is missing altogether: the import says so
    _put("torchaudio._extension", _IS_TORCHAUDIO_EXT_AVAILABLE=False, fail_if_no_align=lambda func: func,
         __doc__=f"stands in for the compiled part of torchaudio {installed}")
    return True


# name: (whether the real one works, how it is stood in for).
STAND_INS: dict[str, tuple[Callable[[], bool], Callable[[], bool]]] = {
    # Its kernels need a GPU and a build for one exact torch. Attention here is torch's own, which audiocraft takes by
    # default; what it calls of xformers all the same is `ops.unbind`, which is torch's. A released checkpoint says
    # `memory_efficient`: then two more names must be there, of which one is a mark that torch's attention takes for
    # "look back only", and the other is never called.
    "xformers": (_imports("xformers.ops"), _stand_for_xformers),
    # torchaudio from PyPI is linked to CUDA, and cannot load beside a CPU build of torch. Its compiled part is for
    # reading files, forced alignment and one filter: nothing of that is used here, and the rest is Python.
    "torchaudio": (_imports("torchaudio"), _stand_for_torchaudio_extension),
}


@contextmanager
def blank_spacy() -> Any:
    """Give whoever loads the English spaCy pipeline a blank one where it is not installed.

    audiocraft loads (and would download) it when a text tokenizer is made whose words are lemmatised. The released
    MusicGen models use T5's own tokenizer instead; only the 'debug' model splits words, and its weights are random.
    """
    try:
        import spacy
    except ModuleNotFoundError:
        yield
        return
    real = spacy.load

    def load(name: str, *args: Any, **options: Any) -> Any:
        try:
            return real(name, *args, **options)
        except OSError:
            return spacy.blank("en")

    spacy.load = load
    try:
        yield
    finally:
        spacy.load = real


@contextmanager
def no_demucs() -> Any:
    """Let a melody model be made without Demucs, which would fetch weights of its own.

    audiocraft takes bass and drums out of a recording with it before it reads the chroma. Here the chroma is read from
    notes (`melody.py`): there is no recording, and Demucs is made and never asked.
    """
    names = ("demucs", "demucs.pretrained")
    real = {name: sys.modules.get(name) for name in names}
    _put("demucs.pretrained", get_model=lambda name: _Unasked())
    _put("demucs", pretrained=sys.modules["demucs.pretrained"], __path__=[])
    try:
        yield
    finally:
        for name, module in real.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


class _Unasked:
    """Demucs as the melody model's conditioner is made with it."""

    sources = ("drums", "bass", "other", "vocals")

    def to(self, device: object) -> _Unasked:
        """Be where it is wanted."""
        return self
