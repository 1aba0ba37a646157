"""Real EEG, played over LSL into real sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from loop.values import Presence
from sensing.sources.recording import load_recording
from sessions.record.cycles import CODES
from tests.acceptance.rig import Record
from tests.acceptance.scenes import FILE, PLAYS_S, Scene

HEARD_DB = -45.0                   # music at its default level lies near -26 dB RMS
NOT_HEARD_DB = -100.0
FADE_S = 3.0                       # the bus fades in over 2 s, and the first bar begins when it is composed


def test_every_sample_of_the_file_is_recorded_once_in_order_and_to_the_bit(played: Scene, shared_data: Path) -> None:
    file = load_recording(shared_data / FILE).samples
    found = played.record.samples
    assert found.dtype == np.float32
    assert len(found) > 20_000
    assert np.array_equal(found, file[:len(found)])


def test_no_gap_is_seen_where_there_is_none(played: Scene) -> None:
    assert played.code == 0, played.said
    summary = played.session.json
    assert (summary["ended"], summary["gaps"], summary["stalls"]) == ("complete", 0, 0)
    assert (played.record.of("status.gaps") == 0).all()
    assert (played.record.of("status.repeats") == 0).all()


def test_the_summary_agrees_with_the_record(played: Scene) -> None:
    summary, record = played.session.json, played.record
    assert summary["session"] == str(record.run.session)
    assert summary["cycles"] == len(record.cycles)
    assert summary["held"] == sum(map(bool, record.holds))
    assert 0 < summary["latency_ms"]["p50"] <= summary["latency_ms"]["p95"] <= summary["latency_ms"]["max"]


def test_phases_last_as_long_as_the_protocol_says(played: Scene) -> None:
    for phase, length_s in (("baseline", 24.0), ("regulate", 18.0), ("return_to_alert", 6.0)):
        begin_s, end_s = played.record.span_s(phase)
        assert end_s - begin_s == pytest.approx(length_s, abs=0.6), phase


def test_the_sound_has_music_in_the_regulate_phase_and_silence_in_the_baseline(played: Scene) -> None:
    sound, rate_hz = soundfile.read(played.record.run.flac)
    end_s = float(played.record.of("time_s")[-1])
    # The record of the sound ends with the session; both ends lie within a second or two of each other.
    at_s = end_s - len(sound) / rate_hz

    def level_db(begin_s: float, stop_s: float) -> float:
        part = sound[int((begin_s - at_s) * rate_hz):int((stop_s - at_s) * rate_hz)]
        return float(20 * np.log10(np.sqrt((part**2).mean()) + 1e-9))

    baseline, regulate = played.record.span_s("baseline"), played.record.span_s("regulate")
    assert level_db(baseline[0], baseline[1] - FADE_S) < NOT_HEARD_DB
    assert level_db(regulate[0] + 2 * FADE_S, regulate[1]) > HEARD_DB
    assert np.abs(sound).max() < 10 ** (-1 / 20)


def test_the_file_that_was_asked_for_holds_the_same_sound(played: Scene) -> None:
    asked, _ = soundfile.read(played.record.run.session.parents[2] / "sound.flac")
    kept, _ = soundfile.read(played.record.run.flac)
    assert len(asked) == len(kept)
    assert np.array_equal(asked, kept)


def test_no_music_plays_before_the_baseline_has_given_a_scale(played: Scene) -> None:
    steering, scaled = played.record.of("status.moment.steering") == 1.0, played.record.of("affect.scaled")
    silent = played.record.of("status.moment.presence") == CODES["presence"][Presence.SILENT.value]
    assert scaled[steering].all()
    assert silent[:np.argmax(steering)].all()


def test_a_recording_that_ends_is_kept_whole_and_ends_an_unattended_session_in_order(
    over_too_soon: Scene, shared_data: Path
) -> None:
    file = load_recording(shared_data / FILE)
    n_sent = round(PLAYS_S * file.header.rate_hz)
    assert over_too_soon.code == 0, over_too_soon.said
    assert over_too_soon.session.json["ended"] == "lost"
    assert "ended: the EEG stream did not come back" in over_too_soon.said
    assert np.array_equal(over_too_soon.record.samples, file.samples[:n_sent])


def test_a_source_that_is_gone_is_given_up_after_the_time_that_the_protocol_says(over_too_soon: Scene) -> None:
    record = over_too_soon.record
    lost_s, end_s = record.mark_s(mark="alarm", name="source_lost"), record.mark_s(mark="end", why="lost")
    last_s = float(record.stamps_s[-1])
    assert lost_s - last_s == pytest.approx(2.0, abs=0.5)
    assert end_s - lost_s == pytest.approx(4.0, abs=0.5)


@pytest.mark.parametrize("scene", ["played", "over_too_soon", "killed", "commanded", "stopped", "spoilt", "simulated"])
def test_every_session_replays_with_every_cycle_identical(scene: str, request: pytest.FixtureRequest) -> None:
    acted: Scene = request.getfixturevalue(scene)
    assert acted.replay["first_difference"] is None, acted.replay
    assert acted.replay["identical"] == acted.replay["cycles"] == len(acted.record.cycles) > 0
    of_the_folder = {"week_percent", "week_sessions", "week_uncounted"}
    dose = acted.session.json["sound_dose"]
    assert acted.replay["sound_dose"] == {key: dose[key] for key in dose if key not in of_the_folder}


def test_the_dose_of_a_calibrated_output_is_estimated_and_its_calibration_recorded(played: Scene) -> None:
    dose = played.session.json["sound_dose"]
    assert dose["calibrated"] and 0 < dose["percent"] < dose["percent_at_most"]
    assert 55 < dose["mean_dba"] < 72
    assert dose["calibration"]["dba_at_usual"] == 70.0


def test_the_demo_runs_to_its_end_and_hears_its_listener(simulated: Scene) -> None:
    assert simulated.code == 0, simulated.said
    assert simulated.session.json["ended"] == "complete"
    assert (simulated.record.of("affect.scaled")[simulated.record.of("status.moment.steering") == 1.0] == 1.0).all()
    assert len(simulated.record.samples) > 10_000


def test_a_record_opens_in_pyxdf_with_all_its_streams(played: Scene) -> None:
    record = Record(played.record.run)
    assert {"inputs", "cycles", "markers", "music"} <= set(record.names)
