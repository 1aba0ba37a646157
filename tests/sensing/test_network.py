from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from loop.errors import EuthymiaError, FileError, MissingPart
from loop.values import NAN, Window, read_only
from sensing.decoders.encoder import Encoder, EncoderPlan, encoder, load_weights
from sensing.decoders.heads import RidgeHead
from sensing.decoders.network import N_WAVE, Filters, NetHead, Waves, resample
from sensing.decoders.recipe import Recipe
from sensing.decoders.scales import per_uv
from sensing.decoders.validation import validate
from tests.sensing.excerpts import Plan, simulate

N = 3


def waves(n_windows: int = 40, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Windows of ten excerpts, half of them with twice the alpha, their targets and their excerpts."""
    rng = np.random.default_rng(seed)
    owners = np.arange(n_windows) % 10
    targets = np.where(owners % 2, 1.0, -1.0)[:, None]
    alpha = np.sin(2 * np.pi * 10 * np.arange(N_WAVE) / 64 + rng.uniform(0, 6, (n_windows, 1, 1)))
    shown = rng.standard_normal((n_windows, N, N_WAVE)) + 2 * (targets[:, :, None] > 0) * alpha
    return shown.reshape(n_windows, -1), targets, owners


def trained(seed: int = 0) -> NetHead:
    head = NetHead(N, seed)
    head.fit(*waves())
    return head


def test_a_net_learns_what_is_there() -> None:
    shown, targets, _ = waves(seed=2)
    assert np.mean(np.sign(trained().predict(shown)) == targets) > 0.8


def test_the_same_seed_gives_the_same_net_and_leaves_torch_as_it_was() -> None:
    shown, _, _ = waves(seed=2)
    n_threads, state = torch.get_num_threads(), torch.get_rng_state()
    first = trained(3).predict(shown)
    torch.manual_seed(99)
    assert (trained(3).predict(shown) == first).all()
    torch.set_rng_state(state)
    assert torch.get_num_threads() == n_threads


def test_excerpts_that_say_when_to_stop_are_whole() -> None:
    owners = np.repeat(np.arange(12), 5)
    stops = NetHead(N)._stopping(owners)
    assert all(len(set(stops[owners == k])) == 1 for k in range(12))
    assert 0 < stops.mean() < 0.5


def test_a_filter_by_fourier_transform_is_a_convolution() -> None:
    maps, filters = torch.randn(2, 4, 50), Filters(4, 9)
    plain = nn.functional.conv1d(maps, filters.taps.flip(1)[:, None], padding=4, groups=4)
    assert torch.allclose(filters(maps), plain, atol=1e-5)


def test_resampling_keeps_a_wave() -> None:
    def wave(rate_hz: float, n: int) -> np.ndarray:
        return np.sin(2 * np.pi * 10 * np.arange(n) / rate_hz)[None]

    assert resample(wave(250, 1000), N_WAVE) == pytest.approx(wave(64, N_WAVE), abs=1e-9)


def test_waves_have_the_size_of_their_session() -> None:
    space = Waves(range(N))
    samples = np.random.default_rng(1).standard_normal((1000, N))
    rows = np.array([space.extract(window(samples * gain)).values for gain in (1.0, 1.0)])
    louder = rows * 7
    assert space.express(rows, space.centre(rows)) == pytest.approx(space.express(louder, space.centre(louder)))


def test_a_net_that_sees_no_relation_is_not_accepted() -> None:
    excerpts = simulate(2, Plan(n_excerpts=14, seconds=6.0, n_channels=N))
    verdict = validate(excerpts, lambda: Recipe(Waves(range(N)), lambda: NetHead(N)), 1, n_permutations=3)
    assert not verdict.accepted


# ------------------------------------------------------------------------------------------------ encoders

class Tiny(nn.Module):
    """Log power of each channel's slope, so mostly of beta: what a foundation encoder would say in 512 numbers."""

    def __init__(self, n_chans: int = N) -> None:
        super().__init__()
        self.gains = nn.Parameter(torch.ones(n_chans))
        self.final_layer = nn.Linear(n_chans, 1)

    def forward(self, shown: torch.Tensor) -> torch.Tensor:
        return self.gains * shown.diff(dim=2).square().mean(dim=2).log()


def window(samples: np.ndarray) -> Window:
    return Window(read_only(samples), 0, 4.0, NAN, read_only(np.ones(N)))


def test_a_frozen_encoder_with_a_linear_head_is_judged_like_all_others() -> None:
    excerpts = simulate(1, Plan(relation=1.5))
    verdict = validate(excerpts, lambda: Recipe(Encoder(range(6), Tiny(6), 125.0), RidgeHead), 1, n_permutations=39)
    assert verdict.figures.p <= 0.05


def test_an_encoder_learns_nothing() -> None:
    module = Tiny()
    space = Encoder(range(N), module, 100.0)
    samples = np.random.default_rng(1).standard_normal((1000, N))
    assert space.extract(window(samples)).values.tobytes() == space.extract(window(samples)).values.tobytes()
    assert not any(parameter.requires_grad for parameter in module.parameters())


def test_without_braindecode_the_install_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "braindecode.models", None)
    monkeypatch.setitem(sys.modules, "braindecode", None)
    with pytest.raises(MissingPart, match=r'the encoder "Labram" needs .*pip install braindecode'):
        encoder(range(N), EncoderPlan("Labram", Path("weights.safetensors")))


def test_weights_go_in_and_a_missing_last_layer_is_no_fault(tmp_path: Path) -> None:
    save_file({"gains": torch.full((N,), 3.0)}, tmp_path / "w.safetensors")
    module = Tiny()
    load_weights(module, tmp_path / "w.safetensors")
    assert (module.gains == 3.0).all()


def test_a_checkpoint_of_tensors_is_read_and_one_with_code_is_not(tmp_path: Path) -> None:
    module = Tiny()
    torch.save({"state_dict": {"gains": torch.zeros(N)}}, tmp_path / "w.pt")
    load_weights(module, tmp_path / "w.pt")
    assert (module.gains == 0.0).all()
    torch.save({"gains": window}, tmp_path / "bad.pt")
    with pytest.raises(FileError, match=r"bad.pt holds no tensors that can be read safely"):
        load_weights(module, tmp_path / "bad.pt")


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt"])
def test_rubbish_is_no_weights(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"rubbish" * 10)
    with pytest.raises(FileError, match="holds no tensors that can be read safely"):
        load_weights(Tiny(), tmp_path / name)


def test_another_models_weights_are_refused(tmp_path: Path) -> None:
    save_file({"gains": torch.zeros(N + 1)}, tmp_path / "w.safetensors")
    with pytest.raises(FileError, match=r'weights for 0 of the model.s 1 parts; "gains" is missing or has another'):
        load_weights(Tiny(), tmp_path / "w.safetensors")


def test_weights_that_are_not_there_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no file"):
        load_weights(Tiny(), tmp_path / "none.pt")


class FakeModels:
    """Stands for `braindecode.models`."""

    Tiny = type("Named", (Tiny,), {"__init__": lambda self, n_chans, **_: Tiny.__init__(self, n_chans)})


def test_a_model_is_built_for_the_montage_and_its_last_layer_taken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sensing.decoders.encoder.import_module", lambda name: FakeModels)
    save_file({"gains": torch.ones(N)}, tmp_path / "w.safetensors")
    recipe = encoder(range(N), EncoderPlan("Tiny", tmp_path / "w.safetensors", rate_hz=100.0))
    samples = np.random.default_rng(1).standard_normal((1000, N))
    assert len(recipe.space.extract(window(samples)).values) == N
    with pytest.raises(EuthymiaError, match='no model "Tiney"; did you mean "Tiny"'):
        encoder(range(N), EncoderPlan("Tiney", tmp_path / "w.safetensors"))


class Asking(Tiny):
    """A model that wants to know its electrodes, as LaBraM does."""

    def forward(self, shown: torch.Tensor, *, ch_names: list[str] | None = None) -> torch.Tensor:
        if ch_names is None or not {"F3", "F4"} <= set(ch_names):
            raise ValueError("ch_names contains a name that is not known")
        return super().forward(shown)


class Speaking(Tiny):
    """A model that answers with more than numbers."""

    def forward(self, shown: torch.Tensor) -> dict[str, torch.Tensor]:    # type: ignore[override]
        return {"features": super().forward(shown)}


class MoreModels:
    """Stands for `braindecode.models`."""

    Asking = type("Asking", (Asking,), {"__init__": lambda self, n_chans, **_: Asking.__init__(self, n_chans)})
    Speaking = type("Speaking", (Speaking,), {"__init__": lambda self, n_chans, **_: Speaking.__init__(self, n_chans)})


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sensing.decoders.encoder.import_module", lambda name: MoreModels)
    save_file({"gains": torch.ones(N)}, tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


def test_a_model_that_asks_for_its_electrodes_is_told_them(weights: Path) -> None:
    recipe = encoder(range(N), EncoderPlan("Asking", weights), ("F3", "F4", "Pz"))
    samples = np.random.default_rng(1).standard_normal((1000, N))
    assert np.isfinite(recipe.space.extract(window(samples)).values).all()


def test_a_montage_that_a_model_does_not_know_is_refused_before_anything_is_learned(weights: Path) -> None:
    with pytest.raises(EuthymiaError, match=r'"Asking" cannot be used with these 3 channels: ch_names contains a name'):
        encoder(range(N), EncoderPlan("Asking", weights), ("F3", "Ch2", "Ch3"))


def test_a_model_that_answers_with_no_tensor_is_refused(weights: Path) -> None:
    with pytest.raises(EuthymiaError, match=r'"Speaking" answers with a dict, not with numbers'):
        encoder(range(N), EncoderPlan("Speaking", weights))


def test_a_braindecode_that_does_not_load_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise OSError("Could not load this library: _torchaudio.so")

    monkeypatch.setattr("sensing.decoders.encoder.import_module", fail)
    with pytest.raises(MissingPart, match=r"does not load here: Could not load this library: _torchaudio\.so"):
        encoder(range(N), EncoderPlan("Labram", Path("weights.safetensors")))


def test_an_encoder_is_shown_what_its_kind_was_trained_on() -> None:
    assert (per_uv("Labram"), per_uv("EEGNet")) == (0.01, 1.0)
    module, samples = nn.Flatten(), np.random.default_rng(1).standard_normal((1000, N))
    plain, scaled = (Encoder(range(N), module, 200.0, per).extract(window(samples)).values for per in (1.0, 0.01))
    assert scaled == pytest.approx(plain * 0.01, rel=1e-5)
