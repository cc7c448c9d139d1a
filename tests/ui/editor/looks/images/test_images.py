"""Images in their place: local ones only, within limits, read outside the window's thread."""

from __future__ import annotations

import os
import struct
import threading
import zlib
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QTextBlock

from writer.base.regular_file import NotRegularError, TooLargeError
from writer.settings.editor_schema import EDITOR_MARKDOWN
from writer.ui.editor.looks.images import image_file
from writer.ui.editor.looks.images.image_file import image_name, read_image
from writer.ui.editor.looks.images.inline_images import MAX_HEIGHT


def picture(path: Path, width: int = 40, height: int = 20) -> Path:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#ff0000"))
    assert image.save(str(path))
    return path


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that announces a size, and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("![a](b.png)", "b.png"),
        ('  ![海](图/海边.png "标题") ', "图/海边.png"),
        ("![a](<two words.png>)", "two words.png"),
        ("![a](two%20words.png)", "two words.png"),
        ("text ![a](b.png)", ""),
        ("![a](b.png) text", ""),
        ("![a](https://a.example/b.png)", ""),
        ("![a](file:///b.png)", ""),
        ("![a](//server/b.png)", ""),
        ("![a](<\\\\server\\b.png>)", ""),
        ("![a](%2F%2Fserver/b.png)", ""),
        ("![a](data:image/png;base64,AAAA)", ""),
        ("![a](%00.png)", ""),
        ("", ""),
    ],
)
def test_a_line_names_an_image_of_this_disk_or_none(line, name):
    assert image_name(line) == name


def test_an_image_is_read_within_its_limits(tmp_path):
    assert read_image(picture(tmp_path / "a.png"), 100, 100).width() == 40
    assert read_image(picture(tmp_path / "b.jpg", 900, 300), 300, 300).width() == 300
    turned = picture(tmp_path / "c.png", 20, 2000)
    assert read_image(turned, 100, 100).height() <= 100


def test_what_is_hostile_or_no_image_is_not_shown(tmp_path, monkeypatch):
    for name, data in {
        "huge.png": png_of_size(60_000, 60_000),
        "wide.png": png_of_size(2_000_000_000, 1),
        "cut.png": png_of_size(100, 100),
        "none.png": b"",
        "text.png": b"not an image",
        "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "svg.png": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    }.items():
        file = tmp_path / name
        file.write_bytes(data)
        assert read_image(file, 100, 100) is None, name
    with pytest.raises(NotRegularError):
        read_image(tmp_path, 100, 100)
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(NotRegularError):
        read_image(tmp_path / "pipe.png", 100, 100)
    monkeypatch.setattr(image_file, "MAX_BYTES", 50)
    with pytest.raises(TooLargeError):
        read_image(picture(tmp_path / "a.png"), 100, 100)


def block(writing, number: int) -> QTextBlock:
    return writing.editor.document().findBlockByNumber(number)


def height(writing, number: int) -> float:
    return writing.editor.blockBoundingRect(block(writing, number)).height()


def is_red(writing) -> bool:
    image = writing.editor.grab().toImage()
    return any(
        image.pixelColor(x, y) == QColor("#ff0000")
        for x in range(0, image.width(), 5)
        for y in range(0, image.height(), 5)
    )


def test_an_image_shows_below_its_line_and_the_text_stays_as_it_is(start, tmp_path, monkeypatch):
    threads = []
    read = image_file.read_image
    monkeypatch.setattr(
        "writer.ui.editor.looks.images.inline_images.read_image",
        lambda *values: threads.append(threading.current_thread()) or read(*values),
    )
    picture(tmp_path / "海 边.png", 60, 50)
    file = tmp_path / "a.md"
    file.write_text("text\n![海](<海 边.png>)\nmore", encoding="utf-8")
    writing = start({}, (file,))
    writing.until(lambda: writing.editor.document().blockCount() == 3)
    writing.until(lambda: height(writing, 1) > height(writing, 0) + 50)
    assert is_red(writing)
    assert threading.main_thread() not in threads
    assert not writing.editor.document().isModified()
    assert not writing.editor.document().isUndoAvailable()
    writing.settings.set(EDITOR_MARKDOWN, False)
    assert height(writing, 1) == height(writing, 0)
    assert not is_red(writing)
    writing.settings.set(EDITOR_MARKDOWN, True)
    writing.until(lambda: is_red(writing))
    writing.select(5, 5)
    writing.type("x")
    assert height(writing, 1) == height(writing, 0)
    writing.key("Ctrl+Z")
    writing.until(lambda: height(writing, 1) > height(writing, 0) + 50)


def test_a_changed_image_is_read_again_and_a_large_one_takes_a_bounded_room(start, tmp_path):
    picture(tmp_path / "a.png", 60, 50)
    file = tmp_path / "a.md"
    file.write_text("text\n![a](a.png)\n![b](missing.png)\nmore")
    writing = start({}, (file,))
    writing.until(lambda: writing.editor.document().blockCount() == 4)
    writing.until(lambda: height(writing, 1) > height(writing, 0) + 50)
    assert height(writing, 2) == height(writing, 0)
    picture(tmp_path / "a.png", 3000, 3000)
    writing.program.late.images.images.check_again()
    writing.until(lambda: height(writing, 1) > height(writing, 0) + MAX_HEIGHT - 1)
    assert height(writing, 1) < height(writing, 0) + MAX_HEIGHT + 50
    assert writing.program.late.images.images.memory < 4 * 1600 * 2 * MAX_HEIGHT
