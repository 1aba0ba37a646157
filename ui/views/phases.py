"""The course along the bottom: every phase, which one runs, and the time that is left."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from sessions.live.snapshot import PhaseCard, Snapshot
from ui.theme import GRID, Theme, font
from ui.views.canvas import CENTRE, CORNER_PX, Canvas
from ui.words import SHORT_PHASE_WORDS, clock_words, phase_words

EVENT_PX = 7.0 * GRID              # width of a phase that ends by an event
LEAST_PX = 7.0 * GRID
JOINT_PX = 2.0


class PhaseBar(Canvas):
    """Phases as boxes as wide as they are long.

    Parameters
    ----------
    theme : Theme
        The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._cards: tuple[PhaseCard, ...] = ()
        self._index = -1
        self._elapsed_s = 0.0
        self._left_s = math.nan
        self.setFixedHeight(6 * GRID)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the course and where in it the session is."""
        self._cards = snapshot.course.phases
        self._index = snapshot.phase_index
        if snapshot.cycle is not None:
            moment = snapshot.cycle.status.moment
            self._elapsed_s, self._left_s = moment.elapsed_s, moment.left_s
        self.setToolTip("\n".join(
            f"{phase_words(card.kind, card.eyes)}: {clock_words(card.length_s)}" for card in self._cards))
        self.update()

    def draw(self, painter: QPainter) -> None:
        """Draw the boxes."""
        inner = QRectF(self.rect()).adjusted(GRID, GRID, -GRID, -GRID)
        left = inner.left()
        for index, width in enumerate(self.widths(inner.width())):
            self._draw_box(painter, QRectF(left, inner.top(), width - JOINT_PX, inner.height()), index)
            left += width

    def widths(self, total: float) -> list[float]:
        """Return the boxes' widths: by length, none so narrow that it cannot be seen."""
        if not self._cards:
            return []
        lengths = [0.0 if math.isnan(card.length_s) else card.length_s for card in self._cards]
        least = min(LEAST_PX, total / len(lengths))
        spare = total - least * len(lengths)
        whole = sum(lengths) or 1.0
        return [least + spare * length / whole for length in lengths]

    def _draw_box(self, painter: QPainter, box: QRectF, index: int) -> None:
        runs, over = index == self._index, index < self._index
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("line", 0.5 if over else 1.0))
        painter.drawRoundedRect(box, CORNER_PX / 2, CORNER_PX / 2)
        if runs:
            painter.setBrush(self.theme.color("now", 0.30))
            painter.drawRect(QRectF(box.left(), box.top(), box.width() * self._share(), box.height()))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self.pen("now", 1.5))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), CORNER_PX / 2, CORNER_PX / 2)
        color = "text" if runs else ("faint" if over else "quiet")
        painter.setFont(font(strong=runs))
        self.write(painter, box, self._fitting(painter, index, box.width() - GRID), color, CENTRE)

    def _share(self) -> float:
        length_s = self._elapsed_s + self._left_s
        return self._elapsed_s / length_s if length_s > 0 else 0.0

    def _fitting(self, painter: QPainter, index: int, width: float) -> str:
        """Return the longest wording that fits."""
        card = self._cards[index]
        name, full = phase_words(card.kind), phase_words(card.kind, card.eyes)
        short = SHORT_PHASE_WORDS.get(card.kind, name)
        wordings = [full, name, short]
        if index == self._index and not math.isnan(self._left_s):
            left = clock_words(self._left_s)
            wordings = [f"{full}  ·  {left} left", f"{name}  ·  {left} left", f"{name}  {left}", left, short]
        metrics = QFontMetricsF(painter.font())
        fitting = (words for words in wordings if metrics.horizontalAdvance(words) <= width)
        return next(fitting, metrics.elidedText(short, Qt.TextElideMode.ElideRight, width))
