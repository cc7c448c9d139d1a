"""Many texts that were not saved: the current one is there first, and keys are taken between the others."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QTimer

from writer.ui.editor.open_documents import OpenDocuments

COUNT = 60


def test_the_current_text_comes_first_and_keys_between_the_others(
    start, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = start()
    for number in range(COUNT):
        if number:
            writing.actions["file.new"].trigger()
        writing.editor.insertPlainText(f"text {number:02}")
    writing.close()
    turns, restored = 0, []

    def turn() -> None:
        nonlocal turns
        turns += 1

    restore = OpenDocuments.add_restored

    def noted(self: OpenDocuments, *arguments: object) -> None:
        restore(self, *arguments)
        restored.append((turns, self.current.whole_text()))

    monkeypatch.setattr(OpenDocuments, "add_restored", noted)
    timer = QTimer()
    timer.timeout.connect(turn)
    timer.start(0)
    again = start()
    again.until(lambda: len(again.program.documents.all) == COUNT)
    timer.stop()
    assert len({text for _, text in restored}) == 1, "another text came in front"
    at = [turn for turn, _ in restored]
    assert len(at) == COUNT
    assert sum(later > earlier for earlier, later in pairwise(at)) > COUNT * 0.8
    texts = sorted(opened.whole_text() for opened in again.program.documents.all)
    assert texts == [f"text {number:02}" for number in range(COUNT)]
