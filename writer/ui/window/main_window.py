"""The main window: menus, text, status bar; engine and files are connected from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QVBoxLayout, QWidget

from writer.base.errors import Message, Sentence
from writer.base.printable import printable
from writer.settings.editor_schema import EDITOR_FONT_SIZE
from writer.settings.schema import SUGGESTIONS_ENABLED
from writer.settings.setting import Setting
from writer.settings.store import SettingsStore
from writer.settings.value_types import IntType, SettingsError, T
from writer.suggestions.reasons import sentence
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import resize_within_screen
from writer.ui.editor.composition import CompositionFilter
from writer.ui.editor.editor import Editor, files_of
from writer.ui.window.action_id import ActionId
from writer.ui.window.actions import MENUS, Actions
from writer.ui.window.appearance import apply_appearance
from writer.ui.window.full_screen import FullScreen
from writer.ui.window.panes import Panes
from writer.ui.window.shortcuts import key_of, key_sequences, with_key_texts
from writer.ui.window.status_bar import StatusBar
from writer.ui.window.wheel_zoom import WheelZoom

USUAL_SIZE = QSize(980, 720)
"""The size of a window that was never resized, where the screen has room for it."""

_MINIMUM_SIZE = QSize(420, 280)


class MainWindow(Retranslated, QMainWindow):
    """The main window with one editor."""

    activated = Signal()
    """The window was activated."""

    closed = Signal()
    """The window was closed."""

    dropped = Signal(list)
    """The Paths of dropped files."""

    settings_requested = Signal(str)
    """The settings page to open, by name; "" for the last one."""

    about_requested = Signal()
    """The About dialog shall be shown."""

    def __init__(self, settings: SettingsStore, resources: Path) -> None:
        super().__init__()
        self._settings = settings
        self._resources = resources
        self._may_close: Callable[[], bool] = lambda: True
        self.editor = Editor()
        self._composition = CompositionFilter(self.editor)
        self._panes = Panes(self.editor)
        self.status = StatusBar()
        self.actions_by_name = Actions(self)
        self.escape_handlers: list[Callable[[], bool]] = []
        """Called in turn on an Esc that nothing else takes, until one of them returns True."""
        self._menus = [self._build_menu(menu.actions) for menu in MENUS]
        self._build()
        self._full_screen = FullScreen(self, self.actions_by_name[ActionId.VIEW_FULL_SCREEN], self.status)
        self._connect()
        self._apply("")
        self.retranslate()

    def set_close_check(self, may_close: Callable[[], bool]) -> None:
        """Set the function that returns whether the window may close."""
        self._may_close = may_close

    def set_name(self, name: str) -> None:
        """Set the document's name in the title."""
        self._name = name
        shown = printable(name).replace("[*]", "[*][*]")  # Qt's escape of its placeholder
        self.setWindowTitle(f"{shown or self.tr('Untitled')}[*] — Writer")
        self.setWindowFilePath("")

    def reason(self, reason: Message) -> str:
        """The sentence for a Reason, in the current language and with the current shortcuts."""
        message = sentence(reason)
        text = localised(message)
        # Only fixed texts contain names of actions; values are not replaced.
        return text if isinstance(message, Sentence) else with_key_texts(text, self._settings)

    def geometry_state(self) -> bytes:
        """The geometry, for the session."""
        return bytes(self.saveGeometry().data())

    @property
    def leaves_maximised(self) -> bool:
        """Whether the window is in full screen, and maximised when it leaves, for the session."""
        return self.isFullScreen() and self._full_screen.leaves_maximised

    def restore_geometry(self, state: bytes, leaves_maximised: bool = False) -> None:
        """Restore the geometry, within the current screens."""
        if state:
            self.restoreGeometry(QByteArray(state))
            self._full_screen.leaves_maximised |= leaves_maximised

    def bring_to_front(self) -> None:
        """Show and activate the window, as far as the desktop allows."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    @property
    def icons(self) -> Path:
        """The folder of the icons."""
        return self._resources / "icons"

    def add_menu(self, menu: QMenu, behind: ActionId) -> None:
        """Insert a submenu behind an action."""
        action = self.actions_by_name[behind]
        outer = next(menu for menu in self._menus if action in menu.actions())
        entries = outer.actions()
        behind_it = entries[entries.index(action) + 1 :]
        outer.insertMenu(behind_it[0], menu) if behind_it else outer.addMenu(menu)

    def add_bar(self, bar: QWidget) -> None:
        """Insert a bar between the editor and the status bar."""
        self._column.insertWidget(self._column.indexOf(self.status), bar)
        self._panes.add(bar)

    def add_top_bar(self, bar: QWidget) -> None:
        """Insert a bar above the editor."""
        self._column.insertWidget(0, bar)

    def add_side_panel(self, panel: QWidget, right: bool = False) -> None:
        """Insert a panel at the left or right of the editor."""
        self._row.insertWidget(self._row.count() if right else 0, panel)
        self._panes.add(panel)

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.actions_by_name.retranslate()
        self.set_name(self._name)
        for menu, spec in zip(self._menus, MENUS, strict=True):
            menu.setTitle(QCoreApplication.translate("Actions", spec.label))
        self.editor.setAccessibleName(self.tr("Text"))
        self._composition.set_hint(self.tr("Write here."))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close if the close check allows it."""
        if not self._may_close():
            event.ignore()
            return
        super().closeEvent(event)
        self.closed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Emit `activated`, too."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.activated.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let an Esc that nothing else takes end one thing, the full screen last."""
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            handlers = (self._return_to_text, *self.escape_handlers, self._full_screen.leave)
            any(handle() for handle in handlers)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files; the editor accepts text itself."""
        if files_of(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Emit the dropped files."""
        event.setDropAction(Qt.DropAction.CopyAction)  # the file stays where it is
        event.accept()
        self.dropped.emit(files_of(event.mimeData()))

    def _build(self) -> None:
        centre = QWidget()
        self._column = column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._row = QHBoxLayout()
        self._row.setSpacing(0)
        self._row.addWidget(self.editor, 1)
        column.addLayout(self._row, 1)
        column.addWidget(self.status)
        self.setCentralWidget(centre)
        resize_within_screen(self, USUAL_SIZE)
        self.setMinimumSize(_MINIMUM_SIZE)
        self.setAcceptDrops(True)
        self.set_name("")
        self.editor.set_reserved_keys(self.actions_by_name.is_reserved)
        self.editor.setFocus()

    def _build_menu(self, names: Iterable[ActionId | None]) -> QMenu:
        menu = self.menuBar().addMenu("")
        for name in names:
            if name is not None:
                menu.addAction(self.actions_by_name[name])
            else:
                menu.addSeparator()
        return menu

    def _connect(self) -> None:
        editor = self.editor
        self.actions_by_name.connect(
            {
                ActionId.EDIT_UNDO: editor.undo,
                ActionId.EDIT_REDO: editor.redo,
                ActionId.EDIT_CUT: editor.cut,
                ActionId.EDIT_COPY: editor.copy,
                ActionId.EDIT_PASTE: editor.paste,
                ActionId.EDIT_SELECT_ALL: editor.selectAll,
                ActionId.FILE_QUIT: self.close,
                ActionId.APP_SETTINGS: lambda: self.settings_requested.emit(""),
                ActionId.APP_ABOUT: self.about_requested.emit,
                ActionId.HELP_KEYS: self._show_keys,
                ActionId.VIEW_NEXT_PANE: self._panes.focus_next,
                ActionId.VIEW_LARGER: lambda: self._zoom(1),
                ActionId.VIEW_SMALLER: lambda: self._zoom(-1),
                ActionId.VIEW_USUAL: lambda: self._settings.reset(EDITOR_FONT_SIZE),
            }
        )
        WheelZoom(editor, self._zoom)
        editor.modificationChanged.connect(self.setWindowModified)
        editor.undoAvailable.connect(self.actions_by_name[ActionId.EDIT_UNDO].setEnabled)
        editor.redoAvailable.connect(self.actions_by_name[ActionId.EDIT_REDO].setEnabled)
        editor.switched.connect(self._update_actions)
        self._update_actions()
        editor.ghost_changed.connect(self.actions_by_name.enable_ghost_actions)
        enabled = self.actions_by_name[ActionId.SUGGEST_ENABLED]
        enabled.triggered.connect(lambda checked: self.change(SUGGESTIONS_ENABLED, checked))
        self.destroyed.connect(self._settings.subscribe("", self._apply))

    def _update_actions(self) -> None:
        """Update the title and the undo actions for the document in the editor."""
        document = self.editor.document()
        self.setWindowModified(document.isModified())
        self.actions_by_name[ActionId.EDIT_UNDO].setEnabled(document.isUndoAvailable())
        self.actions_by_name[ActionId.EDIT_REDO].setEnabled(document.isRedoAvailable())

    def _apply(self, key: str) -> None:
        """Apply a changed setting; all settings for ""."""
        apply_appearance(self.editor, self._settings, key)
        if not key or key.startswith("keys."):
            self.actions_by_name.set_keys(lambda spec: key_sequences(spec, self._value(key_of(spec))))
        if key in ("", SUGGESTIONS_ENABLED.key):
            self.actions_by_name[ActionId.SUGGEST_ENABLED].setChecked(self._settings.get(SUGGESTIONS_ENABLED))

    def _return_to_text(self) -> bool:
        """Focus the text; whether the focus was elsewhere."""
        was_elsewhere = not self.editor.hasFocus()
        self.editor.setFocus()
        return was_elsewhere

    def _value(self, key: str) -> object:
        return self._settings.get(self._settings.schema.find(key))

    def _zoom(self, by: int) -> None:
        """Change the text size by points, as far as its limits."""
        limits = EDITOR_FONT_SIZE.value_type
        assert isinstance(limits, IntType)
        size = self._settings.get(EDITOR_FONT_SIZE)
        new = min(max(size + by, limits.minimum), limits.maximum)
        if new != size:
            self.change(EDITOR_FONT_SIZE, new)

    def change(self, setting: Setting[T], value: T) -> None:
        """Set a setting; an error is shown in the status bar."""
        try:
            self._settings.set(setting, value)
        except SettingsError as error:
            self.status.show_message(localised(error))

    def _show_keys(self) -> None:
        from writer.ui.window.shortcut_sheet import ShortcutSheet

        ShortcutSheet(self.actions_by_name, self).show()
