"""Files come in old encodings; each is read rightly or asked about, and none is guessed into nonsense."""

from __future__ import annotations

from pathlib import Path

import pytest

from writer.documents.encoding_detection import detect_and_decode

CHINESE = "今天天气很好，我们去公园散步。他说这是一个不错的主意，大家都同意了。"
TRADITIONAL = "今天天氣很好，我們去公園散步。他說這是一個不錯的主意，大家都同意了。"
JAPANESE = "今日はとても天気が良いので、公園を散歩しました。それは楽しかったです。"
RUSSIAN = "Сегодня хорошая погода, и мы идём гулять в парк вместе с друзьями."
FRENCH = "Aujourd’hui il fait beau : nous allons déjeuner à l’extérieur, près de la forêt, où il y a un café."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain words", "ascii"),
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "utf-16"),
        (CHINESE, "utf-16-le"),
        (CHINESE, "utf-32"),
        (CHINESE, "gb18030"),
        (TRADITIONAL, "big5"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp1251"),
        (FRENCH, "cp1252"),
    ],
)
def test_encodings_are_told_apart(text: str, encoding: str) -> None:
    found = detect_and_decode(text.encode(encoding))
    assert found is not None
    assert (found.text, found.certain) == (text, True)


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", bytes(range(256)) * 4, b"\0" * 100]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    assert detect_and_decode(data) is None


def test_a_few_bytes_prove_nothing() -> None:
    found = detect_and_decode("你好".encode("gb18030"))
    assert found is not None
    assert not found.certain


def test_empty_is_text() -> None:
    found = detect_and_decode(b"")
    assert found is not None
    assert found.text == ""


def test_real_files_are_right_or_asked_about(shared_data: Path) -> None:
    right, asked, wrong = [], [], []
    for file in sorted((shared_data / "encodings").glob("*/*")):
        data = file.read_bytes()
        found = detect_and_decode(data)
        if file.parent.name == "none":
            assert found is None, file
            continue
        truth = data.decode(file.parent.name).lstrip("\ufeff")
        if found is not None and found.text == truth and found.certain:
            right.append(file)
        elif found is None or not found.certain:
            asked.append(file)
        else:
            wrong.append(file)
    assert wrong == []
    assert len(asked) <= 0.05 * len(right)
    assert not [file for file in asked if file.parent.name == "big5"]
