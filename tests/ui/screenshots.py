"""Pictures of every page, in both themes, both languages and three scalings: `make screenshots`.

Each scaling is a process of its own, since Qt reads it once. The program is real, its engine scripted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

LANGUAGES, THEMES, SCALINGS = ("en", "zh"), ("light", "dark"), (100, 150, 200)
TEXT = {
    "en": (
        "The garden",
        "It had rained all night, and in the morning the streets of the ",
        "old town shone.",
    ),
    "zh": ("花园", "下了一整夜的雨，早晨，老城的", "街道闪着光。"),
}
WORDS = {
    "en": ["evening", "afternoon", "end", "distance", "rain", "dark", "silence"],
    "zh": ["清晨", "黄昏", "夜里", "傍晚", "春天", "后来"],
}
REPLACED = {"en": "morning", "zh": "早晨"}
TALLEST = 2400
PROBLEM = "screenshots failed for the scaling of {scaling} %"


def main() -> int:
    """Take all pictures, into the folder named on the command line; the exit status."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 2:
        take(folder, int(sys.argv[2]))
        return 0
    for scaling in SCALINGS:
        with tempfile.TemporaryDirectory(prefix="writer-pictures-") as home:
            own = {f"XDG_{name}_HOME": home for name in ("DATA", "CONFIG", "CACHE", "STATE")}
            settings = {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scaling / 100)}
            command = [sys.executable, "-m", "tests.ui.screenshots", str(folder), str(scaling)]
            if subprocess.run(command, env=os.environ | own | settings, check=False).returncode:
                print(PROBLEM.format(scaling=scaling), file=sys.stderr)
                return 1
    return 0


def take(folder: Path, scaling: int) -> None:
    """All pictures in this process's scaling."""
    from writer.engine.fake import FakeEngine
    from writer.settings.schema import APPEARANCE_THEME, LANGUAGE_WINDOW
    from writer.ui.application import Application
    from writer.ui.startup import Startup, make_application
    from writer.ui.window.main_window import USUAL_SIZE

    offered: list[str] = []
    engine = FakeEngine(
        {before: ghost for _, before, ghost in TEXT.values()}, words=offered, likely=["receive"]
    )
    engine.name = "smollm2-135m"
    note_days()
    startup = Startup(make_application())
    startup.window.resize(USUAL_SIZE)  # the screen of the offscreen platform is small
    startup.show()
    program = Application(startup, lambda _settings, _language: (lambda: engine, "smollm2-135m"))
    program.start([])
    for language in LANGUAGES:
        program.settings.set(LANGUAGE_WINDOW, language)
        offered[:] = WORDS[language]
        for theme in THEMES:
            program.settings.set(APPEARANCE_THEME, theme)
            for name, widget in scenes(program, language):
                widget.grab().save(str(folder / f"{name}.{language}.{theme}.{scaling}.png"))
    program.window.editor.document().setModified(False)
    program.window.close()
    program.finish()


def note_days() -> None:
    """Statistics of some weeks, as a person who writes has them."""
    import json
    from datetime import date, timedelta

    from writer.app.suggestions.usage_statistics import FILE_NAME
    from writer.base import paths

    days = {
        (date.today() - timedelta(days=back)).isoformat(): {
            "saved": 40 + 37 * back % 250,
            "shown": 60 + back,
            "accepted": 21,
            "waited": 7000.0,
        }
        for back in range(30)
    }
    (paths.state_dir() / FILE_NAME).write_text(json.dumps(days), "utf-8")


def scenes(program: object, language: str) -> Iterator[tuple[str, object]]:
    """Bring the program into each state that is pictured, and name it with the widget that shows it."""
    from PySide6.QtTest import QTest

    from writer.base import paths
    from writer.ui.window.about import AboutDialog, CrashDialog
    from writer.ui.window.shortcut_sheet import ShortcutSheet
    from writer.ui.window.welcome import MARKER, Welcome

    window, editor = program.window, program.window.editor
    title, before, ghost = TEXT[language]
    editor.set_text("")
    (paths.state_dir() / MARKER).unlink(missing_ok=True)
    wait(program, 0.05)  # whatever greeted an earlier text goes
    program.offer_welcome([])
    wait_until(program, lambda: any(one.isVisible() for one in window.findChildren(Welcome)))
    yield "welcome", window
    show_at_end(editor, f"{title}\n\n{before[:-1]}")
    type_character(editor, before[-1])
    wait_until(program, lambda: editor.ghost == ghost)
    yield "window", window
    yield from colours(program)
    yield from correction(program)
    yield from words(program, language)
    yield from structure(program, language)
    yield from aids(program, language)
    yield from folder(program, language)
    yield from versions(program, language)
    yield from settings(program)
    window.actions_by_name["help.keys"].trigger()
    window.actions_by_name["app.about"].trigger()
    CrashDialog("Fatal Python error: Segmentation fault\n  …", window).show()
    wait(program, 0.02)
    for name, kind in (("keys", ShortcutSheet), ("about", AboutDialog), ("crash", CrashDialog)):
        for dialog in window.findChildren(kind):
            yield name, dialog
            dialog.close()
    QTest.qWait(1)


def colours(program: object) -> Iterator[tuple[str, object]]:
    """The window in the colours of each theme."""
    from writer.settings.schema import APPEARANCE_COLOURS

    for option in APPEARANCE_COLOURS.value_type.options:
        program.settings.set(APPEARANCE_COLOURS, option.value)
        wait(program, 0.02)
        yield f"colours-{option.value}", program.window
    program.settings.reset(APPEARANCE_COLOURS)


def correction(program: object) -> Iterator[tuple[str, object]]:
    """A correction over a word just typed, which is English in both languages of the window."""
    window, editor, container = program.window, program.window.editor, program.container
    written = editor.text()
    program.late.make_all()
    show_at_end(editor, "\n\n".join(TEXT["en"][:2]))
    wait_until(program, lambda: container.spelling.dictionary is not None)
    for character in "town. We recieve ":
        type_character(editor, character)
    wait_until(program, lambda: container.corrections.offered is not None)
    wait(program, 0.05)
    yield "correction", window
    show_at_end(editor, written)


def show_at_end(editor: object, text: str) -> None:
    """Show a text with the cursor at its end."""
    editor.set_text(text)
    cursor = editor.textCursor()
    cursor.movePosition(cursor.MoveOperation.End)
    editor.setTextCursor(cursor)


def words(program: object, language: str) -> Iterator[tuple[str, object]]:
    """The list of other words for one of the text."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    editor, list_ = program.window.editor, program.late.alternatives.list
    cursor = editor.textCursor()
    cursor.setPosition(editor.text().index(REPLACED[language]) + 1)
    editor.setTextCursor(cursor)
    program.window.actions_by_name["suggest.words"].trigger()
    wait_until(program, list_.isVisible)
    yield "words", program.window
    QTest.keyClick(list_, Qt.Key.Key_Escape)


def structure(program: object, language: str) -> Iterator[tuple[str, object]]:
    """Check boxes, a table that was aligned, a footnote, and the question before a web page is opened."""
    from PySide6.QtWidgets import QApplication

    window, editor, actions = program.window, program.window.editor, program.window.actions_by_name
    title, before, ghost = TEXT[language]
    one, two, *_ = WORDS[language]
    actions["file.new"].trigger()
    editor.set_text(
        f"# {title}\n\n- [x] {one}\n- [ ] {two}[^1]\n\n"
        f"| {one} | {two} |\n|:-|-:|\n| {title} | 1 |\n| {two} | 12 \n\n"
        f"{before}[{ghost}](https://example.org)\n\n[^1]: {title}.\n"
    )
    cursor = editor.textCursor()
    cursor.setPosition(editor.text().index("12") + 2)
    editor.setTextCursor(cursor)
    type_character(editor, "0")
    cursor.setPosition(editor.text().index(ghost))
    editor.setTextCursor(cursor)
    wait(program, 0.1)
    yield "structure", window
    actions["format.follow_link"].trigger()
    wait_until(program, QApplication.activeModalWidget)
    yield "link", QApplication.activeModalWidget()
    QApplication.activeModalWidget().close()
    editor.document().setModified(False)
    actions["file.close"].trigger()
    wait(program, 0.1)


def aids(program: object, language: str) -> Iterator[tuple[str, object]]:
    """Several texts, the outline, the bar of finding and replacing, the panel, the previews, the guide."""
    from writer.ui.printing.print_preview import PrintPreview

    window, editor, actions = program.window, program.window.editor, program.window.actions_by_name
    title, before, ghost = TEXT[language]
    actions["file.new"].trigger()
    editor.set_text(f"# {title}\n\n{before}**{ghost}**\n\n## {title} 2\n\n> {before}{ghost}\n")
    switch(program, "view.outline", on=True)
    actions["edit.replace"].trigger()
    program.late.search.bar.pattern.setText(title)
    switch(program, "find.list", on=True)
    wait_until(program, lambda: program.late.search.matches)
    yield "find", window
    switch(program, "find.list", on=False)
    program.late.search.close_bar()
    switch(program, "suggest.inside", on=True)
    wait(program, 0.4)
    yield "inside", window
    switch(program, "view.outline", on=False)
    program.late.explanation.close()
    for name in ("view.preview", "view.preview_only"):
        actions[name].trigger()
        wait_until(program, lambda: title in program.on_demand.preview.panel.view.toPlainText())
        wait(program, 0.6)
        yield name.removeprefix("view.").replace("preview", "live-preview").replace("_", "-"), window
    actions["view.preview_only"].trigger()
    actions["help.guide"].trigger()
    wait_until(program, lambda: program.documents.current.document.proposed_path)
    wait(program, 0.2)
    yield "guide", window
    actions["file.close"].trigger()
    wait_until(program, lambda: not program.documents.current.document.proposed_path)
    actions["file.print_preview"].trigger()
    wait_until(program, lambda: window.findChildren(PrintPreview))
    for preview in window.findChildren(PrintPreview):
        yield "preview", preview
        preview.close()
    editor.document().setModified(False)
    actions["file.close"].trigger()
    wait(program, 0.1)


def folder(program: object, language: str) -> Iterator[tuple[str, object]]:
    """The list of a folder, opening by name, and the search in all texts with a replacement."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    title, before, ghost = TEXT[language]
    below = Path(os.environ["XDG_DATA_HOME"]) / title
    (below / f"{title} 1").mkdir(parents=True, exist_ok=True)
    for number in range(1, 9):
        text = f"# {title} {number}\n\n{before}{ghost}\n\n## {title}\n\n{before}{ghost}\n"
        (below / f"{title} 1" / f"{title} {number}.md").write_text(text, "utf-8")
    (below / f"{title}.txt").write_text(before + ghost, "utf-8")
    project, window, actions = program.late.project, program.window, program.window.actions_by_name
    project.open_folder(below)
    wait_until(program, lambda: project.listing and not project._tasks.busy)
    panel = project.panel
    panel.tree.expand(panel.model.index(0, 0))
    panel.tree.expand(panel.model.index_of(f"{title} 1/{title} 2.md"))
    wait(program, 0.2)
    yield "folder", window
    actions["file.quick_open"].trigger()
    program.late.quick_open.box.field.setText(title)
    wait(program, 0.1)
    yield "quick-open", window
    QTest.keyClick(program.late.quick_open.box.field, Qt.Key.Key_Escape)
    program.late.quick_open.box.hide()  # a window that is not active gets no Esc
    actions["find.in_folder"].trigger()
    wait(program, 0.1)
    search = program.late.project_search.panel
    search.pattern.setText(REPLACED[language])
    search.replacing.setChecked(True)
    search.replacement.setText(WORDS[language][0])
    wait(program, 0.5)
    yield "find-in-folder", window
    search.dismissed.emit()
    switch(program, "view.folder", on=False)


def versions(program: object, language: str) -> Iterator[tuple[str, object]]:
    """The versions of a text, with what restoring one would change."""
    from PySide6.QtWidgets import QApplication

    from writer.ui.panels.versions_dialog import VersionsDialog

    title, before, ghost = TEXT[language]
    file = Path(os.environ["XDG_DATA_HOME"]) / f"{title}.md"
    file.write_text(f"# {title}\n\n{before}{ghost}\n", "utf-8")
    window, editor, actions = program.window, program.window.editor, program.window.actions_by_name
    program.files.open(file)
    wait_until(program, lambda: editor.text() == file.read_text("utf-8"))
    for word in WORDS[language][:2]:
        place = editor.text().index(REPLACED[language])
        editor.replace(place, place, f"{word} ")
        actions["file.save"].trigger()
        wait_until(program, lambda: not window.isWindowModified())
    actions["file.versions"].trigger()
    wait_until(program, lambda: isinstance(QApplication.activeModalWidget(), VersionsDialog))
    dialog = QApplication.activeModalWidget()
    dialog.list.setCurrentRow(dialog.list.count() - 1)
    wait_until(program, lambda: dialog.view.toPlainText())
    wait(program, 0.2)
    yield "versions", dialog
    dialog.reject()
    wait(program, 0.1)
    actions["file.close"].trigger()
    wait_until(program, lambda: program.documents.current.document.path != file)


def switch(program: object, name: str, *, on: bool) -> None:
    """Trigger a checkable action where it is not as wanted."""
    action = program.window.actions_by_name[name]
    if action.isChecked() != on:
        action.trigger()


def settings(program: object) -> Iterator[tuple[str, object]]:
    """Every page of the settings, as tall as it is."""
    from PySide6.QtWidgets import QScrollArea

    pane = program.settings_dialog.open()
    usual = pane.size()
    for page in program.settings.schema.pages:
        pane.open_page(page.name)
        wait(program, 0.1)
        content = pane.findChild(QScrollArea).widget()
        pane.resize(usual.width(), min(max(usual.height(), content.sizeHint().height()), TALLEST))
        wait(program, 0.02)
        yield f"settings-{page.name}", pane
    pane.resize(usual)
    pane.close()


def type_character(editor: object, character: str) -> None:
    """Press the key that writes this character."""
    from PySide6.QtCore import QEvent, Qt
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(editor, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character))


def wait_until(program: object, holds: Callable[[], object], seconds: float = 10) -> None:
    """Let the program run until something holds."""
    for _ in range(int(seconds / 0.02)):
        wait(program, 0.02)
        if holds():
            return
    raise TimeoutError


def wait(program: object, seconds: float) -> None:
    """Let the program run."""
    program.loop.call_later(seconds, program.loop.stop)
    program.loop.run_forever()


if __name__ == "__main__":
    sys.exit(main())
