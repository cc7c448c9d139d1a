"""A small model and a folder of texts, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import small_models
from tests.training.sample_folders import make_texts


@pytest.fixture(scope="session")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained small GPT-2."""
    return small_models.make_gpt2(tmp_path_factory.mktemp("models") / "small-gpt2", steps=10)


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of six documents."""
    return make_texts(tmp_path_factory.mktemp("texts") / "letters", 6, 8)


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model without dropout: what each process draws by chance changes nothing."""
    return small_models.make_llama(tmp_path_factory.mktemp("models") / "small-llama", steps=10)
