"""A heart sensor beside the EEG: recorded with its own rate and times, counted, shown, and never needed."""

from __future__ import annotations

import numpy as np
import pyxdf

from tests.acceptance.heart import RATE_HZ, ecg_of
from tests.acceptance.scenes import FILE, Scene


def test_losing_the_heart_does_not_stop_the_session_and_is_said(beside: Scene) -> None:
    assert beside.code == 0, beside.said
    assert beside.session.json["ended"] == "complete"
    assert 'is lost; the session goes on' in beside.said
    assert "not there" in beside.said and "goes on without it" in beside.said


def test_it_is_counted_with_its_gap_its_loss_and_its_heart_rate(beside: Scene) -> None:
    (heart,) = beside.session.json["beside"]
    assert heart["kind"] == "ECG" and heart["gaps"] == 1 and heart["losses"] == 1 and not heart["here"]
    assert abs(heart["measured_hz"] - RATE_HZ) < 8.0         # the gap is 50 of some 2000 samples


def test_it_stands_in_the_record_as_its_own_stream_with_every_sample_and_stamp(beside: Scene, shared_data) -> None:
    streams, _ = pyxdf.load_xdf(str(beside.record.run.xdf), synchronize_clocks=False, dejitter_timestamps=False)
    heart = next(stream for stream in streams if stream["info"]["type"][0] == "ECG")
    assert float(heart["info"]["nominal_srate"][0]) == RATE_HZ
    channel = heart["info"]["desc"][0]["channels"][0]["channel"][0]
    assert (channel["label"][0], channel["unit"][0], channel["unit_as_received"][0]) == (
        "chest", "microvolts", "millivolts")
    assert len(heart["clock_times"]) >= 1
    ecg, stamps_s = 1000.0 * ecg_of(shared_data / FILE), np.asarray(heart["time_stamps"])
    places = np.round((stamps_s - stamps_s[0]) * RATE_HZ).astype(int)
    assert sorted(set(np.diff(places))) == [1, 51]
    sent = next(first for first in range(200) if np.allclose(heart["time_series"][:400, 0], ecg[first:first + 400]))
    assert np.allclose(np.asarray(heart["time_series"])[:, 0], ecg[(sent + places) % len(ecg)])


def test_the_session_replays_to_the_last_bit_with_it(beside: Scene) -> None:
    assert beside.replay["identical"] == beside.replay["cycles"] == beside.session.json["cycles"] > 0
