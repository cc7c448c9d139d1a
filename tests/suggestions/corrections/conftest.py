"""The program's own table of confusable words, and a small dictionary."""

from __future__ import annotations

import pytest

from writer.base.word_lists import confusable_words
from writer.suggestions.corrections.confusable_words import ConfusableWords


@pytest.fixture(scope="session")
def words() -> ConfusableWords:
    return ConfusableWords(confusable_words())
