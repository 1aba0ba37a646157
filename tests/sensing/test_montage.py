"""Labels, however they are written, and what stands where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.errors import MontageError
from loop.values import Header
from sensing.montage import WHOLE_STEPS, channel_name, eeg_channels, eog_channels, find_roles, present_roles
from sensing.sources.headers import header_xml


def header(*labels: str, types: tuple[str, ...] = (), units: tuple[str, ...] = (), kind: str = "EEG") -> Header:
    plain = Header("amp", kind, 250.0, labels, units or ("microvolts",) * len(labels))
    return Header("amp", kind, 250.0, labels, plain.units, xml=header_xml(plain, types) if types else "")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("EEG F3", "F3"), ("EEG F3-A1", "F3"), ("F3-A1", "F3"), ("EEG Fp1-Ref", "Fp1"), ("FP1", "Fp1"), ("F3..", "F3"),
        ("Fcz.", "FCz"), (" fz ", "Fz"), ("T3", "T7"), ("T6", "P8"), ("EEG T5-LE", "P7"), ("EEG_O1", "O1"),
        ("AFF5h", "AFF5h"), ("POL Cz", "Cz"), ("A1", "A1"), ("EEG.AF3", "AF3"), ("RAW_TP9", "TP9"),
    ],
)
def test_an_electrode_is_known_however_it_is_written(label: str, name: str) -> None:
    assert channel_name(label) == name


@pytest.mark.parametrize(
    "label", ["", "EEG", "EEG A2-A1", "ECG ECG", "Fp1-F7", "F3-C3", "EOG1", "channel 3", "F3x", "TRIG"]
)
def test_what_is_no_electrode_has_no_name(label: str) -> None:
    assert channel_name(label) is None


@given(st.sampled_from(WHOLE_STEPS), st.sampled_from(["{}", "EEG {}", "{}-REF", "{}.", "EEG {}-A2"]), st.booleans())
def test_every_10_05_name_is_known_in_every_spelling(name: str, spelling: str, upper: bool) -> None:
    label = spelling.format(name)
    assert channel_name(label.upper() if upper else label.lower()) == name


@given(st.text(max_size=20))
def test_a_name_is_its_own_name(label: str) -> None:
    name = channel_name(label)
    assert name is None or channel_name(name) == name


# As the makers' own applications name them. EmotivPRO writes `EEG.` before them in its files, the EPOC has no Fp1.
MAKERS = {
    "Emotiv EPOC": "AF3 F7 F3 FC5 T7 P7 O1 O2 P8 T8 FC6 F4 F8 AF4",
    "Emotiv Insight": "AF3 T7 Pz T8 AF4",
    "Muse": "TP9 AF7 AF8 TP10",
    "OpenBCI Cyton with Daisy": "Fp1 Fp2 C3 C4 P7 P8 O1 O2 F7 F8 F3 F4 T7 T8 P3 P4",
    "BrainVision actiCAP 32": "Fp1 Fz F3 F7 FT9 FC5 FC1 C3 T7 TP9 CP5 CP1 Pz P3 P7 O1 "
                              "Oz O2 P4 P8 TP10 CP6 CP2 Cz C4 T8 FT10 FC6 FC2 F4 F8 Fp2",
    "BrainBit": "T3 T4 O1 O2",
    "Unicorn": "Fz C3 Cz C4 Pz PO7 Oz PO8",
}


@pytest.mark.parametrize("maker", MAKERS)
def test_the_electrodes_of_every_maker_are_known(maker: str) -> None:
    labels = MAKERS[maker].split()
    assert [label for label in labels if channel_name(label) is None] == []
    assert [channel_name(f"EEG.{label}") for label in labels] == [channel_name(label) for label in labels]


def test_a_muse_finds_its_frontal_pair() -> None:
    assert find_roles(header(*MAKERS["Muse"].split(), "Right AUX"), {"F3": "F3", "F4": "F4"}) == {"F3": 1, "F4": 2}


@pytest.mark.filterwarnings("ignore:Montage name:FutureWarning")   # MNE 1.14 renames it
def test_the_table_is_the_one_that_mne_calls_standard_1005() -> None:
    mne = pytest.importorskip("mne")
    montage = mne.channels.make_standard_montage("standard_1005")
    assert [label for label in montage.ch_names if channel_name(label) is None] == []
    assert [name for name in WHOLE_STEPS if name not in montage.ch_names] == []


def test_only_electrodes_in_microvolts_are_eeg() -> None:
    labels = ("EEG F3", "ECG ECG", "EEG A2-A1", "F4", "AUX1", "A1", "Oz")
    assert eeg_channels(header(*labels, units=("microvolts",) * 6 + ("celsius",))) == (0, 3)


def test_a_declared_type_rules_over_a_label() -> None:
    assert eeg_channels(header("F3", "F4", "Fz", types=("EEG", "MISC", "EEG"))) == (0, 2)


def test_numbered_channels_are_eeg_where_the_stream_says_so() -> None:
    assert eeg_channels(header("ch1", "ch2", "TRIG", "ECG")) == (0, 1)
    assert eeg_channels(header("ch1", "ch2", kind="Audio")) == ()
    assert eeg_channels(header("ch1", "ch2", kind="Signal", types=("EEG", "MISC"))) == (0,)


def test_eye_channels_are_found_by_type_and_by_label() -> None:
    assert eog_channels(header("F3", "EOG1", "HEOG", "x", types=("EEG", "EEG", "EEG", "EOG"))) == (1, 2, 3)


def test_roles_take_their_own_electrodes_where_they_are_there() -> None:
    assert find_roles(header("O1", "F4", "EEG F3-A1", "AF3"), {"left": "F3", "right": "F4"}) == {"left": 2, "right": 1}


@pytest.mark.parametrize("pair", [("AF3", "AF4"), ("AF7", "AF8"), ("Fp1", "Fp2")])
def test_a_frontal_pair_falls_back_together(pair: tuple[str, str]) -> None:
    assert find_roles(header("F3", *pair), {"left": "F3", "right": "F4"}) == {"left": 1, "right": 2}


def test_the_nearest_stand_in_wins() -> None:
    assert find_roles(header("Fp1", "Fp2", "AF7", "AF8"), {"F3": "F3", "F4": "F4"}) == {"F3": 2, "F4": 3}
    assert find_roles(header("T5", "T6"), {"O1": "O1", "O2": "O2"}) == {"O1": 0, "O2": 1}


def test_what_is_missing_is_named_with_what_is_there() -> None:
    with pytest.raises(MontageError, match=r"F3, F4 in .amp., which has: Cz, ECG"):
        find_roles(header("Cz", "ECG"), {"left": "F3", "right": "F4", "middle": "Cz"})


def test_roles_that_are_there_can_be_asked_for_alone() -> None:
    assert present_roles(header("F3", "F4"), {"F3": "F3", "F4": "F4", "O1": "O1", "x": "nowhere"}) == {"F3": 0, "F4": 1}
