"""The small model of the evaluation."""

from tests.evaluation.conftest import gpt2

__all__ = ["gpt2"]
