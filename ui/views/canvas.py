"""What every drawn panel shares: ground, title, and the look of an old reading."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.theme import BODY_PX, GRID, Theme, font

STALE_OPACITY = 0.38
CORNER_PX = 4.0
TITLE_PX = BODY_PX + 2 * GRID      # height of a panel's title line
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


class Canvas(QWidget):
    """A panel that draws itself; a subclass says how in `draw`.

    Parameters
    ----------
    theme : Theme
        The colours.
    title : str
        In its top left corner; no title line where it is empty.
    """

    def __init__(self, theme: Theme, title: str = "") -> None:
        super().__init__()
        self.theme = theme
        self.title = title
        self.stale = False

    def set_stale(self, stale: bool) -> None:
        """Look old, or fresh again."""
        if stale != self.stale:
            self.stale = stale
            self.update()

    def inner(self) -> QRectF:
        """Return the area below the title, inside the margins."""
        top = TITLE_PX if self.title else GRID
        return QRectF(2 * GRID, top, self.width() - 4 * GRID, self.height() - top - GRID)

    def draw(self, painter: QPainter) -> None:
        """Draw what the panel shows."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the ground and the title, then the panel's own picture."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("panel"))
        painter.drawRoundedRect(QRectF(self.rect()), CORNER_PX, CORNER_PX)
        if self.title:
            self.write(painter, QRectF(2 * GRID, GRID / 2, self.width(), TITLE_PX - GRID / 2), self.title)
        painter.setOpacity(STALE_OPACITY if self.stale else 1.0)
        self.draw(painter)
        painter.end()

    def write(self, painter: QPainter, where: QRectF, words: str, color: str = "quiet",
              align: Qt.AlignmentFlag = LEFT) -> None:
        """Write words in a rectangle."""
        painter.setPen(self.theme.color(color))
        painter.drawText(where, align, words)

    def write_fitting(self, painter: QPainter, where: QRectF, words: str, color: str = "quiet") -> None:
        """Write words in a rectangle, with an ellipsis where they do not fit."""
        short = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(where.width()))
        self.write(painter, where, short, color)

    def pen(self, color: str, width: float = 1.0, alpha: float = 1.0, dashed: bool = False) -> QPen:
        """Return a pen with round joins."""
        pen = QPen(self.theme.color(color, alpha), width)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if dashed:
            pen.setDashPattern([4.0, 4.0])
        return pen
