"""The affect plane: where the person is, how sure that is, where the phase leads, and the path so far."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from loop.values import Cycle, Hold
from sessions.live.snapshot import PATH_COLUMNS, Snapshot
from ui.theme import GRID, Theme
from ui.views.canvas import CENTRE, LEFT, RIGHT, Canvas

CORNERS = (("tense", -1, 1), ("excited", 1, 1), ("low", -1, -1), ("calm", 1, -1))
DOT_PX = 6.0
WIDE_PX = 40 * GRID               # below this side the valence axis says its name in two lines
ROOM_PX = 28 * GRID               # below this side the corners have no words
PATH_POINTS = 300                  # five minutes; older parts are in the timeline
PATH_PARTS = 12                    # of fading
REACH = 1.04                       # what the edges stand for
TIME, VALENCE, AROUSAL = (PATH_COLUMNS.index(name) for name in ("time_s", "valence", "arousal"))


class PlaneView(Canvas):
    """Valence to the right, arousal upward.

    Parameters
    ----------
    theme : Theme
        The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "State")
        self._cycle: Cycle | None = None
        self._path: NDArray[np.floating] = np.zeros((0, len(PATH_COLUMNS)))
        self.setMinimumSize(24 * GRID, 20 * GRID)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest cycle."""
        if snapshot.cycle is not self._cycle:
            self._cycle = snapshot.cycle
            self._explain()
            self.update()

    def show_path(self, path: NDArray[np.floating]) -> None:
        """Take the path so far."""
        self._path = path[np.isfinite(path[:, VALENCE])][-PATH_POINTS:]
        self.update()

    def square(self) -> QRectF:
        """Return the plane's own square."""
        inner = self.inner()
        side = min(inner.width(), inner.height())
        return QRectF(inner.center().x() - side / 2, inner.center().y() - side / 2, side, side)

    def at(self, valence: float, arousal: float) -> QPointF:
        """Return where a state stands on the screen."""
        square = self.square()
        half = square.width() / 2 / REACH
        return QPointF(square.center().x() + valence * half, square.center().y() - arousal * half)

    def draw(self, painter: QPainter) -> None:
        """Draw ground, path, target, music, now."""
        self._draw_axes(painter)
        if self._cycle is None:
            return
        painter.setClipRect(self.square())
        self._draw_path(painter)
        if self._cycle.status.moment.steering:
            self._draw_target(painter)
        self._draw_now(painter, self._cycle)
        painter.setClipping(False)

    def _draw_axes(self, painter: QPainter) -> None:
        square = self.square()
        painter.setPen(self.pen("line"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(square)
        painter.setPen(self.pen("line", dashed=True))
        painter.drawLine(self.at(-1, 0), self.at(1, 0))
        painter.setPen(self.pen("faint"))
        painter.drawLine(self.at(0, -1), self.at(0, 1))
        for word, valence, arousal in CORNERS if square.width() >= ROOM_PX else ():
            box = square.adjusted(GRID, GRID / 2, -GRID, -GRID / 2)
            vertical = Qt.AlignmentFlag.AlignTop if arousal > 0 else Qt.AlignmentFlag.AlignBottom
            side = Qt.AlignmentFlag.AlignLeft if valence < 0 else Qt.AlignmentFlag.AlignRight
            self.write(painter, box, word, "faint", side | vertical)
        top, middle = self.at(0, 1), self.at(1, 0)
        self.write(painter, QRectF(top.x() + GRID, square.top() + GRID / 2, 80, 16), "arousal", "quiet")
        words = ("valence, exploratory",) if square.width() >= WIDE_PX else ("valence,", "exploratory")
        for line, word in enumerate(words):
            where = QRectF(middle.x() - 22 * GRID, middle.y() + 4 + line * 2 * GRID, 21 * GRID, 2 * GRID)
            self.write(painter, where, word, "faint", RIGHT)

    def _draw_path(self, painter: QPainter) -> None:
        points = [self.at(row[VALENCE], row[AROUSAL]) for row in self._path]
        size = max(2, math.ceil(len(points) / PATH_PARTS))
        for start in range(0, len(points) - 1, size):
            part = points[start:start + size + 1]
            painter.setPen(self.pen("now", 1.5, 0.10 + 0.5 * (start + size) / max(1, len(points) + size)))
            painter.drawPolyline(part)

    def _draw_target(self, painter: QPainter) -> None:
        assert self._cycle is not None
        target, control = self._cycle.target, self._cycle.control
        centre = self.at(target.valence, target.arousal)
        radius = target.tolerance * self.square().width() / 2 / REACH
        painter.setBrush(self.theme.color("text", 0.05))
        painter.setPen(self.pen("quiet", 1.5, dashed=True))
        painter.drawEllipse(centre, radius, radius)
        painter.setPen(self.pen("text", 1.5))
        painter.drawLine(centre - QPointF(GRID / 2, 0), centre + QPointF(GRID / 2, 0))
        painter.drawLine(centre - QPointF(0, GRID / 2), centre + QPointF(0, GRID / 2))
        self.write(painter, QRectF(centre.x() - 40, centre.y() + GRID, 80, 16), "target", "quiet", CENTRE)
        if math.isfinite(control.reference_valence + control.reference_arousal):
            lead = self.at(control.reference_valence, control.reference_arousal)
            painter.setBrush(self.theme.color("panel"))
            painter.setPen(self.pen("text", 1.5))
            painter.drawPolygon([lead + QPointF(*corner) for corner in ((0, -5), (5, 0), (0, 5), (-5, 0))])

    def _draw_now(self, painter: QPainter, cycle: Cycle) -> None:
        affect = cycle.affect
        held = cycle.status.hold is not Hold.NONE
        if not affect.scaled:
            eyes = cycle.status.moment.eyes
            words = f"no baseline with eyes {eyes}" if eyes and len(self._path) else "no baseline yet"
            self.write(painter, self.square().adjusted(0, 0, 0, -12 * GRID), words, "quiet", CENTRE)
            return
        color = "held" if held else "now"
        here = self.at(affect.valence, affect.arousal)
        unit = self.square().width() / 2 / REACH
        painter.setBrush(self.theme.color(color, 0.14))
        painter.setPen(self.pen(color, 1.5, 0.8, dashed=held))
        painter.drawEllipse(here, affect.valence_sd * unit, affect.arousal_sd * unit)
        painter.setPen(self.pen(color, 2.0))
        painter.setBrush(self.theme.color("panel" if held else color))
        painter.drawEllipse(here, DOT_PX, DOT_PX)
        right = here.x() >= self.at(cycle.target.valence, 0).x() and here.x() < self.square().right() - 64
        box = QRectF(here.x() + 12 if right else here.x() - 72, here.y() - 22, 60, 16)
        self.write(painter, box, "held" if held else "now", color, LEFT if right else RIGHT)

    def _explain(self) -> None:
        """Numbers on hover."""
        if self._cycle is None:
            return
        affect, target = self._cycle.affect, self._cycle.target
        self.setToolTip(
            f"valence {affect.valence:+.2f} ± {affect.valence_sd:.2f} (exploratory)\n"
            f"arousal {affect.arousal:+.2f} ± {affect.arousal_sd:.2f}\n"
            f"target {target.valence:+.2f}, {target.arousal:+.2f} within {target.tolerance:.2f}\n"
            "the diamond is the lead: where the course wants the state by now\n"
            f"decoder {affect.decoder}, quality {affect.quality:.2f}")
