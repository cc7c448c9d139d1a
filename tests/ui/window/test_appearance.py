"""Font, spacing, width and colours of the text: chosen, seen at once, and there again after a restart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from writer.settings.editor_schema import (
    EDITOR_FONT,
    EDITOR_FONT_SIZE,
    EDITOR_LINE_SPACING,
    EDITOR_LINE_WIDTH,
    EDITOR_PARAGRAPH_SPACING,
    EDITOR_TYPEWRITER,
)
from writer.settings.schema import APPEARANCE_COLOURS, LANGUAGE_WINDOW
from writer.ui.common.fonts import SERIF, families_of, installed_families
from writer.ui.settings.row import SettingRow
from writer.ui.settings_pages.appearance_preview import AppearancePreview

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)")

TEXT = {
    "en": "It had rained all night, and in the morning the streets shone.",
    "zh": "下了一整夜的雨，早晨，老城的街道闪着光，屋檐还在滴水。",
}


def control(writing, setting) -> QWidget:
    """The control of a setting on its page of the open settings."""
    dialog = writing.program.settings_dialog.open(setting.page)
    rows = dialog.findChildren(SettingRow)
    return next(row for row in rows if row.setting is setting).control.focus


def tops(writing, block: int = 0) -> list[float]:
    """Where the lines of a paragraph lie in the viewport."""
    editor = writing.editor
    found = editor.document().findBlockByNumber(block)
    top = editor.blockBoundingGeometry(found).translated(editor.contentOffset()).top()
    return [top + found.layout().lineAt(i).y() for i in range(found.layout().lineCount())]


def distances(places: list[float]) -> set[float]:
    return {after - before for before, after in pairwise(places)}


def test_any_installed_font_is_chosen_by_keys_and_stays(start):
    family = installed_families()[-1]
    writing = start()
    box = control(writing, EDITOR_FONT)
    assert [box.itemText(i) for i in range(2)] == ["Source Serif", "Source Sans"]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_End)
    assert writing.settings.get(EDITOR_FONT) == family
    assert QFontInfo(writing.editor.font()).family() == family
    writing.program.settings_dialog._close()
    again = start()
    assert QFontInfo(again.editor.font()).family() == family


def test_a_font_that_is_gone_is_replaced_without_a_word(start):
    writing = start()
    writing.settings.set(EDITOR_FONT, "<b>Gone</b>, “没有”")
    again = start()
    assert not again.window.status.message.text()
    assert QFontInfo(again.editor.font()).family() == QFontInfo(families_of(SERIF)[0]).family()
    assert families_of("") == families_of(SERIF)
    box = control(again, EDITOR_FONT)
    assert box.currentText() == "<b>Gone</b>, “没有” (missing)"
    assert again.settings.get(EDITOR_FONT) == "<b>Gone</b>, “没有”"


@pytest.mark.parametrize("language", TEXT)
def test_lines_are_as_far_apart_as_is_set(start, language):
    writing = start()
    writing.editor.set_text(TEXT[language] * 4 + "\n" + TEXT[language] * 3)
    size = QFontInfo(writing.editor.font()).pixelSize()
    for spacing in (2.0, 1.2, 3.0, 1.55, 1.6, 1.65):  # from one to the next, with the same text
        writing.settings.set(EDITOR_LINE_SPACING, spacing)
        writing.editor.viewport().grab()
        pitch = writing.editor._layout.pitch
        assert pitch == round(size * spacing)
        for block in (0, 1):
            assert len(tops(writing, block)) > 2
            if spacing > 1.5:  # closer lines are as far apart as their glyphs need
                assert distances(tops(writing, block)) == {pitch}
        assert tops(writing, 1)[0] - tops(writing)[-1] == pytest.approx(pitch, abs=size)


def test_room_below_paragraphs_is_not_within_them(start):
    writing = start()
    writing.editor.set_text(f"{TEXT['en'] * 4}\n\n{TEXT['zh']}\n{TEXT['zh']}")
    before = [tops(writing, block) for block in range(4)]
    writing.settings.set(EDITOR_PARAGRAPH_SPACING, 1.5)
    after = [tops(writing, block) for block in range(4)]
    room = round(writing.editor._layout.pitch * 1.5)
    moved = [found[0] - was[0] for was, found in zip(before, after, strict=True)]
    assert moved == [block * room for block in range(4)]
    assert [distances(lines) for lines in after] == [distances(lines) for lines in before]


def test_the_text_does_not_change_with_its_appearance(start, tmp_path):
    file = tmp_path / "one.md"
    file.write_text("first\n\nsecond 二\n", "utf-8")
    writing = start(files=(file,))
    writing.until(lambda: writing.text.startswith("first"))
    writing.key("Ctrl+End")
    writing.type("x")
    writing.key("Ctrl+S")
    writing.until(lambda: not writing.editor.document().isModified())
    document = writing.editor.document()
    steps, revision = document.availableUndoSteps(), writing.editor.revision
    for setting, value in (
        (EDITOR_LINE_SPACING, 2.5),
        (EDITOR_PARAGRAPH_SPACING, 1.0),
        (EDITOR_FONT, "sans"),
        (EDITOR_LINE_WIDTH, 40),
        (APPEARANCE_COLOURS, "moss"),
    ):
        writing.settings.set(setting, value)
        writing.editor.viewport().grab()
    assert not document.isModified()
    assert (document.availableUndoSteps(), writing.editor.revision) == (steps, revision)
    assert writing.text == "first\n\nsecond 二\nx"
    writing.key("Ctrl+Z")
    assert writing.text == "first\n\nsecond 二\n"
    writing.key("Ctrl+Shift+Z")
    assert writing.text == "first\n\nsecond 二\nx"
    assert file.read_text("utf-8") == "first\n\nsecond 二\nx"


@pytest.mark.parametrize("language", TEXT)
def test_the_line_in_the_middle_stays_there_between_spaced_paragraphs(start, language):
    writing = start()
    writing.settings.set(EDITOR_TYPEWRITER, True)
    writing.settings.set(EDITOR_PARAGRAPH_SPACING, 1.25)
    writing.editor.set_text("\n".join([TEXT[language], "", TEXT[language] * 3] * 20))
    middle = writing.editor.viewport().height() / 2
    character = "雨" if language == "zh" else "a"
    for number in range(15, 30):
        block = writing.editor.document().findBlockByNumber(number)
        writing.select(block.position(), block.position())
        places = []
        for _ in range(6):
            writing.type(character)
            places.append(writing.editor.cursorRect().center().y())
        step = writing.editor._layout.pitch + writing.editor._layout.paragraph_space
        assert len(set(places)) == 1
        assert abs(places[0] - middle) <= step / 2 + 1


def test_the_zoom_is_there_again_after_a_restart(start):
    writing = start()
    for _ in range(3):
        writing.key("Ctrl++")
    assert writing.editor.font().pointSize() == 17
    again = start()
    assert again.editor.font().pointSize() == 17
    again.key("Ctrl+0")
    assert again.editor.font().pointSize() == EDITOR_FONT_SIZE.default


def test_the_preview_follows_each_choice_and_the_language(start):
    writing = start()
    dialog = writing.program.settings_dialog.open("appearance")
    preview = dialog.findChild(AppearancePreview)
    preview.resize(520, preview.height())
    seen = [preview.grab().toImage()]

    def changed() -> bool:
        seen.append(preview.grab().toImage())
        return seen[-1] != seen[-2]

    writing.until(lambda: not changed())
    for setting, value in (
        (EDITOR_FONT, "sans"),
        (EDITOR_FONT_SIZE, 18),
        (EDITOR_LINE_SPACING, 2.0),
        (EDITOR_PARAGRAPH_SPACING, 1.0),
        (EDITOR_LINE_WIDTH, 50),
        (APPEARANCE_COLOURS, "sepia"),
        (LANGUAGE_WINDOW, "zh"),
    ):
        writing.settings.set(setting, value)
        writing.until(changed)
    assert preview.accessibleName() == "预览"
    assert preview._editor.ghost == "整个广场。"
