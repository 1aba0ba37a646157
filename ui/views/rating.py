"""The rating: nine drawn manikins for valence, then nine for arousal; keys 1 to 9, no default, no hurry.

The figures are our own drawings after the idea of the Self-Assessment Manikin (Bradley and Lang, 1994).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath

from ui.theme import GRID, HEAD_PX, Theme, font
from ui.views.canvas import CENTRE, CORNER_PX, Canvas

STEPS = 9
QUESTIONS = ("How pleasant do you feel?", "How awake or excited do you feel?")
ENDS = (("unpleasant", "pleasant"), ("calm", "excited"))
HELP = "Press 1 to 9, or click. Backspace goes back. Take your time."
DONE = "Thank you."
SMALLEST_PX = 7 * GRID
LARGEST_PX = 14 * GRID


class RatingPanel(Canvas):
    """Asks for valence and arousal, one after the other.

    Parameters
    ----------
    theme : Theme
        The colours.
    answer : callable
        Takes valence and arousal, each 1..9, when both are given.
    """

    def __init__(self, theme: Theme, answer: Callable[[int, int], None]) -> None:
        super().__init__(theme)
        self._answer = answer
        self.given: list[int] = []

    def begin(self) -> None:
        """Ask anew; nothing is chosen."""
        self.given = []
        self.update()

    def choose(self, step: int) -> None:
        """Take one answer, 1..9."""
        if not 1 <= step <= STEPS or len(self.given) >= len(QUESTIONS):
            return
        self.given.append(step)
        self.update()
        if len(self.given) == len(QUESTIONS):
            self._answer(self.given[0], self.given[1])

    def back(self) -> None:
        """Take the first answer back while the second is open."""
        if len(self.given) == 1:
            self.begin()

    def boxes(self) -> list[QRectF]:
        """Return where the nine figures of the open question are."""
        side = max(SMALLEST_PX, min(LARGEST_PX, (self.width() - 8 * GRID) / STEPS - GRID))
        left = self.width() / 2 - STEPS * (side + GRID) / 2
        top = self.height() / 2 - side / 2
        return [QRectF(left + index * (side + GRID), top, side, side + 2 * GRID) for index in range(STEPS)]

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A click on a figure is an answer."""
        for index, box in enumerate(self.boxes()):
            if box.contains(event.position()):
                self.choose(index + 1)

    def draw(self, painter: QPainter) -> None:
        """Draw the open question, or thanks."""
        boxes = self.boxes()
        top = boxes[0].top()
        question = len(self.given)
        painter.setFont(font(HEAD_PX, strong=True))
        words = QUESTIONS[question] if question < len(QUESTIONS) else DONE
        self.write(painter, QRectF(0, top - 9 * GRID, self.width(), 4 * GRID), words, "text", CENTRE)
        painter.setFont(font())
        if question >= len(QUESTIONS):
            return
        for index, box in enumerate(boxes):
            self._draw_figure(painter, box, question, index)
        low, high = ENDS[question]
        line = QRectF(boxes[0].left(), boxes[0].bottom() + GRID, boxes[-1].right() - boxes[0].left(), 3 * GRID)
        self.write(painter, line, low, "quiet")
        self.write(painter, line, high, "quiet", Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.write(painter, line.translated(0, 5 * GRID), HELP, "quiet", CENTRE)
        step = f"{question + 1} of {len(QUESTIONS)}"
        self.write(painter, QRectF(0, top - 5 * GRID, self.width(), 3 * GRID), step, "quiet", CENTRE)

    def _draw_figure(self, painter: QPainter, box: QRectF, question: int, index: int) -> None:
        painter.setPen(self.pen("line"))
        painter.setBrush(self.theme.color("ground"))
        painter.drawRoundedRect(box, CORNER_PX, CORNER_PX)
        face = QRectF(box.left(), box.top(), box.width(), box.width()).adjusted(GRID, GRID, -GRID, -GRID)
        share = index / (STEPS - 1)
        if question == 0:
            self._draw_face(painter, face, share)
        else:
            self._draw_body(painter, face, share)
        number = QRectF(box.left(), box.bottom() - 2.5 * GRID, box.width(), 2 * GRID)
        self.write(painter, number, str(index + 1), "quiet", CENTRE)

    def _draw_face(self, painter: QPainter, face: QRectF, share: float) -> None:
        """A face whose mouth goes from a frown to a smile."""
        painter.setPen(self.pen("text", 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius, centre = face.width() * 0.42, face.center()
        painter.drawEllipse(centre, radius, radius)
        painter.setPen(self.pen("text", 4.0))
        for side in (-1, 1):
            painter.drawPoint(centre + QPointF(side * radius * 0.35, -radius * 0.22))
        bend = (share - 0.5) * radius * 1.1
        painter.setPen(self.pen("text", 2.0))
        corner_x, corner_y, middle_y = radius * 0.5, radius * 0.38 - bend * 0.35, radius * 0.38 + bend
        mouth = QPainterPath(centre + QPointF(-corner_x, corner_y))
        mouth.quadTo(centre + QPointF(0, middle_y), centre + QPointF(corner_x, corner_y))
        painter.drawPath(mouth)

    def _draw_body(self, painter: QPainter, face: QRectF, share: float) -> None:
        """A figure whose eyes open and whose middle goes from a dot to a burst."""
        painter.setPen(self.pen("text", 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        head = QPointF(face.center().x(), face.top() + face.height() * 0.24)
        head_radius = face.height() * 0.2
        painter.drawEllipse(head, head_radius, head_radius)
        opening = head_radius * 0.24 * share
        for side in (-1, 1):
            painter.drawEllipse(head + QPointF(side * head_radius * 0.42, 0), head_radius * 0.16, opening)
        trunk = QPointF(face.center().x(), face.top() + face.height() * 0.72)
        radius = face.height() * 0.27
        painter.drawEllipse(trunk, radius * 1.15, radius)
        points = QPainterPath()
        inner, outer = radius * (0.10 + 0.22 * share), radius * (0.14 + 0.72 * share)
        for index in range(16):
            reach = outer if index % 2 == 0 else inner
            corner = trunk + QPointF(reach * math.sin(index * math.pi / 8), -reach * math.cos(index * math.pi / 8))
            points.lineTo(corner) if index else points.moveTo(corner)
        points.closeSubpath()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("text"))
        painter.drawPath(points)
