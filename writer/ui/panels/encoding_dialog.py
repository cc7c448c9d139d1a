"""A dialog to choose a file's encoding, with an excerpt in each candidate."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from writer.base.printable import printable
from writer.documents.text_file import Candidate
from writer.ui.common.translation import Retranslated, translatable
from writer.ui.common.widgets import Label, resize_within_screen

_WEST, _CENTRE = translatable("Encodings", "Western Europe"), translatable("Encodings", "Central Europe")
_TRADITIONAL, _SIMPLIFIED = (
    translatable("Encodings", "traditional Chinese"),
    translatable("Encodings", "simplified Chinese"),
)
_JAPANESE, _KOREAN, _CYRILLIC = (
    translatable("Encodings", "Japanese"),
    translatable("Encodings", "Korean"),
    translatable("Encodings", "Cyrillic"),
)
_NAMES = {
    "utf-8": ("UTF-8", ""),
    "utf-16-le": ("UTF-16 LE", ""),
    "utf-16-be": ("UTF-16 BE", ""),
    "utf-32-le": ("UTF-32 LE", ""),
    "utf-32-be": ("UTF-32 BE", ""),
    "gb18030": ("GB 18030", _SIMPLIFIED),
    "big5": ("Big5", _TRADITIONAL),
    "cp950": ("Windows 950", _TRADITIONAL),
    "cp932": ("Shift-JIS", _JAPANESE),
    "euc_jp": ("EUC-JP", _JAPANESE),
    "iso2022_jp": ("ISO-2022-JP", _JAPANESE),
    "cp949": ("EUC-KR", _KOREAN),
    "cp1252": ("Windows 1252", _WEST),
    "cp1250": ("Windows 1250", _CENTRE),
    "cp1251": ("Windows 1251", _CYRILLIC),
    "koi8_r": ("KOI8-R", _CYRILLIC),
    "cp1253": ("Windows 1253", translatable("Encodings", "Greek")),
    "cp1254": ("Windows 1254", translatable("Encodings", "Turkish")),
    "cp1255": ("Windows 1255", translatable("Encodings", "Hebrew")),
    "cp1256": ("Windows 1256", translatable("Encodings", "Arabic")),
    "cp1257": ("Windows 1257", translatable("Encodings", "Baltic")),
    "cp1258": ("Windows 1258", translatable("Encodings", "Vietnamese")),
    "cp874": ("Windows 874", translatable("Encodings", "Thai")),
    "mac_roman": ("Mac Roman", _WEST),
    "cp437": ("DOS 437", _WEST),
    "cp850": ("DOS 850", _WEST),
    "cp866": ("DOS 866", _CYRILLIC),
    "cp037": ("EBCDIC 037", _WEST),
}


class EncodingDialog(Retranslated, QDialog):
    """A list of `candidates`; `current` is selected. `convertible` offers UTF-8 for saving.

    Afterwards `encoding` is the selected one, and `convert` whether the text is to be saved in UTF-8.
    """

    def __init__(
        self, name: str, candidates: Sequence[Candidate], current: str, convertible: bool, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.convert = False
        self._name = name
        self._candidates = candidates
        self._known = bool(current)
        self._question = Label(wordWrap=True)
        self.list = QListWidget()
        self.list.setObjectName("choices")
        self.preview = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        self.preview.setFont(QFont(parent.font()))
        box = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(box.Open | box.Cancel)
        self._to_utf_8 = self.buttons.addButton("", QDialogButtonBox.ButtonRole.ActionRole)
        self._to_utf_8.setVisible(convertible)
        self._build()
        for candidate in candidates:
            self.list.addItem(QListWidgetItem())
            if candidate.encoding == current:
                self.list.setCurrentRow(self.list.count() - 1)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self.retranslate()
        resize_within_screen(self, QSize(680, 420))

    @property
    def encoding(self) -> str:
        """The selected encoding."""
        return self._candidates[self.list.currentRow()].encoding

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.setWindowTitle(self.tr("Encoding"))
        if self._known:
            question = self.tr("In which encoding is “{name}” to be read? The file stays as it is.")
        else:
            question = self.tr(
                "Nothing in “{name}” tells its encoding. Choose the one in which it reads right; the file "
                "stays as it is."
            )
        self._question.setText(question.format(name=printable(self._name)))
        self.list.setAccessibleName(self.tr("Encodings"))
        self.preview.setAccessibleName(self.tr("How the text reads"))
        for row, candidate in enumerate(self._candidates):
            self.list.item(row).setText(encoding_label(candidate.encoding))
        self.buttons.button(QDialogButtonBox.StandardButton.Open).setText(self.tr("Open"))
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(self.tr("Cancel"))
        self._to_utf_8.setText(self.tr("Save in UTF-8 From Now On"))

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(self._question)
        row = QHBoxLayout()
        row.addWidget(self.list, 2)
        row.addWidget(self.preview, 3)
        column.addLayout(row, 1)
        column.addWidget(self.buttons)
        self.list.currentRowChanged.connect(
            lambda row: self.preview.setPlainText(self._candidates[row].excerpt)
        )
        self.list.itemActivated.connect(lambda _item: self.accept())
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._to_utf_8.clicked.connect(self._choose_utf_8)

    def _choose_utf_8(self) -> None:
        self.convert = True
        self.accept()


def encoding_name(encoding: str) -> str:
    """The usual name of an encoding."""
    return _NAMES[encoding][0] if encoding in _NAMES else encoding.replace("_", "-").upper()


def encoding_label(encoding: str) -> str:
    """The name of an encoding, and the script or region for which it is used."""
    script = _NAMES[encoding][1] if encoding in _NAMES else ""
    name = encoding_name(encoding)
    return f"{name}  ·  {QCoreApplication.translate('Encodings', script)}" if script else name
