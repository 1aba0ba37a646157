"""MusicGen's weights, from a folder that the user named; nothing is fetched unless the user said so.

The released weights are licensed CC-BY-NC 4.0 (code MIT): they are never a default. audiocraft's format is a pickle; it
is first read as tensors alone, and unpickled whole only where that does not do, for the named file, with a warning.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

from generators.musicgen.compat import AUDIOCRAFT, blank_spacy, load_audiocraft, no_demucs
from generators.musicgen.needs import (
    AUDIOCRAFT_ROW,
    CODEC_FILE,
    CODEC_FOLDER,
    CORE,
    LM_FILE,
    TRANSFORMERS_ROW,
    missing_files,
    used_files,
)
from generators.musicgen.ports import TokenModel
from loop.errors import FileError, MissingPart

DEBUG = "debug"
LICENCE = ("the released MusicGen weights are licensed CC-BY-NC 4.0: no commercial use "
           "(https://creativecommons.org/licenses/by-nc/4.0/)")
UNPICKLE = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"      # torch's own switch for files of before 2.6
MODEL_TYPE = "musicgen"            # in the config.json of transformers
ZIP, PICKLE = b"PK", b"\x80"       # how torch's files begin: since 1.6, and before
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which MusicGen, and from where."""

    row: str                       # AUDIOCRAFT_ROW or TRANSFORMERS_ROW
    model: str                     # "debug", a folder, or with `allow_download` a name of the hub
    allow_download: bool = False


def check_choice(choice: ModelChoice) -> None:
    """Look, before anything is loaded, whether there is a model where a choice says; raises `FileError`."""
    if choice.model == DEBUG:
        if choice.row == TRANSFORMERS_ROW:
            raise FileError(f'"{TRANSFORMERS_ROW}" has no model "{DEBUG}"',
                            f"name a folder, or choose {AUDIOCRAFT_ROW}")
        return
    if choice.allow_download and not Path(choice.model).exists():
        return
    folder = _folder(choice)
    lacking = [name for name in CORE[choice.row] if not (folder / name).is_file()]
    if lacking:
        raise FileError(f"{folder} is no folder of {choice.row}: it lacks {', '.join(lacking)}",
                        f"see `euthymia doctor --model {choice.model}`")


def files_of(choice: ModelChoice) -> dict[str, Path]:
    """Return the files of a choice that lie in a folder, by name; none of "debug", nor of what the hub keeps."""
    folder = Path(choice.model).expanduser().resolve()
    return used_files(choice.row, folder) if choice.model != DEBUG and folder.is_dir() else {}


def load_model(choice: ModelChoice, say: Say) -> TokenModel:
    """Return the model of a choice.

    Parameters
    ----------
    choice : ModelChoice
        Which, and from where.
    say : Callable[[str], None]
        Hears the licence, and a warning where a file is unpickled.

    Raises
    ------
    FileError
        The folder is not there, or a file in it is missing or no MusicGen.
    MissingPart
        A package is not installed.
    """
    for name in OFFLINE:
        os.environ[name] = "0" if choice.allow_download else "1"
    check_choice(choice)
    if choice.model != DEBUG:
        say(LICENCE)
    if choice.row == TRANSFORMERS_ROW:
        return _transformers(choice)
    models = load_audiocraft()
    with blank_spacy(), no_demucs():
        return _audiocraft(models, choice, say)


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _audiocraft(models: Any, choice: ModelChoice, say: Say) -> TokenModel:
    from generators.musicgen.audiocraft_model import AudiocraftModel

    if choice.model == DEBUG or (choice.allow_download and not Path(choice.model).exists()):
        return AudiocraftModel(models.MusicGen.get_pretrained(choice.model, device=_device()))
    folder = _folder(choice)
    try:
        with chdir(folder):               # so audiocraft's "t5-base" is the folder's, and no hub is asked
            return AudiocraftModel(_read(models, folder, say))
    except (OSError, KeyError, RuntimeError, AttributeError, ValueError, ImportError) as error:
        raise _not_loaded(f"audiocraft {AUDIOCRAFT}", choice.row, folder, error) from error


def _read(models: Any, folder: Path, say: Say) -> Any:
    from audiocraft.models import loaders

    device = _device()
    lm = _unpickled(lambda: loaders.load_lm_model(str(folder / LM_FILE), device=device), folder / LM_FILE, say)
    _as_pretrained(lm)
    codec_file = folder / CODEC_FILE
    given = _unpickled(lambda: loaders.load_compression_model_ckpt(str(codec_file)), codec_file, say)
    if "pretrained" in given:
        codec = _codec_folder(folder / CODEC_FOLDER, device)
    else:
        codec = _unpickled(lambda: loaders.load_compression_model(str(codec_file), device=device), codec_file, say)
    return models.MusicGen(folder.name, codec, lm)


def _as_pretrained(lm: Any) -> None:
    """Set of a melody model what audiocraft's `MusicGen.get_pretrained` sets: its chroma always has the same length."""
    from generators.musicgen.audiocraft_model import MELODY

    conditioners = lm.condition_provider.conditioners
    if MELODY in conditioners:
        conditioners[MELODY].match_len_on_eval = True
        conditioners[MELODY]._use_masking = False


def _codec_folder(folder: Path, device: str) -> Any:
    from audiocraft.models.encodec import HFEncodecCompressionModel
    from transformers import EncodecModel

    codec = EncodecModel.from_pretrained(str(folder), local_files_only=True)
    return HFEncodecCompressionModel(codec).to(device).eval()


def _unpickled(load: Callable[[], Any], file: Path, say: Say) -> Any:
    """Return what `load` makes of a file: of its tensors alone where that does."""
    _check_begins(file)
    try:
        return load()
    except pickle.UnpicklingError:
        say(f"{file} holds more than tensors, so it is unpickled whole: that runs code from the file, and is right "
            "only for a file from whom you trust")
    with _switch(UNPICKLE):
        return load()


def _check_begins(file: Path) -> None:
    """Look whether a file can be one of torch's: what torch says of others is for its makers."""
    with file.open("rb") as opened:
        begins = opened.read(len(ZIP))
    if begins == ZIP and not is_zipfile(file):
        raise FileError(f"{file} is cut: it begins as a checkpoint does and has no end", "copy it again")
    if begins != ZIP and not begins.startswith(PICKLE):
        raise FileError(f"{file} is no checkpoint of torch", "copy it again, or name another folder")


@contextmanager
def _switch(name: str) -> Iterator[None]:
    os.environ[name] = "1"
    try:
        yield
    finally:
        del os.environ[name]


def _transformers(choice: ModelChoice) -> TokenModel:
    try:
        from transformers import AutoConfig, AutoTokenizer, MusicgenForConditionalGeneration
    except ModuleNotFoundError as error:
        raise MissingPart(f"{TRANSFORMERS_ROW} needs {error.name}, which is not installed",
                          'pip install "euthymia[musicgen]"') from error
    from generators.musicgen.transformers_model import TransformersModel

    name = choice.model if choice.allow_download and not Path(choice.model).exists() else str(_folder(choice))
    local = not choice.allow_download
    try:
        kind = AutoConfig.from_pretrained(name, local_files_only=local).model_type
        if kind != MODEL_TYPE:
            raise FileError(f"{name} is a {kind}, and {TRANSFORMERS_ROW} plays {MODEL_TYPE}",
                            f"choose another folder; the melody model plays through {AUDIOCRAFT_ROW}")
        model = MusicgenForConditionalGeneration.from_pretrained(name, local_files_only=local).to(_device()).eval()
        return TransformersModel(model, AutoTokenizer.from_pretrained(name, local_files_only=local), Path(name).name)
    except (OSError, ValueError, KeyError) as error:
        raise _not_loaded("transformers", choice.row, Path(name), error) from error


def _folder(choice: ModelChoice) -> Path:
    folder = Path(choice.model).expanduser()
    if not os.path.isdir(folder):  # pathlib raises where a name is too long
        raise FileError(f"there is no folder {choice.model}", f"name the folder of a MusicGen, or {DEBUG}")
    return folder.resolve()


def _not_loaded(library: str, row: str, folder: Path, error: Exception) -> FileError:
    """Return the error in a sentence; where a file was looked for, which ones are missing."""
    lacking = missing_files(row, folder) if isinstance(error, OSError) else ()
    remedy = f"it lacks {', '.join(lacking)}" if lacking else "name the folder of a released checkpoint"
    said = str(error).strip().splitlines()[0].split(". ")[0].rstrip(".") if str(error).strip() else ""
    kind = type(error).__name__
    return FileError(f"{folder} cannot be loaded as a MusicGen of {library}: {kind}: {said}".rstrip(": "), remedy)
