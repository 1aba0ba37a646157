"""The header line and the alarms: who, how long, how good, and STOP."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from sessions.live.snapshot import Alarm, Snapshot
from ui.theme import GRID, Theme
from ui.views.canvas import CORNER_PX, Canvas
from ui.words import Mood, Said, clock_words, contact_said, number_words, side_said, side_told

MOOD_COLORS = {Mood.GOOD: "good", Mood.HELD: "held", Mood.BAD: "bad", Mood.QUIET: "quiet"}
ALARM_PX = 3 * GRID
CALLS_TO_CALM = 60                 # 2 s of frames: words about a channel at a threshold do not flicker
ALARMS_SHOWN = 3                   # the rest is counted


class SignalLamp(QWidget):
    """A dot and a few words.

    Parameters
    ----------
    theme : Theme
        The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._dot = QLabel("●")
        self._words = QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._dot)
        layout.addWidget(self._words)
        self._said: Said | None = None
        self._repeats = 0

    def say(self, said: Said) -> None:
        """Show words in their colour."""
        self._repeats = self._repeats + 1 if said.mood is Mood.GOOD else 0
        if said == self._said or (self._said is not None and self._said.mood is Mood.BAD
                                  and 0 < self._repeats < CALLS_TO_CALM):
            return
        self._said = said
        color = getattr(self._theme, MOOD_COLORS[said.mood])
        self._dot.setStyleSheet(f"color: {color}")
        self._words.setText(said.words)
        self._words.setStyleSheet("font-weight: 600")

    def words(self) -> str:
        """Return what is shown."""
        return self._words.text()


class HeaderLine(QWidget):
    """Title, person, time; the signal in words; latency and underruns; STOP.

    Parameters
    ----------
    theme : Theme
        The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._title = QLabel("Euthymia")
        self._title.setObjectName("head")
        self._who = QLabel()
        self._who.setObjectName("quiet")
        self.lamp = SignalLamp(theme)
        self._figures = QLabel()
        self._figures.setObjectName("quiet")
        self.stop = QPushButton("STOP")
        self.stop.setObjectName("stop")
        self.stop.setToolTip("Silence at once, and end the session (Esc)")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, 0, 0, 0)
        layout.setSpacing(2 * GRID)
        for part in (self._title, self._who):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.lamp)
        layout.addStretch(1)
        layout.addWidget(self._figures)
        layout.addWidget(self.stop)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest figures."""
        self._title.setText(snapshot.course.title)
        time = f"{clock_words(snapshot.planned_s)} of {clock_words(snapshot.total_s)}"
        self._who.setText(f"{snapshot.course.participant}  ·  {time}")
        status = snapshot.cycle.status if snapshot.cycle else None
        underruns = status.underruns if status else 0
        latency = number_words(snapshot.latency_ms, "ms")
        figures = (f"latency {latency}", f"{underruns} underruns", *map(side_said, snapshot.beside),
                   contact_said(snapshot))
        self._figures.setText("  ·  ".join(filter(None, figures)))
        if status is not None:
            self._figures.setToolTip(
                f"newest sample to decision, last minute: half within {number_words(snapshot.latency_ms, 'ms', 1)}, "
                f"95 % within {number_words(snapshot.latency_p95_ms, 'ms', 1)}\n"
                f"newest sample {number_words(status.age_s * 1000.0, 'ms')} old\n"
                f"{status.gaps} gaps, {status.repeats} repeats, {status.stalls} stalls, {status.late} late"
                + "".join(f"\n{side_told(side, snapshot.time_s)}" for side in snapshot.beside))


class AlarmList(Canvas):
    """The alarms that stand now, one line each; takes no room when there are none.

    Parameters
    ----------
    theme : Theme
        The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._alarms: tuple[Alarm, ...] = ()
        self.setVisible(False)

    def show_alarms(self, alarms: tuple[Alarm, ...]) -> None:
        """Take the alarms."""
        if alarms == self._alarms:
            return
        self._alarms = alarms
        lines = min(len(alarms), ALARMS_SHOWN)
        self.setFixedHeight(max(1, lines) * ALARM_PX + GRID)
        self.setVisible(bool(alarms))
        self.setToolTip("\n".join(alarm.line for alarm in alarms))
        self.update()

    def lines(self) -> list[str]:
        """Return what is shown."""
        shown = [alarm.line[:1].upper() + alarm.line[1:] for alarm in self._alarms[:ALARMS_SHOWN]]
        more = len(self._alarms) - len(shown)
        return [*shown[:-1], f"{shown[-1]}  (and {more} more)"] if more > 0 else shown

    def draw(self, painter: QPainter) -> None:
        """Draw a line each, behind an amber edge."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("held"))
        painter.drawRoundedRect(QRectF(0, 0, GRID / 2, self.height()), CORNER_PX / 2, CORNER_PX / 2)
        for index, line in enumerate(self.lines()):
            where = QRectF(2 * GRID, GRID / 2 + index * ALARM_PX, self.width() - 4 * GRID, ALARM_PX)
            self.write_fitting(painter, where, line, "text")


class ControlLine(QWidget):
    """The quiet buttons, and what the program is for.

    Parameters
    ----------
    theme : Theme
        The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.pause = QPushButton("Pause")
        self.skip = QPushButton("Skip phase")
        self.softer = QPushButton("Softer")
        self.louder = QPushButton("Louder")
        self.said = QLabel()
        self.said.setObjectName("quiet")
        self.use = QLabel("Research use only")
        self.use.setObjectName("quiet")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, GRID, 0)
        layout.setSpacing(GRID)
        for button in (self.pause, self.skip, self.softer, self.louder):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            layout.addWidget(button)
        layout.addSpacing(GRID)
        layout.addWidget(self.said)
        layout.addStretch(1)
        layout.addWidget(self.use)

    def buttons(self) -> tuple[QPushButton, ...]:
        """Return the buttons that need a session which listens."""
        return self.pause, self.skip, self.softer, self.louder


class Stack(QVBoxLayout):
    """Rows on the grid."""

    def __init__(self, parent: QWidget | None = None) -> None:
        if parent is None:
            super().__init__()
        else:
            super().__init__(parent)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(GRID)
