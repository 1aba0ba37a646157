"""A frozen encoder with a linear head: any braindecode model, with weights from a file that the user names.

For foundation encoders such as LaBraM, BIOT or CBraMod. The encoder learns nothing here: what it says of a window is
computed once, and only the linear head is fitted. No weights are shipped, and none are fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from loop.errors import EuthymiaError, FileError, MissingPart
from loop.values import Features, FloatArray, Window, read_only
from sensing.decoders.excerpts import WINDOW_S
from sensing.decoders.heads import RidgeHead
from sensing.decoders.network import quiet_torch, resample
from sensing.decoders.recipe import Recipe

LAST_LAYER = "final_layer"      # what braindecode calls the layer that answers


@dataclass(frozen=True, slots=True)
class EncoderPlan:
    """Which encoder, and what it wants to be shown."""

    model: str                     # a class of `braindecode.models`
    weights: Path                  # .safetensors, or a checkpoint of tensors only
    rate_hz: float = 200.0         # of the EEG that the encoder was trained on
    per_uv: float = 1.0            # what it was trained on for 1 uV: LaBraM takes 0.01
    settings: Mapping[str, Any] = field(default_factory=dict)   # more of the class's own arguments


class Encoder:
    """Extracts what a frozen encoder says of a window, seen from the session's usual answer.

    Parameters
    ----------
    columns : Sequence[int]
        Of a window: which channels are read, in the encoder's order.
    module : torch.nn.Module
        Takes ``(n_windows, n_channels, n_times)``.
    rate_hz, per_uv : float
        As in `EncoderPlan`.
    """

    def __init__(self, columns: Sequence[int], module: nn.Module, rate_hz: float, per_uv: float = 1.0) -> None:
        self._columns = np.array(columns, dtype=np.intp)
        self._module = module.eval().requires_grad_(False)
        self._n_times = round(WINDOW_S * rate_hz)
        self._per_uv = per_uv
        self._names: tuple[str, ...] = ()

    def extract(self, window: Window) -> Features:
        """Return the encoder's answer, flat."""
        waves = resample(window.samples.take(self._columns, axis=1).T, self._n_times) * self._per_uv
        with quiet_torch(0), torch.no_grad():
            answer = self._module(torch.tensor(waves[None], dtype=torch.float32)).flatten().numpy().astype(float)
        if len(self._names) != len(answer):
            self._names = tuple(f"encoder[{k}]" for k in range(len(answer)))
        return Features(self._names, read_only(answer), window.first_sample, window.span_s)

    def centre(self, stack: FloatArray) -> FloatArray:
        """Return the mean answer."""
        return np.asarray(stack.mean(axis=0))

    def express(self, stack: FloatArray, centre: FloatArray) -> FloatArray:
        """Return answers about the mean answer."""
        return np.asarray(stack - centre)


def encoder(columns: Sequence[int], plan: EncoderPlan) -> Recipe:
    """Return the recipe of a braindecode model with a ridge head.

    Raises
    ------
    MissingPart
        Where braindecode is not installed.
    EuthymiaError
        Where it has no such model, or the model refuses its settings.
    FileError
        Where the weights cannot be read, or are another model's.
    """
    module = _model(plan, len(columns))
    load_weights(module, plan.weights)
    if hasattr(module, LAST_LAYER):
        setattr(module, LAST_LAYER, nn.Identity())
    return Recipe(Encoder(columns, module, plan.rate_hz, plan.per_uv), RidgeHead)


def load_weights(module: nn.Module, file: Path) -> None:
    """Load the weights of a file into a module; a last layer that the file has not stays as it is.

    Raises
    ------
    FileError
        Where the file is missing, holds more than tensors, or has no weight of this shape for most of the module.
    """
    wanted = module.state_dict()
    given = _tensors(file)
    fit = {name: value for name, value in given.items() if name in wanted and value.shape == wanted[name].shape}
    body = [name for name in wanted if not name.startswith(LAST_LAYER)]
    lacking = [name for name in body if name not in fit]
    if lacking:
        raise FileError(f"{file.name} has weights for {len(body) - len(lacking)} of the model's {len(body)} parts; "
                        f'"{lacking[0]}" is missing or has another shape', "name the file that belongs to this model")
    module.load_state_dict(fit, strict=False)


def _tensors(file: Path) -> dict[str, Tensor]:
    if not file.is_file():
        raise FileError(f"there is no file {file}", "name the file of the encoder's weights")
    try:
        found: Any = load_file(file) if file.suffix == ".safetensors" else torch.load(file, "cpu", weights_only=True)
    except (SafetensorError, UnpicklingError, RuntimeError, EOFError, LookupError, ValueError) as error:
        raise FileError(f"{file.name} holds no tensors that can be read safely",
                        "save the weights as .safetensors, or as a checkpoint of tensors only") from error
    nested = found.get("state_dict", found) if isinstance(found, dict) else {}
    return {name: value for name, value in nested.items() if isinstance(value, Tensor)}


def _model(plan: EncoderPlan, n_channels: int) -> nn.Module:
    try:
        models = import_module("braindecode.models")
    except ModuleNotFoundError as error:
        raise MissingPart(f'the encoder "{plan.model}" needs {error.name}, which is not installed',
                          "pip install braindecode") from error
    kind = getattr(models, plan.model, None)
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        near = get_close_matches(plan.model, dir(models), n=1)
        raise EuthymiaError(f'braindecode has no model "{plan.model}"',
                            f'did you mean "{near[0]}"?' if near else "see braindecode.models for its names")
    sizes = {"n_chans": n_channels, "n_times": round(WINDOW_S * plan.rate_hz), "sfreq": plan.rate_hz, "n_outputs": 1}
    try:
        return kind(**(sizes | dict(plan.settings)))
    except (TypeError, ValueError) as error:
        raise EuthymiaError(f'"{plan.model}" refuses its settings: {error}',
                            "check them against its documentation") from error
