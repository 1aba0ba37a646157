from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer

from loop.errors import EuthymiaError, FileError, MontageError
from sensing.decoders.heads import LogisticHead, RidgeHead
from sensing.decoders.index import Timing
from sensing.decoders.network import N_WAVE, Net, NetHead, Waves
from sensing.decoders.opening import open_decoder
from sensing.decoders.riemann import Covariances
from sensing.decoders.store import Card, Stored, digest, load, save, save_refusal
from sensing.decoders.verdict import Figures
from tests.sensing.streams import moment_of

LABELS = ("F3", "F4", "O1")
TIMING = Timing(250.0, 4.0, 0.25)
FIGURES = {"arousal": asdict(Figures(0.8, 0.6, 0.9, 0.5, 0.5, 0.01, 0.3, 0.02, 0.4, 1000))}


def card(decoder: str = "riemann", head: str = "ridge") -> Card:
    return Card(decoder, head, LABELS, 10.5, 4.0, {"arousal": 0.4}, FIGURES)


def fitted(kind: type, n_features: int = 18):
    rng = np.random.default_rng(1)
    windows, owners = rng.standard_normal((40, n_features)), np.repeat(np.arange(20), 2)
    head = kind()
    head.fit(windows, np.where(owners % 2, 1.0, -1.0)[:, None] + 0 * windows[:, :1], owners)
    return head, windows


@pytest.mark.parametrize("kind", [RidgeHead, LogisticHead])
def test_a_linear_head_comes_back_to_the_last_bit(tmp_path: Path, kind: type) -> None:
    head, windows = fitted(kind)
    stored = load(save(card(head=kind.kind), {"arousal": head}, tmp_path))
    assert (stored.heads["arousal"].predict(windows) == head.predict(windows)).all()
    assert stored.card.figures == FIGURES
    assert stored.card.iaf_hz == 10.5


def test_a_net_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    windows = np.random.default_rng(1).standard_normal((20, 3 * N_WAVE))
    head = NetHead(3)
    head.fit(windows, np.tile([[1.0], [-1.0]], (10, 1)), np.arange(20) // 2)
    stored = load(save(card("network", "net"), {"arousal": head}, tmp_path))
    assert (tmp_path / "network.safetensors").exists()
    assert (stored.heads["arousal"].predict(windows) == head.predict(windows)).all()


def saved(folder: Path) -> Path:
    return save(card(), {"arousal": fitted(RidgeHead)[0]}, folder)


def test_the_card_holds_the_sha256_of_the_heads(tmp_path: Path) -> None:
    raw = json.loads(saved(tmp_path).read_text())
    assert raw["sha256"] == digest(tmp_path / "riemann.skops")
    assert raw["labels"] == list(LABELS)


def test_heads_that_were_changed_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    heads = tmp_path / "riemann.skops"
    heads.write_bytes(heads.read_bytes()[:-1] + b"x")
    with pytest.raises(FileError, match=r"riemann.skops is not the file that riemann.json was written for"):
        load(path)


def test_heads_that_are_gone_are_asked_for(tmp_path: Path) -> None:
    path = saved(tmp_path)
    (tmp_path / "riemann.skops").unlink()
    with pytest.raises(FileError, match=r"riemann.json speaks of riemann.skops, which is not beside it"):
        load(path)


@pytest.mark.parametrize(("text", "told"), [
    ("{", "it is not JSON"), ("[]", "it does not say"), ('{"format": "other"}', "it does not say"),
    ('{"format": "euthymia decoder 1", "labels": []}', "lacks a part"),
])
def test_a_foreign_card_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(FileError, match=told):
        load(tmp_path / "card.json")


def test_a_card_that_is_not_there_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        load(tmp_path / "none.json")


def test_a_card_cut_anywhere_gives_one_sentence(tmp_path: Path) -> None:
    path = saved(tmp_path)
    text = path.read_text()
    for end in range(0, len(text) - 1, 41):
        path.write_text(text[:end])
        with pytest.raises(EuthymiaError):
            load(path)


def tampered(folder: Path, content: bytes) -> Path:
    """A card whose sha256 is right for heads that are not."""
    path = saved(folder)
    (folder / "riemann.skops").write_bytes(content)
    raw = json.loads(path.read_text()) | {"sha256": digest(folder / "riemann.skops")}
    path.write_text(json.dumps(raw))
    return path


def test_heads_of_rubbish_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read as a decoder's heads"):
        load(tampered(tmp_path, b"rubbish"))


def test_heads_that_bring_code_are_refused(tmp_path: Path) -> None:
    import os

    content = skops.io.dumps({"arousal": FunctionTransformer(func=os.getcwd)})
    with pytest.raises(FileError, match="holds types that are no part of a decoder"):
        load(tampered(tmp_path, content))


def test_channels_are_found_by_name_and_missing_ones_named() -> None:
    stored = Stored(card(), {}, Path("riemann.json"))
    assert stored.columns(("O1", "Cz", "F4", "F3")) == (3, 2, 0)
    with pytest.raises(MontageError, match="calibrated with F4, O1, which the stream has not"):
        stored.columns(("F3", "Cz"))


def test_a_stored_decoder_opens_for_a_stream_with_other_channels_beside(tmp_path: Path) -> None:
    space, decoder = open_decoder(load(saved(tmp_path)), ("Cz", "O1", "F4", "F3"), TIMING)
    assert isinstance(space, Covariances)
    assert decoder.decode(None, moment_of(), 0.25).decoder == "riemann"


def test_a_stored_net_opens_too(tmp_path: Path) -> None:
    head = NetHead(3, nets=[Net(3).eval()])
    space, _ = open_decoder(load(save(card("network", "net"), {"arousal": head}, tmp_path)), LABELS, TIMING)
    assert isinstance(space, Waves)


def test_an_encoder_without_its_weights_is_refused(tmp_path: Path) -> None:
    plan = {"model": "Labram", "weights": str(tmp_path / "gone.pt"), "sha256": "0"}
    path = save(replace(card("encoder"), encoder=plan), {"arousal": fitted(RidgeHead)[0]}, tmp_path)
    with pytest.raises(FileError, match="are not those of the calibration"):
        open_decoder(load(path), LABELS, TIMING)


def test_windows_of_another_length_than_the_calibration_had_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EuthymiaError, match="windows of 4 s, and the protocol asks for 2 s"):
        open_decoder(load(saved(tmp_path)), LABELS, Timing(250.0, 2.0, 0.25))


def test_a_decoder_that_was_refused_is_refused_again_with_its_reason(tmp_path: Path) -> None:
    refused = replace(card(), window_sds={}, figures={}, verdicts={"arousal": "Refused: chance."})
    with pytest.raises(FileError, match=r"was refused at its calibration: Refused: chance\."):
        load(save_refusal(refused, tmp_path))


@pytest.mark.parametrize("worse", [{"p": 0.2}, {"p_music": 0.2}, {"p_music": float("nan")}])
def test_heads_whose_figures_are_no_better_than_chance_are_refused(tmp_path: Path, worse: dict[str, float]) -> None:
    figures = {"arousal": FIGURES["arousal"] | worse}
    with pytest.raises(FileError, match="refused at its calibration"):
        load(save(replace(card(), figures=figures), {"arousal": fitted(RidgeHead)[0]}, tmp_path))
