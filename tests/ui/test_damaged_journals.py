"""Damaged journals at the start of the real window: the others come back, and the damaged one is kept."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from writer.app.documents import journals as module
from writer.base import paths
from writer.documents.journal.journal_folder import SET_ASIDE


def journals() -> Path:
    return paths.data_dir() / "journals"


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "lock"}


def holding(text: str) -> Path:
    """The folder of the journal in which this text was typed."""
    data = text[:1].encode("utf-16-le")
    return next(
        log.parent
        for log in journals().glob("*/*.log")
        if not log.parent.name.startswith(SET_ASIDE) and data in log.read_bytes() and text in log_text(log)
    )


def log_text(log: Path) -> str:
    return log.read_bytes().decode("utf-16-le", "ignore") + log.read_bytes()[1:].decode("utf-16-le", "ignore")


def typed(start, *texts: str):
    """A window in which each text was typed into a tab of its own, closed with all of them unsaved."""
    writing = start()
    for index, text in enumerate(texts):
        if index:
            writing.actions["file.new"].trigger()
        writing.editor.insertPlainText(text)
    writing.close()


def shown(writing) -> list[str]:
    return sorted(page.whole_text() for page in writing.program.documents.all)


def test_one_flipped_bit_hides_nothing(start) -> None:
    typed(start, "first text", "second text", "third text")
    folder = holding("second text")
    log = next(folder.glob("*.log"))
    data = bytearray(log.read_bytes())
    at = data.index("second".encode("utf-16-le"))
    data[at] ^= 1
    log.write_bytes(data)
    before = contents(folder)
    again = start()
    assert {"first text", "third text"} <= set(shown(again))
    aside = journals() / f"bad-{folder.name}"
    assert contents(aside) == before
    assert str(aside) in again.window.status.message.full_text()


def test_a_base_that_is_no_text_hides_nothing(start, tmp_path: Path) -> None:
    file = tmp_path / "essay.txt"
    file.write_text("What stood in the file. ")
    writing = start({}, (file,))
    writing.key("Ctrl+End")
    writing.type("And what was added.")
    writing.run(0.5)
    writing.actions["file.new"].trigger()
    writing.type("another")
    writing.close()
    (base,) = journals().glob("*/*.text")
    data = bytearray(base.read_bytes())
    data[20] = 0xFF
    base.write_bytes(data)
    again = start()
    assert "another" in shown(again)
    (damaged,) = [text for text in shown(again) if text != "another"]
    assert damaged.endswith("stood in the file. And what was added.")
    assert "essay.txt" in again.window.status.message.full_text()
    assert file.read_text() == "What stood in the file. "


def test_what_raises_anything_at_all_is_left_alone(start, monkeypatch, logged_errors) -> None:
    logged_errors.expect("a journal cannot be read")
    typed(start, "first text", "second text")
    folder = holding("first text")

    real = module.read_newest

    def read(where):
        if where.path == folder:
            raise RecursionError
        return real(where)

    with monkeypatch.context() as patch:
        patch.setattr(module, "read_newest", read)
        again = start()
        assert shown(again) == ["second text"]
        assert str(folder) in again.window.status.message.full_text()
        again.close()
    assert "first text" in shown(start())


def test_a_journals_folder_that_disappears_is_made_again(start) -> None:

    writing = start()
    writing.type("before ")
    writing.run(0.4)
    shutil.rmtree(journals())
    writing.type("and after")
    writing.run(0.6)
    assert list(journals().glob("*/*.log"))
    text = writing.text
    writing.close()
    assert shown(start()) == [text]


def test_a_journal_deleted_while_nobody_writes_is_made_again_at_the_end(start) -> None:

    writing = start()
    writing.type("all of it")
    writing.run(0.5)
    shutil.rmtree(journals())
    writing.close()
    assert shown(start()) == ["all of it"]


def test_after_a_failed_sync_everything_is_written_anew(start, monkeypatch) -> None:

    writing = start()
    writing.type("one ")
    writing.run(0.5)
    (first,) = journals().glob("*/*.log")
    real, failed = os.fsync, []

    def fsync(descriptor: int) -> None:
        if not failed:
            failed.append(descriptor)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    writing.type("two")
    writing.until(lambda: failed)
    writing.run(0.1)
    assert "not protected" in writing.window.status.message.full_text()
    writing.type(" three")
    writing.until(lambda: not writing.window.status.message.full_text())
    writing.until(lambda: not first.exists())  # the old one is deleted by a task
    (second,) = journals().glob("*/*.log")
    assert second.parent != first.parent
    writing.close()
    assert shown(start()) == ["one two three"]
