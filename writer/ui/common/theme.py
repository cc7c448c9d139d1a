"""The theme in use: its colours for Qt's palette and one stylesheet, which can change at run time."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap, QStyleHints
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from writer.settings.schema import APPEARANCE_COLOURS, APPEARANCE_THEME
from writer.settings.store import SettingsStore
from writer.ui.common.theme_files import Colours, find_theme, load_theme

_SCALES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme in use: its name and its colours for light or dark surroundings."""

    name: str
    dark: bool
    colours: Colours

    def palette(self) -> QPalette:
        """The palette of the application. `PlaceholderText` is the colour of ghost text."""
        c = self.colours
        palette = QPalette()
        for role, colour in _roles(c).items():
            palette.setColor(role, QColor(colour))
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(c.muted))
        return palette


def _roles(c: Colours) -> dict[QPalette.ColorRole, str]:
    return {
        QPalette.ColorRole.Window: c.window,
        QPalette.ColorRole.WindowText: c.text,
        QPalette.ColorRole.Base: c.page,
        QPalette.ColorRole.AlternateBase: c.hover,
        QPalette.ColorRole.Text: c.text,
        QPalette.ColorRole.PlaceholderText: c.ghost,
        QPalette.ColorRole.Button: c.raised,
        QPalette.ColorRole.ButtonText: c.text,
        QPalette.ColorRole.BrightText: c.warning,
        QPalette.ColorRole.Highlight: c.selection,
        QPalette.ColorRole.HighlightedText: c.selection_text,
        QPalette.ColorRole.Accent: c.accent,
        QPalette.ColorRole.Link: c.accent,
        QPalette.ColorRole.LinkVisited: c.accent,
        QPalette.ColorRole.ToolTipBase: c.raised,
        QPalette.ColorRole.ToolTipText: c.text,
        QPalette.ColorRole.Light: c.raised,
        QPalette.ColorRole.Midlight: c.hover,
        QPalette.ColorRole.Mid: c.edge,
        QPalette.ColorRole.Dark: c.line,
        QPalette.ColorRole.Shadow: c.line,
    }


class ThemeSwitcher(QObject):
    """Applies the theme of the settings to the application, or the system's colour scheme.

    `resources` holds the folders `themes` and `icons`; `hints` have the system's colour scheme. `folders` are
    those with further themes.
    """

    changed = Signal(object)
    """The new Theme, after it was applied."""

    def __init__(
        self,
        app: QApplication,
        store: SettingsStore,
        resources: Path,
        hints: QStyleHints | None = None,
        folders: Sequence[Path] = (),
    ) -> None:
        super().__init__(app)
        self._app = app
        self._store = store
        self._hints = hints or app.styleHints()
        self._icons = resources / "icons"
        self._folders = (resources / "themes", *folders)
        self._style = string.Template((self._folders[0] / "style.qss").read_text("utf-8"))
        app.setStyle("Fusion")
        self.theme = self._selected_theme()
        self._apply_theme(self.theme)
        unsubscribe = store.subscribe("appearance", lambda _key: self.apply())
        self.destroyed.connect(unsubscribe)
        self._hints.colorSchemeChanged.connect(self.apply)

    def apply(self) -> None:
        """Apply the selected theme if it has changed."""
        theme = self._selected_theme()
        if theme != self.theme:
            self.theme = theme
            self._apply_theme(theme)
            self.changed.emit(theme)

    def _selected_theme(self) -> Theme:
        """The theme of the settings; also sets Qt's colour scheme."""
        wanted = self._store.get(APPEARANCE_THEME)
        if wanted == "system":
            self._hints.unsetColorScheme()
            wanted = "dark" if self._hints.colorScheme() == Qt.ColorScheme.Dark else "light"
        else:
            self._hints.setColorScheme(Qt.ColorScheme.Dark if wanted == "dark" else Qt.ColorScheme.Light)
        chosen = find_theme(self._store.get(APPEARANCE_COLOURS), self._folders)
        found = chosen or load_theme(self._folders[0] / f"{APPEARANCE_COLOURS.default}.toml")
        dark = wanted == "dark"
        return Theme(found.name, dark, found.dark if dark else found.light)

    def _apply_theme(self, theme: Theme) -> None:
        self._app.setPalette(theme.palette())
        self._app.setStyleSheet(self._style.substitute(asdict(theme.colours), icons=self._icons.as_posix()))


def tinted_icon(file: Path, colour: QColor, size: int = 20) -> QIcon:
    """An icon from an SVG drawn in `currentColor`, in one colour and for several scale factors."""
    text = file.read_text("utf-8").replace("currentColor", colour.name())
    renderer = QSvgRenderer(QByteArray(text.encode()))
    icon = QIcon()
    for scale in _SCALES:
        pixmap = QPixmap(QSize(size, size) * scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            icon.addPixmap(pixmap, mode)
    return icon
