"""The fixtures of the trainings: a small model and a folder of texts."""

from tests.training.conftest import gpt2, texts

__all__ = ["gpt2", "texts"]
