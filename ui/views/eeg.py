"""Ten seconds of raw EEG as a sweep: only the new strip is drawn, so that the screen costs the session nothing."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap, QPolygonF, QResizeEvent

from loop.values import NAN, Hold
from sessions.live.snapshot import Snapshot
from sessions.live.view import Rows
from ui.theme import BODY_PX, GRID, Theme, font
from ui.views.canvas import LEFT, RIGHT, TITLE_PX, Canvas
from ui.views.sweep import LANE_SHARE, SPAN_S, Sweep
from ui.words import contact_told, quality_word

LABEL_PX = 5 * GRID
WORD_PX = 8 * GRID
GAP_PX = 2 * GRID                  # blank ahead of the sweep
LANES_OUT = 0.95                   # a trace may leave its lane by this much
SMALLEST_PX = 9
POOR = ("poor", "bad")
SQUARE_COLORS = {"good": "good", "fair": "quiet", "poor": "bad", "bad": "bad"}
NOTHING_COMES = (Hold.NO_DATA, Hold.LOST)    # what was graded is old


class EegView(Canvas):
    """The traces, with each channel's name and its quality in a word.

    Parameters
    ----------
    theme : Theme
        The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "EEG, 10 s")
        self._labels: tuple[str, ...] = ()
        self._words: tuple[str, ...] = ()
        self._quality: tuple[float, ...] = ()
        self._contact = ""
        self._rate_hz = 0.0
        self._sweep: Sweep | None = None
        self._picture = QPixmap()
        self.setMinimumSize(40 * GRID, 20 * GRID)

    @property
    def count(self) -> int:
        """Rows taken so far: what the next read has to start from."""
        return self._sweep.count if self._sweep else 0

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take names and quality."""
        course = snapshot.course
        if (course.labels, course.rate_hz) != (self._labels, self._rate_hz):
            self._labels, self._rate_hz = course.labels, course.rate_hz
            self._sweep = Sweep(len(course.labels), course.rate_hz)
            self._draw_all()
        known = snapshot.hold not in NOTHING_COMES
        quality = snapshot.quality if known else (NAN,) * len(course.labels)
        contact = contact_told(snapshot)
        if (quality, contact) != (self._quality, self._contact):
            self._quality, self._contact = quality, contact
            self.setToolTip(_hover(course.labels, quality) + contact)
        words = tuple(quality_word(value) for value in quality)
        if words != self._words:
            redraw = [word == "bad" for word in words] != [word == "bad" for word in self._words]
            self._words = words
            if redraw:
                self._draw_all()
            self.update()

    def show_rows(self, rows: Rows) -> None:
        """Take new rows and draw their strip."""
        sweep = self._sweep
        if sweep is None or rows.count == sweep.count:
            return
        before = sweep.head
        n_new = sweep.take(rows.values, rows.count)
        wrapped = sweep.head < before or n_new >= sweep.n_rows
        if (wrapped and sweep.settle_scale()) or n_new > sweep.n_rows // 2:
            self._draw_all()
            self.update()
        else:
            self._draw_new(n_new)

    def area(self) -> QRectF:
        """Return where the traces are."""
        inner = self.inner()
        return QRectF(inner.left() + LABEL_PX, inner.top(), inner.width() - LABEL_PX - WORD_PX, inner.height())

    def draw(self, painter: QPainter) -> None:
        """Copy the picture; write names, quality and scale."""
        area = self.area()
        painter.drawPixmap(area.topLeft(), self._picture)
        self._draw_now(painter, area)
        lane = area.height() / max(1, len(self._labels))
        painter.setFont(font(max(SMALLEST_PX, min(BODY_PX, int(lane) - 2))))
        for index, label in enumerate(self._labels):
            top = area.top() + index * lane
            word = self._words[index] if index < len(self._words) else ""
            color = "text" if word in POOR else "quiet"
            self.write(painter, QRectF(2 * GRID, top, LABEL_PX - GRID, lane), label, color, LEFT)
            self._draw_word(painter, QRectF(area.right() + GRID, top, WORD_PX - GRID, lane), word)
        painter.setFont(font())
        if self._sweep is not None:
            said = f"{self._sweep.scale_uv:.0f} µV  ·  from 1 Hz"
            self.write(painter, QRectF(0, GRID / 2, self.width() - 2 * GRID, TITLE_PX - GRID / 2), said, align=RIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Draw the picture anew in the new size."""
        self._draw_all()

    def _draw_word(self, painter: QPainter, where: QRectF, word: str) -> None:
        if not word:
            return
        color = SQUARE_COLORS.get(word, "faint")
        side = min(8.0, where.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color(color))
        painter.drawRect(QRectF(where.left() + GRID / 2, where.center().y() - side / 2, side, side))
        self.write(painter, where.adjusted(2 * GRID, 0, GRID, 0), word, "text" if word in POOR else "quiet")

    def _draw_now(self, painter: QPainter, area: QRectF) -> None:
        if self._sweep is None or not self._sweep.count:
            return
        x = area.left() + self._sweep.head / self._sweep.n_rows * area.width()
        painter.setPen(self.pen("now", 1.0))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _draw_all(self) -> None:
        """Draw the whole picture."""
        area = self.area()
        ratio = self.devicePixelRatioF()
        size = QSize(max(1, int(area.width() * ratio)), max(1, int(area.height() * ratio)))
        self._picture = QPixmap(size)
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(self.theme.color("panel"))
        if self._sweep is None:
            return
        painter = self._painter()
        self._draw_seconds(painter, QRectF(0, 0, area.width(), area.height()))
        head = self._sweep.head
        older = np.arange(head, self._sweep.n_rows)
        self._draw_columns(painter, older[GAP_PX * self._sweep.n_rows // max(1, int(area.width())):])
        self._draw_columns(painter, np.arange(0, head))
        painter.end()

    def _draw_new(self, n_new: int) -> None:
        """Draw the columns that are new, after a blank that runs ahead of them."""
        sweep, area = self._sweep, self.area()
        assert sweep is not None
        step = area.width() / sweep.n_rows
        start = sweep.head - n_new
        painter = self._painter()
        for first, last in ((start, sweep.head), (start + sweep.n_rows, sweep.n_rows)):
            if first >= last:
                continue
            first = max(0, first)
            strip = QRectF(first * step, 0, (last - first) * step + GAP_PX, area.height())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.fillRect(strip, self.theme.color("panel"))
            self._draw_seconds(painter, strip)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_columns(painter, np.arange(max(0, first - 1), last))
            self.update(strip.translated(area.topLeft()).adjusted(-GAP_PX, 0, GAP_PX, 0).toAlignedRect())
        painter.end()

    def _painter(self) -> QPainter:
        painter = QPainter(self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        return painter

    def _draw_seconds(self, painter: QPainter, strip: QRectF) -> None:
        """Draw the hairlines of whole seconds that cross a strip."""
        painter.setPen(self.pen("line"))
        width = self.area().width()
        for second in range(1, int(SPAN_S)):
            x = round(second / SPAN_S * width) + 0.5
            if strip.left() <= x <= strip.right():
                painter.drawLine(QPointF(x, 0), QPointF(x, strip.height()))

    def _draw_columns(self, painter: QPainter, columns: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        """Draw every trace over a run of columns."""
        sweep, area = self._sweep, self.area()
        if sweep is None or len(columns) < 2:
            return
        lane = area.height() / max(1, len(self._labels))
        x = columns * (area.width() / sweep.n_rows)
        away = np.clip(sweep.values[columns] / sweep.scale_uv * LANE_SHARE, -LANES_OUT, LANES_OUT)
        y = (np.arange(len(self._labels)) + 0.5 - away) * lane
        for index in range(len(self._labels)):
            word = self._words[index] if index < len(self._words) else ""
            painter.setPen(self.pen("faint" if word == "bad" else "trace", 1.0))
            known = ~np.isnan(y[:, index])
            points = [QPointF(a, b) for a, b in zip(x[known].tolist(), y[known, index].tolist(), strict=True)]
            painter.drawPolyline(QPolygonF(points))


def _hover(labels: tuple[str, ...], quality: tuple[float, ...]) -> str:
    """Return the quality of each channel as a number."""
    pairs = zip(labels, quality, strict=False)
    return "quality, 0 to 1\n" + "\n".join(f"{label}: {value:.2f}" for label, value in pairs)
