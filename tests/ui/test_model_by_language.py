"""The model changes with the language that is being written, and only then."""

from __future__ import annotations

from writer.settings.schema import MODEL_CHINESE, MODEL_LANGUAGE


def test_chinese_text_takes_the_chinese_model_and_english_text_the_english_one(start):
    writing = start({"天气": "很好"})
    writing.program.settings.set(MODEL_CHINESE, "some-chinese-model")
    writing.languages.clear()
    writing.type("She went home. ")
    assert writing.languages == []
    writing.type("\n\n今天我们去公园散步，今天天气")
    assert writing.languages == ["zh"]
    assert writing.ghost() == "很好"
    writing.type("\n\n" + "And then she wrote a letter to her friend in the old town. " * 4)
    assert writing.languages == ["zh", "en"]


def test_without_a_chinese_model_nothing_is_loaded_again(start):
    writing = start()
    writing.languages.clear()
    writing.type("今天我们去公园散步，今天天气很好")
    assert writing.languages == []


def test_a_fixed_language_stays(start):
    writing = start()
    writing.program.settings.set(MODEL_CHINESE, "some-chinese-model")
    writing.program.settings.set(MODEL_LANGUAGE, "en")
    writing.languages.clear()
    writing.type("今天我们去公园散步，今天天气很好")
    assert writing.languages == []
