"""The model follows the language being written, and only when that is plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.models import inventory, selection
from writer.models.manifest import Manifest
from writer.models.selection import UNTUNED_MODEL, InstalledModel, ModelPreferences
from writer.models.store import DEFAULT_MODEL, ModelStore
from writer.text.language import LANGUAGES, Language

ENGLISH = "The morning was cold and clear, and the road ran straight through the fields to the town. "
CHINESE = "清晨的空气又冷又清新，道路笔直地穿过田野，通向远处的小镇。她在别人醒来之前就出发了。"
STARTER = InstalledModel(DEFAULT_MODEL, ("en",))
UNTUNED = InstalledModel(UNTUNED_MODEL, ("en",))
SMALL = InstalledModel("minimind2-small", ("zh",))
BOTH = InstalledModel("qwen", ("en", "zh"))


@pytest.mark.parametrize(
    ("before", "current", "expected"),
    [
        ("", "en", "en"),
        ("", "zh", "zh"),
        (ENGLISH, "en", "en"),
        (ENGLISH, "zh", "en"),
        (CHINESE, "en", "zh"),
        (CHINESE, "zh", "zh"),
        (ENGLISH + "He said 你好", "en", "en"),
        (ENGLISH + "（", "en", "en"),
        (CHINESE + "Beijing", "zh", "zh"),
        (CHINESE + "I use Python and Qt", "zh", "zh"),
        (ENGLISH * 3 + "\n\n" + CHINESE * 3, "en", "zh"),
        (CHINESE * 3 + "\n\n" + ENGLISH * 3, "zh", "en"),
        (CHINESE * 3 + "\n\nThe next morning", "zh", "en"),
        (ENGLISH * 3 + "\n\n第二天早上我们去了花园里", "en", "zh"),
        (CHINESE * 3 + "\n\nAnna", "zh", "zh"),
        ("2026-11-23 12:00 ... 42", "zh", "zh"),
    ],
)
def test_the_language_changes_when_it_is_plain(before: str, current: Language, expected: Language) -> None:
    assert selection.detect_language(before, current, ModelPreferences()) == expected
    for fixed in LANGUAGES:
        assert selection.detect_language(before, current, ModelPreferences(language=fixed)) == fixed


@given(st.text(), st.sampled_from(LANGUAGES))
def test_the_language_is_settled(before: str, current: Language) -> None:
    once = selection.detect_language(before, current, ModelPreferences())
    assert selection.detect_language(before, once, ModelPreferences()) == once


def test_writing_on_does_not_waver() -> None:
    """Key by key through a text of two languages, the model changes once for each change of language."""
    text, current, changes = ENGLISH * 3 + CHINESE * 3 + ENGLISH * 3, "en", 0
    for end in range(len(text)):
        now = selection.detect_language(text[:end], current, ModelPreferences())
        changes += now != current
        current = now
    assert changes == 2


@pytest.mark.parametrize(
    ("language", "preferences", "installed", "expected"),
    [
        ("en", ModelPreferences(), (), DEFAULT_MODEL),
        ("zh", ModelPreferences(), (), DEFAULT_MODEL),
        ("en", ModelPreferences(), (STARTER, SMALL), DEFAULT_MODEL),
        ("zh", ModelPreferences(), (STARTER, SMALL), "minimind2-small"),
        ("zh", ModelPreferences(), (STARTER, BOTH, SMALL), "qwen"),
        ("en", ModelPreferences(), (SMALL,), DEFAULT_MODEL),
        ("en", ModelPreferences(), (BOTH, SMALL), "qwen"),
        ("zh", ModelPreferences(english="gpt2"), (STARTER,), "gpt2"),
        ("zh", ModelPreferences(chinese="/models/mine"), (STARTER, SMALL), "/models/mine"),
        ("en", ModelPreferences(chinese="/models/mine"), (STARTER, SMALL), DEFAULT_MODEL),
        ("en", ModelPreferences(english="gpt2", chinese="x"), (STARTER, SMALL), "gpt2"),
        ("zh", ModelPreferences(english="qwen"), (STARTER, SMALL, BOTH), "qwen"),
        ("en", ModelPreferences(chinese="qwen"), (STARTER, SMALL, BOTH), "qwen"),
        ("zh", ModelPreferences(english="qwen", chinese="x"), (STARTER, SMALL, BOTH), "x"),
        ("zh", ModelPreferences(english=DEFAULT_MODEL), (STARTER, SMALL, BOTH), "minimind2-small"),
        ("en", ModelPreferences(english=UNTUNED_MODEL), (STARTER, UNTUNED), UNTUNED_MODEL),
        ("en", ModelPreferences(english=UNTUNED_MODEL), (STARTER, SMALL), DEFAULT_MODEL),
        ("en", ModelPreferences(), (UNTUNED, SMALL), UNTUNED_MODEL),
    ],
)
def test_the_model_fits_the_language(
    language: Language, preferences: ModelPreferences, installed: tuple[InstalledModel, ...], expected: str
) -> None:
    assert selection.model_for(language, preferences, installed) == expected


def test_installed_models_say_their_languages(store: ModelStore, filled) -> None:
    """By their manifests; models of the catalogue by the catalogue where theirs is older."""
    store.install("zebra", lambda part: filled(part, 1.0))
    store.install("minimind2-small", lambda part: filled(part, 1.0))

    def build(part):
        filled(part, 1.0)
        return Manifest("mine", "Mine", languages=("zh",))

    store.install("mine", build)
    (store.directory / "broken").mkdir()
    (store.directory / "broken" / "manifest.json").write_text("{")
    assert inventory.installed(store) == (SMALL, InstalledModel("mine", ("zh",)), InstalledModel("zebra"))


def test_a_masked_model_finds_words_and_never_writes() -> None:
    english, chinese = (
        InstalledModel("bert", ("en",), masked=True),
        InstalledModel("bert-zh", ("zh",), masked=True),
    )
    unknown = InstalledModel("a", (), masked=True)
    here = (unknown, chinese, english, SMALL)
    assert selection.masked_for("en", here) == "bert"
    assert selection.masked_for("zh", here) == "bert-zh"
    assert selection.masked_for("en", (chinese, unknown)) == "a"
    assert selection.masked_for("en", (chinese, BOTH, STARTER)) == ""
    assert selection.model_for("en", ModelPreferences(), here) == DEFAULT_MODEL
    assert selection.model_for("zh", ModelPreferences(), here) == "minimind2-small"
