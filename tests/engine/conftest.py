"""Small models, made once for all tests of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import small_masked, small_models
from writer.engine.infill.masked_model import MaskedModel, load_masked


@pytest.fixture(scope="session")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained small GPT-2."""
    return small_models.make_gpt2(tmp_path_factory.mktemp("models") / "small-gpt2")


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained small Llama."""
    return small_models.make_llama(tmp_path_factory.mktemp("models") / "small-llama")


@pytest.fixture(scope="session")
def qwen3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Qwen 3, untrained."""
    return small_models.make_qwen3(tmp_path_factory.mktemp("models") / "small-qwen3")


@pytest.fixture(scope="session")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Gemma, untrained."""
    return small_models.make_gemma(tmp_path_factory.mktemp("models") / "small-gemma", "gemma")


@pytest.fixture(scope="session")
def gemma2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Gemma 2, untrained: with soft caps and windows."""
    return small_models.make_gemma(tmp_path_factory.mktemp("models") / "small-gemma2", "gemma2")


@pytest.fixture(scope="session")
def gemma3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Gemma 3, untrained: with windows and rotary positions of two bases."""
    return small_models.make_gemma(tmp_path_factory.mktemp("models") / "small-gemma3", "gemma3")


@pytest.fixture(scope="session")
def neox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small GPT-NeoX, untrained."""
    return small_models.make_neox(tmp_path_factory.mktemp("models") / "small-neox")


@pytest.fixture(scope="session")
def opt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small OPT, untrained."""
    return small_models.make_opt(tmp_path_factory.mktemp("models") / "small-opt")


@pytest.fixture(scope="session")
def opt_post(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small OPT, untrained, as that of 350M: norms after the sums, embeddings of another size."""
    folder = tmp_path_factory.mktemp("models") / "small-opt-post"
    return small_models.make_opt(folder, do_layer_norm_before=False, word_embed_proj_dim=32)


@pytest.fixture(params=["gpt2", "llama"])
def model(request: pytest.FixtureRequest) -> Path:
    """Each of the two families in turn."""
    folder: Path = request.getfixturevalue(request.param)
    return folder


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained small BERT for English and Chinese."""
    return small_masked.make_bert(tmp_path_factory.mktemp("models") / "small-bert")


@pytest.fixture(scope="session")
def filler(bert: Path) -> Iterator[MaskedModel]:
    """The small BERT, loaded."""
    model = load_masked(bert, threads=1)
    yield model
    model.close()
