"""What the folder of a MusicGen must hold: the files of its row, but for those that its own checkpoint can do without.

A released checkpoint of audiocraft names its sound codec and its reader of words, which lie in folders of their own.
One that was saved whole (a debug model, or one that was trained at home) brings them along. Which it is stands in the
file, and is read from its strings: no tensor is loaded, nothing is unpickled, and torch is not needed.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

AUDIOCRAFT_ROW, TRANSFORMERS_ROW = "musicgen", "transformers-musicgen"
LM_FILE, CODEC_FILE = "state_dict.bin", "compression_state_dict.bin"
TEXT_FOLDER, CODEC_FOLDER = "t5-base", "encodec_32khz"
# What a folder must hold, and what each is; "a|b" is either.
NEEDED = {
    AUDIOCRAFT_ROW: {
        LM_FILE: "the language model", CODEC_FILE: "the sound codec, or the name of one",
        f"{CODEC_FOLDER}/config.json": "EnCodec 32 kHz",
        f"{CODEC_FOLDER}/model.safetensors|pytorch_model.bin": "EnCodec",
        f"{TEXT_FOLDER}/config.json": "T5-base", f"{TEXT_FOLDER}/spiece.model|tokenizer.json": "T5's words",
        f"{TEXT_FOLDER}/model.safetensors|pytorch_model.bin": "T5's weights"},
    TRANSFORMERS_ROW: {
        "config.json": "the model's shape", "tokenizer.json|spiece.model": "T5's words",
        "model.safetensors|model.safetensors.index.json|pytorch_model.bin": "the weights"},
}
# Without these a folder is none of a row's: the others are asked for only by some checkpoints.
CORE = {AUDIOCRAFT_ROW: (LM_FILE, CODEC_FILE), TRANSFORMERS_ROW: ("config.json",)}

CONFIG_KEY, PRETRAINED_KEY = "xp.cfg", "pretrained"      # audiocraft 1.3.0, models/loaders.py
PICKLE_NAME = "data.pkl"           # of the objects in a checkpoint of torch 1.6 or newer: the tensors lie beside it
INDEX_END = ".safetensors.index.json"      # transformers: of weights in several files
MOST_PICKLE_BYTES = 16_000_000     # the largest released one has well under 1 MB


def missing_files(row: str, folder: Path) -> tuple[str, ...]:
    """Return which of the files that a row needs a folder lacks, each with what it is."""
    return tuple(f"{names.replace('|', ' or ')} ({NEEDED[row][names]})" for names in _asked(row, folder)
                 if _first(names, folder) is None)


def used_files(row: str, folder: Path) -> dict[str, Path]:
    """Return the files that a row loads of a folder, by their names in it: of two that do, the one that it prefers."""
    found = [path for names in _asked(row, folder) if (path := _first(names, folder)) is not None]
    shards = [shard for path in found if path.name.endswith(INDEX_END) for shard in _shards(path)]
    return {path.relative_to(folder).as_posix(): path for path in (*found, *shards)}


def _asked(row: str, folder: Path) -> tuple[str, ...]:
    brought = _brought(folder) if row == AUDIOCRAFT_ROW else ()
    return tuple(names for names in NEEDED[row] if not names.startswith(brought))


def _first(names: str, folder: Path) -> Path | None:
    parent = (folder / names).parent
    those = (parent / name.rsplit("/", 1)[-1] for name in names.split("|"))
    return next((path for path in those if path.is_file()), None)


def _shards(index: Path) -> list[Path]:
    """Return the files among which an index divides the weights."""
    return sorted(index.parent.glob(f"{index.name.removesuffix(INDEX_END)}-*-of-*.safetensors"))


def _brought(folder: Path) -> tuple[str, ...]:
    """Return the folders that a checkpoint of audiocraft can do without; none where its files do not say so."""
    lm, codec = dict(_pairs(folder / LM_FILE)), dict(_pairs(folder / CODEC_FILE))
    words = f"{TEXT_FOLDER}/" if CONFIG_KEY in lm and not _reads_t5(lm[CONFIG_KEY]) else None
    sound = f"{CODEC_FOLDER}/" if CONFIG_KEY in codec and PRETRAINED_KEY not in codec else None
    return tuple(name for name in (words, sound) if name)


def _pairs(file: Path) -> Iterator[tuple[str, str]]:
    """Yield each string in a checkpoint's pickle with the string after it: a key and its value, where both are text."""
    try:
        with ZipFile(file) as opened:
            inside = next((info for info in opened.infolist() if info.filename.endswith(f"/{PICKLE_NAME}")), None)
            if inside is None or inside.file_size > MOST_PICKLE_BYTES:
                return
            pickled = opened.read(inside)
        before = ""
        for _, value, _ in pickletools.genops(pickled):
            if isinstance(value, str):
                yield before, value
                before = value
    except (OSError, BadZipFile, ValueError):
        return                     # whoever loads it will say what is wrong with it


def _reads_t5(config: str) -> bool:
    """Say whether the words of a language model are read by T5; True where its config cannot be understood."""
    try:
        read: Any = YAML(typ="safe", pure=True).load(config)
    except YAMLError:
        return True
    conditioners = read.get("conditioners") if isinstance(read, Mapping) else None
    if not isinstance(conditioners, Mapping):
        return True
    return any(isinstance(one, Mapping) and one.get("model") == "t5" for one in conditioners.values())
