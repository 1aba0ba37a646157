"""Colours, type and spacing of every window: one dark palette, one light, two sizes, one emphasis."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

GRID = 8                           # every distance is a multiple of this, px
BODY_PX = 13
HEAD_PX = 20
FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Noto Sans", "DejaVu Sans")
CARRIED_FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")    # in matplotlib, for a machine that has no fonts


@dataclass(frozen=True, slots=True)
class Theme:
    """What each colour means; series colours are Okabe and Ito's (2008), which colour-blind people can tell apart."""

    name: str
    ground: str
    panel: str
    line: str                      # hairlines, grids
    text: str
    quiet: str                     # words that can wait; 4.5:1 on `panel` at least
    faint: str                     # marks that are only context
    now: str                       # the one accent
    held: str                      # amber: held, and nothing else
    stop: str                      # red: STOP, and nothing else
    trace: str
    valence: str
    arousal: str
    good: str
    bad: str

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """Return one of the colours, as opaque as `alpha` says."""
        color = QColor(getattr(self, name))
        color.setAlphaF(alpha)
        return color


DARK = Theme(
    name="dark", ground="#111417", panel="#181c20", line="#2a3036", text="#e9ecef", quiet="#9ba6b1", faint="#76818c",
    now="#56b4e9", held="#e69f00", stop="#c62828", trace="#c3ccd5", valence="#cc79a7", arousal="#2bb98f",
    good="#2bb98f", bad="#f0e442")
LIGHT = Theme(
    name="light", ground="#eef0f2", panel="#ffffff", line="#d9dde1", text="#1b1f23", quiet="#5a646e", faint="#78828c",
    now="#0072b2", held="#b87700", stop="#c62828", trace="#39424b", valence="#a8447c", arousal="#007a59",
    good="#007a59", bad="#7d6b00")


def font(size_px: int = BODY_PX, strong: bool = False) -> QFont:
    """Return the one typeface, with figures of equal width so that numbers do not dance."""
    chosen = QFont()
    chosen.setFamilies(list(FAMILIES))
    chosen.setPixelSize(size_px)
    chosen.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    chosen.setFeature(QFont.Tag("tnum"), 1)
    return chosen


def dress(app: QApplication, theme: Theme) -> None:
    """Give an application its typeface, palette and style."""
    if not QFontInfo(font()).family():
        _load_carried_fonts()
    app.setStyle("Fusion")
    app.setFont(font())
    palette = QPalette()
    for role, name in (
        (QPalette.ColorRole.Window, "ground"), (QPalette.ColorRole.Base, "panel"),
        (QPalette.ColorRole.WindowText, "text"), (QPalette.ColorRole.Text, "text"),
        (QPalette.ColorRole.ButtonText, "text"), (QPalette.ColorRole.Button, "panel"),
        (QPalette.ColorRole.Highlight, "now"), (QPalette.ColorRole.ToolTipBase, "panel"),
        (QPalette.ColorRole.ToolTipText, "text"),
    ):
        palette.setColor(role, theme.color(name))
    app.setPalette(palette)
    app.setStyleSheet(style_sheet(theme))


def style_sheet(theme: Theme) -> str:
    """Return the style of the few ready-made widgets that windows use."""
    return f"""
        QToolTip {{ background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.line}; padding: 4px; }}
        QPushButton {{ background: transparent; color: {theme.text}; border: 1px solid {theme.line};
                       border-radius: 4px; padding: 0 16px; min-height: 30px; }}
        QPushButton:hover {{ border-color: {theme.quiet}; }}
        QPushButton:focus {{ border-color: {theme.now}; }}
        QPushButton:disabled {{ color: {theme.faint}; }}
        QPushButton#stop {{ background: {theme.stop}; color: white; border: none; font-weight: 600;
                            min-height: 40px; padding: 0 28px; }}
        QPushButton#stop:hover, QPushButton#stop:focus {{ border: 2px solid {theme.text}; }}
        QPushButton#stop:disabled {{ background: {theme.line}; color: {theme.quiet}; border: none; }}
        QLabel#head {{ font-size: {HEAD_PX}px; font-weight: 600; }}
        QLabel#quiet {{ color: {theme.quiet}; }}
    """


def _load_carried_fonts() -> None:
    """Take the fonts that matplotlib brings: a bare container has none, and words would be boxes."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        return
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    for name in CARRIED_FONTS:
        QFontDatabase.addApplicationFont(str(folder / name))
