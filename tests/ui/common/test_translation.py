"""Every text of the window has a translation, and the window changes its language while it runs."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QLocale, QObject, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from tests.ui.source_texts import LANGUAGES, faults, missing, texts
from writer.base.errors import Sentence, os_reason
from writer.documents.text_file import DocumentError
from writer.engine.engine_state import EngineFailed
from writer.engine.protocol import EngineError
from writer.settings.schema import LANGUAGE_WINDOW, SCHEMA
from writer.ui.common import translation as languages
from writer.ui.common.fonts import installed_families
from writer.ui.common.translation import SENTENCES, Retranslated, TranslationTable

TABLE = TranslationTable(LANGUAGES / "zh.toml")
ALL = [(text, to) for table in (TABLE.texts, *TABLE.contexts.values()) for text, to in table.items()]
_WORDS = re.compile(r"[A-Za-z]{2,}[ -]+[A-Za-z]{2,}")
NAMES = re.compile(
    r"[\w.]+://\S*|\S+@\S+|\S*/\S*|Apache-2.0|Hugging Face( Hub)?|SmolLM2.*|GPT-?2.*|Qwen.*|MiniMind.*|"
    r"Distil.*|BERT.*|OpenAI|vLLM|llama.cpp|Ollama|LM Studio|text-generation-inference|MB|GB|Ctrl\+\S+"
)
"""What stays as it is in every language."""


def test_every_text_is_translated() -> None:
    lacking = [f'"{text}"   ({place})' for (_, text), place in missing("zh").items()]
    assert not lacking, "add to resources/i18n/zh.toml:\n" + "\n".join(lacking)


def test_the_texts_of_the_source_are_found() -> None:
    found = texts()
    assert len(found) > 300
    for expected in [
        ("Actions", "&New"),
        ("FileController", "Saved."),
        ("settings", "Theme"),
        ("settings", "Reset page"),
        (SENTENCES, "The model is still being loaded."),
        (SENTENCES, "{path} is a folder; choose another name."),
        (SENTENCES, "The model in {folder} lacks its list of words. Get the model again."),
    ]:
        assert expected in found


def test_translations_have_the_values_and_keys_of_their_texts() -> None:
    def marks(text: str) -> list[str]:
        return sorted(re.findall(r"\{\w*\}|&\w|\*\.\w+|;;", text.upper()))

    assert [text for text, translation in ALL if not translation.strip()] == []
    assert [text for text, translation in ALL if marks(text) != marks(translation)] == []


def test_what_is_said_to_a_user_is_a_template_with_its_values() -> None:
    found = faults()
    assert not found, "give a template, and the values that it names:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("said", "is_sound"),
    [
        ('UserError("There is no {file}.", file=path)', True),
        ('ModelError("This is no model.")', True),
        ("EngineError(error.sentence)", True),
        ('RefusedError("{host} wants another key.", 401, host=host)', True),
        ('Sentence("There is no {file}.", {"file": path})', True),
        ('Sentence("revision" if code else "model")', True),
        ('UserError(f"There is no {path}.")', False),
        ('DocumentError("There is no {}.".format(path))', False),
        ('TransientError("There is no %s." % path)', False),
        ('TrainingError("There is no " + path)', False),
        ("EngineError(str(error))", False),
        ('protocol.EngineError(f"There is no {path}." if path else "There is none.")', False),
        ('Sentence(f"There is no {path}.")', False),
        ('ModelError("There is no {file}.")', False),
        ('ModelError("There is no {file}.", path=path)', False),
        ('ModelError("This is no model.", file=path)', False),
        ('Sentence("There is no {file}.")', False),
        ('Sentence("There is no {file}.", {"path": path})', False),
    ],
)
def test_whether_a_template_has_its_values_is_seen(said: str, is_sound: bool) -> None:
    assert bool(faults(said)) is not is_sound


def test_a_text_without_a_translation_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = dict(texts())
    monkeypatch.delitem(TABLE.texts, "{path} is a folder; choose another name.")
    lacking = {text for (context, text) in found if not TABLE.find(context, text)}
    assert lacking == {"{path} is a folder; choose another name."}


def translated(sentence: Sentence) -> str:
    return sentence.render(lambda text: TABLE.find(SENTENCES, text) or text)


def test_sentences_from_below_are_translated_and_their_values_are_not() -> None:
    folder = DocumentError("{path} is a folder; choose another name.", path="/tmp/{a} {path} b.txt")
    assert translated(folder.sentence) == "/tmp/{a} {path} b.txt 是一个文件夹；请换一个名称。"
    full = os_reason(OSError(errno.ENOSPC, "No space left on device"))
    values = {"folder": "Theme", "reason": full}
    nested = Sentence("The model cannot be prepared in {folder}: {reason}. Free some space.", values)
    assert translated(nested) == "无法在 Theme 中准备模型：磁盘空间不足。请腾出空间。"
    key = Sentence("{host} wants another key; enter it in Settings.", {"host": "Light"})
    fallen = Sentence("{trouble} Nothing is sent meanwhile.", {"trouble": key})
    assert translated(fallen) == "Light 需要别的密钥；请在设置中输入。在此期间不会发送任何内容。"
    assert translated(Sentence("Once upon a {theme}.", {"theme": "Theme"})) == "Once upon a Theme."


def test_the_system_tells_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    class System:
        names: list[str] = []  # noqa: RUF012

        def uiLanguages(self) -> list[str]:
            return self.names

    system = System()
    monkeypatch.setattr(QLocale, "system", lambda: system)
    for system.names, expected in [
        (["zh-Hans-CN", "zh"], "zh"),
        (["fr-FR", "zh-CN", "en"], "zh"),
        (["en-GB"], "en"),
        (["fr"], "en"),
        ([], "en"),
    ]:
        assert languages.system_language() == expected


class Greeting(Retranslated, QLabel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent, wordWrap=True)
        self.changes: list[QEvent.Type] = []
        self.retranslate()

    def retranslate(self) -> None:
        self.setText(self.tr("Good day"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.changes.append(event.type())


class German(QTranslator):
    def translate(self, context: str, text: str, *_rest: object) -> str | None:
        return "Guten Tag" if (context, text) == ("Greeting", "Good day") else None

    def isEmpty(self) -> bool:
        return False


def test_a_widget_that_mixes_it_in_follows_the_language(qapp: QApplication) -> None:
    window = QWidget()
    label, translator = Greeting(window), German()
    assert (label.text(), label.wordWrap(), label.parentWidget()) == ("Good day", True, window)
    qapp.installTranslator(translator)
    try:
        qapp.processEvents()
        assert label.text() == "Guten Tag"
        assert QEvent.Type.LanguageChange in label.changes
    finally:
        qapp.removeTranslator(translator)
    qapp.processEvents()
    assert label.text() == "Good day"
    label.changes.clear()
    label.setEnabled(False)
    assert label.changes == [QEvent.Type.EnabledChange]


@pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")
def test_everything_changes_language_at_once_and_back(start) -> None:
    writing = start()
    pane = writing.program.settings_dialog.open()
    pane.open_page("model")
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.run(0.02)
    assert writing.actions["file.new"].text() == "新建(&N)"
    assert writing.window.menuBar().actions()[0].text() == "文件(&F)"
    assert writing.window.status.words.text() == "0 个词"
    assert writing.window.windowTitle().startswith("未命名")
    assert pane.windowTitle() == "设置"
    box = QMessageBox(QMessageBox.Icon.NoIcon, "", "", QMessageBox.StandardButton.Cancel)
    assert box.button(QMessageBox.StandardButton.Cancel).text() == "取消"
    damaged = EngineError("The weights in {folder} are damaged. Get the model again.", folder="/m/w")
    writing.program.container._set_engine_state(EngineFailed(damaged.sentence))
    assert writing.window.status.message.full_text() == "/m/w 中的权重已损坏。请重新获取模型。"
    writing.settings.set(LANGUAGE_WINDOW, "en")
    writing.run(0.02)
    assert writing.actions["file.new"].text() == "&New"
    assert writing.window.status.words.text() == "0 words"
    assert writing.window.windowTitle().startswith("Untitled")
    assert pane.windowTitle() == "Settings"
    assert writing.window.status.message.full_text().startswith("The weights in /m/w")


def shown(root: QWidget) -> Iterator[str]:
    """Every text that a widget and those in it show or say."""
    for widget in [root, *root.findChildren(QWidget)]:
        if isinstance(widget, QPlainTextEdit):
            yield from (widget.placeholderText(), widget.accessibleName())
            continue
        yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
        if isinstance(widget, (QLabel, QAbstractButton)):
            yield widget.text()
        elif isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        elif isinstance(widget, QComboBox):
            yield from (widget.itemText(i) for i in range(widget.count()))
        elif isinstance(widget, QSpinBox):
            yield from (widget.suffix(), widget.specialValueText())
        elif isinstance(widget, QMenu):
            yield widget.title()
        elif isinstance(widget, QListWidget):
            yield from (widget.item(i).text() for i in range(widget.count()))
    for action in root.findChildren(QAction):
        yield from (action.text(), action.toolTip())


def english(root: QObject) -> list[str]:
    """What a widget shows that is still English: two words in a row that are no names."""
    return [text for text in shown(root) if _WORDS.search(NAMES.sub("", text))]


@pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")
def test_no_english_is_left_in_the_chinese_window(start, tmp_path: Path) -> None:
    writing = start()
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    pane = writing.program.settings_dialog.open()
    for page in SCHEMA.pages:
        pane.open_page(page.name)
        writing.run(0.01)
    assert {*english(pane), *english(writing.window)} <= set(installed_families())
