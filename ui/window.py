"""The monitor window: it observes a session through its live folder, and owns nothing of it.

One thread: Qt's. A timer reads the mapped snapshot 30 times a second and repaints only what changed. Wishes go out as
datagrams. Closing the window changes nothing for the session.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QWidget

from loop.inputs import CommandKind
from loop.values import NAN
from sessions.live.desk import RemoteDesk
from sessions.live.snapshot import Snapshot
from sessions.live.view import LiveView
from ui.theme import GRID, Theme
from ui.views.eeg import EegView
from ui.views.music import MusicView
from ui.views.phases import PhaseBar
from ui.views.plane import PlaneView
from ui.views.rating import STEPS, RatingPanel
from ui.views.screening import SCREEN, ScreeningPage
from ui.views.status import AlarmList, ControlLine, HeaderLine, Stack
from ui.views.timeline import TimelineView
from ui.words import OLD_S, signal_said

FRAME_MS = 33                      # 30 Hz
ALIVE_EVERY = 15                   # frames between two looks whether the process still runs
LEVEL_STEP_DB = 1.0
LEVEL_FRAMES = 30                  # 1 s: clicks in quick succession add up
START_SIZE = (1440, 900)
LEAST_SIZE = (960, 640)


class MonitorWindow(QMainWindow):
    """The operator's window.

    Parameters
    ----------
    view : LiveView
        The session's live folder.
    desk : RemoteDesk
        Takes the operator's wishes to it.
    theme : Theme
        The colours.
    """

    def __init__(self, view: LiveView, desk: RemoteDesk, theme: Theme) -> None:
        super().__init__()
        self._view = view
        self._desk = desk
        self._last: Snapshot | None = None
        self._alive = True
        self._frame = 0
        self._path_count = -1
        self._asked_phase = -1
        self._level_db, self._level_frame = 0.0, -LEVEL_FRAMES
        self.header = HeaderLine(theme)
        self.alarms = AlarmList(theme)
        self.eeg = EegView(theme)
        self.plane = PlaneView(theme)
        self.timeline = TimelineView(theme)
        self.music = MusicView(theme)
        self.phases = PhaseBar(theme)
        self.controls = ControlLine(theme)
        self.rating = RatingPanel(theme, self._rate)
        self.screening = ScreeningPage(theme)
        self.pages = QStackedWidget()
        self._lay_out()
        self._connect()
        room = self.screen().availableGeometry().size()              # on a small screen STOP must not lie beyond it
        self.resize(QSize(*START_SIZE).boundedTo(room))
        self.setMinimumSize(*LEAST_SIZE)
        self.setWindowTitle("Euthymia monitor")
        self.setFocus()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(FRAME_MS)
        self.refresh()

    def refresh(self) -> None:
        """Read what is new, and show it."""
        self._frame += 1
        snapshot = self._view.read()
        if snapshot is not None and snapshot is not self._last:
            self._show(snapshot)
        self._show_rows()
        if self._frame % ALIVE_EVERY == 1:
            self._alive = self._view.alive()
        self._show_age(snapshot)

    def stop(self) -> None:
        """Silence now, and end the session."""
        reached = self._desk.stop()
        self._say("STOP was sent" if reached else "STOP reached nobody: the session is over, or its process is gone")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Digits answer a rating; Backspace takes the first answer back."""
        if self.pages.currentWidget() is self.rating:
            digit = event.key() - Qt.Key.Key_0
            if 1 <= digit <= STEPS:
                self.rating.choose(digit)
            elif event.key() == Qt.Key.Key_Backspace:
                self.rating.back()
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Leave; the session goes on."""
        self._timer.stop()
        self._desk.close()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        overview = QWidget()
        rows = Stack(overview)
        upper = QHBoxLayout()
        upper.setSpacing(GRID)
        upper.addWidget(self.eeg, 11)
        upper.addWidget(self.plane, 5)
        rows.addLayout(upper, 7)
        rows.addWidget(self.timeline, 2)
        rows.addWidget(self.music)
        self.pages.addWidget(overview)
        self.pages.addWidget(self.rating)
        self.pages.addWidget(self.screening)
        body = QWidget()
        column = Stack(body)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.addWidget(self.header)
        column.addWidget(self.alarms)
        column.addWidget(self.pages, 1)
        column.addWidget(self.phases)
        column.addWidget(self.controls)
        self.setCentralWidget(body)

    def _connect(self) -> None:
        self.header.stop.clicked.connect(self.stop)
        self.header.stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.ApplicationShortcut)
        escape.activated.connect(self.stop)
        self.controls.pause.clicked.connect(self._pause_or_resume)
        self.controls.skip.clicked.connect(lambda: self._send(CommandKind.SKIP, "Skip was sent"))
        self.screening.go_on.clicked.connect(lambda: self._send(CommandKind.SKIP, ""))
        self.controls.softer.clicked.connect(lambda: self._shift_level(-LEVEL_STEP_DB))
        self.controls.louder.clicked.connect(lambda: self._shift_level(LEVEL_STEP_DB))

    def _show(self, snapshot: Snapshot) -> None:
        """Show a new snapshot."""
        self._last = snapshot
        self.header.show_snapshot(snapshot)
        self.alarms.show_alarms(snapshot.alarms)
        self.eeg.show_snapshot(snapshot)
        self.plane.show_snapshot(snapshot)
        self.timeline.show_snapshot(snapshot)
        notes = self._view.notes()
        self.music.show_snapshot(snapshot, notes.values if notes else None)
        self.phases.show_snapshot(snapshot)
        self.controls.pause.setText("Resume" if self._paused() else "Pause")
        self._show_page(snapshot)
        self.setWindowTitle(f"{snapshot.course.title}, {snapshot.course.participant} – Euthymia")

    def _show_rows(self) -> None:
        rows = self._view.traces(self.eeg.count)
        if rows is not None:
            self.eeg.show_rows(rows)
        path = self._view.path(max(0, self._path_count))
        if path is not None and path.count != self._path_count:
            self._path_count = path.count
            whole = self._view.path()
            if whole is not None:
                self.plane.show_path(whole.values)
                self.timeline.show_path(whole.values)

    def _show_age(self, snapshot: Snapshot | None) -> None:
        age_s = self._view.age_s()
        said = signal_said(snapshot, age_s, self._alive)
        self.header.lamp.say(said)
        if snapshot is not None and snapshot.ended:
            self._say(f"Session ended: {snapshot.ended}. The window can be closed.")
        stale = snapshot is None or bool(snapshot.ended) or age_s > OLD_S
        no_eeg = snapshot is not None and snapshot.cycle is not None and snapshot.cycle.status.age_s > OLD_S
        self.eeg.set_stale(stale or no_eeg)
        for part in (self.plane, self.timeline, self.music, self.phases):
            part.set_stale(stale)
        listens = snapshot is not None and not snapshot.ended and self._alive
        for button in self.controls.buttons():
            button.setEnabled(listens)
        # A session whose process is gone may have left its sound behind: STOP stays until the end was said.
        self.header.stop.setEnabled(snapshot is None or not snapshot.ended)

    def _show_page(self, snapshot: Snapshot) -> None:
        """Ask when a rating or the screening is wanted; a rating once for each such phase."""
        if not snapshot.rating_wanted:
            screens = snapshot.phase_kind == SCREEN and not snapshot.unattended and not snapshot.ended
            self.pages.setCurrentIndex(self.pages.indexOf(self.screening) if screens else 0)
            self._asked_phase = -1
            return
        if snapshot.phase_index != self._asked_phase:
            self._asked_phase = snapshot.phase_index
            self.rating.begin()
            self.pages.setCurrentWidget(self.rating)
            self.setFocus()

    def _rate(self, valence: int, arousal: int) -> None:
        if not self._desk.send(CommandKind.RATE, valence=float(valence), arousal=float(arousal)):
            self._say("The rating reached nobody: is the session still running?")

    def _paused(self) -> bool:
        return self._last is not None and self._last.cycle is not None and self._last.cycle.status.moment.paused

    def _pause_or_resume(self) -> None:
        if self._paused():
            self._send(CommandKind.RESUME, "Resume was sent")
        else:
            self._send(CommandKind.PAUSE, "Pause was sent")

    def _shift_level(self, by_db: float) -> None:
        cycle = self._last.cycle if self._last else None
        if cycle is None:
            return
        fresh = self._frame - self._level_frame < LEVEL_FRAMES      # the session has not answered the click before yet
        self._level_db = (self._level_db if fresh else cycle.status.level_db) + by_db
        self._level_frame = self._frame
        self._send(CommandKind.LEVEL, "Level was sent", self._level_db)

    def _send(self, kind: CommandKind, words: str, number: float = NAN) -> None:
        reached = self._desk.send(kind, number=number)
        self._say(words if reached else "That reached nobody: is the session still running?")

    def _say(self, words: str) -> None:
        if self.controls.said.text() != words:
            self.controls.said.setText(words)
