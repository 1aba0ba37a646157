from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.errors import MontageError, StreamError
from loop.inputs import Chunk
from loop.values import FloatArray, Header, Window, read_only
from sensing.pipeline import Settings, build_stages, find_channels, notes
from tests.sensing.streams import (
    LABELS,
    START_S,
    cut,
    decode_all,
    even_chunks,
    even_stamps,
    header_of,
    moment_of,
    pink,
    windows_of,
)

RATE_HZ = 250.0
CAP = ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P7", "P3",
       "Pz", "P4", "P8", "O1", "O2")


def everything(chunks: Iterable[Chunk], settings: Settings, labels: tuple[str, ...]) -> list[tuple[object, ...]]:
    """All that the room says of a stream, as bytes: nothing is left to rounding."""
    stages = build_stages(header_of(RATE_HZ, labels), settings)
    out: list[tuple[object, ...]] = []
    for window, features, affect in decode_all(stages, chunks, moment_of()):
        values = b"" if features is None else features.values.tobytes()
        out.append((window.first_sample, window.faults, window.samples.tobytes(), window.raw.tobytes(),
                    window.quality.tobytes(), values, repr(affect)))
    return out


def eventful(n_channels: int) -> tuple[FloatArray, FloatArray]:
    """Rest, with a blink, a NaN, a gap and mains: what the stages must say alike however it is cut."""
    samples = pink(3000, n_channels)
    samples += 3 * np.sin(2 * np.pi * 50 * np.arange(3000) / RATE_HZ)[:, None].astype(np.float32)
    samples[1300:1350, 0] += 300
    samples[1900, 1] = np.nan
    stamps = even_stamps(3000, RATE_HZ)
    stamps[2400:] += 0.3
    return samples, stamps


@pytest.mark.parametrize(("labels", "reference"), [(LABELS, None), (CAP, "average")])
def test_no_cut_changes_a_window_a_feature_or_a_state_by_one_bit(
    labels: tuple[str, ...], reference: str | None,
) -> None:
    samples, stamps = eventful(len(labels))
    chosen = Settings(reference=reference)
    whole = everything(cut(samples, stamps, []), chosen, labels)
    assert len(whole) == 33

    @settings(deadline=None, max_examples=12)
    @given(edges=st.lists(st.integers(1, 2999), max_size=200))
    def cut_at(edges: list[int]) -> None:
        assert everything(cut(samples, stamps, edges), chosen, labels) == whole

    cut_at()
    assert everything(cut(samples, stamps, range(1, 3000)), chosen, labels) == whole


def blinking() -> tuple[FloatArray, FloatArray]:
    """A minute and a half of rest with blinks in all channels, an EOG behind them, and bursts near the end."""
    n_times = 22_000
    samples = pink(n_times, len(CAP) + 1)
    lag_s = (np.arange(n_times) / RATE_HZ)[:, None] - np.arange(2.0, 88.0, 4.0)
    blinks = 300 * np.exp(-np.square(lag_s / 0.08)).sum(axis=1)
    samples += np.outer(blinks, np.append(np.linspace(0.6, 0.0, len(CAP)), 1.0)).astype(np.float32)
    samples[18_300:18_500, :5] += 300 * np.random.default_rng(2).standard_normal((200, 5)).astype(np.float32)
    return samples, even_stamps(n_times, RATE_HZ)


def test_no_cut_changes_what_was_learned_from_rest_or_what_it_does() -> None:
    samples, stamps = blinking()
    chosen = Settings(eog="auto", asr_cutoff_sd=20.0, reference="average", window_s=1.0)
    labels = (*CAP, "VEOG")

    def digest(edges: Iterable[int]) -> tuple[str, str]:
        stages = build_stages(header_of(RATE_HZ, labels), chosen)
        said = sha256()
        for window in windows_of(stages, cut(samples, stamps, edges)):
            assert window.raw.shape == window.samples.shape == (250, len(CAP))
            said.update(window.samples.tobytes() + window.quality.tobytes() + repr(window.faults).encode())
        return said.hexdigest(), " ".join(notes(stages, find_channels(header_of(RATE_HZ, labels), {})))

    whole = digest([])
    assert "blinks in VEOG showed" in whole[1]
    assert "reconstructed (ASR) against" in whole[1]

    @settings(deadline=None, max_examples=5)
    @given(edges=st.lists(st.integers(1, 21_999), max_size=200))
    def cut_at(edges: list[int]) -> None:
        assert digest(edges) == whole

    cut_at()
    assert digest(range(10, 22_000, 10)) == whole


def test_blinks_and_bursts_that_were_taken_out_cost_no_window() -> None:
    samples, stamps = blinking()
    good = []
    for chosen in (Settings(), Settings(eog="auto", asr_cutoff_sd=20.0)):
        stages = build_stages(header_of(RATE_HZ, (*CAP, "VEOG")), chosen)
        windows = list(windows_of(stages, cut(samples, stamps, range(50, 22_000, 50))))
        good.append(sum(not window.faults for window in windows if window.first_sample > 16_500))
        assert all(window.raw.shape[1] == len(CAP) for window in windows)
    assert good[1] > 2 * good[0] + 20


def test_the_eog_reaches_neither_the_gate_nor_the_reference() -> None:
    samples, stamps = blinking()
    loud = samples.copy()
    loud[:, -1] *= 1000
    windows = []
    for wave in (samples, loud):
        stages = build_stages(header_of(RATE_HZ, (*CAP, "VEOG")), Settings(eog="auto", notch=50.0, reference="average"))
        windows.append(list(windows_of(stages, cut(wave[:3000], stamps[:3000], []))))
    for plain, other in zip(*windows, strict=True):
        assert np.array_equal(plain.samples, other.samples)
        assert np.array_equal(plain.quality, other.quality)


def test_asr_with_few_channels_is_refused() -> None:
    with pytest.raises(MontageError, match="asr needs 9"):
        build_stages(header_of(), Settings(asr_cutoff_sd=20.0))


@pytest.mark.parametrize("chosen", [Settings(highpass_hz=None, eog="auto"),
                                    Settings(highpass_hz=None, asr_cutoff_sd=20.0)])
def test_learning_from_a_signal_with_drift_in_it_is_refused(chosen: Settings) -> None:
    with pytest.raises(StreamError, match="drift"):
        build_stages(header_of(250.0, CAP), chosen)


def test_eog_without_an_eog_channel_says_so_and_changes_nothing() -> None:
    samples, stamps = eventful(len(LABELS))
    stages = build_stages(header_of(), Settings(eog="auto"))
    assert "There is no EOG channel" in " ".join(notes(stages, find_channels(header_of(), {})))
    chunks = list(cut(samples, stamps, []))
    assert everything(chunks, Settings(eog="auto"), LABELS) == everything(chunks, Settings(), LABELS)


def test_the_same_stream_gives_the_same_bits_twice() -> None:
    samples, stamps = eventful(8)
    runs = [everything(cut(samples, stamps, range(7, 3000, 7)), Settings(), LABELS) for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_window_that_is_kept_stays_as_it_was_and_is_closed() -> None:
    stages = build_stages(header_of(), Settings())
    kept: list[tuple[Window, bytes]] = []
    for window in windows_of(stages, even_chunks(pink(8000, 8), RATE_HZ)):
        kept.append((window, window.samples.tobytes()))
        with pytest.raises(ValueError, match="read-only"):
            window.samples[0, 0] = 1.0
    assert all(window.samples.tobytes() == then for window, then in kept)


def test_windows_advance_by_hops_and_hold_what_came() -> None:
    samples = pink(3000, 8)
    windows = list(windows_of(build_stages(header_of(), Settings()), even_chunks(samples, RATE_HZ)))
    assert sum(window.advance_s for window in windows[1:]) == pytest.approx(8.0)
    for window in windows:
        assert np.array_equal(window.raw, samples[window.first_sample:window.first_sample + 1000])
        assert window.newest_s == pytest.approx(START_S + (window.first_sample + 999) / RATE_HZ)


TROUBLE = st.sampled_from(["fine", "gap", "nan", "inf", "huge", "again", "back", "no stamps", "nothing", "stuck"])


def troubled(kinds: list[str], sizes: list[int]) -> tuple[list[Chunk], set[int]]:
    """Numbered samples with trouble, and those numbers that no good window may hold."""
    chunks: list[Chunk] = []
    spoiled: set[int] = set()
    taken, shift_s = 0, START_S
    noise = pink(20_000, 8).astype(np.float64)
    for kind, n in zip(kinds, sizes, strict=True):
        if kind == "again" and chunks:
            chunks.append(chunks[-1])
            if np.isnan(chunks[-1].stamps_s).any():        # without stamps nobody can tell that they are the same
                taken += len(chunks[-1].samples)
            continue
        samples = noise[taken:taken + n].copy()
        shift_s += {"gap": 0.4, "back": -30.0}.get(kind, 0.0)
        stamps = shift_s + np.arange(taken, taken + n) / RATE_HZ
        if kind in ("nan", "inf", "huge"):
            samples[n // 2, 0] = {"nan": np.nan, "inf": np.inf, "huge": 1e300}[kind]
            spoiled.add(taken + n // 2)
        if kind == "stuck":
            samples[:] = samples[0]
        if kind == "no stamps":
            stamps = stamps * np.nan
        if kind != "nothing":
            chunks.append(Chunk(read_only(samples), read_only(stamps), 0.0, START_S + 1.0))
            taken += n
    return chunks, spoiled


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_no_trouble_raises_or_uses_a_sample_twice_or_gives_a_good_window_of_rubbish(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(TROUBLE, min_size=1, max_size=20))
    sizes = data.draw(st.lists(st.integers(1, 400), min_size=len(kinds), max_size=len(kinds)))
    chunks, spoiled = troubled(kinds, sizes)
    header = Header("test", "EEG", RATE_HZ, LABELS, ("microvolts",) * 8, dtype="float64")
    stages = build_stages(header, Settings(notch=50.0))
    end = 0
    for window, features, affect in decode_all(stages, chunks, moment_of()):
        assert window.first_sample + 1000 > end
        end = window.first_sample + 1000
        touched = any(window.first_sample <= bad < end for bad in spoiled)
        assert window.faults or not touched
        assert features is None or np.isfinite(features.values).all()
        assert np.isfinite([affect.arousal, affect.valence, affect.arousal_sd]).all()


def test_a_gap_keeps_every_window_that_touches_it_from_the_decoder() -> None:
    samples, stamps = pink(4000, 8), even_stamps(4000, RATE_HZ)
    stamps[2000:] += 1.0
    stages = build_stages(header_of(), Settings())
    decided = decode_all(stages, cut(samples, stamps, range(9, 4000, 9)), moment_of())
    shown = [window.first_sample for window, features, _ in decided if features is not None]
    assert not any(first < 2000 < first + 1000 for first in shown)
    assert any(first > 2000 for first in shown)


def test_prefixed_labels_are_understood_and_other_channels_stay_out() -> None:
    header = header_of(500.0, ("EEG F3", "EEG F4-A1", "ECG ECG", "EEG O1"))
    channels = find_channels(header, {})
    assert channels.eeg == (0, 1, 3)
    assert channels.names == ("F3", "F4", "O1")
    assert channels.roles == {"F3": 0, "F4": 1, "O1": 2}


def test_a_person_can_say_which_channel_stands_where() -> None:
    header = header_of(250.0, ("ch1", "ch2", "ch3"))
    assert find_channels(header, {"F3": "ch2", "F4": "ch3", "O1": "ch1"}).roles == {"F3": 1, "F4": 2, "O1": 0}


def test_a_stand_in_is_said() -> None:
    header = header_of(256.0, ("AF7", "AF8", "TP9", "TP10"))
    stages = build_stages(header, Settings())
    assert "AF7 stands for F3." in notes(stages, find_channels(header, {}))


def test_the_notes_say_mains_and_reference_and_no_alpha_before_a_baseline() -> None:
    header = header_of()
    stages = build_stages(header, Settings(reference="average"))
    list(windows_of(stages, even_chunks(pink(2000, 8), RATE_HZ)))
    said = " ".join(notes(stages, find_channels(header, {})))
    assert "mains" in said
    assert "device's reference" in said
    assert "alpha" not in said


def test_missing_frontal_channels_are_refused_by_name() -> None:
    with pytest.raises(MontageError, match="F3"):
        build_stages(header_of(250.0, ("O1", "O2", "Cz")), Settings())


def test_a_role_given_to_a_channel_that_is_not_there_is_refused() -> None:
    with pytest.raises(MontageError, match="ch9"):
        build_stages(header_of(), Settings(roles={"F3": "ch9"}))


@pytest.mark.parametrize("rate_hz", [0.0, 10.0, float("nan")])
def test_a_rate_that_is_too_low_is_refused(rate_hz: float) -> None:
    with pytest.raises(StreamError, match="samples a second"):
        build_stages(header_of(rate_hz), Settings())


@pytest.mark.parametrize(("window_s", "hop_s"), [(0.5, 0.25), (4.0, 0.0), (4.0, 5.0), (4.0, float("nan"))])
def test_windows_that_cannot_be_had_are_refused(window_s: float, hop_s: float) -> None:
    with pytest.raises(StreamError, match="cannot be had"):
        build_stages(header_of(), Settings(window_s=window_s, hop_s=hop_s))


def test_a_stream_without_eeg_is_refused() -> None:
    header = Header("stream", "EEG", 250.0, ("ECG",), ("microvolts",))
    with pytest.raises(StreamError, match="no EEG"):
        build_stages(header, Settings())


@pytest.mark.parametrize(
    ("rate_hz", "window_s", "hop_s"),
    [(128.0, 4.0, 0.25), (500.0, 2.0, 0.1), (255.7, 4.0, 0.3), (1000.0, 3.1, 0.7), (250.0, 4.004, 0.25)],
)
def test_any_rate_and_hop_gives_windows(rate_hz: float, window_s: float, hop_s: float) -> None:
    stages = build_stages(header_of(rate_hz), Settings(window_s=window_s, hop_s=hop_s))
    out = decode_all(stages, even_chunks(pink(int(10 * rate_hz), 8), rate_hz), moment_of())
    assert len(out) == pytest.approx((10 - window_s) / hop_s, abs=2)
    assert sum(not window.faults for window, _, _ in out) > 5
