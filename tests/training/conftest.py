"""Small models, a folder of texts and what one process learns of it, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import small_models
from tests.training.sample_folders import events, make_texts, train
from writer.training.events import StepFinished


@pytest.fixture(scope="session")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained small GPT-2."""
    return small_models.make_gpt2(tmp_path_factory.mktemp("models") / "small-gpt2", steps=10)


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of six documents."""
    return make_texts(tmp_path_factory.mktemp("texts") / "letters", 6, 8)


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model without dropout: what each process draws by chance changes nothing."""
    return small_models.make_llama(tmp_path_factory.mktemp("models") / "small-llama", steps=10)


@pytest.fixture(scope="session")
def few_steps(llama: Path) -> tuple[object, ...]:
    """The options of a short training whose losses are compared."""
    options = ("--base", llama, "--method", "full", "--max-steps", "3", "--rate", "1e-2")
    return (*options, "--characters", "300", "--json")


@pytest.fixture(scope="session")
def losses_alone(texts: Path, few_steps: tuple[object, ...]) -> list[float]:
    """The losses of that training in a single process."""
    done = train(texts, *few_steps)
    assert done.returncode == 0, done.stderr
    losses = [event.loss for event in events(done.stdout) if isinstance(event, StepFinished)]
    assert len(losses) == 3
    return losses
