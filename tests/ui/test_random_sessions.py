"""Whatever is done in whatever order, the text is what a plain string would be: random sessions by real keys.

Undo may take several typed characters back at once; it must come to a text that was there, redo must come
back from it exactly, and what one key does beyond writing (a ghost, the next item of a list, indented, moved
or marked lines, a pair, a check box, a row or the alignment of a table, a replacement) is one step.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from PySide6.QtGui import QGuiApplication

from writer.base import paths

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)|raise\\(")
SCRIPT = {"ab": "c and more.", "雨": "下了一夜。", "b. ": "Then it rained."}
TYPED = st.lists(
    st.sampled_from(["ab", "b. ", "雨", "😀", "a", " ", "\n", "é", "- ", "\n- ", "\n# a", "\n## b"]),
    min_size=1,
    max_size=6,
)
KEYS = "Left Right Up Down Home End Ctrl+Home Ctrl+End Shift+Left Shift+Up Shift+Down Shift+End"
PLACES = st.sampled_from(KEYS.split(" "))
CELLS = st.lists(st.sampled_from(["a", "雨", "b c", "", "é"]), min_size=2, max_size=4)
ITEM = re.compile(r"([ \t]*-)(?:([ \t]+)(\[[ x]\](?:[ \t]+|$))?|$)")
HEADING = re.compile(r" {0,3}#{1,6}(?: |$)")
RULE = re.compile(r" {0,3}-[ \t]*(?:-[ \t]*){2,}$")
WANTED = st.sampled_from(["a", "ab", "AB", "雨", "😀", "x"])


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def without_indents(text: str) -> list[str]:
    return [line.lstrip(" \t") for line in text.split("\n")]


def without_padding(text: str) -> list[str]:
    """The lines; those with pipes without outer ones, empty last cells, and spaces and dashes that align."""
    return [cells(line) if "|" in line else line for line in text.split("\n")]


def cells(line: str) -> str:
    inner = re.sub(r"^\||\|$", "", line.strip())
    return "|".join(re.sub(r"^-+$", "-", cell.strip()) for cell in inner.split("|")).rstrip("|")


def broken(before: str, inside: str, after: str) -> tuple[str, bool]:
    """The text after Enter, and whether that was a step of its own; an ended item keeps its indent here."""
    start = before[before.rfind("\n") + 1 :]
    line = (start + inside + after).split("\n")[0]
    item = None if RULE.match(line) else ITEM.match(line)
    if item is None or len(start) < item.end():
        return before + "\n" + after, False
    if not inside and not line[item.end() :].strip():
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        kept = line if indent else ""
        return before[: len(before) - len(start)] + kept + after[len(line) - len(start) :], True
    prefix = item[1] + (item[2] or " ") + ("[ ] " if item[3] else "")
    return before + "\n" + prefix + after, True


class Session(RuleBasedStateMachine):
    """`past` holds every text that was there, the current one last; `whole` whether it came in one step."""

    def __init__(self, start, folder: Path) -> None:
        super().__init__()
        self.start, self.folder = start, folder
        self.file = folder / "text.txt"

    @initialize(text=st.sampled_from(["", "one ab\n\n雨 two\n"]))
    def begin(self, text: str) -> None:
        shutil.rmtree(paths.data_dir() / "journals", ignore_errors=True)
        (paths.state_dir() / "session.json").unlink(missing_ok=True)
        self.file.write_text(text, "utf-8")
        self.open((self.file,))
        self.forget(text)

    def open(self, files: tuple[Path, ...]) -> None:
        self.writing = self.start(SCRIPT, files)
        self.writing.until(lambda: "text.txt" in self.writing.window.windowTitle())
        self.editor = self.writing.editor

    def forget(self, text: str) -> None:
        """Begin with a text that has no steps yet."""
        self.past, self.whole, self.future = [text], [False], []

    def became(self, text: str, whole: bool = False) -> None:
        if text != self.past[-1]:
            self.past.append(text)
            self.whole.append(whole)
            self.future.clear()

    @property
    def text(self) -> str:
        return self.past[-1]

    def split(self) -> tuple[str, str, str]:
        """The text before, in and behind the selection."""
        self.note_alignment()
        cursor, data = self.editor.textCursor(), self.text.encode("utf-16-le")
        start, end = 2 * cursor.selectionStart(), 2 * cursor.selectionEnd()
        return tuple(part.decode("utf-16-le") for part in (data[:start], data[start:end], data[end:]))

    @rule(pieces=TYPED)
    def write(self, pieces: list[str]) -> None:
        for character in "".join(pieces):
            before, inside, after = self.split()
            if character == "\n" and self.in_table():
                continue
            self.writing.type(character)
            if character == "\n":
                self.became_but_indents(*broken(before, inside, after))
            else:
                self.became(before + character + after)

    def in_table(self) -> bool:
        """Whether a line of the selection, or of the cursor, has a pipe."""
        before, inside, after = self.split()
        first, last = before[before.rfind("\n") + 1 :], after.split("\n")[0]
        return "|" in first + inside + last

    def became_but_indents(self, text: str, whole: bool) -> None:
        """Became a text whose lines may be indented otherwise, and then one whose tables are aligned."""
        now, lines = self.editor.text().split("\n"), text.split("\n")
        assert len(now) == len(lines)
        pairs = list(zip(now, lines, strict=True))
        unaligned = "\n".join(line if "|" in line else shown for shown, line in pairs)
        assert without_indents(unaligned) == without_indents(text)
        self.became(unaligned, whole)
        self.note_alignment()

    @rule(inner=st.sampled_from(["", "a", "雨 b"]))
    def bracket(self, inner: str) -> None:
        before, inside, after = self.split()
        self.writing.type("(")
        if inside:
            self.became(before + "(" + inside + ")" + after, whole=True)
            return
        closed = ")" if not after or after[0].isspace() or after[0] in ".)" else ""
        self.became(before + "(" + closed + after, whole=bool(closed))
        for end in range(1, len(inner) + 1):
            self.writing.type(inner[end - 1])
            self.became(before + "(" + inner[:end] + closed + after)
        self.writing.type(")")
        self.became(before + "(" + inner + ")" + after)

    @rule(back=st.booleans())
    def indent(self, back: bool) -> None:
        before, inside, after = self.split()
        if self.in_table() or (not inside and not back):
            return
        self.writing.key("Shift+Backtab" if back else "Tab")
        self.became_but_indents(self.text, whole=True)
        lines = (before + inside).removesuffix("\n" if "\n" in inside else "").split("\n")
        first = before.count("\n")
        if inside and not back and not ITEM.match((before + inside + after).split("\n")[first]):
            expected = (before + inside + after).split("\n")
            for number in range(first, len(lines)):
                expected[number] = "\t" + expected[number] if expected[number].strip() else expected[number]
            assert self.text == "\n".join(expected)

    @rule(up=st.booleans())
    def move_lines(self, up: bool) -> None:
        before, inside, after = self.split()
        lines = (before + inside + after).split("\n")
        first = before.count("\n")
        last = first + inside.count("\n") - (inside.endswith("\n"))
        self.writing.key("Alt+Up" if up else "Alt+Down")
        if up and first:
            lines[first - 1 : last + 1] = [*lines[first : last + 1], lines[first - 1]]
        elif not up and last + 1 < len(lines):
            lines[first : last + 2] = [lines[last + 1], *lines[first : last + 1]]
        self.became("\n".join(lines), whole=True)

    @rule()
    def check(self) -> None:
        before, inside, after = self.split()
        head, start = before[: before.rfind("\n") + 1], before[before.rfind("\n") + 1 :]
        line = (start + after).split("\n")[0]
        if inside or "|" in line or RULE.match(line) or HEADING.match(line):
            return
        self.writing.key("Ctrl+L")
        item = ITEM.match(line)
        if item and item[3]:
            at = item.start(3) + 1
            new = line[:at] + ("x" if line[at] == " " else " ") + line[at + 1 :]
        elif item:
            new = item[1] + (item[2] or " ") + "[ ] " + line[item.end() :]
        else:
            indent = len(line) - len(line.lstrip(" \t"))
            new = line[:indent] + "- [ ] " + line[indent:]
        self.became(head + new + (start + after)[len(line) :], whole=True)

    @rule(texts=CELLS, down=st.booleans(), place=PLACES)
    def table(self, texts: list[str], down: bool, place: str) -> None:
        """Write a table at the end of the text, leave it, and go to a place."""
        texts = [text or "a" for text in texts] if down else texts  # an empty row ends the table
        self.writing.key("Ctrl+End")
        self.break_line()
        self.break_line()
        self.write_plainly("| x | y |")
        expected = self.text + "\n|---|---|"
        self.writing.key("Return")
        self.became(self.text + "\n| --- | --- |\n|     |     |", whole=True)
        self.write_plainly(texts[0])
        for text in texts[1:]:
            rows = self.text.count("\n")
            self.writing.key("Return" if down else "Tab")
            now = self.editor.text()
            self.became(now, whole=now.count("\n") > rows)
            self.write_plainly(text)
        pairs = (
            [(t, "") for t in texts]
            if down
            else [(*texts[at : at + 2], "") for at in range(0, len(texts), 2)]
        )
        expected += "".join(f"\n| {pair[0]} | {pair[1]} |" for pair in pairs)
        assert without_padding(self.text) == without_padding(expected)
        self.writing.key("Ctrl+End")
        self.break_line()
        self.writing.key(place)

    def break_line(self) -> None:
        before, _, after = self.split()
        self.writing.key("Shift+Return")
        self.became(before + "\n" + after)

    def write_plainly(self, text: str) -> None:
        for character in text:
            before, _, after = self.split()
            self.writing.type(character)
            self.became(before + character + after)

    def note_alignment(self) -> None:
        """Become the text that differs by what aligns its tables, as a step of its own."""
        now = self.editor.text()
        if now != self.text and "|" in now:
            assert without_padding(now) == without_padding(self.text)
            self.became(now, whole=True)

    @rule()
    def mark(self) -> None:
        before, inside, after = self.split()
        core = inside.strip()
        line = before[before.rfind("\n") + 1 :]
        if not core or "\n" in inside or ITEM.match(line + inside) or ITEM.match(line):
            return
        lead, trail = inside.split(core)[0], inside[inside.rindex(core) + len(core) :]
        self.writing.key("Ctrl+B")
        self.became(f"{before}{lead}**{core}**{trail}{after}", whole=True)
        self.writing.key("Ctrl+B")
        self.became(before + inside + after, whole=True)

    @rule(whole=st.booleans())
    def fold(self, whole: bool) -> None:
        """Fold or unfold a section, or show all: the text stays, and no cursor is within what is hidden."""
        self.split()
        self.writing.key("Ctrl+F12" if whole else "F12")
        assert self.editor.text() == self.text
        assert self.editor.textCursor().block().isVisible()

    @rule(key=PLACES)
    def go(self, key: str) -> None:
        self.writing.key(key)

    @rule(key=st.sampled_from(["Backspace", "Delete"]), times=st.integers(1, 3))
    def erase(self, key: str, times: int) -> None:
        for _ in range(times):
            before, inside, after = self.split()
            if not inside and key == "Backspace":
                before = before[:-1]
            elif not inside:
                after = after[1:]
            self.writing.key(key)
            self.became(before + after)

    @rule(text=st.sampled_from(["pasted", "two\nlines", "😀雨"]))
    def paste(self, text: str) -> None:
        before, _, after = self.split()
        QGuiApplication.clipboard().setText(text)
        self.writing.key("Ctrl+V")
        self.became(before + text + after)

    @rule(ask=st.booleans(), word=st.booleans())
    def accept(self, ask: bool, word: bool) -> None:
        self.writing.settle()
        if ask:
            self.writing.key("Ctrl+Space")
        ghost = self.writing.ghost()
        if not ghost:
            return
        before, _, after = self.split()
        self.writing.key("Ctrl+Right" if word else "Tab")
        written = self.editor.text()[len(before) : len(self.editor.text()) - len(after)]
        assert written
        assert ghost.startswith(written)
        assert word or written == ghost
        self.became(before + written + after, whole=True)

    @rule()
    def undo(self) -> None:
        self.writing.key("Ctrl+Z")
        now = self.editor.text()
        if now == self.text:
            return
        if self.whole[-1]:
            assert now == self.past[-2]
        at = max(index for index, text in enumerate(self.past[:-1]) if text == now)
        self.future.append((self.past[at + 1 :], self.whole[at + 1 :]))
        del self.past[at + 1 :], self.whole[at + 1 :]

    @rule()
    def redo(self) -> None:
        self.writing.key("Ctrl+Shift+Z")
        if self.future:
            texts, whole = self.future.pop()
            self.past += texts
            self.whole += whole

    @rule(pattern=WANTED)
    def find(self, pattern: str) -> None:
        self.look_for(pattern, "Ctrl+F")
        found = re.findall(re.escape(pattern), self.text, re.IGNORECASE)
        state = self.writing.program.late.search.bar.state.text()
        assert state.endswith(f" of {len(found)}") if found else state == "Not found"
        self.writing.key("Escape", self.writing.program.late.search.bar.pattern)
        if found:
            assert self.split()[1].casefold() == pattern.casefold()

    @rule(pattern=WANTED, by=st.sampled_from(["", "雨雨", "ab", "z"]))
    def replace_all(self, pattern: str, by: str) -> None:
        bar = self.look_for(pattern, "Ctrl+H")
        bar.replacement.setText(by)
        self.writing.key("Ctrl+Alt+Return", bar.replacement)
        self.settle_find()
        self.became(re.sub(re.escape(pattern), by, self.text, flags=re.IGNORECASE), whole=True)
        self.writing.key("Escape", bar.replacement)

    def look_for(self, pattern: str, keys: str):
        self.writing.key(keys)
        bar = self.writing.program.late.search.bar
        bar.pattern.clear()
        for character in pattern:
            self.writing.send(bar.pattern, character)
        self.settle_find()
        return bar

    def settle_find(self) -> None:
        find = self.writing.program.late.search
        self.writing.run(0.01)
        self.writing.until(lambda: not find._tasks.busy and not find._delay.isActive(), 10)

    def settle_files(self) -> None:
        self.writing.run(0.01)
        self.writing.until(lambda: not self.writing.program.files._tasks.busy)

    @rule()
    def save(self) -> None:
        self.writing.key("Ctrl+S")
        self.settle_files()
        assert not self.writing.window.isWindowModified()
        assert self.file.read_text("utf-8") == self.text

    @rule(text=st.sampled_from(["from elsewhere ab\n", "ab\n"]))
    def reload(self, text: str) -> None:
        if text == self.file.read_text("utf-8"):
            return
        self.file.write_text(text, "utf-8")
        self.writing.window.activated.emit()
        self.writing.answer("Load the New Text")
        self.settle_files()
        self.forget(text)

    @rule()
    def start_again(self) -> None:
        text = self.text
        self.writing.window.close()
        self.open(())
        self.forget(text)

    def teardown(self) -> None:
        if hasattr(self, "writing"):
            self.writing.close()

    @invariant()
    def same(self) -> None:
        if hasattr(self, "past"):
            self.note_alignment()
            assert self.editor.text() == self.text
            assert self.editor.document().characterCount() - 1 == units(self.text)


@pytest.mark.slow
def test_any_session_leaves_what_a_plain_text_would_be(start, tmp_path):
    run_state_machine_as_test(
        lambda: Session(start, tmp_path),
        settings=settings(
            max_examples=10, stateful_step_count=25, suppress_health_check=list(HealthCheck), deadline=None
        ),
    )
