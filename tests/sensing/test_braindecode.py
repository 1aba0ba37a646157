"""Real braindecode models, small and with weights made here; skipped where braindecode is not installed."""

from __future__ import annotations

import warnings
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from loop.errors import EuthymiaError
from loop.values import NAN, Window, read_only
from sensing.decoders.encoder import EncoderPlan, encoder
from sensing.decoders.scales import PER_UV, per_uv
from sensing.decoders.validation import validate
from tests.sensing.excerpts import Plan, simulate

if find_spec("braindecode") is None:
    pytest.skip("braindecode is not installed", allow_module_level=True)

NAMES = ("F3", "F4", "Fz", "Pz", "O1", "O2")
# What each takes to be small enough for a test.
SMALL: dict[str, dict[str, Any]] = {
    "EEGNet": {}, "ShallowFBCSPNet": {}, "EEGConformer": {"num_layers": 1}, "BIOT": {"num_layers": 1},
    "CBraMod": {"n_layer": 1}, "Labram": {"num_layers": 1},
}


def models() -> Any:
    with warnings.catch_warnings(action="ignore"):
        return import_module("braindecode.models")


def made(name: str, folder: Path) -> EncoderPlan:
    """A model with random weights, saved as a person would have them."""
    torch.manual_seed(1)
    with warnings.catch_warnings(action="ignore"):
        module = getattr(models(), name)(n_chans=len(NAMES), n_times=800, sfreq=200.0, n_outputs=1, **SMALL[name])
    file = folder / f"{name}.safetensors"
    save_file({key: value.clone().contiguous() for key, value in module.state_dict().items()}, file)
    return EncoderPlan(name, file, per_uv=per_uv(name), settings=SMALL[name])


def window(samples: np.ndarray) -> Window:
    return Window(read_only(samples), 0, 4.0, NAN, read_only(np.ones(samples.shape[1])))


def test_every_model_with_a_known_scale_is_one_of_braindecodes() -> None:
    assert not [name for name in PER_UV if not hasattr(models(), name)]


@pytest.mark.parametrize("name", SMALL)
def test_a_model_reads_a_window_the_same_way_twice_and_another_otherwise(name: str, tmp_path: Path) -> None:
    space = encoder(range(len(NAMES)), made(name, tmp_path), NAMES).space
    one, other = np.random.default_rng(1).standard_normal((2, 1000, len(NAMES))) * 10
    first = space.extract(window(one)).values
    assert np.isfinite(first).all() and first.std() > 0
    assert space.extract(window(one)).values.tobytes() == first.tobytes()
    assert space.extract(window(other)).values.tobytes() != first.tobytes()


def test_labram_refuses_electrodes_that_it_was_never_shown(tmp_path: Path) -> None:
    with pytest.raises(EuthymiaError, match=r'"Labram" cannot be used with these 6 channels: .*CH1'):
        encoder(range(len(NAMES)), made("Labram", tmp_path), ("CH1", *NAMES[1:]))


def test_random_weights_and_a_strong_relation_are_judged_by_whole_excerpts_like_all_others(tmp_path: Path) -> None:
    recipe = encoder(range(6), made("EEGNet", tmp_path), NAMES)
    verdict = validate(simulate(1, Plan(relation=1.5)), lambda: recipe, 1, n_permutations=39)
    assert 0.0 < verdict.figures.p <= 1.0 and verdict.sentence
