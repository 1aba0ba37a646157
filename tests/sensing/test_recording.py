"""Files as sources: every format, exact, and a clear sentence for what cannot be read."""

import struct
from pathlib import Path

import edfio
import numpy as np
import pytest

from loop.clock import ManualClock
from loop.errors import FileError
from loop.inputs import Chunk, SourceKind
from loop.values import Header
from sensing.montage import channel_types, eeg_channels, eog_channels
from sensing.sources.headers import header_xml
from sensing.sources.recording import Recording, RecordingSource, load_recording

RATE_HZ = 100
LABELS = ("F3", "F4", "ECG")


def made_samples(n_times: int = 300) -> np.ndarray:
    return np.random.default_rng(7).normal(0, 20, (n_times, 3)).astype(np.float32)


def write_bdf(path: Path) -> np.ndarray:
    signals = [
        edfio.BdfSignal(
            column.astype(np.float64), RATE_HZ, label=label, physical_dimension="uV", physical_range=(-200, 200)
        )
        for label, column in zip(LABELS, made_samples().T, strict=True)
    ]
    edfio.Bdf(signals).write(path)
    return np.stack([signal.data for signal in edfio.read_bdf(path).signals], axis=1).astype(np.float32)


def write_fif(path: Path) -> np.ndarray:
    import mne

    volts = made_samples().T.astype(np.float64) * 1e-6
    info = mne.create_info(list(LABELS), RATE_HZ, ["eeg", "eeg", "ecg"])
    mne.io.RawArray(volts, info, verbose="ERROR").save(path, fmt="double", verbose="ERROR")
    return made_samples()


def xdf_chunk(tag: int, content: bytes) -> bytes:
    body = struct.pack("<H", tag) + content
    return b"\x04" + struct.pack("<I", len(body)) + body


def write_xdf(path: Path, unit: str = "microvolts") -> np.ndarray:
    samples = made_samples()
    header = Header("amp", "EEG", float(RATE_HZ), LABELS, (unit,) * 3, "id")
    rows = b"".join(b"\x08" + struct.pack("<d", 5 + i / RATE_HZ) + row.tobytes() for i, row in enumerate(samples))
    path.write_bytes(
        b"XDF:"
        + xdf_chunk(1, b"<info><version>1.0</version></info>")
        + xdf_chunk(2, struct.pack("<I", 1) + header_xml(header, ("EEG", "EEG", "ECG")).encode())
        + xdf_chunk(3, struct.pack("<I", 1) + b"\x04" + struct.pack("<I", len(samples)) + rows)
    )
    return samples


@pytest.mark.parametrize("file", ["rest_vs_arithmetic/Subject00_1.edf", "eyes_open_closed/S001R02_eyes_closed.edf"])
def test_an_edf_equals_its_physical_values_to_float32(shared_data: Path, file: str) -> None:
    recording = load_recording(shared_data / file)
    signals = edfio.read_edf(shared_data / file).signals
    microvolts = {"uV": 1.0, "µV": 1.0, "mV": 1e3}
    for column, signal in zip(recording.samples.T, signals, strict=True):
        step = (signal.physical_max - signal.physical_min) / (signal.digital_max - signal.digital_min)
        physical = signal.physical_min + (signal.digital - float(signal.digital_min)) * step
        assert np.allclose(signal.data, physical, rtol=1e-9, atol=1e-9)
        assert np.array_equal(column, (signal.data * microvolts[signal.physical_dimension]).astype(np.float32))
    assert recording.samples.dtype == np.float32


def test_an_edf_keeps_what_is_no_eeg_and_says_so(shared_data: Path) -> None:
    header = load_recording(shared_data / "rest_vs_arithmetic/Subject00_1.edf").header
    assert len(header.labels) == 21
    assert [label for i, label in enumerate(header.labels) if i not in eeg_channels(header)] == ["EEG A2-A1", "ECG ECG"]
    assert channel_types(header)[header.labels.index("ECG ECG")] == "ecg"
    assert (header.rate_hz, set(header.units)) == (500.0, {"microvolts"})


def test_a_set_file_has_its_eye_channels(shared_data: Path) -> None:
    recording = load_recording(shared_data / "erp_with_eog/eeglab_data.set")
    values = np.fromfile(shared_data / "erp_with_eog/eeglab_data.fdt", dtype="<f4").reshape(-1, 32)
    assert np.array_equal(recording.samples, values)
    assert [recording.header.labels[i] for i in eog_channels(recording.header)] == ["EOG1", "EOG2"]
    assert len(eeg_channels(recording.header)) == 30


def test_an_openbci_text_equals_its_columns(shared_data: Path) -> None:
    path = shared_data / "openbci/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt"
    recording = load_recording(path)
    columns = np.genfromtxt(path, delimiter=",", comments="%", skip_header=5, usecols=range(1, 9))
    assert np.array_equal(recording.samples, columns.astype(np.float32))
    assert (recording.header.rate_hz, len(eeg_channels(recording.header))) == (250.0, 8)


def test_an_openbci_text_of_an_older_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    top = "%OpenBCI Raw EEG Data\n%Number of channels = 2\n%Sample Rate = 250.0 Hz\n"
    path.write_text(top + "0, 1.5, -2.5, 0\n1, 3.5, 4.5, 0\n")
    assert load_recording(path).samples.tolist() == [[1.5, -2.5], [3.5, 4.5]]


def test_a_broken_line_of_openbci_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cut.txt"
    path.write_text("%OpenBCI Raw EEG Data\n%Number of channels = 2\n%Sample Rate = 250 Hz\n0, 1.5, -2.5\n1, 3.\n")
    with pytest.raises(FileError, match=r"cut\.txt:5: the line is broken"):
        load_recording(path)


@pytest.mark.parametrize(("ending", "write"), [("bdf", write_bdf), ("fif", write_fif), ("xdf", write_xdf)])
def test_every_format_gives_the_values_that_were_written(tmp_path: Path, ending: str, write: object) -> None:
    path = tmp_path / f"made_eeg.{ending}"
    expected = write(path)  # type: ignore[operator]
    recording = load_recording(path)
    assert np.array_equal(recording.samples, expected)
    assert eeg_channels(recording.header) == (0, 1)
    assert channel_types(recording.header)[2] == "ecg"
    assert recording.header.rate_hz == RATE_HZ


def test_an_xdf_in_volts_comes_as_microvolts_with_its_stamps(tmp_path: Path) -> None:
    samples = write_xdf(tmp_path / "v.xdf", "volts")
    recording = load_recording(tmp_path / "v.xdf")
    assert np.array_equal(recording.samples, (samples.astype(np.float64) * 1e6).astype(np.float32))
    assert recording.stamps_s is not None
    assert recording.stamps_s[[0, -1]].tolist() == [5.0, 5 + 299 / RATE_HZ]


@pytest.mark.parametrize(
    ("file", "shape"), [("minimal", (9, 3)), ("clock_resets", (27815, 8)), ("empty_streams", (10, 1))]
)
def test_odd_xdf_files_give_their_one_regular_stream(shared_data: Path, file: str, shape: tuple[int, int]) -> None:
    assert load_recording(shared_data / f"xdf/{file}.xdf").samples.shape == shape


def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.edf").touch()
    (tmp_path / "notes.docx").write_text("x")
    sentences = {"no.edf": "there is no file", "empty.edf": "is empty", "notes.docx": "known are .bdf, .edf"}
    for file, words in sentences.items():
        with pytest.raises(FileError, match=words):
            load_recording(tmp_path / file)


@pytest.mark.parametrize("ending", ["edf", "bdf", "fif", "set", "xdf", "txt"])
def test_rubbish_of_any_ending_is_a_file_error(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rubbish_eeg.{ending}"
    path.write_bytes(np.random.default_rng(3).bytes(5000))
    with pytest.raises(FileError, match="rubbish_eeg"):
        load_recording(path)


@pytest.mark.parametrize("n_bytes", [100, 300, 5000, 100_000])
def test_a_cut_edf_is_refused(shared_data: Path, tmp_path: Path, n_bytes: int) -> None:
    whole = (shared_data / "rest_vs_arithmetic/Subject00_1.edf").read_bytes()
    (tmp_path / "cut.edf").write_bytes(whole[:n_bytes])
    with pytest.raises(FileError, match="cut"):
        load_recording(tmp_path / "cut.edf")


@pytest.mark.parametrize("lost", [1, 10, 3000])
def test_a_cut_xdf_is_refused(tmp_path: Path, lost: int) -> None:
    write_xdf(tmp_path / "cut.xdf")
    (tmp_path / "cut.xdf").write_bytes((tmp_path / "cut.xdf").read_bytes()[:-lost])
    with pytest.raises(FileError, match=r"cut\.xdf is cut or damaged"):
        load_recording(tmp_path / "cut.xdf")


def test_a_set_without_its_fdt_is_refused(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "eeglab_data.set").write_bytes((shared_data / "erp_with_eog/eeglab_data.set").read_bytes())
    with pytest.raises(FileError, match=r"eeglab_data\.set"):
        load_recording(tmp_path / "eeglab_data.set")


def recording(n_times: int = 250) -> Recording:
    header = Header("made", "EEG", float(RATE_HZ), LABELS, ("microvolts",) * 3)
    return Recording(header, made_samples(n_times), None)


def everything(source: RecordingSource, clock: ManualClock, n_wanted: int) -> tuple[list[Chunk], list[SourceKind]]:
    chunks, kinds = [], []
    while not kinds:
        for item in source.read(clock.now_s() + 0.05, n_wanted):
            if isinstance(item, Chunk):
                chunks.append(item)
            else:
                kinds.append(item.kind)
    return chunks, kinds


@pytest.mark.parametrize("n_wanted", [1, 3, 25, 1000])
def test_a_recording_passes_once_in_order_as_the_clock_does(n_wanted: int) -> None:
    clock = ManualClock(100.0)
    chunks, kinds = everything(RecordingSource(recording(), clock), clock, n_wanted)
    assert kinds == [SourceKind.LOST]
    assert np.array_equal(np.concatenate([chunk.samples for chunk in chunks]), made_samples(250))
    stamps_s = np.concatenate([chunk.stamps_s for chunk in chunks])
    assert np.array_equal(stamps_s, 100.0 + np.arange(250) / RATE_HZ)
    assert all(0 <= chunk.time_s - chunk.stamps_s[-1] < 0.06 for chunk in chunks)


def test_a_recording_stops_the_clock_at_the_sample_that_was_wanted() -> None:
    clock = ManualClock()
    (chunk,) = RecordingSource(recording(), clock, chunk_s=0.01).read(10.0, 25)
    assert isinstance(chunk, Chunk)
    assert (len(chunk.samples), clock.now_s()) == (25, 24 / RATE_HZ)


def test_a_recording_that_is_over_says_so_once_and_waits() -> None:
    clock = ManualClock()
    source = RecordingSource(recording(2), clock)
    assert len(source.read(1.0, 50)) == 1
    assert [item.kind for item in source.read(2.0, 50)] == [SourceKind.LOST]  # type: ignore[union-attr]
    assert source.read(3.0, 50) == []
    assert clock.now_s() == 3.0
