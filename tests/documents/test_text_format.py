"""What is read in any encoding comes back byte for byte, also around an edit; what cannot, is not written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.documents.text_file import DocumentError, EncodingError, read_document, write_document
from writer.documents.text_format import TextFormat, UnencodableError, decode, encode

SAMPLES = {
    "big5": "今天天氣很好，我們去公園散步。他說這是一個不錯的主意，大家都同意了。",
    "gb18030": "今天天气很好，我们去公园散步。😀他说这是一个不错的主意，大家都同意了。",
    "cp932": "今日はとても天気が良いので、公園を散歩しました。それは楽しかったです。",
    "iso2022_jp": "今日はとても天気が良いので、公園を散歩しました。",
    "euc_jp": "今日はとても天気が良いので、公園を散歩しました。それは楽しかったです。",
    "cp949": "오늘은 날씨가 매우 좋아서 우리는 공원에서 산책을 하고 이야기를 했습니다.",
    "koi8_r": "Сегодня хорошая погода, и мы идём гулять в парк вместе с друзьями.",
    "cp1252": "Aujourd’hui il fait beau : nous allons déjeuner à l’extérieur, près de la forêt.",
    "utf-16-be": "今天天气很好，我们去公园散步。",
    "utf-32-le": "今天天气很好，我们去公园散步。",
}


@pytest.mark.parametrize("encoding", SAMPLES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_edit_changes_its_own_bytes_alone(tmp_path: Path, encoding: str, newline: str) -> None:
    mark = "\ufeff" if encoding.startswith("utf") else ""
    text = f"{SAMPLES[encoding]}\n{SAMPLES[encoding]}\n"
    file = tmp_path / "a.txt"
    file.write_bytes((mark + text).replace("\n", newline).encode(encoding))
    loaded = read_document(file)
    assert (loaded.text, loaded.form.encoding, loaded.candidates) == (text, encoding, ())
    assert (loaded.form.newline, loaded.form.bom) == (newline, bool(mark))
    write_document(file, "ab\n" + loaded.text, loaded.form, loaded.version)
    assert file.read_bytes() == (mark + "ab\n" + text).replace("\n", newline).encode(encoding)


@given(st.binary(max_size=300))
def test_whatever_is_called_exact_comes_back(data: bytes) -> None:
    for encoding in ("utf-8", "cp932", "big5", "gb18030", "cp949", "utf-16-le"):
        try:
            text, form = decode(data, encoding)
        except UnicodeDecodeError:
            continue
        assert "\r" not in text
        assert not form.exact or encode(text, form) == data


def test_damaged_utf_8_keeps_its_damage(tmp_path: Path) -> None:
    data = "天气很好，我们去公园".encode() + b"\xe4\xb8 \xff\x80\r" + "。\n".encode()
    text, form = decode(data, "utf-8")
    assert "\ufffd" not in text
    assert encode("x" + text, form) == b"x" + data


def test_other_spellings_of_a_character_stay() -> None:
    """Big5 has a second place for the slash, Shift-JIS hundreds; Python's codecs write the first."""
    data = "今天／明天".encode("big5").replace("／".encode("big5"), b"\xa1\xfe")
    text, form = decode(data, "big5")
    assert text == "今天／明天"
    assert encode("他" + text, form) == "他".encode("big5") + data


def test_where_a_file_mixes_spellings_nothing_is_written(tmp_path: Path) -> None:
    data = "今天天氣很好，我們去公園散步。他說這是一個不錯的主意／".encode("big5") + b"\xa1\xfe"
    file = tmp_path / "a.txt"
    file.write_bytes(data)
    loaded = read_document(file)
    assert not loaded.form.exact
    with pytest.raises(EncodingError, match="does not give back"):
        write_document(file, loaded.text, loaded.form, loaded.version)
    assert file.read_bytes() == data
    write_document(file, loaded.text, loaded.form.in_utf_8(), loaded.version)
    assert file.read_text("utf-8") == loaded.text


def test_a_character_that_the_encoding_lacks_is_named_and_not_lost(tmp_path: Path) -> None:
    form = TextFormat(encoding="cp1252")
    with pytest.raises(UnencodableError) as told:
        encode("né 好 and 好 天", form)
    assert told.value.characters == "好天"
    file = tmp_path / "a.txt"
    file.write_bytes(b"old")
    with pytest.raises(EncodingError, match="does not have 好"):
        write_document(file, "好", form, None)
    assert file.read_bytes() == b"old"


def test_what_nothing_proves_is_asked_about_with_previews(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("Title\n\ncafé\n".encode("cp1252"))
    loaded = read_document(file)
    previews = {candidate.encoding: candidate.excerpt for candidate in loaded.candidates}
    assert "café" in previews["cp1252"]
    assert "caf" in previews["utf-8"]
    assert read_document(file, "cp1252").text == "Title\n\ncafé\n"
    with pytest.raises(DocumentError, match="is not text in the encoding"):
        read_document(file, "gb18030")


def test_every_file_of_the_world_is_kept(shared_data: Path, tmp_path: Path) -> None:
    """Each encoding in `encodings` and each text in `naughty`: opened, edited in front, and saved."""
    copy = tmp_path / "copy"
    kept = 0
    for file in [*(shared_data / "encodings").glob("*/*"), *(shared_data / "naughty").rglob("*.*")]:
        if file.parent.name == "none" or not file.is_file():
            continue
        data = file.read_bytes()
        copy.write_bytes(data)
        try:
            loaded = read_document(copy)
        except DocumentError:
            assert file.parent.name == "utf8tests", file
            continue
        write_document(copy, loaded.text + "\nab", loaded.form, loaded.version)
        text, form = decode(data, loaded.form.encoding)
        assert encode(text + "\nab", form) == copy.read_bytes()
        assert copy.read_bytes().startswith(data), file
        kept += 1
    assert kept >= 163


@pytest.mark.parametrize("before", [b"", b"\0", b"\r \n", "\0\ufdd2\ufdd3".encode()], ids=repr)
@pytest.mark.parametrize("other", [b"a\0b", b"\r\n\r \n\0", "早\0".encode(), b"plain"], ids=repr)
def test_a_text_with_other_stand_ins_is_saved_as_its_own_bytes(before: bytes, other: bytes) -> None:
    form = decode(before, "utf-8")[1]
    text, other_form = decode(other, "utf-8")
    text, form = form.with_text(text, other_form.stand_ins)
    assert encode(text, form) == other
    assert decode(before, "utf-8")[1].stand_ins == form.stand_ins[: len(decode(before, "utf-8")[1].stand_ins)]
