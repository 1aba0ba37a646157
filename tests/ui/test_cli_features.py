"""`euthymia features`: one object for programs, tables for people, one sentence for what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loop.values import FloatArray
from sensing.cleaning.quality import Gate
from sensing.findings import Verdict
from sensing.pipeline import Settings
from tests.sensing.streams import pink
from ui.cli import main
from ui.featuring import FeatureOptions, runs, settings_asked

BANDS = ["delta", "theta", "alpha", "beta", "gamma", "theta_iaf", "alpha_iaf", "beta_iaf"]
INDICES = ["arousal", "asymmetry", "engagement", "midline_theta", "posterior_alpha", "theta_alpha"]
N_CHANNELS = 8


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return openbci_text(tmp_path / "made.txt", pink(6000, N_CHANNELS))


def openbci_text(path: Path, samples: FloatArray, kind: str = "EXG") -> Path:
    """A text file as the OpenBCI GUI writes it."""
    names = ", ".join(["Sample Index", *(f"{kind} Channel {number}" for number in range(samples.shape[1]))])
    rows = (", ".join([str(place % 256), *(f"{value:.4f}" for value in row)]) for place, row in enumerate(samples))
    head = ["%OpenBCI Raw EXG Data", "%Number of channels = 8", "%Sample Rate = 250 Hz", names]
    path.write_text("\n".join([*head, *rows]), encoding="utf-8")
    return path


def protocol_with_roles(path: Path) -> Path:
    path.write_text("""extends: calm
title: Roles
about: Names the channels of a file without names.
stream: {roles: {F3: EXG Channel 0, F4: EXG Channel 1, O1: EXG Channel 6, O2: EXG Channel 7}}
""", encoding="utf-8")
    return path


def found(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["features", *words, "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return result


def test_the_object_has_every_band_channel_index_and_window(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, str(file))
    assert list(result["band_power_uv2"]) == BANDS
    assert [len(channels) for channels in result["band_power_uv2"].values()] == [N_CHANNELS] * len(BANDS)
    assert list(result["indices"]) == INDICES
    assert result["windows"][0] == {"start_s": 0.0, "bad": False, "reasons": []}
    assert len(result["windows"]) == 81
    assert result["iaf_hz"] is None
    power, entropy = (result[name]["alpha"]["EXG Channel 3"] for name in ("band_power_uv2", "differential_entropy"))
    assert entropy == pytest.approx(0.5 * np.log(2 * np.pi * np.e * power))
    assert any("mains" in note for note in result["notes"])


def test_what_cannot_be_had_is_null_and_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, str(file))
    assert set(result["indices"].values()) == {None}
    assert any(note.startswith("No channel for F3 and F4") for note in result["notes"])


def test_a_protocol_names_the_channels_of_a_file_that_does_not(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    result = found(capsys, str(file), "--protocol", str(protocol_with_roles(tmp_path / "roles.yaml")))
    assert result["indices"]["arousal"] is not None
    assert result["indices"]["midline_theta"] is None
    assert "EXG Channel 0 stands for F3." in result["notes"]
    assert any("exploratory" in note for note in result["notes"])


def test_the_line_that_was_given_is_not_guessed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not any("mains" in note for note in found(capsys, str(file), "--line", "50")["notes"])


def test_a_person_sees_notes_indices_powers_and_what_was_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    samples = pink(6000, N_CHANNELS)
    samples[3000:3100] += 300
    assert main(["features", str(openbci_text(tmp_path / "blink.txt", samples))]) == 0
    out = capsys.readouterr().out
    for words in ("windows passed the gate", "posterior_alpha", "alpha_iaf", "EXG Channel 7", "amplitude"):
        assert words in out


def test_options_overrule_the_protocol_and_the_protocol_the_defaults() -> None:
    assert settings_asked(FeatureOptions(Path("x"))) == Settings()
    calm = settings_asked(FeatureOptions(Path("x"), protocol="calm"))
    assert (calm.reference, calm.gate) == ("average", Gate())
    asked = FeatureOptions(Path("x"), protocol="calm", reference="device", line="60")
    assert (settings_asked(asked).reference, settings_asked(asked).notch) == (None, 60.0)
    assert settings_asked(FeatureOptions(Path("x"), reference="Cz, Pz")).reference == ("Cz", "Pz")
    assert settings_asked(FeatureOptions(Path("x"), reference="Cz,Pz")).reference == ("Cz", "Pz")


def test_runs_join_bad_windows_that_follow_each_other() -> None:
    windows = [Verdict(place * 0.25, reasons) for place, reasons in enumerate(
        [(), ("blink",), ("blink", "step"), (), ("gap",)])]
    assert list(runs(windows)) == [(0.25, 0.5, ("blink", "step")), (1.0, 1.0, ("gap",))]


@pytest.mark.parametrize(("words", "said"), [
    (["--eyes", "half"], '--eyes is "half"; choose open or closed'),
    (["--line", "55"], '--line is "55"; choose auto, 50 or 60'),
    (["--reference", ","], '--reference is ","; choose average, ears, device, or names with commas between'),
    (["--reference", "Xy"], "The reference Xy is not among the channels"),
    (["--protocol", "clam"], 'there is no protocol "clam"'),
])
def test_an_option_that_cannot_be_is_one_sentence(
    file: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str],
) -> None:
    refused([str(file), *words], said, capsys)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes, other = tmp_path / "notes.txt", tmp_path / "notes.docx"
    for path in (notes, other, tmp_path / "notes.edf"):
        path.write_text("hello\n", encoding="utf-8")
    refused([str(notes)], "notes.txt is not a text file of the OpenBCI GUI", capsys)
    refused([str(other)], "notes.docx has an unknown ending", capsys)
    refused([str(tmp_path / "notes.edf")], "notes.edf is no EDF file", capsys)
    refused([str(tmp_path / "none.edf")], "there is no file", capsys)
    short = openbci_text(tmp_path / "short.txt", pink(900, N_CHANNELS))
    refused([str(short)], '"short" holds 3.6 s of EEG', capsys)


def test_a_file_without_eeg_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edfio = pytest.importorskip("edfio")
    ecg = edfio.EdfSignal(np.random.default_rng(1).normal(0, 50, 2500), 250, label="ECG ECG", physical_dimension="uV")
    edfio.Edf([ecg]).write(tmp_path / "heart.edf")
    refused([str(tmp_path / "heart.edf")], '"heart" has no EEG channel', capsys)


def refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["features", *words]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert said in shown.err
