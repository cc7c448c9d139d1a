"""The files that a preview reads: pictures in the text's folder alone."""

from __future__ import annotations

import os

import pytest
from PySide6.QtGui import QColor, QImage

from writer.ui.panels.preview import pictures
from writer.ui.panels.preview.pictures import LARGEST, Pictures, local_file


@pytest.fixture
def folder(tmp_path):
    below = tmp_path / "text"
    (below / "a b").mkdir(parents=True)
    image = QImage(1200, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("#aa3333"))
    assert image.save(str(below / "red.png"))
    assert image.save(str(below / "a b" / "rot 雨.jpg"))
    assert image.save(str(tmp_path / "outside.png"))
    (below / "link.png").symlink_to(tmp_path / "outside.png")
    (below / "drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    (below / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    (below / "text.png").write_text("words")
    os.mkfifo(below / "pipe.png")
    return below


@pytest.mark.parametrize("address", ["red.png", "./red.png", "a%20b/rot%20雨.jpg", "a b/../red.png"])
def test_pictures_of_the_folder_are_read_and_scaled(folder, address):
    image = Pictures().load(folder, address)
    assert (image.width(), image.height()) == (LARGEST.width(), 150)


@pytest.mark.parametrize(
    "address",
    [
        *("", ".", "gone.png", "link.png", "drawing.svg", "broken.png", "text.png", "pipe.png", "a b"),
        *("../outside.png", "..%2Foutside.png", "/dev/zero", "\\\\server\\x.png", "//server/x.png"),
        *("http://localhost/x.png", "file:///dev/zero", "data:image/png;base64,AA==", "red.png\0", "%00"),
        *("qrc:/x.png", ":/x.png", "C:/x.png", "x" * 5000),
    ],
)
def test_nothing_else_is(folder, address):
    assert Pictures().load(folder, address) is None


def test_a_text_without_a_file_has_none(folder):
    assert local_file(None, "red.png") is None


def test_large_files_and_pictures_are_left_out(folder, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    assert Pictures().load(folder, "red.png") is None
    monkeypatch.undo()
    monkeypatch.setattr(pictures, "MAX_BYTES", 10)
    assert Pictures().load(folder, "red.png") is None


def test_pictures_are_kept_until_they_change(folder):
    kept = Pictures()
    first = kept.load(folder, "red.png")
    kept.forget_unused()
    assert kept.load(folder, "red.png") is first
    kept.forget_unused()
    kept.forget_unused()
    assert kept.load(folder, "red.png") is not first
    os.utime(folder / "red.png", ns=(1, 1))
    assert kept.load(folder, "red.png") is not first
