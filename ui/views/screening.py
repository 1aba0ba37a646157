"""The screening before a session: what to ask, and what to do about a yes."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from ui.theme import GRID, HEAD_PX, Theme, font
from ui.views.canvas import CENTRE, Canvas

SCREEN = "screen"                  # the kind of the phase
TITLE = "Before you begin"
QUESTIONS = (
    "Epilepsy, also from music, or a fit ever?",
    "Psychosis, or a change of psychiatric care?",
    "Tinnitus, sounds that hurt, hearing aids?",
    "Medication that acts on the brain, caffeine in the last hours, a short night?",
)
ADVICE = "After a yes to any of the first three, ask a clinician first. Research use only."
LINE_PX = 3.5 * GRID


class ScreeningPage(Canvas):
    """Asks, and waits for the person; nothing is chosen for them.

    Parameters
    ----------
    theme : Theme
        The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.go_on = QPushButton("Go on")
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.go_on)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(row)
        layout.setContentsMargins(0, 0, 0, 8 * GRID)

    def draw(self, painter: QPainter) -> None:
        """Write the questions."""
        top = self.height() / 2 - LINE_PX * (len(QUESTIONS) + 3) / 2
        painter.setFont(font(HEAD_PX, strong=True))
        self.write(painter, QRectF(0, top, self.width(), LINE_PX), TITLE, "text", CENTRE)
        painter.setFont(font())
        for index, line in enumerate(QUESTIONS):
            where = QRectF(0, top + (index + 1.5) * LINE_PX, self.width(), LINE_PX)
            self.write(painter, where, line, "text", CENTRE)
        last = QRectF(0, top + (len(QUESTIONS) + 2) * LINE_PX, self.width(), LINE_PX)
        self.write(painter, last, ADVICE, "quiet", CENTRE)
