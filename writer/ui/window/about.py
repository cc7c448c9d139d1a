"""The About dialog (version, licences, report) and the dialog after a crash."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from writer import __version__
from writer.app.desktop.system_report import licences
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label, resize_within_screen


class ReportView(Retranslated, QWidget):
    """A read-only text with a button to copy it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = QPlainTextEdit(readOnly=True, plainText=text, tabChangesFocus=True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.copy = QPushButton(autoDefault=False)
        self.copy.clicked.connect(self._copy)
        self.column = QVBoxLayout(self)
        self.column.addWidget(self.text)
        self.column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        self.retranslate()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.copy.setText(self.tr("Copy"))
        self.text.setAccessibleName(self.tr("Report"))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())


class _Dialog(QDialog):
    """A dialog with a Close button, deleted on closing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_within_screen(self, QSize(600, 440))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 20, 24, 16)
        self.column.setSpacing(10)

    def _end(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.column.addWidget(buttons)


class AboutDialog(_Dialog):
    """Version and description of the program, the licences of its parts, and the system report.

    `news` is the result of the update check, `reading` says how the model reads; "" where there is none.
    """

    def __init__(self, report: str, parent: QWidget, news: str = "", reading: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Writer"))
        title = Label(f"Writer {__version__}")
        title.setProperty("tone", "title")
        promise = self.tr(
            "A writing assistant for English and Chinese. The model runs on this computer, "
            "and what you write stays here."
        )
        own = self.tr(
            "Writer is free software under the Apache License 2.0. Its fonts, Source Serif and Source Sans, "
            "are under the SIL Open Font License. The starter model, SmolLM2, is under the "
            "Apache License 2.0. The other parts:"
        )
        tabs = QTabWidget()
        self.report = ReportView(report)
        self.licences = ReportView(licences())
        self.licences.column.insertWidget(0, Label(own, wordWrap=True))
        tabs.addTab(self.report, self.tr("System Report"))
        tabs.addTab(self.licences, self.tr("Licences"))
        self.news = Label(news, wordWrap=True)
        if not news:
            self.news.hide()
        self.news.setProperty("tone", "accent")
        self.reading = Label(reading, wordWrap=True)
        self.reading.setVisible(bool(reading))
        self.reading.setProperty("tone", "muted")
        for widget in (title, Label(promise, wordWrap=True), self.news, self.reading, tabs):
            self.column.addWidget(widget)
        self._end()


class CrashDialog(_Dialog):
    """The report of a crash, shown without activating it."""

    def __init__(self, report: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle(self.tr("Writer ended unexpectedly last time"))
        about = self.tr(
            "This report tells the people who make Writer where it stopped. It holds nothing that you wrote, "
            "and it is sent nowhere: copy it, if you want to report the crash."
        )
        self.report = ReportView(report)
        self.column.addWidget(Label(about, wordWrap=True))
        self.column.addWidget(self.report)
        self._end()
