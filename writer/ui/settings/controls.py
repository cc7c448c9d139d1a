"""The controls of the settings dialog: one for each type of value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
from writer.base.printable import printable
from writer.settings.value_types import (
    BoolType,
    ChoiceType,
    FloatType,
    FolderType,
    IntType,
    OpenChoiceType,
    Option,
    TextList,
    TextType,
    ValueType,
)
from writer.ui.common.dialogs import file_dialog
from writer.ui.editor.text_document import plain_text
from writer.ui.settings.switch import SwitchButton

_FIELD_WIDTH = 200
_LIST_WIDTH = 260
_SHOWN_ITEMS = 16
_LIST_LINES = 4
_OPENS_MENU = Qt.FocusReason.PopupFocusReason


def translated(text: str) -> str:
    """A text of the settings schema in the current language."""
    return QCoreApplication.translate("settings", text) if text else ""


class Control(QObject):
    """The base class of controls, which connect a widget with a value type."""

    chosen = Signal(object)
    """The value that the user has set: at once, or for typed text on Enter or loss of focus."""
    wide = False
    """Whether the widget is shown on a line of its own."""

    def __init__(self, widget: QWidget, focus: QWidget | None = None) -> None:
        super().__init__(widget)
        self.widget = widget
        self.focus = focus or widget
        """The widget that gets the focus and the accessible name."""
        self.focus.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.focus.installEventFilter(self)

    def show_value(self, value: object) -> None:
        """Show a value without emitting `chosen`."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """Set all texts in the current language."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the mouse wheel to the page, unless the control has the focus."""
        if event.type() == QEvent.Type.Wheel and not self.focus.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


class SwitchControl(Control):
    """A switch."""

    def __init__(self, _value_type: BoolType) -> None:
        self._toggle = SwitchButton()
        super().__init__(self._toggle)
        self._toggle.clicked.connect(lambda: self.chosen.emit(self._toggle.isChecked()))

    def show_value(self, value: object) -> None:
        """See `Control.show_value`."""
        self._toggle.setChecked(bool(value))


class NumberControl(Control):
    """A spin box for an integer or a real number; typed text counts on loss of focus."""

    def __init__(self, value_type: IntType | FloatType) -> None:
        self._value_type = value_type
        self._spin = _spin_box(value_type)
        super().__init__(self._spin)
        self._spin.setRange(value_type.minimum, value_type.maximum)
        self._spin.setSingleStep(value_type.step)
        self._spin.setKeyboardTracking(False)
        self._spin.setMinimumWidth(_FIELD_WIDTH)
        self._spin.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._spin.valueChanged.connect(self.chosen.emit)

    def show_value(self, value: object) -> None:
        """See `Control.show_value`."""
        with QSignalBlocker(self._spin):
            self._spin.setValue(self._value_type.check(value))

    def retranslate(self) -> None:
        """See `Control.retranslate`."""
        self._spin.setSuffix(_suffix(self._value_type.unit))
        if isinstance(self._value_type, IntType):
            self._spin.setSpecialValueText(translated(self._value_type.minimum_text))


def _spin_box(value_type: IntType | FloatType) -> Any:
    """A spin box for the type. Any, because the number types of the setters have no common type."""
    return QSpinBox() if isinstance(value_type, IntType) else QDoubleSpinBox()


def _suffix(unit: str) -> str:
    return f" {translated(unit)}" if unit else ""


Choices = Callable[[], Iterable[tuple[str, str]]]
"""A function that finds further values on this computer: each, and what to call it."""


class ChoiceControl(Control):
    """A combo box."""

    def __init__(self, value_type: ChoiceType | OpenChoiceType) -> None:
        self._value_type = value_type
        self._find: Choices = tuple
        self._combo = QComboBox()
        super().__init__(self._combo)
        for option in value_type.options:
            self._combo.addItem(option.label, option.value)
        self._combo.setMinimumWidth(_FIELD_WIDTH)
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._combo.activated.connect(lambda index: self.chosen.emit(self._combo.itemData(index)))

    def set_choices(self, find: Choices) -> None:
        """List those of the rare options that `find` finds, and take the names that it has for options.

        Such names are longer than labels, so that they have a line of their own.
        """
        self._find = find
        for value, name in find():
            self._offer_rare(value)
            self.wide = self.wide or bool(name)

    def show_value(self, value: object) -> None:
        """See `Control.show_value`. A rare option that is set is listed, too."""
        self._offer_rare(value)
        self._combo.setCurrentIndex(self._combo.findData(value))

    def retranslate(self) -> None:
        """See `Control.retranslate`."""
        options = (*self._value_type.options, *self._rare())
        labels = {option.value: translated(option.label) for option in options}
        labels |= {value: name for value, name in self._find() if value in labels and name}
        for index in range(self._combo.count()):
            if label := labels.get(self._combo.itemData(index)):
                self._combo.setItemText(index, label)

    def _rare(self) -> tuple[Option, ...]:
        return self._value_type.rare if isinstance(self._value_type, ChoiceType) else ()

    def _offer_rare(self, value: object) -> None:
        for option in self._rare():
            if option.value == value and self._combo.findData(value) < 0:
                self._combo.addItem(translated(option.label), option.value)


class OpenChoiceControl(ChoiceControl):
    """A combo box of options, and of what is found on this computer."""

    def __init__(self, value_type: OpenChoiceType) -> None:
        super().__init__(value_type)
        self._combo.setFixedWidth(_FIELD_WIDTH)
        self._combo.view().setMinimumWidth(_LIST_WIDTH)
        self._combo.setMaxVisibleItems(_SHOWN_ITEMS)

    def set_choices(self, find: Choices) -> None:
        """Set the function that finds further values."""
        self._find = find
        self._fill()

    def show_value(self, value: object) -> None:
        """See `Control.show_value`. A value that is not on this computer is shown, too."""
        if self._combo.findData(value) < 0:
            self._fill()
        if self._combo.findData(value) < 0:
            name = printable(str(value))
            self._combo.addItem(translated("{name} (missing)").format(name=name), value)
        super().show_value(value)

    def _fill(self) -> None:
        """List the options and what is found now; the shown value stays."""
        shown = self._combo.currentData()
        while self._combo.count() > len(self._value_type.options):
            self._combo.removeItem(self._combo.count() - 1)
        if found := list(self._find()):
            self._combo.insertSeparator(self._combo.count())
            for value, label in found:
                self._combo.addItem(label, value)
        self._combo.setCurrentIndex(self._combo.findData(shown))


class TextControl(Control):
    """A line edit; for folders, with a button that opens a file dialog."""

    wide = True

    def __init__(self, value_type: TextType) -> None:
        self._value_type = value_type
        self._field = QLineEdit()
        self._field.setMaxLength(value_type.max_length)
        self._field.setMinimumWidth(_FIELD_WIDTH)
        self._browse: QPushButton | None = None
        super().__init__(
            self._with_browse_button() if isinstance(value_type, FolderType) else self._field, self._field
        )
        self._field.editingFinished.connect(self._commit)

    def show_value(self, value: object) -> None:
        """See `Control.show_value`."""
        if self._field.text() != value:
            self._field.setText(str(value))
            self._field.setCursorPosition(0)

    def retranslate(self) -> None:
        """See `Control.retranslate`."""
        self._field.setPlaceholderText(translated(self._value_type.placeholder))
        if self._browse is not None:
            self._browse.setText(translated("Choose folder…"))

    def _commit(self) -> None:
        if self._field.isModified():
            self._field.setModified(False)
            self.chosen.emit(self._field.text().strip())

    def _with_browse_button(self) -> QWidget:
        container = QWidget()
        self._browse = QPushButton(container)
        self._browse.setAutoDefault(False)
        self._browse.clicked.connect(self._open_chooser)
        layout = QHBoxLayout(container)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._field)
        layout.addWidget(self._browse)
        return container

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
    """A text field with one entry a line. Tab moves the focus."""

    wide = True

    def __init__(self, value_type: TextList) -> None:
        self._value_type = value_type
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
        self._field.setPlaceholderText(translated(self._value_type.placeholder))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Emit the list on loss of focus, and set the height to a few lines."""
        if watched is self._field:
            if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() != _OPENS_MENU:
                self._commit()
            elif event.type() in (QEvent.Type.Show, QEvent.Type.FontChange):
                self._fit_height()
        return super().eventFilter(watched, event)

    def _commit(self) -> None:
        document = self._field.document()
        if document.isModified():
            document.setModified(False)
            self.chosen.emit(self._entries())

    def _entries(self) -> tuple[str, ...]:
        """The entries; other line separators, as by Shift+Enter, separate them, too."""
        lines = plain_text(self._field.document()).splitlines()
        return tuple(line.strip() for line in lines if line.strip())

    def _fit_height(self) -> None:
        margins = self._field.contentsMargins()
        lines = _LIST_LINES * self._field.fontMetrics().lineSpacing()
        around = margins.top() + margins.bottom() + 2 * round(self._field.document().documentMargin())
        self._field.setFixedHeight(lines + around)


@singledispatch
def control_for(value_type: ValueType[Any]) -> Control:
    """A control for a value type. Raises TypeError where there is none."""
    raise TypeError(f"no control for {value_type!r}")


control_for.register(BoolType)(SwitchControl)
control_for.register(IntType)(NumberControl)
control_for.register(FloatType)(NumberControl)
control_for.register(ChoiceType)(ChoiceControl)
control_for.register(OpenChoiceType)(OpenChoiceControl)
control_for.register(TextType)(TextControl)
control_for.register(TextList)(TextListControl)
