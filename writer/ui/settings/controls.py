"""The controls of the settings dialog: one for each type of value."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from writer.base.paths import home_path
from writer.settings.value_types import (
    BoolType,
    ChoiceType,
    FloatType,
    FolderType,
    IntType,
    TextList,
    TextType,
    ValueType,
)
from writer.ui.common.dialogs import file_dialog
from writer.ui.editor.text_document import plain_text
from writer.ui.settings.switch import SwitchButton

_FIELD_WIDTH = 200
_LIST_LINES = 4
_MENU_OPENS = Qt.FocusReason.PopupFocusReason


def translated(text: str) -> str:
    """A text of the settings schema in the language of the moment."""
    return QCoreApplication.translate("settings", text) if text else ""


class Control(QObject):
    """Ties a widget to a kind of value.

    `chosen` carries a value that the user has settled on: at once where one gesture chooses it, after Enter
    or on leaving the field where it is typed.
    """

    chosen = Signal(object)
    wide = False
    """Whether the widget needs a line of its own."""

    def __init__(self, widget: QWidget, focus: QWidget | None = None) -> None:
        super().__init__(widget)
        self.widget = widget
        self.focus = focus or widget
        """The widget that takes the keys, and that a screen reader names."""
        self.focus.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.focus.installEventFilter(self)

    def show_value(self, value: object) -> None:
        """Display a value without announcing it as chosen."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """Put the texts in the language of the moment."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to the page, unless the user is in this very control."""
        if event.type() == QEvent.Type.Wheel and not self.focus.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


class SwitchControl(Control):
    """A toggle."""

    def __init__(self, _kind: BoolType) -> None:
        self._toggle = SwitchButton()
        super().__init__(self._toggle)
        self._toggle.clicked.connect(lambda: self.chosen.emit(self._toggle.isChecked()))

    def show_value(self, value: object) -> None:
        """See `Control.show_value`."""
        self._toggle.setChecked(bool(value))


class NumberControl(Control):
    """A spin box for an integer or a real number, which settles what is typed when it loses the focus."""

    def __init__(self, kind: IntType | FloatType) -> None:
        self._kind = kind
        self._spin = _spin_box(kind)
        super().__init__(self._spin)
        self._spin.setRange(kind.minimum, kind.maximum)
        self._spin.setSingleStep(kind.step)
        self._spin.setKeyboardTracking(False)
        self._spin.setMinimumWidth(_FIELD_WIDTH)
        self._spin.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._spin.valueChanged.connect(self.chosen.emit)

    def show_value(self, value: object) -> None:
        """See `Control.show_value`."""
        with QSignalBlocker(self._spin):
            self._spin.setValue(self._kind.check(value))

    def retranslate(self) -> None:
        """See `Control.retranslate`."""
        self._spin.setSuffix(_suffix(self._kind.unit))
        if isinstance(self._kind, IntType):
            self._spin.setSpecialValueText(translated(self._kind.minimum_text))


def _spin_box(kind: IntType | FloatType) -> Any:
    """The widget for numbers of `kind`. Its setters take these, which no common type of the classes says."""
    return QSpinBox() if isinstance(kind, IntType) else QDoubleSpinBox()


def _suffix(unit: str) -> str:
    return f" {translated(unit)}" if unit else ""


class ChoiceControl(Control):
    """A list that opens."""

    def __init__(self, kind: ChoiceType) -> None:
        self._kind = kind
        self._combo = QComboBox()
        super().__init__(self._combo)
        for option in kind.options:
            self._combo.addItem(option.label, option.value)
        self._combo.setMinimumWidth(_FIELD_WIDTH)
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._combo.activated.connect(lambda index: self.chosen.emit(self._combo.itemData(index)))

    def show_value(self, value: object) -> None:
        """See `Control.show_value`."""
        self._combo.setCurrentIndex(self._combo.findData(value))

    def retranslate(self) -> None:
        """See `Control.retranslate`."""
        for index, option in enumerate(self._kind.options):
            self._combo.setItemText(index, translated(option.label))


class TextControl(Control):
    """A line of text; for folders with a button that opens the system's chooser."""

    wide = True

    def __init__(self, kind: TextType) -> None:
        self._kind = kind
        self._field = QLineEdit()
        self._field.setMaxLength(kind.max_length)
        self._field.setMinimumWidth(_FIELD_WIDTH)
        self._browse: QPushButton | None = None
        super().__init__(
            self._beside_a_button() if isinstance(kind, FolderType) else self._field, self._field
        )
        self._field.editingFinished.connect(self._choose)

    def show_value(self, value: object) -> None:
        """See `Control.show_value`."""
        if self._field.text() != value:
            self._field.setText(str(value))
            self._field.setCursorPosition(0)

    def retranslate(self) -> None:
        """See `Control.retranslate`."""
        self._field.setPlaceholderText(translated(self._kind.placeholder))
        if self._browse is not None:
            self._browse.setText(translated("Choose folder…"))

    def _choose(self) -> None:
        if self._field.isModified():
            self._field.setModified(False)
            self.chosen.emit(self._field.text().strip())

    def _beside_a_button(self) -> QWidget:
        both = QWidget()
        self._browse = QPushButton(both)
        self._browse.setAutoDefault(False)
        self._browse.clicked.connect(self._open_chooser)
        layout = QHBoxLayout(both)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._field)
        layout.addWidget(self._browse)
        return both

    def _open_chooser(self) -> None:
        chooser = file_dialog(self.widget, translated("Choose folder…"))
        chooser.setFileMode(QFileDialog.FileMode.Directory)
        chooser.setOption(QFileDialog.Option.ShowDirsOnly)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chosen = home_path(self._field.text())
        if chosen is not None and chosen.is_dir():
            chooser.setDirectory(str(chosen))
        chooser.fileSelected.connect(self.chosen.emit)
        chooser.open()


class TextListControl(Control):
    """A field with one entry in each line. Tab leaves it, which settles the list."""

    wide = True

    def __init__(self, kind: TextList) -> None:
        self._kind = kind
        self._field = QPlainTextEdit()
        self._field.setObjectName("textList")
        self._field.setTabChangesFocus(True)
        self._field.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._field.setMinimumWidth(_FIELD_WIDTH)
        super().__init__(self._field)
        self._field.viewport().installEventFilter(self)

    def show_value(self, value: object) -> None:
        """See `Control.show_value`."""
        entries = value if isinstance(value, tuple) else ()
        if self._entries() != entries:
            self._field.setPlainText("\n".join(entries))

    def retranslate(self) -> None:
        """See `Control.retranslate`."""
        self._field.setPlaceholderText(translated(self._kind.placeholder))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Settle the list when the user leaves the field, and keep its height to a few lines of its font."""
        if watched is self._field:
            if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() != _MENU_OPENS:
                self._choose()
            elif event.type() in (QEvent.Type.Show, QEvent.Type.FontChange):
                self._fit_height()
        return super().eventFilter(watched, event)

    def _choose(self) -> None:
        document = self._field.document()
        if document.isModified():
            document.setModified(False)
            self.chosen.emit(self._entries())

    def _entries(self) -> tuple[str, ...]:
        """What the lines say; what else breaks a line, as Shift+Enter does, begins an entry as well."""
        lines = plain_text(self._field.document()).splitlines()
        return tuple(line.strip() for line in lines if line.strip())

    def _fit_height(self) -> None:
        margins = self._field.contentsMargins()
        lines = _LIST_LINES * self._field.fontMetrics().lineSpacing()
        around = margins.top() + margins.bottom() + 2 * round(self._field.document().documentMargin())
        self._field.setFixedHeight(lines + around)


@singledispatch
def control_for(kind: ValueType[Any]) -> Control:
    """A control that fits the kind; TypeError for a kind that has none yet."""
    raise TypeError(f"no control for {kind!r}")


control_for.register(BoolType)(SwitchControl)
control_for.register(IntType)(NumberControl)
control_for.register(FloatType)(NumberControl)
control_for.register(ChoiceType)(ChoiceControl)
control_for.register(TextType)(TextControl)
control_for.register(TextList)(TextListControl)
