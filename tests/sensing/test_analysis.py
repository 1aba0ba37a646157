"""A file through the live stages: the same numbers however it came, and honest words where it is poor."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.clock import SystemClock
from loop.errors import FileError, MontageError, StreamError
from loop.inputs import Chunk, SourceEvent, SourceKind
from loop.values import FloatArray, Header, read_only
from sensing.analysis import EXPLORATORY, Analyser, analyse, chunks_of
from sensing.cleaning.filters import Cuts, delay_ms
from sensing.features.bands import FIXED_HZ, INDIVIDUAL, MEASURES
from sensing.features.baseline import NO_IAF, Iaf
from sensing.features.indices import INDICES
from sensing.findings import Analysis
from sensing.pipeline import Settings, build_stages
from sensing.sources.lsl import LslSource
from sensing.sources.player import Playing, play
from sensing.sources.recording import Recording, load_recording
from tests.benchmarks.features_real import EYES, flagged, people
from tests.sensing.streams import LABELS, cut, decode_all, even_stamps, header_of, moment_of, pink, windows_of
from tests.waiting import wait_for

RATE_HZ = 250.0
DOCS = Path(__file__).resolve().parents[2] / "docs" / "features.md"
QUIET = Settings(notch=None)
SPARSE_HOP_S = 1.0         # a quarter of a session's windows, for the group's mean alone


def recording_of(
    samples: FloatArray, labels: tuple[str, ...] = LABELS, stamps_s: FloatArray | None = None,
) -> Recording:
    return Recording(header_of(RATE_HZ, labels), read_only(samples.astype(np.float32)), stamps_s)


def bits(found: Analysis) -> tuple[object, ...]:
    """All that was found, nothing left to rounding."""
    readings = {name: values.tobytes() for name, values in found.readings.items()}
    powers = {name: values.tobytes() for name, values in found.powers_uv2.items()}
    return found.channels, found.psd.tobytes(), found.iaf, powers, readings, found.windows, found.notes


def alpha_at(hz: float, n_times: int = 7500, uv: float = 15.0) -> FloatArray:
    wave = uv * np.sqrt(2.0) * np.sin(2 * np.pi * hz * np.arange(n_times) / RATE_HZ)
    return np.asarray(pink(n_times, 8, sd_uv=6.0) + wave[:, None])


def test_no_cut_changes_what_is_found_by_one_bit() -> None:
    samples, stamps_s = pink(3000, 8), even_stamps(3000, RATE_HZ)
    samples[2000:2050, 0] += 300

    def found(edges: list[int]) -> tuple[object, ...]:
        analyser = Analyser(header_of(), Settings())
        analyser.take(cut(samples, stamps_s, edges))
        return bits(analyser.finish())

    whole = found([])

    @settings(deadline=None, max_examples=10)
    @given(edges=st.lists(st.integers(1, 2999), max_size=100))
    def cut_at(edges: list[int]) -> None:
        assert found(edges) == whole

    cut_at()
    assert bits(analyse(recording_of(samples), Settings())) == whole


def test_windows_and_their_verdicts_are_those_of_a_session() -> None:
    samples = pink(4000, 8)
    samples[2000:2050, 0] += 300
    recording = recording_of(samples)
    live = list(windows_of(build_stages(recording.header, Settings()), chunks_of(recording)))
    found = analyse(recording, Settings())
    assert [window.reasons for window in found.windows] == [window.faults for window in live]
    assert [window.start_s for window in found.windows] == [window.first_sample / RATE_HZ for window in live]
    assert {window.bad for window in found.windows} == {True, False}


def test_readings_are_those_of_the_live_decoder() -> None:
    recording = recording_of(pink(4000, 8))
    stages = build_stages(recording.header, Settings())
    found = analyse(recording, Settings(), "open")
    live = [affect for _, _, affect in decode_all(stages, chunks_of(recording), moment_of("regulate"))]
    assert [affect.arousal_index for affect in live] == pytest.approx(found.readings["arousal"].tolist(), rel=1e-9)
    assert [affect.valence_index for affect in live] == pytest.approx(found.readings["asymmetry"].tolist(), rel=1e-9)


def test_the_power_of_a_sine_is_half_its_squared_amplitude_in_its_own_band() -> None:
    found = analyse(recording_of(alpha_at(10.0, uv=20.0)), QUIET, "closed")
    assert found.powers_uv2["alpha"] == pytest.approx(np.full(8, 400.0), rel=0.1)
    assert all((found.powers_uv2[band] < 40.0).all() for band in ("delta", "theta", "beta", "gamma"))


@pytest.mark.parametrize("hz", [9.0, 10.0, 11.5])
def test_individual_bands_follow_the_alpha_frequency(hz: float) -> None:
    found = analyse(recording_of(alpha_at(hz)), QUIET, "closed")
    assert found.iaf.found
    assert found.iaf.hz == pytest.approx(hz, abs=0.1)
    assert (found.powers_uv2["alpha_iaf"] > 20 * found.powers_uv2["theta_iaf"]).all()
    assert tuple(found.powers_uv2) == (*FIXED_HZ, *INDIVIDUAL)


def test_no_alpha_frequency_is_taken_from_open_eyes_from_few_seconds_or_from_the_front() -> None:
    samples = alpha_at(10.0)
    for eyes, found in {
        "the eyes open": analyse(recording_of(samples), QUIET, "open"),
        "20 s are asked": analyse(recording_of(samples[:4900]), QUIET, "closed"),
        "No posterior channel": analyse(recording_of(samples[:, :3], LABELS[:3]), QUIET, "closed"),
        "No alpha peak stands out": analyse(recording_of(pink(7500, 8)), QUIET, "closed"),
    }.items():
        assert not found.iaf.found
        assert found.iaf.hz == NO_IAF.hz
        assert any(eyes in note for note in found.notes)


def test_an_alpha_frequency_that_was_given_is_used() -> None:
    found = analyse(recording_of(alpha_at(10.0)), QUIET, "open", Iaf(11.0, 20.0, True))
    assert found.iaf.hz == 11.0
    assert "The alpha frequency was given: 11.0 Hz." in found.notes


def test_without_one_good_window_the_figures_are_of_whole_windows_and_it_is_said() -> None:
    samples = alpha_at(10.0, uv=120.0)
    found = analyse(recording_of(samples), QUIET, "closed")
    assert all(window.bad for window in found.windows)
    assert found.powers_uv2["alpha"] == pytest.approx(np.full(8, 120.0**2), rel=0.05)
    assert found.iaf.found
    assert any(note.startswith("None passed, so the figures are means over") for note in found.notes)


def test_an_average_takes_every_finite_channel_where_no_window_passed() -> None:
    labels = ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P7", "P3", "Pz", "P4", "P8",
              "O1", "O2")
    wave = 200.0 * np.sin(2 * np.pi * 10.0 * np.arange(3000) / RATE_HZ)
    samples = pink(3000, len(labels)) + wave[:, None]
    found = analyse(recording_of(samples, labels), Settings(reference="average"))
    assert all(window.bad for window in found.windows)
    assert "Reference: the average of the finite channels." in found.notes
    assert (found.powers_uv2["alpha"] < 100.0).all()


@pytest.mark.parametrize("rubbish", [0.0, np.nan, 1e7])
def test_without_one_whole_window_there_are_no_figures(rubbish: float) -> None:
    samples = np.full((3000, 8), rubbish)
    found = analyse(recording_of(samples), Settings())
    assert all(window.bad for window in found.windows)
    assert np.isnan(found.psd).all()
    assert all(np.isnan(value) for value in found.indices.values())
    assert "No window has whole and finite samples, so there are no figures." in found.notes


def test_a_spared_channel_does_not_count_while_it_is_bad() -> None:
    samples = pink(7500, 8)
    calm = analyse(recording_of(samples), QUIET)
    column = LABELS.index("Cz")
    samples[3000:4000, column] += (500 * np.sin(2 * np.pi * 10.0 * np.arange(1000) / RATE_HZ)).astype(np.float32)
    found = analyse(recording_of(samples), QUIET)
    assert not any(window.bad for window in found.windows)
    assert found.powers_uv2["alpha"][column] == pytest.approx(calm.powers_uv2["alpha"][column], rel=0.5)
    assert np.array_equal(np.delete(found.psd, column, 0), np.delete(calm.psd, column, 0))


def test_a_gap_in_the_stamps_of_a_file_is_seen() -> None:
    stamps_s = even_stamps(3000, RATE_HZ)
    stamps_s[1500:] += 0.5
    found = analyse(recording_of(pink(3000, 8), stamps_s=stamps_s), Settings())
    assert {reason for window in found.windows for reason in window.reasons} == {"gap"}


def test_without_f3_and_f4_every_channel_is_judged_and_nothing_frontal_is_read() -> None:
    labels = tuple(f"ch{number}" for number in range(8))
    samples = pink(3000, 8)
    samples[1500:1600, 5] += 300
    found = analyse(recording_of(samples, labels), QUIET)
    assert any(window.bad for window in found.windows)
    assert all(np.isnan(value) for value in found.indices.values())
    assert any(note.startswith("No channel for F3 and F4") for note in found.notes)
    assert np.isfinite(found.psd).all()
    assert EXPLORATORY not in found.notes


def test_asymmetry_is_called_exploratory_wherever_it_is_read() -> None:
    found = analyse(recording_of(pink(3000, 8)), QUIET)
    assert np.isfinite(found.indices["asymmetry"])
    assert EXPLORATORY in found.notes
    assert "Reference: the device's own." in found.notes


def test_two_channels_of_one_electrode_keep_their_own_names() -> None:
    found = analyse(recording_of(pink(3000, 8), ("F3", "F4", "EEG F3", "O1", "O2", "Pz", "Cz", "Cz")), QUIET)
    assert found.channels == ("F3", "F4", "EEG F3", "O1", "O2", "Pz", "Cz #7", "Cz #8")


def test_what_holds_no_window_no_eeg_or_no_such_reference_is_refused() -> None:
    with pytest.raises(FileError, match=r"holds 3\.9 s of EEG"):
        analyse(recording_of(pink(975, 8)), Settings())
    bare = Header("ecg", "EEG", RATE_HZ, ("ECG",), ("microvolts",))
    with pytest.raises(StreamError, match="no EEG channel"):
        analyse(Recording(bare, pink(3000, 1), None), Settings())
    with pytest.raises(MontageError, match="The reference Xy"):
        analyse(recording_of(pink(3000, 8)), Settings(reference=("Xy",)))


def test_every_measure_follows_from_power_by_its_formula() -> None:
    power_uv2 = np.array([0.5, 1.0, 40.0])
    got = {name: row.of(power_uv2) for name, row in MEASURES.items()}
    assert np.array_equal(got["band_power_uv2"], power_uv2)
    assert np.allclose(got["ln_band_power"], np.log(power_uv2))
    assert np.allclose(got["differential_entropy"], 0.5 * np.log(2 * np.pi * np.e * power_uv2))


def test_the_tables_in_the_docs_are_those_of_the_code() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for row in INDICES.values():
        assert f"| `{row.name}` | {row.formula} | {row.unit} | {row.source} | {row.caveat} |" in text
    for measure in MEASURES.values():
        assert f"| `{measure.name}` | {measure.formula} | {measure.unit} | {measure.source} |" in text
    for name, (low_hz, high_hz) in FIXED_HZ.items():
        assert f"`{name}` {low_hz:g}-{high_hz:g} Hz" in text
    for rate_hz in (160.0, 250.0, 500.0):
        delays = delay_ms(Cuts(notch_hz=50.0), rate_hz)
        cells = " | ".join(f"{delays[step]:.1f}" for step in ("highpass", "lowpass", "notch", "total"))
        assert f"| {rate_hz:g} | {cells} |" in text


# ------------------------------------------------------------------------------------------------- real recordings

@pytest.fixture
def eyes_files(shared_data: Path) -> dict[str, Recording]:
    return {eyes: load_recording(shared_data / "eyes_open_closed" / file) for eyes, file in EYES.items()}


@pytest.mark.parametrize(("reference", "least"), [(None, 10.0), ("average", 15.0)])
def test_closing_the_eyes_multiplies_o1_alpha(
    eyes_files: dict[str, Recording], reference: str | None, least: float,
) -> None:
    found = {eyes: analyse(each, Settings(reference=reference)) for eyes, each in eyes_files.items()}
    o1 = {eyes: each.powers_uv2["alpha"][each.channels.index("O1")] for eyes, each in found.items()}
    assert o1["closed"] / o1["open"] > least
    assert found["closed"].iaf.found
    assert found["closed"].iaf.hz == pytest.approx(10.0, abs=0.5)
    assert not found["open"].iaf.found
    assert all(any(note.startswith("None passed") for note in each.notes) for each in found.values())


def test_openbci_artefacts_are_flagged_and_clean_alpha_is_not(shared_data: Path) -> None:
    found = analyse(load_recording(next((shared_data / "openbci").glob("*.txt"))), Settings())
    assert any("mains are at 60 Hz" in note for note in found.notes)
    shares = {span: np.mean(flagged(found, *span)) for span in ((0, 20), (28, 60), (62, 74), (76, 90))}
    assert min(shares[(0, 20)], shares[(76, 90)]) >= 0.9
    assert max(shares[(28, 60)], shares[(62, 74)]) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("reference", [None, "average"])
def test_the_groups_mean_arousal_index_is_higher_in_arithmetic(shared_data: Path, reference: str | None) -> None:
    rest, arithmetic, _ = people(Settings(reference=reference, hop_s=SPARSE_HOP_S))["arousal"].T
    assert (arithmetic - rest).mean() > 0.0


@pytest.mark.slow
def test_over_lsl_and_from_the_file_everything_is_equal_to_the_last_bit(eyes_files: dict[str, Recording]) -> None:
    whole = eyes_files["closed"]
    excerpt = replace(whole, samples=whole.samples[: round(20.25 * whole.header.rate_hz)])
    header, chunks = heard(excerpt)
    live = Analyser(header, Settings())
    live.take(chunks)
    assert bits(live.finish("closed"))[1:] == bits(analyse(excerpt, Settings(), "closed"))[1:]
    assert features(header, chunks) == features(excerpt.header, list(chunks_of(excerpt)))


def features(header: Header, chunks: list[Chunk]) -> list[bytes]:
    """What the decoder of a session would be shown, window by window."""
    stages = build_stages(header, Settings())
    return [stages.extractor.extract(window).values.tobytes() for window in windows_of(stages, chunks)]


def heard(recording: Recording) -> tuple[Header, list[Chunk]]:
    """Play a recording over a real outlet, in real time; return what the live source handed over."""
    clock, stop, name = SystemClock(), threading.Event(), f"test-{uuid.uuid4().hex[:12]}"
    player = threading.Thread(target=play, args=(recording, Playing(name), clock, lambda _: None, stop))
    player.start()
    source = LslSource(f"name={name}", clock)
    items: list[Chunk | SourceEvent] = []

    def over() -> bool:
        items.extend(source.read(clock.now_s() + 0.1, 25))
        return any(isinstance(item, SourceEvent) and item.kind is SourceKind.LOST for item in items)

    try:
        wait_for(over, 40.0, "the end of the playing")
        return source.header, [item for item in items if isinstance(item, Chunk)]
    finally:
        stop.set()
        player.join(5.0)
        source.close()
