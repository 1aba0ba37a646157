"""What the music is doing: its intent in words, its level, and the notes of the last bars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from loop.values import Presence
from sessions.live.snapshot import NOTE_COLUMNS, Snapshot
from ui.theme import GRID, Theme, font
from ui.views.canvas import Canvas
from ui.words import music_words, number_words

ROLL_S = 24.0                      # about eight bars at 80 beats a minute
AHEAD_S = 4.0                      # of the bar that sounds now
LINE_PX = 2.75 * GRID
PANEL_PX = 15 * GRID
WORDS_PX = 47 * GRID
LEVEL_LOW_DB, LEVEL_HIGH_DB = -60.0, -6.0
LEAST_PITCHES = 24                 # two octaves at least, so that one note is not a wall
NO_NOTES, SOUND_OFF = "no notes in the last bars", "the sound is off"
DOSE_TOLD = ("dose: this session's share of a week's sound after ITU-T H.870; an estimate, by what "
             "`euthymia calibrate-sound` kept, and it moves no music")
VOICE_COLORS = ("arousal", "now", "valence")       # pad, pluck, bass: the order of `generators.bars.VOICES`
START, LENGTH, PITCH, VELOCITY, VOICE = range(len(NOTE_COLUMNS))


class MusicView(Canvas):
    """One line of words, one of level, and a small piano roll.

    Parameters
    ----------
    theme : Theme
        The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Music")
        self._snapshot: Snapshot | None = None
        self._notes: NDArray[np.floating] = np.zeros((0, len(NOTE_COLUMNS)))
        self._now_s = 0.0
        self.setFixedHeight(PANEL_PX)

    def show_snapshot(self, snapshot: Snapshot, notes: NDArray[np.floating] | None) -> None:
        """Take intent, level and notes."""
        self._snapshot = snapshot
        self._now_s = snapshot.time_s
        if notes is not None:
            self._notes = notes
        self._explain()
        self.update()

    def draw(self, painter: QPainter) -> None:
        """Draw words and level on the left, notes on the right."""
        inner = self.inner()
        words_px = min(WORDS_PX, inner.width() * 0.45)
        if self._snapshot is not None:
            self._draw_words(painter, QRectF(inner.left(), inner.top(), words_px, inner.height()), self._snapshot)
        self._draw_roll(painter, inner.adjusted(words_px + 2 * GRID, 0, 0, 0))

    def _draw_words(self, painter: QPainter, where: QRectF, snapshot: Snapshot) -> None:
        line = QRectF(where.left(), where.top(), where.width(), LINE_PX)
        cycle = snapshot.cycle
        if cycle is not None:
            painter.setFont(font(strong=True))
            said = music_words(cycle.intent, cycle.status.moment.presence)
            self.write_fitting(painter, line, said, "text")
            painter.setFont(font())
        silent = cycle is None or cycle.status.moment.presence is Presence.SILENT
        heard = number_words(snapshot.heard_db, "dB")
        user = number_words(cycle.status.level_db, "dB") if cycle is not None else "–"
        levels = (f"heard {heard}", f"your level {user}", *([snapshot.dose_words] if snapshot.dose_words else []))
        self.write_fitting(painter, line.translated(0, LINE_PX), "  ·  ".join(levels))
        self._draw_trail(painter, QRectF(where.left(), where.bottom() - 1.5 * GRID, where.width(), 1.5 * GRID),
                         snapshot.heard_trail_db, silent)
        output = snapshot.output.partition(":")[0]          # what follows says why: the terminal has room for that
        plays = "  ·  ".join(part for part in (snapshot.generator, output) if part)
        self.write_fitting(painter, line.translated(0, 2 * LINE_PX), plays, "faint")

    def _draw_trail(self, painter: QPainter, where: QRectF, trail_db: tuple[float, ...], silent: bool) -> None:
        """Draw the level of the last seconds as bars."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("quiet", 0.35 if silent else 0.8))
        for index, level_db in enumerate(trail_db):
            share = (level_db - LEVEL_LOW_DB) / (LEVEL_HIGH_DB - LEVEL_LOW_DB)
            height = max(1.0, min(1.0, max(0.0, share)) * where.height())
            painter.drawRect(QRectF(where.left() + index * GRID * 0.75, where.bottom() - height, GRID / 2, height))

    def _draw_roll(self, painter: QPainter, where: QRectF) -> None:
        """Draw the notes of the last bars, and where now is."""
        painter.setPen(self.pen("line"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(where)
        second = where.width() / (ROLL_S + AHEAD_S)
        now_x = where.left() + ROLL_S * second
        shown = self._notes[(self._notes[:, START] + self._notes[:, LENGTH] > self._now_s - ROLL_S)
                            & (self._notes[:, START] < self._now_s + AHEAD_S)]
        painter.setClipRect(where)
        if len(shown):
            self._draw_notes(painter, where, shown, second)
        else:
            self.write(painter, where, why_no_notes(self._snapshot), "faint", Qt.AlignmentFlag.AlignCenter)
        painter.setPen(self.pen("now"))
        painter.drawLine(int(now_x), int(where.top()), int(now_x), int(where.bottom()))
        painter.setClipping(False)

    def _draw_notes(self, painter: QPainter, where: QRectF, notes: NDArray[np.floating], second: float) -> None:
        low, high = float(notes[:, PITCH].min()), float(notes[:, PITCH].max())
        spare = max(0.0, LEAST_PITCHES - (high - low)) / 2
        low, high = low - spare - 1, high + spare + 1
        step = where.height() / (high - low + 1)
        painter.setPen(Qt.PenStyle.NoPen)
        for start_s, length_s, pitch, velocity, voice in notes.tolist():
            x = where.left() + (start_s - self._now_s + ROLL_S) * second
            width = max(3.0, length_s * second - 1.5)
            y = where.top() + (high - pitch) * step
            alpha = (0.35 + 0.6 * velocity) * (1.0 if start_s <= self._now_s else 0.45)
            painter.setBrush(self.theme.color(VOICE_COLORS[int(voice) % len(VOICE_COLORS)], min(1.0, alpha)))
            painter.drawRoundedRect(QRectF(x, y, width, max(2.5, step)), 1.5, 1.5)

    def _explain(self) -> None:
        """Numbers on hover."""
        cycle = self._snapshot.cycle if self._snapshot else None
        if cycle is None:
            return
        intent = cycle.intent
        self.setToolTip(
            f"tempo {intent.tempo_bpm:.1f} a minute, density {intent.density:.2f}, mode {intent.mode}\n"
            f"register {intent.register_semitones:+.1f} semitones, dissonance {intent.dissonance:.2f}\n"
            f"articulation {intent.articulation:.2f}, loudness {intent.loudness_db:+.1f} dB, "
            f"brightness {intent.brightness:.2f}\n"
            "pad green, pluck blue, bass pink"
            + (f"\n{DOSE_TOLD}" if self._snapshot is not None and self._snapshot.dose_words else ""))


def why_no_notes(shown: Snapshot | None) -> str:
    """Return why there are no notes to draw: an output tells its name before the music first plays."""
    if shown is None or shown.cycle is None or shown.output:
        return NO_NOTES
    return NO_NOTES if shown.cycle.status.moment.presence is Presence.SILENT else SOUND_OFF
