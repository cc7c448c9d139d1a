"""The file of a version: whole or damaged, never something else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.base.typed_data import DamagedError
from writer.documents.history import version_file
from writer.documents.history.version_file import (
    VersionText,
    content_of,
    read_text,
    read_version,
    write_version,
)

TEXT = VersionText("早上好, a line\nwith a lone \ud800 and \ufdd2.\n", (("\0", "\ufdd2"),))


def written(folder: Path, version: VersionText = TEXT) -> Path:
    path = write_version(folder, 1_790_000_000_000, content_of(version), len(version.text))
    assert path is not None
    return path


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert read_text(path) == TEXT
    version = read_version(path)
    assert (version.time, version.characters) == (1_790_000_000_000, len(TEXT.text))
    assert version.size == path.stat().st_size


@pytest.mark.parametrize("text", ["", "x" * 3_000_000], ids=["empty", "huge"])
def test_empty_and_huge_texts_are_kept(tmp_path: Path, text: str) -> None:
    assert read_text(written(tmp_path, VersionText(text))).text == text


def test_a_version_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    assert stat.S_IMODE(written(tmp_path).stat().st_mode) == 0o600


def test_stand_ins_that_the_text_does_not_have_are_not_kept(tmp_path: Path) -> None:
    assert content_of(VersionText("a", (("\0", "\ufdd2"),))) == content_of(VersionText("a"))


def test_one_that_is_too_large_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_file, "MAX_BYTES", 100)
    noise = os.urandom(200).hex()
    assert write_version(tmp_path, 1, content_of(VersionText(noise)), len(noise)) is None
    assert list(tmp_path.iterdir()) == []


@given(st.data())
def test_any_damage_is_seen(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = written(tmp_path_factory.mktemp("versions"))
    whole = path.read_bytes()
    if data.draw(st.booleans()):
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    else:
        place, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
    for read in (read_version, read_text):
        with pytest.raises(DamagedError):
            read(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A file with right checksums whose text is longer than it says."""
    import struct
    import zlib

    body = struct.pack("<32sQQ", b"\0" * 32, 10, 10) + zlib.compress(b"x" * 50_000_000)
    path = tmp_path / "000000000000001-00000000.version"
    path.write_bytes(struct.pack("<4sI", b"WRV1", zlib.crc32(body)) + body)
    with pytest.raises(DamagedError):
        read_text(path)


def test_a_folder_or_a_pipe_in_its_place_is_damage(tmp_path: Path) -> None:
    (tmp_path / "000000000000001-00000000.version").mkdir()
    os.mkfifo(tmp_path / "000000000000002-00000000.version")
    for path in tmp_path.iterdir():
        with pytest.raises(DamagedError):
            read_version(path)
