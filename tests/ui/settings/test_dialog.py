"""The settings pane through real keys and clicks: each kind of control, search, reset, other windows."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTranslator
from PySide6.QtGui import QAccessible, QPalette, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QWidget,
)

from writer.base.paths import resources_dir
from writer.settings.schema import PERSONALISE_EXCLUDED, SCHEMA, SUGGESTIONS_LENGTH
from writer.settings.setting import Schema, Setting, SettingsPage
from writer.settings.store import SettingsStore
from writer.settings.value_types import (
    BoolType,
    ChoiceType,
    FloatType,
    FolderType,
    IntType,
    Option,
    TextList,
    TextType,
)
from writer.ui.settings.dialog import SettingsDialog
from writer.ui.settings.file_watcher import SettingsWatcher
from writer.ui.settings.row import SettingRow
from writer.ui.window.actions import ACTIONS
from writer.ui.window.shortcuts import with_shortcut_settings

ROOT = Path(__file__).parents[3]
ICONS = resources_dir() / "icons"

ON = Setting("a.on", BoolType(), default=False, page="first", label="Lamp", help="Gives light.")
COUNT = Setting(
    "a.count", IntType(0, 60, step=5, unit="ms", minimum_text="None"), default=10, page="first", label="Count"
)
RATE = Setting("a.rate", FloatType(0.5, 2.0, step=0.25), default=1.0, page="first", label="Rate")
COLOUR = Setting(
    "b.colour",
    ChoiceType((Option("r", "Red"), Option("g", "Green"), Option("b", "Blue"))),
    default="r",
    page="second",
    label="Colour",
    restart=True,
)
NAME = Setting("b.name", TextType(placeholder="Nobody"), default="", page="second", label="Name")
PLACE = Setting("b.place", FolderType(), default="", page="second", label="Place", help="A folder.")
NAMES = Setting("c.names", TextList(placeholder="All"), default=(), page="words", label="Names")
EVERY_KIND = Schema(
    (
        SettingsPage("first", "First"),
        SettingsPage("second", "Second"),
        SettingsPage("words", "Words", statement="One.\n\nTwo lamps."),
    ),
    (ON, COUNT, RATE, COLOUR, NAME, PLACE, NAMES),
)


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.toml", EVERY_KIND)


def opened(qtbot, store: SettingsStore, **more: object) -> SettingsDialog:
    pane = SettingsDialog(store, ICONS, **more)
    qtbot.addWidget(pane)
    with qtbot.waitActive(pane):
        pane.show()
        pane.activateWindow()
    return pane


@pytest.fixture
def pane(qtbot, store: SettingsStore) -> SettingsDialog:
    return opened(qtbot, store)


def row(pane: SettingsDialog, setting: Setting[object]) -> SettingRow:
    pane.open_page(setting.page)
    [found] = [r for r in pane.findChildren(SettingRow) if r.setting is setting]
    return found


def control(pane: SettingsDialog, setting: Setting[object]) -> QWidget:
    """The widget that takes the keys, focused as by a person who walks there."""
    widget = row(pane, setting).control.focus
    widget.setFocus(Qt.TabFocusReason)
    return widget


def on_disk(store: SettingsStore) -> dict[str, object]:
    document = tomllib.loads(store.path.read_text("utf-8"))
    return {f"{s}.{k}": v for s, t in document.items() if isinstance(t, dict) for k, v in t.items()}


def shown_rows(pane: SettingsDialog) -> list[str]:
    return [r.setting.key for r in pane.findChildren(SettingRow) if r.isVisible()]


def test_a_switch_by_key_and_by_mouse(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    qtbot.keyClick(control(pane, ON), Qt.Key_Space)
    assert on_disk(store) == {"a.on": True}
    qtbot.mouseClick(control(pane, ON), Qt.LeftButton)
    assert on_disk(store) == {"a.on": False}


def test_a_whole_number_by_arrows_and_digits(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    field = control(pane, COUNT)
    qtbot.keyClick(field, Qt.Key_Up)
    assert on_disk(store) == {"a.count": 15}
    field.selectAll()
    qtbot.keyClicks(field, "42")
    assert on_disk(store) == {"a.count": 15}
    qtbot.keyClick(field, Qt.Key_Tab)
    assert on_disk(store) == {"a.count": 42}


def test_a_number_out_of_range_cannot_be_entered(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    field = control(pane, COUNT)
    field.selectAll()
    qtbot.keyClicks(field, "99")
    qtbot.keyClick(field, Qt.Key_Return)
    assert 0 <= store.get(COUNT) <= 60
    for _ in range(20):
        qtbot.keyClick(field, Qt.Key_Up)
    assert store.get(COUNT) == 60
    for _ in range(20):
        qtbot.keyClick(field, Qt.Key_Down)
    assert store.get(COUNT) == 0
    assert field.text() == "None"


def test_a_real_number(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    qtbot.keyClick(control(pane, RATE), Qt.Key_Down)
    assert on_disk(store) == {"a.rate": 0.75}


def test_a_choice_by_key(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    qtbot.keyClick(control(pane, COLOUR), Qt.Key_Down)
    assert on_disk(store) == {"b.colour": "g"}


def test_a_text_counts_after_enter_or_on_leaving(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    field = control(pane, NAME)
    qtbot.keyClicks(field, "gpt2")
    assert not store.path.exists()
    qtbot.keyClick(field, Qt.Key_Return)
    assert on_disk(store) == {"b.name": "gpt2"}
    assert pane.isVisible()
    qtbot.keyClicks(field, "-zh")
    qtbot.keyClick(field, Qt.Key_Tab)
    assert on_disk(store) == {"b.name": "gpt2-zh"}


def test_a_list_has_an_entry_in_each_line(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    field = control(pane, NAMES)
    qtbot.keyClicks(field, "my diary.txt")
    qtbot.keyClick(field, Qt.Key_Return)
    qtbot.keyClick(field, Qt.Key_Return, Qt.ShiftModifier)
    qtbot.keyClicks(field, " draft*  ")
    assert not store.path.exists()
    qtbot.keyClick(field, Qt.Key_Tab)
    assert not field.hasFocus()
    assert on_disk(store) == {"c.names": ["my diary.txt", "draft*"]}
    control(pane, NAMES)
    qtbot.keyClick(field, Qt.Key_A, Qt.ControlModifier)
    qtbot.keyClick(field, Qt.Key_Delete)
    qtbot.keyClick(pane, Qt.Key_Escape)
    assert not pane.isVisible()
    assert on_disk(store) == {"c.names": []}


def test_any_kind_of_space_in_a_list_stays(qtbot, pane: SettingsDialog, store: SettingsStore, qapp) -> None:
    names = ("我的\u3000日记.txt", "r\u00e9sum\u00e9\u00a02.md", "a\u200db.txt")
    qapp.clipboard().setText("\n".join(names))
    field = control(pane, NAMES)
    qtbot.keyClick(field, Qt.Key_V, Qt.ControlModifier)
    qtbot.keyClick(field, Qt.Key_Tab)
    assert SettingsStore(store.path, EVERY_KIND).get(NAMES) == names
    assert field.document().toRawText().split("\u2029") == list(names)


def test_an_old_list_shows_its_words_in_lines(qtbot, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[personalise]\nexcluded = "drafts.md secret.txt"\n')
    store = SettingsStore(path, with_shortcut_settings(SCHEMA, ACTIONS))
    pane = opened(qtbot, store)
    field = control(pane, PERSONALISE_EXCLUDED)
    assert field.toPlainText() == "drafts.md\nsecret.txt"
    qtbot.keyClick(field, Qt.Key_End, Qt.ControlModifier)
    qtbot.keyClick(field, Qt.Key_Tab)
    assert path.read_text() == '[personalise]\nexcluded = "drafts.md secret.txt"\n'
    control(pane, PERSONALISE_EXCLUDED)
    qtbot.keyClick(field, Qt.Key_Return)
    qtbot.keyClicks(field, "my diary.txt")
    qtbot.keyClick(field, Qt.Key_Tab)
    assert on_disk(store)["personalise.excluded"] == ["drafts.md", "secret.txt", "my diary.txt"]


def test_a_change_elsewhere_leaves_what_is_half_typed(
    qtbot, pane: SettingsDialog, store: SettingsStore
) -> None:
    name = control(pane, NAME)
    qtbot.keyClicks(name, "half")
    store.set(COLOUR, "b")
    assert name.text() == "half"
    count = control(pane, COUNT)
    count.selectAll()
    qtbot.keyClicks(count, "4")
    store.set(RATE, 2.0)
    qtbot.keyClicks(count, "5")
    qtbot.keyClick(count, Qt.Key_Return)
    assert (store.get(NAME), store.get(COUNT)) == ("half", 45)


def test_a_text_typed_when_the_pane_closes_counts(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    qtbot.keyClicks(control(pane, NAME), "half")
    qtbot.keyClick(pane, Qt.Key_Escape)
    assert not pane.isVisible()
    assert on_disk(store) == {"b.name": "half"}


@pytest.mark.qt_log_ignore("propagateSizeHints")  # said by the offscreen platform about any dialog
def test_a_folder_is_chosen(qtbot, pane: SettingsDialog, store: SettingsStore, tmp_path: Path, qapp) -> None:
    target = tmp_path / "模型 one"
    target.mkdir()
    qapp.setAttribute(Qt.AA_DontUseNativeDialogs)
    button = row(pane, PLACE).control.widget.findChild(QPushButton)
    qtbot.mouseClick(button, Qt.LeftButton)
    [dialog] = pane.findChildren(QFileDialog)
    qtbot.waitUntil(dialog.isVisible)
    dialog.selectFile(str(target))
    dialog.accept()
    assert on_disk(store) == {"b.place": str(target)}
    qtbot.waitUntil(lambda: control(pane, PLACE).text() == str(target))


def turn_wheel(widget: QWidget) -> None:
    middle = QPointF(widget.rect().center())
    buttons = (Qt.NoButton, Qt.NoModifier, Qt.NoScrollPhase, False)
    where = QPointF(widget.mapToGlobal(middle))
    QApplication.sendEvent(widget, QWheelEvent(middle, where, QPoint(), QPoint(0, -120), *buttons))


def test_the_wheel_scrolls_the_page_unless_the_field_has_the_keys(qtbot, pane, store) -> None:
    field = control(pane, COUNT)
    control(pane, RATE)
    turn_wheel(field)
    assert store.get(COUNT) == 10
    control(pane, COUNT)
    turn_wheel(field)
    assert store.get(COUNT) == 5


def test_the_wheel_scrolls_a_list_only_where_it_has_the_keys(qtbot, pane, store) -> None:
    field = control(pane, NAMES)
    store.set(NAMES, tuple(f"{number}.txt" for number in range(40)))
    pane._search.setFocus()
    turn_wheel(field.viewport())
    assert field.verticalScrollBar().value() == 0
    control(pane, NAMES)
    turn_wheel(field.viewport())
    assert field.verticalScrollBar().value() > 0


def test_reset_of_one_setting_and_of_a_page(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    assert not row(pane, ON)._reset.isVisible()
    store.set(ON, True)
    store.set(COUNT, 20)
    store.set(NAME, "kept")
    reset = row(pane, ON)._reset
    reset.setFocus()
    qtbot.keyClick(reset, Qt.Key_Space)
    assert on_disk(store) == {"a.count": 20, "b.name": "kept"}
    assert not reset.isVisible()
    assert row(pane, ON).control.focus.hasFocus()
    [whole] = [b for b in pane.findChildren(QPushButton) if b.isVisible() and b.text() == "Reset page"]
    qtbot.mouseClick(whole, Qt.LeftButton)
    assert on_disk(store) == {"b.name": "kept"}
    assert control(pane, COUNT).value() == 10
    assert not whole.isVisible()


def test_what_needs_a_restart_says_so(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    def notes() -> list[str]:
        return [label.text() for label in row(pane, COLOUR).findChildren(QLabel) if label.isVisible()]

    assert "Takes effect at the next start." in notes()
    qtbot.keyClick(control(pane, COLOUR), Qt.Key_Down)
    assert "Restart Writer for this to take effect." in notes()
    qtbot.keyClick(control(pane, COLOUR), Qt.Key_Up)
    assert "Takes effect at the next start." in notes()
    assert not any(
        "start" in label.text() for label in row(pane, NAME).findChildren(QLabel) if label.isVisible()
    )


def test_search_finds_on_every_page(qtbot, pane: SettingsDialog) -> None:
    qtbot.keyClick(pane, Qt.Key_F, Qt.ControlModifier)
    search = pane.focusWidget()
    qtbot.keyClicks(search, "lamp")
    assert shown_rows(pane) == ["a.on"]
    assert [
        label.text() for label in pane.findChildren(QLabel) if label.isVisible() and label.text() == "One."
    ]
    for text, keys in [
        ("GREEN", ["b.colour"]),
        ("folder", ["b.place"]),
        ("b.na", ["b.name"]),
        ("gives light", ["a.on"]),
        ("second", ["b.colour", "b.name", "b.place"]),
        ("nonesuch", []),
    ]:
        search.selectAll()
        qtbot.keyClicks(search, text)
        assert sorted(shown_rows(pane)) == keys, text
    assert [
        label for label in pane.findChildren(QLabel) if label.isVisible() and "No setting" in label.text()
    ]
    search.selectAll()
    qtbot.keyClick(search, Qt.Key_Delete)
    assert sorted(shown_rows(pane)) == ["a.count", "a.on", "a.rate"]


def test_a_page_chosen_during_a_search_ends_it(qtbot, pane: SettingsDialog) -> None:
    qtbot.keyClick(pane, Qt.Key_F, Qt.ControlModifier)
    qtbot.keyClicks(pane.focusWidget(), "lamp")
    first = pane._pages.visualItemRect(pane._pages.item(0)).center()
    qtbot.mouseClick(pane._pages.viewport(), Qt.LeftButton, pos=first)
    assert sorted(shown_rows(pane)) == ["a.count", "a.on", "a.rate"]
    assert pane._search.text() == ""


def test_every_page_and_control_is_reached_by_keys(qtbot, pane: SettingsDialog, store: SettingsStore) -> None:
    store.set(ON, True)
    assert pane._pages.hasFocus()
    qtbot.keyClick(pane._pages, Qt.Key_Down)
    assert pane.current_page() == "second"
    assert sorted(shown_rows(pane)) == ["b.colour", "b.name", "b.place"]
    qtbot.keyClick(pane._pages, Qt.Key_Up)
    reached = set()
    for _ in range(20):
        reached.add(pane.focusWidget())
        qtbot.keyClick(pane.focusWidget(), Qt.Key_Tab)
    rows = [r for r in pane.findChildren(SettingRow) if r.isVisible()]
    assert {r.control.focus for r in rows} <= reached
    assert {r._reset for r in rows if r._reset.isVisible()} == {r._reset for r in rows} & reached


def focusable(pane: SettingsDialog) -> Iterator[QWidget]:
    for widget in pane.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() & Qt.TabFocus and widget.focusProxy() is None:
            yield widget


@pytest.mark.parametrize("page", [page.name for page in SCHEMA.pages])
def test_every_control_has_a_name(qtbot, tmp_path: Path, page: str) -> None:
    real = SettingsStore(tmp_path / "settings.toml", with_shortcut_settings(SCHEMA, ACTIONS))
    pane = opened(qtbot, real)
    pane.open_page(page)
    for setting in SCHEMA.on_page(page):
        if isinstance(setting.value_type, IntType):
            real.set(setting, setting.value_type.maximum)
    named = {
        widget: QAccessible.queryAccessibleInterface(widget).text(QAccessible.Name)
        for widget in focusable(pane)
    }
    assert len(named) >= 2 + len(SCHEMA.on_page(page))
    assert [type(widget).__name__ for widget, name in named.items() if not name] == []


@pytest.mark.parametrize("size", [(700, 420), (820, 560)])
@pytest.mark.parametrize("page", [page.name for page in SCHEMA.pages])
def test_no_text_is_cut_off(qtbot, tmp_path: Path, page: str, size: tuple[int, int]) -> None:
    pane = opened(qtbot, SettingsStore(tmp_path / "settings.toml", with_shortcut_settings(SCHEMA, ACTIONS)))
    pane.resize(*size)
    pane.open_page(page)
    qtbot.wait(20)
    scroll = pane.findChild(QScrollArea)
    assert scroll.horizontalScrollBar().maximum() == 0
    labels = [label for label in scroll.findChildren(QLabel) if label.isVisible() and label.text()]
    assert labels
    for label in labels:
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        assert label.height() >= needed, label.text()
        assert label.width() >= label.minimumSizeHint().width(), label.text()
    for field in [w for w in scroll.findChildren(QComboBox) + scroll.findChildren(QSpinBox) if w.isVisible()]:
        assert field.width() >= field.sizeHint().width(), field.accessibleName()


OTHER_PROCESS = """
import sys
from pathlib import Path
from writer.settings.schema import SUGGESTIONS_LENGTH
from writer.settings.store import SettingsStore
SettingsStore(Path(sys.argv[1])).set(SUGGESTIONS_LENGTH, 33)
"""


@pytest.mark.parametrize("there_before", [True, False])
def test_a_change_by_another_process_is_shown(qtbot, tmp_path: Path, there_before: bool) -> None:
    store = SettingsStore(tmp_path / "settings.toml", with_shortcut_settings(SCHEMA, ACTIONS))
    if there_before:
        store.set(SUGGESTIONS_LENGTH, 20)
    watcher = SettingsWatcher(store)
    pane = opened(qtbot, store)
    for _ in range(2):
        command = [sys.executable, "-c", OTHER_PROCESS, str(store.path)]
        subprocess.run(command, cwd=ROOT, check=True, timeout=30)
        qtbot.waitUntil(lambda: store.get(SUGGESTIONS_LENGTH) == 33)
        assert control(pane, SUGGESTIONS_LENGTH).value() == 33
        store.set(SUGGESTIONS_LENGTH, 21)
    watcher.deleteLater()


def test_a_file_that_turns_bad_is_told_and_changes_nothing(
    qtbot, pane: SettingsDialog, store: SettingsStore
) -> None:
    store.set(COUNT, 20)
    watcher = SettingsWatcher(store)
    with qtbot.waitSignal(watcher.noticed) as told:
        store.path.write_text("= = =")
    assert "damaged" in told.args[0]
    assert store.notices == []
    assert control(pane, COUNT).value() == 20
    watcher.deleteLater()


def test_a_change_that_cannot_be_kept_is_told(qtbot, tmp_path: Path) -> None:
    blocked = tmp_path / "config"
    blocked.write_text("no folder")
    store = SettingsStore(blocked / "settings.toml", EVERY_KIND)
    pane = opened(qtbot, store)
    qtbot.keyClick(control(pane, ON), Qt.Key_Space)
    assert store.get(ON)
    assert [x for x in pane.findChildren(QLabel) if x.isVisible() and "could not be saved" in x.text()]
    blocked.unlink()
    qtbot.keyClick(control(pane, ON), Qt.Key_Space)
    assert not [x for x in pane.findChildren(QLabel) if x.isVisible() and "could not be saved" in x.text()]


def test_pages_take_widgets_of_others(qtbot, store: SettingsStore) -> None:
    made: list[QLabel] = []

    def extra() -> QLabel:
        made.append(QLabel("a list of models"))
        return made[-1]

    pane = opened(qtbot, store, page_widgets={"second": [extra]})
    assert made == []
    pane.open_page("second")
    assert made[0].isVisible()
    pane.open_page("first")
    assert not made[0].isVisible()
    with pytest.raises(KeyError):
        pane.open_page("third")


def test_a_closed_pane_is_forgotten_by_the_store(qtbot, store: SettingsStore) -> None:
    pane = SettingsDialog(store, ICONS)
    pane.show()
    pane.deleteLater()
    qtbot.waitSignal(pane.destroyed).__enter__()
    QApplication.sendPostedEvents(pane, QEvent.DeferredDelete)
    store.set(ON, True)
    assert store._listeners == []


class Shout(QTranslator):
    """A language in which everything is said loudly."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, _context: str, text: str, _comment: str = "", _n: int = -1) -> str:
        return re.sub(r"(\{\w+\})|([^{}]+)", lambda m: m[1] or m[2].upper(), text)


def test_the_language_changes_while_the_pane_is_open(qtbot, pane: SettingsDialog, qapp: QApplication) -> None:
    loud = Shout()
    pane.open_page("second")
    qapp.installTranslator(loud)
    try:
        qtbot.waitUntil(lambda: pane.windowTitle() == "SETTINGS")
        assert pane._pages.item(0).text() == "FIRST"
        assert control(pane, COLOUR).itemText(1) == "GREEN"
        assert control(pane, NAME).placeholderText() == "NOBODY"
        assert control(pane, NAME).accessibleName() == "NAME"
    finally:
        qapp.removeTranslator(loud)
    qtbot.waitUntil(lambda: pane.windowTitle() == "Settings")


def test_icons_follow_the_theme(
    qtbot, pane: SettingsDialog, store: SettingsStore, qapp: QApplication
) -> None:
    before = pane._search_icon.icon().cacheKey()
    palette = QPalette(qapp.palette())
    palette.setColor(QPalette.Mid, Qt.red)
    pane.setPalette(palette)
    assert pane._search_icon.icon().cacheKey() != before


def test_the_pane_opens_in_a_blink(qtbot, tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.toml", with_shortcut_settings(SCHEMA, ACTIONS))
    taken = []
    for _ in range(5):
        start = time.process_time()
        pane = SettingsDialog(store, ICONS)
        pane.show()
        assert not pane.grab().isNull()
        taken.append(time.process_time() - start)
        pane.close()
        pane.deleteLater()
    assert min(taken) < 0.1
