"""The weights file: the network's arrays by name, in half precision, with its shape in the header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generators.symbolic.tokens import VOCABULARY
from loop.errors import FileError

MLP_FACTOR = 4
REMEDY = "install euthymia again, or choose the generator rules"

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the network is: 3.2 million parameters as shipped."""

    width: int = 256
    layers: int = 4
    heads: int = 4
    vocabulary: int = VOCABULARY
    context: int = 384             # tokens seen in training; playing keeps to them


@dataclass(frozen=True, slots=True)
class Weights:
    """All that was learned."""

    shape: Shape
    arrays: Mapping[str, Array]    # of the sizes and by the names of `sizes`, those of `model.Network`


def sizes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Return how large each array of a network is, by name; matrices are (n_out, n_in)."""
    width, wide = shape.width, MLP_FACTOR * shape.width
    block = {
        "norm_attention.weight": (width,), "norm_attention.bias": (width,),
        "norm_mlp.weight": (width,), "norm_mlp.bias": (width,),
        "attention.weight": (3 * width, width), "merge.weight": (width, width),
        "widen.weight": (wide, width), "widen.bias": (wide,),
        "narrow.weight": (width, wide), "narrow.bias": (width,),
    }
    return {
        "embedding.weight": (shape.vocabulary, width),
        **{f"blocks.{index}.{name}": size for index in range(shape.layers) for name, size in block.items()},
        "norm.weight": (width,), "norm.bias": (width,),
    }


def write_weights(weights: Weights, path: Path) -> None:
    """Write the arrays as half precision; what is there is overwritten."""
    from safetensors.numpy import save_file

    arrays = {name: np.ascontiguousarray(array, dtype=np.float16) for name, array in weights.arrays.items()}
    save_file(arrays, path, {name: str(value) for name, value in asdict(weights.shape).items()})


def read_weights(path: Path) -> Weights:
    """Return what a weights file holds.

    Raises
    ------
    FileError
        Where the file is missing, cut, or holds another network, or what is no number.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
            header: Mapping[str, str] = file.metadata() or {}
        shape = Shape(**{name: int(header[name]) for name in Shape.__slots__})
        if {name: array.shape for name, array in arrays.items()} != sizes(shape):
            raise ValueError("arrays of other sizes")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ValueError("no number")
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise FileError(f"{path.name} cannot be read as the weights of the symbolic composer", REMEDY) from error
    if shape.vocabulary != VOCABULARY:
        raise FileError(f"{path.name} was trained on another vocabulary", REMEDY)
    return Weights(shape, arrays)
