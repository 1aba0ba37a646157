"""Linked ears: they undo the device's reference, and a bad ear spoils no window unseen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.errors import MontageError
from sensing.cleaning.ears import find_ears
from sensing.pipeline import Settings, build_stages
from tests.sensing.streams import LABELS, cut, even_chunks, even_stamps, header_of, pink, windows_of

RATE_HZ, SECONDS = 250.0, 8
WITH_EARS = (*LABELS, "A1", "A2")
EARS = Settings(notch=None, reference="ears")


def samples_of(seed: int = 1) -> np.ndarray:
    return pink(int(SECONDS * RATE_HZ), len(WITH_EARS), seed).astype(np.float64)


def windows(samples, settings=EARS, labels=WITH_EARS):
    return list(windows_of(build_stages(header_of(RATE_HZ, labels), settings), even_chunks(samples, RATE_HZ)))


def test_each_channel_stands_against_the_mean_of_both_ears() -> None:
    samples = samples_of()
    plain = windows(samples[:, :len(LABELS)], Settings(notch=None), LABELS)[-1].samples
    ears = windows(samples[:, -2:] @ np.full((2, len(LABELS)), 0.5), Settings(notch=None), LABELS)[-1].samples
    assert windows(samples)[-1].samples == pytest.approx(plain - ears, abs=1e-9)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000))
def test_what_the_device_referred_to_makes_no_difference(seed: int) -> None:
    samples = samples_of(3)
    common = pink(len(samples), 1, seed, sd_uv=5.0).astype(np.float64)
    one, other = windows(samples), windows(samples + common)
    assert len(one) == len(other) > 10
    for mine, theirs in zip(one, other, strict=True):
        assert theirs.samples == pytest.approx(mine.samples, abs=1e-6)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(1, int(SECONDS * RATE_HZ) - 1), max_size=20))
def test_how_the_stream_was_cut_changes_nothing(edges: list[int]) -> None:
    samples = samples_of(5)
    stages = build_stages(header_of(RATE_HZ, WITH_EARS), EARS)
    anew = list(windows_of(stages, cut(samples, even_stamps(len(samples), RATE_HZ), edges)))
    assert [window.samples.tobytes() for window in anew] == [window.samples.tobytes() for window in windows(samples)]


@pytest.mark.parametrize("value", [np.nan, np.inf, 187_500.0, 0.0, "pop"])
@pytest.mark.parametrize("ear", [-2, -1])
def test_a_bad_ear_makes_every_window_that_it_touches_bad(ear: int, value: float | str) -> None:
    samples = samples_of(7)
    bad = slice(1000, 1200)
    samples[bad, ear] = samples[bad, ear] + 300 if value == "pop" else value
    for window in windows(samples):
        if window.first_sample < bad.stop - 130 and window.first_sample + len(window.samples) > bad.start + 130:
            assert "reference" in window.faults
    assert all(not window.faults for window in windows(samples_of(7)))


@pytest.mark.parametrize(("labels", "to", "names"), [
    (("F3", "F4", "EEG A1", "EEG A2-REF"), "ears", ("A1", "A2")),
    (("F3", "F4", "M2", "M1"), "ears", ("M1", "M2")),
    (("F3", "F4", "A1", "M1", "M2"), "ears", ("M1", "M2")),
    (("F3", "F4", "A1", "A2"), ("a2",), ("A2",)),
    (("F3", "F4", "TP9", "TP10"), ("TP9", "TP10"), ()),
    (("F3", "F4", "A1", "A2"), "average", ()),
    (("F3", "F4", "A1", "A2"), None, ()),
])
def test_a_whole_pair_or_the_named_ears_are_taken(labels, to, names) -> None:
    assert find_ears(header_of(RATE_HZ, labels), to).names == names


@pytest.mark.parametrize("labels", [LABELS, (*LABELS, "A1"), (*LABELS, "A2-A1"), (*LABELS, "M1", "A2")])
def test_without_a_pair_of_ears_the_error_names_the_channels_that_are_there(labels) -> None:
    with pytest.raises(MontageError, match=r"has no A1.A2 and no M1.M2.*its channels are F3, F4, .*Cz"):
        build_stages(header_of(RATE_HZ, labels), EARS)


def test_named_ears_and_scalp_electrodes_may_be_mixed() -> None:
    samples = samples_of(9)
    mixed = windows(samples, Settings(notch=None, reference=("A1", "Cz")))[-1].samples
    alone = windows(samples, Settings(notch=None))[-1].samples
    a1 = windows(np.repeat(samples[:, -2:-1], len(LABELS), axis=1), Settings(notch=None), LABELS)[-1].samples
    cz = alone[:, [LABELS.index("Cz")]]
    assert mixed == pytest.approx(alone - (a1 + cz) / 2, abs=1e-9)
