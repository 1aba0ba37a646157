"""A frozen encoder with a linear head: any braindecode model, with weights from a file that the user names.

For foundation encoders such as LaBraM, BIOT or CBraMod. The encoder learns nothing here: what it says of a window is
computed once, and only the linear head is fitted. No weights are shipped, and none are fetched.

A model is tried on silence before anything is learned: one that cannot be shown this montage says so in a sentence.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from inspect import signature
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
CHANNELS = "ch_names"           # what it calls the electrodes, where a model must be told which they are
REFUSALS = (TypeError, ValueError, RuntimeError, AssertionError, LookupError, ArithmeticError, NotImplementedError)
"""What models raise on a montage, a length or settings that they cannot take."""


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
        answer = _answer(self._module, torch.tensor(waves[None], dtype=torch.float32)).flatten().numpy().astype(float)
        if len(self._names) != len(answer):
            self._names = tuple(f"encoder[{k}]" for k in range(len(answer)))
        return Features(self._names, read_only(answer), window.first_sample, window.span_s)

    def centre(self, stack: FloatArray) -> FloatArray:
        """Return the mean answer."""
        return np.asarray(stack.mean(axis=0))

    def express(self, stack: FloatArray, centre: FloatArray) -> FloatArray:
        """Return answers about the mean answer."""
        return np.asarray(stack - centre)


class Named(nn.Module):
    """A model that is told with each window which electrodes it is shown, as LaBraM must be.

    Parameters
    ----------
    module : torch.nn.Module
        Takes windows and `CHANNELS`.
    names : Sequence[str]
        Of the channels, in its order.
    """

    def __init__(self, module: nn.Module, names: Sequence[str]) -> None:
        super().__init__()
        self._module, self._names = module, list(names)

    def forward(self, shown: Tensor) -> Tensor:
        """Return the model's answer to ``(n_windows, n_channels, n_times)``."""
        answer: Tensor = self._module(shown, **{CHANNELS: self._names})
        return answer


def encoder(columns: Sequence[int], plan: EncoderPlan, names: Sequence[str] = ()) -> Recipe:
    """Return the recipe of a braindecode model with a ridge head.

    Parameters
    ----------
    columns : Sequence[int]
        Of a window: which channels are read, in the encoder's order.
    plan : EncoderPlan
        Which encoder, and what it wants to be shown.
    names : Sequence[str]
        Of those channels, for models that must be told.

    Raises
    ------
    MissingPart
        Where braindecode is not installed, or does not load here.
    EuthymiaError
        Where it has no such model, the model refuses its settings, or it cannot be shown these channels.
    FileError
        Where the weights cannot be read, or are another model's.
    """
    module = _model(plan, len(columns))
    load_weights(module, plan.weights)
    if hasattr(module, LAST_LAYER):
        setattr(module, LAST_LAYER, nn.Identity())
    if CHANNELS in signature(module.forward).parameters:
        module = Named(module, names)
    _try(module, plan, len(columns))
    return Recipe(Encoder(columns, module, plan.rate_hz, plan.per_uv), RidgeHead)


def check_encoder(model: str, weights: Path) -> None:
    """Make sure that a model can be had and a file of weights be read; which channels it takes is seen later.

    Raises
    ------
    MissingPart, EuthymiaError, FileError
        As `encoder` does.
    """
    _kind(model)
    _tensors(weights)


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


def _answer(module: nn.Module, shown: Tensor) -> Any:
    """Return what a model says, on one thread; what it warns of is its own affair."""
    with quiet_torch(0), torch.no_grad(), warnings.catch_warnings(action="ignore"):
        return module(shown)


def _try(module: nn.Module, plan: EncoderPlan, n_channels: int) -> None:
    """Show silence; raise `EuthymiaError` where the model cannot take it, or answers with no tensor."""
    silence = torch.zeros(1, n_channels, round(WINDOW_S * plan.rate_hz))
    try:
        answer = _answer(module.eval(), silence)
    except REFUSALS as error:
        raise EuthymiaError(f'"{plan.model}" cannot be used with these {n_channels} channels: {_in_a_line(error)}',
                            "choose another model, or wear the montage that it asks for") from error
    if not isinstance(answer, Tensor):
        raise EuthymiaError(f'"{plan.model}" answers with a {type(answer).__name__}, not with numbers',
                            "choose another model")


def _model(plan: EncoderPlan, n_channels: int) -> nn.Module:
    kind = _kind(plan.model)
    sizes = {"n_chans": n_channels, "n_times": round(WINDOW_S * plan.rate_hz), "sfreq": plan.rate_hz, "n_outputs": 1}
    try:
        with warnings.catch_warnings(action="ignore"):     # about head sizes and montages: the trial tells
            made: nn.Module = kind(**(sizes | dict(plan.settings)))
            return made
    except REFUSALS as error:
        raise EuthymiaError(f'"{plan.model}" refuses its settings: {_in_a_line(error)}',
                            "check them against its documentation") from error


def _kind(model: str) -> Any:
    """Return the class of a model."""
    models = _braindecode(model)
    kind = getattr(models, model, None)
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        near = get_close_matches(model, dir(models), n=1)
        raise EuthymiaError(f'braindecode has no model "{model}"',
                            f'did you mean "{near[0]}"?' if near else "see braindecode.models for its names")
    return kind


def _braindecode(model: str) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):     # of other packages' deprecations
            return import_module("braindecode.models")
    except ModuleNotFoundError as error:
        raise MissingPart(f'the encoder "{model}" needs {error.name}, which is not installed',
                          "pip install braindecode") from error
    except (ImportError, OSError) as error:                # a torchaudio that was built for another torch
        raise MissingPart(f'the encoder "{model}" needs braindecode, which does not load here: {_in_a_line(error)}',
                          "pip install braindecode torchaudio, of the build that your torch is") from error


def _in_a_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
