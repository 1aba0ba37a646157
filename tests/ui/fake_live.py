"""A plausible session that exists only for the window: `python -m tests.ui.fake_live DIR [SECONDS]` runs it live."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from generators.bars import Bar, Note, bar_to_json
from loop.clock import ManualClock, SystemClock
from loop.inputs import Chunk, Command, CommandKind, Report, ReportKind, Tick
from loop.schedule import Phase
from loop.values import NAN, Affect, Control, Cycle, Header, Hold, Intent, Moment, Presence, Status, Target, read_only
from sessions.live.desk import UdpDesk
from sessions.live.post import LivePost

RATE_HZ = 250.0
HOP_S = 0.25
LABELS = ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P7", "P3", "Pz", "P4", "P8",
          "O1", "Oz", "O2", "AF3", "AF4", "FC5", "FC1", "FC2", "FC6", "CP5", "CP1", "CP2", "CP6", "PO3", "PO4")
FEW = ("F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2")
CALM = Target(0.4, -0.6, 0.25)
COURSE = (
    Phase("check_quality"), Phase("baseline", 60.0, "open"), Phase("baseline", 120.0, "closed"), Phase("rate"),
    Phase("regulate", 480.0, "closed", CALM), Phase("rate"), Phase("regulate", 420.0, "closed", CALM),
    Phase("rate"), Phase("transfer", 120.0, "closed"),
)


@dataclass(frozen=True)
class Scene:
    """What a test wants to see."""

    phase: int = 4
    hold: Hold = Hold.NONE
    faults: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    bad_channel: int = -1
    ended: str = ""
    age_s: float = 0.004
    scaled: bool = True
    kind: str = ""                 # instead of the phase's own


class FakeSession:
    """Feeds a `LivePost` with cycles, EEG and bars on a clock that it moves itself."""

    def __init__(self, folder: Path, labels: tuple[str, ...] = FEW, seconds: float = 0.0) -> None:
        self.rng = np.random.default_rng(5)
        self.clock = ManualClock(SystemClock().now_s() - seconds)
        self.header = Header("demo-eeg", "EEG", RATE_HZ, labels, ("microvolts",) * len(labels))
        self.post = LivePost(folder, self.header, "Calm", "P-7F3K", COURSE, self.clock)
        self.desk = UdpDesk(folder / "live", SystemClock())
        self.index, self.bar, self.elapsed_s, self.sample = 0, 0, 0.0, 0
        self.slow = np.zeros(len(labels))
        self.affect = Affect(-0.15, 0.42, 0.24, 0.16, 0.9, "index", scaled=True)
        self.post.hearing(lambda: "dose estimate 3 %")
        self.post.saw(self.report(ReportKind.READY, text="file audio.flac"), ())

    def report(self, kind: ReportKind, number: float = NAN, text: str = "") -> Report:
        return Report(kind, self.clock.now_s(), number=number, text=text)

    def history(self, seconds: float, scene: Scene | None = None) -> None:
        """Live through a stretch of the session in no time, ending now; EEG only for the last 12 s."""
        for step in range(round(seconds / HOP_S)):
            held = 0.35 < step * HOP_S / seconds < 0.41
            now = scene or Scene()
            self.hop(replace(now, hold=Hold.BAD) if held else now, eeg=(seconds - step * HOP_S) < 13.0)
            self.clock.wait_until(self.clock.now_s() + HOP_S)

    def hop(self, scene: Scene, eeg: bool = True) -> None:
        """One decision."""
        now_s = self.clock.now_s()
        if self.index % 2 == 0:
            self.post.saw(self.report(ReportKind.LEVEL, -24.0 + self.rng.normal() * 1.5), ())
        if self.index % 14 == 0:
            self.post.saw(self.report(ReportKind.BAR, text=bar_to_json(self.next_bar())), ())
        self.elapsed_s += HOP_S
        if eeg and scene.hold not in (Hold.LOST, Hold.NO_DATA):
            chunk = self.chunk(now_s)
            self.post.saw(chunk, (self.cycle(scene, now_s),))
        else:
            self.post.saw(Tick(now_s), (self.cycle(scene, now_s),))

    def chunk(self, now_s: float) -> Chunk:
        n_times, n_channels = round(RATE_HZ * HOP_S), len(self.header.labels)
        t = (self.sample + np.arange(n_times)) / RATE_HZ
        self.sample += n_times
        noise = self.rng.normal(size=(n_times, n_channels)) * 4.0
        for row in noise:
            self.slow = 0.985 * self.slow + row * 0.9
            row += self.slow
        waxing = 8.0 * (1.0 + np.sin(2 * np.pi * 0.13 * t))
        back = np.linspace(0.3, 1.5, n_channels)
        samples = noise + np.outer(waxing * np.sin(2 * np.pi * 10.1 * t), back)
        blink = 120.0 * np.exp(-(((t % 7.3) - 3.0) / 0.09) ** 2)
        samples[:, :2] += blink[:, None]
        return Chunk(samples.astype(np.float32), t, 0.0, now_s)

    def next_bar(self) -> Bar:
        self.bar += 1
        root = 50 + (0, 5, 3, 7)[self.bar % 4]
        notes = [Note(0, 8, root - 12, 0.5, "bass"), *(Note(0, 8, root + k, 0.4, "pad") for k in (0, 3, 7))]
        picks = self.rng.choice(8, size=4, replace=False)
        notes += [Note(float(k), 1.0, root + int(self.rng.choice((12, 15, 17, 19, 22))), 0.6, "pluck") for k in picks]
        return Bar(self.bar, tuple(notes), "Dorian", 2, 0)

    def move(self, held: bool) -> None:
        """A slow walk towards the target."""
        a = self.affect
        step = 0.0 if held else 0.004
        sd = min(0.6, a.arousal_sd * 1.02) if held else max(0.16, a.arousal_sd * 0.97)
        self.affect = replace(
            a, valence=a.valence + step * (0.3 - a.valence) + (0 if held else self.rng.normal() * 0.012),
            arousal=a.arousal + step * (-0.45 - a.arousal) + (0 if held else self.rng.normal() * 0.008),
            valence_sd=sd * 1.5, arousal_sd=sd)

    def cycle(self, scene: Scene, now_s: float) -> Cycle:
        held = scene.hold is not Hold.NONE
        self.move(held)
        self.index += 1
        phase = replace(COURSE[scene.phase], kind=scene.kind or COURSE[scene.phase].kind)
        moment = Moment(
            now_s, scene.phase, phase.kind, phase.eyes, self.elapsed_s,
            max(phase.length_s - self.elapsed_s, 0.0),
            False, Presence.PLAYING if phase.kind in ("regulate", "rate") else Presence.SILENT,
            phase.kind == "regulate", scene.hold is Hold.PAUSED, scene.ended)
        quality = np.clip(0.93 + self.rng.normal(size=len(self.header.labels)) * 0.02, 0, 1)
        if scene.bad_channel >= 0:
            quality[scene.bad_channel], quality[(scene.bad_channel + 3) % len(quality)] = 0.12, 0.62
        a = replace(self.affect, scaled=scene.scaled)
        control = Control(a.valence, a.arousal - 0.1, scene.hold, a.valence + 0.05, a.arousal - 0.15)
        intent = Intent(64.0 + 20 * a.arousal, 0.35 + 0.2 * a.arousal, "Dorian", -2.0, 0.1, 0.2, -2.0, 0.4)
        status = Status(moment, scene.hold, scene.faults, scene.alarms, scene.age_s, 0, 0, 0, 0, 0, 0, -2.0)
        return Cycle(self.index, self.index * 62, now_s, now_s - 0.003, a, phase.target, control, intent, status,
                     read_only(quality))

    def rate(self, valence: float, arousal: float) -> None:
        now_s = self.clock.now_s()
        self.post.saw(Command(CommandKind.RATE, now_s, valence=valence, arousal=arousal, by="window"), ())

    def close(self) -> None:
        self.post.close()
        self.desk.close()


def make(
    folder: Path, seconds: float = 300.0, scene: Scene | None = None, labels: tuple[str, ...] = FEW,
) -> FakeSession:
    """A session that has run for `seconds`, as `scene` has it."""
    session = FakeSession(folder, labels, seconds)
    session.history(seconds, scene)
    return session


def main() -> None:
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    session = make(folder, 300.0, labels=LABELS[:int(sys.argv[3])] if len(sys.argv) > 3 else FEW)
    clock = SystemClock()
    session.clock = session.post._clock = clock
    end_s, next_s, scene = clock.now_s() + seconds, clock.now_s(), Scene()
    while clock.now_s() < end_s and not scene.ended:
        next_s += HOP_S
        clock.wait_until(next_s)
        session.hop(scene)
        for command in session.desk.commands():
            if command.kind is CommandKind.STOP:
                scene = Scene(ended="stop")
            elif command.kind in (CommandKind.PAUSE, CommandKind.RESUME):
                scene = Scene(hold=Hold.PAUSED if command.kind is CommandKind.PAUSE else Hold.NONE)
            elif command.kind is CommandKind.SKIP:
                scene = Scene(phase=scene.phase + 1)
                session.elapsed_s = 0.0
            elif command.kind is CommandKind.RATE:
                session.rate(command.valence, command.arousal)
    session.close()


if __name__ == "__main__":
    main()
