"""A session is a pure function of its inputs: a record, run again, gives the same cycles to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from loop.clock import wall_time
from loop.control.scripted import Course
from loop.errors import FileError
from loop.inputs import Command, CommandKind, Report, ReportKind, Tick
from loop.values import Header
from sensing.sources.listener.person import draw_person
from sensing.sources.listener.scalp import labels_for
from sensing.sources.listener.source import header_of
from sessions import builder, rehearsal
from sessions.blind import courses_from_json, courses_to_json
from sessions.given import COURSES
from sessions.given import TASTE as TASTE_FILE
from sessions.protocol.loading import Loaded, load_protocol
from sessions.record.cycles import LABELS
from sessions.record.journal import XdfJournal
from sessions.record.manifest import Manifest, write_manifest
from sessions.record.replaying import RecordedCycle, read_run
from sessions.record.storage import RunFolder, new_run
from sessions.rehearsal import rehearse
from sessions.review import replay
from sessions.review.replay import replay_session
from sessions.sound_calibration import SoundCalibration
from sessions.sound_dose import MANIFEST_KEY, SoundDose, ear_of, ear_to_plain
from sessions.taste.excerpts import MODE_PLACES, excerpts_of
from sessions.taste.loading import LoadedTaste, load_taste
from sessions.taste.teaching import teach

SEED = 4
SHORT = """
extends: {name}
phases:
  - check_quality: {{at_least: 0.5, wait_s: 60}}
  - baseline: {{eyes: closed, minutes: 0.5, clean_s: 20}}
  - rate: {{form: sam}}
  - regulate: {{minutes: 0.5, eyes: closed, towards: {{valence: 0.4, arousal: -0.6}}}}
  - return_to_alert: {{minutes: 0.1}}
"""


def short(tmp_path: Path, name: str = "calm") -> Loaded:
    path = tmp_path / f"short_{name}.yaml"
    path.write_text(SHORT.format(name=name))
    return load_protocol(path)


def recorded(tmp_path: Path, loaded: Loaded, n_channels: int = 8, taste: LoadedTaste | None = None) -> RunFolder:
    """A rehearsal, recorded as a session is."""
    run = new_run(tmp_path / "out", "P1", loaded.protocol.title)
    header: Header = header_of(f"listener {SEED}", labels_for(n_channels), 250.0, f"euthymia-listener-{SEED}")
    built = builder.build_engine(loaded.protocol, header, taste=taste)
    built.given.write(run.given)
    run.protocol.write_text(loaded.resolved_yaml)
    write_manifest(run.manifest, Manifest("P1", "x", header, {}, loaded.resolved_yaml, wall_time()))
    journal = XdfJournal.create(run.xdf, header, {}, [header.labels[i] for i in built.eeg_indices])
    rehearse(loaded.protocol, draw_person(SEED), SEED, n_channels, journal, taste)
    journal.close()
    return run


@pytest.mark.parametrize("name", ["calm", "open_loop"])
def test_every_cycle_of_a_rehearsal_comes_back_to_the_last_bit(tmp_path, name):
    run = recorded(tmp_path, short(tmp_path, name))
    again = replay_session(run.session)
    assert again["cycles"] > 200
    assert again["identical"] == again["cycles"]
    assert again["first_difference"] is None


class Late:
    """Music that says how late it is, later and later; nobody composes it."""

    def __init__(self):
        self._newest = None

    def play(self, cycle):
        self._newest = cycle

    def reports(self):
        newest, self._newest = self._newest, None
        told = newest is not None and newest.index % 20 == 0
        return [Report(ReportKind.LATENCY, newest.time_s, number=newest.index / 10.0)] if told else []

    def close(self):
        self._newest = None


def test_what_the_music_said_of_its_latency_is_planned_with_again(tmp_path, monkeypatch):
    plain = recorded(tmp_path / "plain", short(tmp_path))
    monkeypatch.setattr(rehearsal, "Unheard", Late)
    run = recorded(tmp_path / "late", short(tmp_path))
    again = replay_session(run.session)
    assert again["identical"] == again["cycles"] > 200
    place, steered = LABELS.index("control.latency_s"), LABELS.index("control.arousal")
    late, unplanned = ([item.row for item in read_run(each) if isinstance(item, RecordedCycle)]
                       for each in (run, plain))
    assert np.isnan(unplanned[-1][place])
    assert len({row[place] for row in late if np.isfinite(row[place])}) > 3
    assert any(row[steered] != other[steered] for row, other in zip(late, unplanned, strict=False))


class Older:
    """A record from before a column was."""

    def __init__(self, record, label):
        self._record, self._place = record, record.columns.index(label)
        self.columns = tuple(each for each in record.columns if each != label)
        self.header, self.quality_labels, self.cut = record.header, record.quality_labels, None

    def __iter__(self):
        for item in self._record:
            if isinstance(item, RecordedCycle):
                yield RecordedCycle(np.delete(item.numbers, self._place), item.n_columns - 1)
            else:
                yield item


def test_an_older_record_is_compared_in_the_columns_that_it_has(tmp_path, monkeypatch):
    run = recorded(tmp_path, short(tmp_path))
    monkeypatch.setattr(replay, "read_run", lambda run: Older(read_run(run), "control.latency_s"))
    again = replay_session(run.session)
    assert again["identical"] == again["cycles"] > 200


def test_a_column_that_is_not_known_is_named(tmp_path, monkeypatch):
    run = recorded(tmp_path, short(tmp_path))
    monkeypatch.setattr(replay, "LABELS", tuple(label for label in LABELS if label != "control.latency_s"))
    with pytest.raises(FileError, match="latency_s"):
        replay_session(run.session)


LEARNS = """  - eog: {channels: [Fp1, Fp2]}
  - asr: {cutoff_sd: 5}
"""
CLEANING = "cleaning:\n  - highpass: {{}}\n  - lowpass: {{}}\n  - notch: {{line_hz: 50}}\n{rows}  - gate: {{}}\n"
OPEN_FIRST = "  - baseline: {eyes: open, minutes: 1.5, clean_s: 20}\n  - rate: {form: sam}\n"


def learning(tmp_path: Path, rows: str) -> Loaded:
    """A session with a minute and a half of open eyes before all else, and these steps among its cleaning."""
    path = tmp_path / "learning.yaml"
    phases = SHORT.format(name="calm").replace("  - baseline", OPEN_FIRST + "  - baseline", 1)
    path.write_text(phases + CLEANING.format(rows=rows))
    return load_protocol(path)


def test_a_session_whose_cleaning_learned_from_its_rest_comes_back_to_the_last_bit(tmp_path):
    again = replay_session(recorded(tmp_path, learning(tmp_path, LEARNS), 16).session)
    assert again["cycles"] > 500
    assert again["identical"] == again["cycles"]


def test_a_step_that_learned_changes_what_is_read_afterwards(tmp_path):
    readings = []
    for rows in ("", LEARNS.splitlines(keepends=True)[0], LEARNS):
        cycles = rehearse(learning(tmp_path, rows).protocol, draw_person(SEED), SEED, 16).cycles
        readings.append([repr(cycle.affect.arousal_index) for cycle in cycles])
    assert readings[0][:20] == readings[1][:20] == readings[2][:20]
    assert len({tuple(each) for each in readings}) == 3


def test_a_changed_protocol_is_found_and_named(tmp_path):
    run = recorded(tmp_path, short(tmp_path))
    yaml = YAML(typ="safe", pure=True)
    changed = yaml.load(run.protocol)
    changed["control"]["lead_per_min"] = 0.9
    yaml.dump(changed, run.protocol)
    again = replay_session(run.session)
    assert again["identical"] < again["cycles"]
    assert again["first_difference"]["column"]
    assert np.isfinite(again["largest_difference"])


def test_a_record_that_was_cut_replays_up_to_the_cut(tmp_path):
    run = recorded(tmp_path, short(tmp_path))
    whole = run.xdf.read_bytes()
    run.xdf.write_bytes(whole[: len(whole) * 2 // 3 + 1])       # + 1: within a chunk, not between two
    again = replay_session(run.session)
    assert 0 < again["identical"] == again["cycles"]
    assert again["cut"]


def test_a_folder_without_a_record_is_one_sentence(tmp_path):
    with pytest.raises(FileError, match="no recording"):
        replay_session(tmp_path)


def test_the_course_of_an_open_loop_is_taken_from_what_was_given(tmp_path):
    run = recorded(tmp_path, short(tmp_path, "open_loop"))
    courses = courses_from_json((run.given / COURSES).read_text())
    other = {index: Course(course.step_s, course.points + 0.01) for index, course in courses.items()}
    (run.given / COURSES).write_text(courses_to_json(other))
    assert replay_session(run.session)["first_difference"]["column"].startswith("control")


TASTE = """version: 1
avoid: {modes: [Dorian, Mixolydian], tempo_bpm: [[70, 80]]}
learned: {sessions: 8, excerpts: 24, arousal: {tempo: 1.5, density: 0.5}, valence: {mode: 1.4}}
"""


def liked(tmp_path: Path, text: str = TASTE) -> LoadedTaste:
    path = tmp_path / "taste.yaml"
    path.write_text(text)
    return load_taste(path)


def test_a_session_with_a_taste_comes_back_to_the_last_bit_whatever_became_of_the_file(tmp_path):
    taste = liked(tmp_path)
    run = recorded(tmp_path, short(tmp_path), taste=taste)
    taste.path.unlink()
    assert (run.given / TASTE_FILE).read_text() == TASTE
    again = replay_session(run.session)
    assert 200 < again["identical"] == again["cycles"]
    (run.given / TASTE_FILE).write_text(TASTE.replace("density: 0.5", "density: 0.6"))
    assert replay_session(run.session)["first_difference"]["column"] == "intent.density"


def test_a_rated_session_gives_its_excerpts_and_too_few_of_them_leave_a_file_as_it_was(tmp_path):
    rates = SHORT.replace("  - return_to_alert", "  - rate: {{form: sam}}\n  - return_to_alert").replace(
        "regulate: {{minutes: 0.5", "regulate: {{minutes: 1")
    path = tmp_path / "rated.yaml"
    path.write_text(rates.format(name="calm"))
    run, excerpts = excerpts_of(recorded(tmp_path, load_protocol(path)).session)
    assert len(excerpts) == 1
    assert excerpts[0].session == str(run.session)
    assert -2 <= excerpts[0].arousal <= 2
    assert -1 <= excerpts[0].cues["tempo"] < 1
    assert min(MODE_PLACES.values()) <= excerpts[0].cues["mode"] <= max(MODE_PLACES.values())
    assert excerpts[0].cues["consonance"] == -excerpts[0].cues["roughness"]
    taste = liked(tmp_path)
    assert teach([run.session], taste.path).arousal is None
    assert taste.path.read_text() == TASTE
    with pytest.raises(FileError, match="named twice"):
        teach([run.session, run.eeg], taste.path)


LOUD = SoundCalibration(95.0, "meter", "2026-03-01")


def sounding(tmp_path: Path, calibration: SoundCalibration | None) -> tuple[RunFolder, SoundDose]:
    """A record of ticks and levels alone, and what was counted while it was made."""
    loaded = short(tmp_path)
    run = new_run(tmp_path / "out", "P1", loaded.protocol.title)
    header = header_of("listener", labels_for(8), 250.0, "euthymia-listener")
    built = builder.build_engine(loaded.protocol, header)
    dose = SoundDose(ear_of(loaded.protocol, calibration))
    run.protocol.write_text(loaded.resolved_yaml)
    more = {MANIFEST_KEY: ear_to_plain(dose.ear)}
    write_manifest(run.manifest, Manifest("P1", "x", header, {}, loaded.resolved_yaml, wall_time(), more))
    journal = XdfJournal.create(run.xdf, header, {}, [header.labels[i] for i in built.eeg_indices])
    rng = np.random.default_rng(SEED)
    for k in range(120):
        level = Report(ReportKind.LEVEL, k / 2, 24_000 * k, float(rng.normal(-23.0, 3.0)))
        softer = Command(CommandKind.LEVEL, k / 2, number=-k / 40)
        for item in (Report(ReportKind.READY, 0.0, text="sound: JACK"), level, softer, Tick(k / 2)):
            journal.input(item)
            cycles = built.engine.step(item)
            for cycle in cycles:
                journal.cycle(cycle)
            dose.saw(item, cycles)
    journal.close()
    return run, dose


@pytest.mark.parametrize("calibration", [LOUD, None])
def test_the_sound_dose_of_a_record_is_the_one_that_was_told_live(tmp_path, calibration):
    run, dose = sounding(tmp_path, calibration)
    again = replay_session(run.session)
    assert again["sound_dose"] == dose.as_dict()
    assert again["sound_dose"]["heard_s"] == 59.5
    assert (again["sound_dose"]["percent"] or 0.0) > 0 or calibration is None


def test_a_record_from_before_there_were_calibrations_has_no_dose(tmp_path):
    again = replay_session(recorded(tmp_path, short(tmp_path)).session)
    assert again["sound_dose"]["calibrated"] is False
