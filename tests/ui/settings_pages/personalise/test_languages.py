"""What the page says of a folder in more than one language."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from writer.app.training.preview_service import PreviewState
from writer.app.training.training_state import after_event, started
from writer.training.events import (
    Compared,
    LanguagePreview,
    Planned,
    Previewed,
    Published,
    Stage,
    TrainingRequest,
)
from writer.ui.settings_pages.personalise.preview_box import PreviewBox
from writer.ui.settings_pages.personalise.result_box import ResultBox

ENGLISH = {"documents": 9, "words": 9_000, "characters": 50_000}
SEEN = Previewed(
    folder="/texts",
    kinds={"txt": 14},
    languages={"en": ENGLISH, "zh": ENGLISH, "de": {**ENGLISH, "documents": 1}},
    held_out=4,
    refusals=(
        {"name": "a.txt", "reason": "foreign", "other": "starter", "language": "de"},
        {"name": "b.txt", "reason": "too few", "other": "", "language": ""},
    ),
    others={},
    lines=0,
    secrets={},
    changes=None,
    tokens=20_000,
    trainings=(LanguagePreview("en", "starter", 9, 9_000), LanguagePreview("zh", "chinese", 9, 9_000)),
)


def test_the_page_says_which_model_learns_which_language_and_which_are_not_learned(qtbot: QtBot) -> None:
    box = PreviewBox()
    qtbot.addWidget(box)
    box.show_preview(PreviewState(TrainingRequest("/texts"), result=SEEN), current=True)
    facts = [(name.text(), value.text().replace(",", "")) for name, value in box.facts]
    assert ("Learns in English", "starter from 9 texts with 9000 words") in facts
    assert ("Learns in Chinese", "chinese from 9 texts with 9000 words") in facts
    assert ("One after the other", "each has a test and a verdict of its own") in facts
    assert ("Not learned", "German: the model does not write it") in facts
    assert ("Not learned", "another language: too little text") in facts
    names = [box.names.item(row).text() for row in range(box.names.count())]
    assert names == [
        "a.txt: It is in German, which starter does not write; it is not learned.",
        "b.txt: It is in another language, of which there is too little text here to learn; "
        "add more, or leave it.",
    ]


def test_a_verdict_for_each_language_stands_at_the_end(qtbot: QtBot) -> None:
    state = started()
    for language, why in (("en", "It is better."), ("zh", "It is not proven better.")):
        more = language == "en"
        for event in (
            Stage("scanning"),
            Planned("r", "starter", "lora", "cpu", "", *(1,) * 9),
            Compared({}, {}, {}, more, why),
            Published(f"personal-{language}", "/models", more, 1.0, language, more),
        ):
            state = after_event(state, event)
        assert state.is_alive is more
    box = ResultBox()
    qtbot.addWidget(box)
    box.show_training(state)
    assert box.sentence.text() == "English: It is better.\nChinese: It is not proven better."
    assert state.published is not None
    assert state.published.model == "personal-zh"
