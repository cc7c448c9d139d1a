"""What `writer train` sets up and asks before torch is imported."""

from __future__ import annotations

import argparse
import io
import os
import sys
from pathlib import Path

import pytest

from writer.base import paths
from writer.base.errors import UserError
from writer.commands.train import add_to, confirm_whole_home, keep_compiled_code_in_cache

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


@pytest.mark.parametrize("answer", ["y\n", "Yes\n", "n\n", "\n", ""])
def test_a_home_folder_is_read_after_a_yes_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    if answer[:1].lower() == "y":
        confirm_whole_home(Path("/"), can_answer=True)
    else:
        with pytest.raises(UserError, match="nothing was read"):
            confirm_whole_home(Path("/"), can_answer=True)
    assert "Learn from all of it?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "expected"), [(["/texts"], None), (["--resume"], ""), (["--resume", "letters-1"], "letters-1")]
)
def test_a_training_is_resumed_by_its_name_or_as_the_newest(words: list[str], expected: str | None) -> None:
    parser = argparse.ArgumentParser()
    add_to(parser)
    assert parser.parse_args(words).resume == expected
