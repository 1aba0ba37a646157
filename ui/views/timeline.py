"""Valence and arousal over the session: decoded, target, held parts hatched, ratings as marks."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QTransform
from PySide6.QtWidgets import QGraphicsRectItem, QVBoxLayout

from sessions.live.snapshot import PATH_COLUMNS, RatingMark, Snapshot
from ui.theme import BODY_PX, GRID, Theme, font
from ui.views.canvas import STALE_OPACITY, TITLE_PX, Canvas

COLUMN = {name: index for index, name in enumerate(PATH_COLUMNS)}
POINTS_SHOWN = 1200                # more than the panel has pixels: a long session is thinned
SAM_MIDDLE, SAM_HALF = 5.0, 4.0    # SAM's 1..9 onto -1..1
MINUTE_S = 60.0
LEAST_MINUTES = 2.0
TICK_MINUTES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
TICKS_AT_MOST = 12
AXIS_PX = 5 * GRID
SERIES = (("arousal", 2.0, 1.0), ("valence", 1.5, 0.65))      # valence lighter: it is exploratory


class TimelineView(Canvas):
    """The whole session so far in one strip.

    Parameters
    ----------
    theme : Theme
        The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Session")
        self._started_s = 0.0
        self._ratings: tuple[RatingMark, ...] = ()
        self._held: list[QGraphicsRectItem] = []
        self._plot = pg.PlotWidget(background=theme.panel)
        self._prepare(self._plot.getPlotItem())
        self._lines = {name: self._plot.plot(pen=pg.mkPen(theme.color(name, alpha), width=width))
                       for name, width, alpha in SERIES}
        self._targets = {name: self._plot.plot(pen=pg.mkPen(theme.color(name, 0.75), width=1, dash=[3, 4]))
                         for name, _, _ in SERIES}
        self._marks = {name: pg.ScatterPlotItem(symbol="d", size=10, pen=pg.mkPen(theme.panel, width=1),
                                                brush=pg.mkBrush(theme.color(name))) for name, _, _ in SERIES}
        for marks in self._marks.values():
            self._plot.addItem(marks)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, TITLE_PX, 2 * GRID, GRID // 2)
        layout.addWidget(self._plot)
        self.setMinimumHeight(15 * GRID)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the ratings and the time of the start."""
        self._started_s = snapshot.course.started_s
        if snapshot.ratings != self._ratings:
            self._ratings = snapshot.ratings
            self._show_marks()

    def show_path(self, path: NDArray[np.floating]) -> None:
        """Draw the path so far."""
        if not len(path):
            return
        minutes = (path[:, COLUMN["time_s"]] - self._started_s) / MINUTE_S
        start, end = min(0.0, float(minutes[0])), max(float(minutes[-1]), LEAST_MINUTES)
        self._plot.setXRange(start, end, padding=0.005)
        self._plot.getPlotItem().getAxis("bottom").setTicks([_minute_ticks(start, end)])
        self._show_held(minutes, path[:, COLUMN["held"]] > 0)
        thin = slice(None, None, max(1, len(path) // POINTS_SHOWN))
        no_target = path[:, COLUMN["tolerance"]] >= 1.0
        for name, line in self._lines.items():
            line.setData(minutes[thin], path[thin, COLUMN[name]], connect="finite")
            target = np.where(no_target, np.nan, path[:, COLUMN[f"target_{name}"]])
            self._targets[name].setData(minutes[thin], target[thin], connect="finite")

    def set_stale(self, stale: bool) -> None:
        """Look old, or fresh again."""
        if stale != self.stale:
            self._plot.getPlotItem().setOpacity(STALE_OPACITY if stale else 1.0)
        super().set_stale(stale)

    def draw(self, painter: QPainter) -> None:
        """Write what each colour is, beside the title."""
        metrics = painter.fontMetrics()
        x = 4.0 * GRID + metrics.horizontalAdvance(self.title)
        for name, words in (("arousal", "arousal"), ("valence", "valence, exploratory")):
            painter.setPen(self.pen(name, 2.0))
            painter.drawLine(int(x), TITLE_PX // 2 + 2, int(x) + 2 * GRID, TITLE_PX // 2 + 2)
            self.write(painter, QRectF(x + 3 * GRID, GRID / 2, 30 * GRID, TITLE_PX - GRID / 2), words)
            x += metrics.horizontalAdvance(words) + 5 * GRID
        rest = "dashed: target   ·   hatched: held   ·   diamonds: ratings"
        self.write(painter, QRectF(x, GRID / 2, 60 * GRID, TITLE_PX - GRID / 2), rest, "faint")

    def _prepare(self, item: pg.PlotItem) -> None:
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.setYRange(-1.15, 1.15, padding=0)
        item.showGrid(x=False, y=False)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(self.theme.line))
            axis.setTextPen(pg.mkPen(self.theme.quiet))
            axis.setStyle(tickFont=font(BODY_PX), tickLength=-4)
        item.getAxis("left").setTicks([[(-1, "−1"), (0, "0"), (1, "+1")]])
        item.getAxis("left").setWidth(AXIS_PX)
        item.getAxis("bottom").setHeight(3 * GRID)
        item.getAxis("bottom").enableAutoSIPrefix(False)
        item.addLine(y=0, pen=pg.mkPen(self.theme.line))

    def _show_held(self, minutes: NDArray[np.floating], held: NDArray[np.bool_]) -> None:
        edges = np.flatnonzero(np.diff(np.concatenate(([0], held.astype(np.int8), [0]))))
        spans = edges.reshape(-1, 2)
        for _ in range(len(self._held), len(spans)):
            area = QGraphicsRectItem()
            area.setPen(pg.mkPen(None))
            area.setBrush(QBrush(self.theme.color("held", 0.55), Qt.BrushStyle.BDiagPattern))
            area.setZValue(-10)
            self._plot.addItem(area, ignoreBounds=True)
            self._held.append(area)
        for area in self._held[len(spans):]:
            area.hide()
        for area, (first, last) in zip(self._held, spans, strict=False):
            left, right = minutes[first], minutes[last - 1] + 1.0 / MINUTE_S
            area.setRect(QRectF(left, -1.0, right - left, 2.0))
            inverse = self._plot.getPlotItem().vb.childGroup.transform().inverted()[0]
            area.setBrush(_screen_brush(area.brush(), inverse))
            area.show()

    def _show_marks(self) -> None:
        for name, marks in self._marks.items():
            x = [(mark.time_s - self._started_s) / MINUTE_S for mark in self._ratings]
            y = [(getattr(mark, name) - SAM_MIDDLE) / SAM_HALF for mark in self._ratings]
            marks.setData(x, y)


def _minute_ticks(start: float, end: float) -> list[tuple[float, str]]:
    """Return at most a dozen ticks on round minutes."""
    step = next((step for step in TICK_MINUTES if (end - start) / step <= TICKS_AT_MOST), TICK_MINUTES[-1])
    first = int(np.ceil(start / step))
    return [(index * step, f"{index * step:g} min") for index in range(first, int(end / step) + 1)]


def _screen_brush(brush: QBrush, inverse: QTransform) -> QBrush:
    """Return the hatching in screen pixels, whatever the axes' scale."""
    brush.setTransform(QTransform(inverse.m11(), 0, 0, inverse.m22(), 0, 0))
    return brush
