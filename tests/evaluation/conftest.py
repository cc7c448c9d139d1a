"""A small model, made once for the tests that run the real command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import small_models


@pytest.fixture(scope="session")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained small GPT-2."""
    return small_models.make_gpt2(tmp_path_factory.mktemp("models") / "small-gpt2")
