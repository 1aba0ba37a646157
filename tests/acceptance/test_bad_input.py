"""Every command answers bad input with one sentence and exit code 2, whatever it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from sessions.record import xdf
from tests.acceptance.answers import answered
from tests.acceptance.scenes import FILE

NO_SAMPLES = ("<info><name>Cap</name><type>EEG</type><channel_count>2</channel_count><nominal_srate>250</nominal_srate>"
              "<channel_format>float32</channel_format></info>")
RUN = "run calm --no-window --sound off --out good"

# Words; each {name} is a path that `things` makes.
LINES = (
    "fly", "run", "run --unattended", "play", "replay", "recover", "protocol fly", "protocol check", "streams now",
    "doctor --quickly", "demo --loud", "run calm --colour red", "play {edf} --backwards", "replay {folder} --slowly",
    # protocols
    "run clam --simulate", "run {folder} --simulate", "run {rubbish} --simulate", "run {nothing} --simulate",
    "run {empty} --simulate", "protocol check {folder}", "protocol check {rubbish}", "protocol check {nothing}",
    "protocol check {empty}", "protocol check {edf}",
    # queries
    f"{RUN} --stream Cap", f"{RUN} --stream name=", f"{RUN} --stream =Cap", f"{RUN} --stream colour=red",
    f"{RUN} --stream name=it's-a-\"cap\"", f"{RUN} --stream name=Cap --simulate",
    # numbers
    f"{RUN} --minutes soon", f"{RUN} --minutes 0", f"{RUN} --minutes -1", f"{RUN} --minutes nan",
    f"{RUN} --minutes inf", f"{RUN} --minutes 1e9", "demo --minutes 0.5", "demo --minutes nan", "demo --minutes 1e9",
    "play {edf} --for 0", "play {edf} --for -3", "play {edf} --for nan", "play {edf} --for soon",
    # people
    f"{RUN} --participant ../P001", f"{RUN} --participant P-1", f"{RUN} --participant {'P' * 33}",
    # where to write
    "run calm --simulate --out {empty}", "run calm --simulate --out {empty}/deep", "demo --out {empty}/deep",
    "demo --out /proc/nowhere",
    "run calm --simulate --sound {flac}", "run calm --simulate --sound song.mp3", "run calm --simulate --sound of",
    "run calm --simulate --sound {empty}/song.flac", "run calm --simulate --sound {folder}", "demo --sound {flac}",
    # recordings
    "play {nothing}", "play {folder}", "play {rubbish}", "play {empty}", "play {cut}", "play {hollow}",
    "play {garbled.edf}", "play {garbled.bdf}", "play {garbled.fif}", "play {garbled.set}", "play {garbled.xdf}",
    "play {garbled.txt}", "play {empty.edf}", "play {empty.xdf}",
    # sessions
    "replay {nothing}", "replay {folder}", "replay {rubbish}", "replay {edf}", "replay {hollow}",
    "replay {garbled.xdf}", "replay {empty.xdf}", "stop {folder}", "stop {nothing}", "monitor {folder}",
    "monitor {nothing}", "recover {folder}", "recover {nothing}", "recover {rubbish}", "recover {edf}",
    "recover {garbled.xdf}",
)


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> dict[str, str]:
    """Files and folders that are not what they should be, and a sound one."""
    place = tmp_path_factory.mktemp("things")
    (place / "folder").mkdir()
    made = {name: place / name for name in ("folder", "rubbish", "empty", "nothing")}
    made["rubbish"].write_bytes(bytes(range(256)) * 8)
    made["empty"].touch()
    for ending in ("edf", "bdf", "fif", "set", "xdf", "txt"):
        made[f"garbled.{ending}"] = place / f"garbled.{ending}"
        made[f"garbled.{ending}"].write_bytes(b"0       " + bytes(range(256)) * 8)
        made[f"empty.{ending}"] = place / f"empty.{ending}"
        made[f"empty.{ending}"].touch()
    made |= {"edf": shared_data / FILE, "hollow": place / "hollow.xdf", "cut": place / "cut.edf"}
    made["flac"] = place / "song.flac"
    made["flac"].write_bytes(b"a song")
    made["hollow"].write_bytes(xdf.file_start() + xdf.stream_header(1, NO_SAMPLES).data)
    made["cut"].write_bytes(made["edf"].read_bytes()[:100_001])
    return {name: str(path) for name, path in made.items()}


@pytest.mark.parametrize("line", LINES)
def test_bad_input_gives_one_sentence_and_exit_code_2(
    line: str, things: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    words = [things.get(word[1:-1], word) for word in line.split()]
    words = [word.replace("{empty}", things["empty"]) for word in words]
    answered(words, capsys)
    assert not list(tmp_path.rglob("*.xdf")), "nothing is recorded of a session that could not be had"


def test_a_file_that_stood_in_the_way_is_left_as_it_was(things: dict[str, str]) -> None:
    assert Path(things["flac"]).read_bytes() == b"a song"
