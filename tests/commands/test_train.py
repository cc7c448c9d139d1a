"""What `writer train` sets up before torch is imported."""

from __future__ import annotations

import os

import pytest

from writer.base import paths
from writer.commands.train import keep_compiled_code_in_cache

NAMES = ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR")


@pytest.mark.parametrize(("before", "after"), [(None, ""), ("", ""), ("/elsewhere", "/elsewhere")])
def test_compiled_code_lies_in_the_cache_and_never_in_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, before: str | None, after: str
) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, before or "")
        if before is None:
            monkeypatch.delenv(name)
    keep_compiled_code_in_cache()
    assert {os.environ[name] for name in NAMES} == {after or str(paths.cache_dir() / "compiled")}
