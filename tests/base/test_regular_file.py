"""Regular files are read up to a limit; what is no file is refused without being opened."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from tests.fakes.odd_files import NO_FILES, odd_file
from writer.base import regular_file
from writer.base.regular_file import NotRegularError, TooLargeError, open_regular, read_regular

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_file_is_not_opened(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    with odd_file(tmp_path / "a", kind) as path:
        monkeypatch.setattr(os, "open", lambda *arguments: opened.append(arguments))
        with pytest.raises(NotRegularError) as caught:
            open_regular(path)
        monkeypatch.undo()
    assert (caught.value.errno, caught.value.filename, opened) == (errno.EINVAL, str(path), [])


def test_a_pipe_that_takes_the_place_meanwhile_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    before = os.stat(file)
    with odd_file(tmp_path / "a", "pipe") as path:
        monkeypatch.setattr(regular_file.os, "stat", lambda _path: before)
        with pytest.raises(NotRegularError):
            open_regular(path)
        monkeypatch.undo()


@pytest.mark.parametrize(
    ("size", "limit", "fits"), [(0, 0, True), (9, 9, True), (9, 8, False), (1, 0, False)]
)
def test_no_more_than_the_limit_is_read(tmp_path: Path, size: int, limit: int, fits: bool) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * size)
    if fits:
        data, status = read_regular(path, limit)
        assert (data, status.st_size) == (b"x" * size, size)
    else:
        with pytest.raises(TooLargeError):
            read_regular(path, limit)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_a_file_that_states_another_size_is_read_up_to_the_limit() -> None:
    path = Path("/proc/self/maps")
    assert path.stat().st_size == 0
    assert b"[stack]" in read_regular(path, 1 << 24)[0]
    with pytest.raises(TooLargeError):
        read_regular(path, 10)
