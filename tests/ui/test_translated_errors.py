"""What goes wrong is told in the language of the window, and names that people gave stay what they are.

"Theme" and "Light" are texts of the window: in Chinese they are 主题 and 浅色.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from writer.app.models.model_selection import chosen_model
from writer.engine.engine_state import EngineFailed
from writer.settings.schema import LANGUAGE_WINDOW, MODEL_NAME
from writer.training.events import TrainingRequest
from writer.ui.common.translation import localised

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)")


@pytest.fixture
def writing(start):
    """A Chinese window."""
    writing = start()
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.run(0.02)
    return writing


def refusal_of_import(writing, file: Path) -> str:
    """What the window says when a file that is no document is chosen for the import."""
    writing.key("Ctrl+Shift+I")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    dialog.setNameFilter("*")
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    field.setText(str(file))
    QTest.keyClick(field, Qt.Key.Key_Return)
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox), 20)
    box = QApplication.activeModalWidget()
    said = box.text()
    box.accept()
    writing.back_from(box)
    return said


@pytest.mark.parametrize("name", ["Theme", "{name} {0} {}", "{suggest.ask}", "a{path}%s\\1"])
def test_a_file_keeps_its_name(writing, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("x")
    said = refusal_of_import(writing, file)
    assert said == f"Writer 无法导入 {name}；请先存成 .docx、.odt、.rtf、.epub、.html 或 .tex。"


def test_a_model_keeps_its_name(writing) -> None:
    writing.settings.set(MODEL_NAME, "Light")
    container = writing.program.container
    container._client.load(*chosen_model(writing.settings, "en"))
    writing.until(lambda: isinstance(container.engine_state, EngineFailed))
    assert "没有名为“Light”的模型" in writing.window.status.message.full_text()
    writing.settings.set(LANGUAGE_WINDOW, "en")
    writing.run(0.02)
    assert "There is no model named “Light” here" in writing.window.status.model.toolTip()


def test_what_looks_like_an_action_in_a_name_is_none(writing) -> None:
    writing.settings.set(MODEL_NAME, "{suggest.ask}")
    container = writing.program.container
    container._client.load(*chosen_model(writing.settings, "en"))
    writing.until(lambda: isinstance(container.engine_state, EngineFailed))
    writing.type("a")
    assert "“{suggest.ask}”" in writing.window.reason(writing.reason)
    assert "{suggest.ask}" not in writing.window.reason("off")


@pytest.mark.parametrize("base", ["Light", "{name} {0}"])
def test_a_training_in_a_child_says_which_model_is_missing(writing, tmp_path: Path, base: str) -> None:
    training = writing.program.container.training
    training.start(TrainingRequest(folder=str(tmp_path), base=base))
    writing.until(lambda: training.state.phase == "failed", 60)
    known = "还没有"
    assert localised(training.state.sentence) == (
        f"这里没有名为“{base}”的模型（已有：{known}）；请选择其中之一或指定文件夹。"
    )


@pytest.mark.parametrize("name", ["Light", "{file} {0}"])
def test_a_conversion_in_a_child_says_which_file_is_damaged(writing, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"GGUF" + bytes(100))
    service, said = writing.program.container.model_service, []
    service.failed.connect(lambda message: said.append(localised(message)))
    service.import_model(file)
    writing.until(lambda: said, 60)
    assert said == [f"模型文件 {name} 已损坏；请重新获取。"]
