"""Sentences keep template and values apart, and errors carry them through copies, pickles and JSON."""

from __future__ import annotations

import copy
import json
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from writer.base.errors import Sentence, UserError, errors_told_as, os_reason
from writer.base.paths import PathError
from writer.documents.text_file import EncodingError
from writer.settings.value_types import SettingsError

WORDS = {
    "{name} cannot be used ({reason}).": "无法使用 {name}（{reason}）。",
    "Permission denied": "没有权限",
    "Theme": "主题",
}


def translated(sentence: Sentence) -> str:
    return sentence.render(lambda template: WORDS.get(template, template))


def test_a_value_is_not_translated_and_a_sentence_in_it_is() -> None:
    sentence = Sentence("{name} cannot be used ({reason}).", {"name": "Theme", "reason": "Theme"})
    assert translated(sentence) == "无法使用 Theme（Theme）。"
    sentence = Sentence(
        "{name} cannot be used ({reason}).", {"name": "Theme", "reason": Sentence("Permission denied")}
    )
    assert translated(sentence) == "无法使用 Theme（没有权限）。"
    assert str(sentence) == "Theme cannot be used (Permission denied)."


def test_an_error_as_a_value_is_its_sentence() -> None:
    inner = UserError("Permission denied")
    assert translated(UserError("{name} cannot be used ({reason}).", name="a", reason=inner).sentence) == (
        "无法使用 a（没有权限）。"
    )


@pytest.mark.parametrize(
    "value", ["{", "}", "{}", "{0}", "{name}", "{reason}", "{name.__class__}", "{{name}}", "\\1", "%s"]
)
def test_values_are_put_in_once_and_as_they_are(value: str) -> None:
    sentence = Sentence("{name} cannot be used ({reason}).", {"name": value, "reason": value})
    assert str(sentence) == f"{value} cannot be used ({value})."
    assert translated(sentence) == f"无法使用 {value}（{value}）。"
    assert str(UserError("{reason}", reason=Sentence(value))) == value


def test_an_error_about_a_folder_that_goes_names_where_it_came_from() -> None:
    error = UserError(
        "{name} cannot be used ({reason}).",
        name=Path("/made/part"),
        reason=Sentence("{file}: {name}", {"file": Path("/made/part/a.json"), "name": "/made/party"}),
    )
    with pytest.raises(UserError) as caught, errors_told_as(Path("/made/part"), "a.zip"):
        raise error
    assert caught.value is error
    assert str(error) == str(error.sentence) == "a.zip cannot be used (a.zip: /made/party)."


def test_attributes_of_values_are_out_of_reach() -> None:
    class Value:
        secret = "told"

        def __str__(self) -> str:
            return "value"

    for template in ("{value.secret}", "{value[0]}", "{value!r}", "{value:>9}", "{value.__class__.__mro__}"):
        assert str(Sentence(template, {"value": Value()})) == template


def test_a_name_without_a_value_stays() -> None:
    assert str(UserError("Name it {so}, or {that}.", that="this")) == "Name it {so}, or this."


def test_values_are_kept_as_text() -> None:
    path = Path("a") / "b"
    values = {"path": path, "count": 3}
    sentence = Sentence("{path}: {count}", values)
    values["count"] = 4
    assert str(sentence) == f"{path}: 3"
    assert sentence == Sentence("{path}: {count}", {"path": str(path), "count": "3"})
    assert len({sentence, Sentence("{path}: {count}", {"path": path, "count": 3})}) == 1


def test_an_error_takes_over_the_sentence_of_another() -> None:
    first = SettingsError("must be {n}", n=3)
    second = UserError(first.sentence)
    assert second.sentence == first.sentence
    assert str(second) == "must be 3"


def test_what_the_system_says_is_a_sentence() -> None:
    assert os_reason(PermissionError(13, "Permission denied")) == Sentence("Permission denied")
    assert os_reason(TimeoutError()) == Sentence("TimeoutError")


def test_sentences_pass_through_json() -> None:
    inner = Sentence("must be {n}", {"n": 3})
    sentence = Sentence("{key} {why}.", {"key": "{why}", "why": inner})
    assert Sentence.from_json(json.loads(json.dumps(sentence.as_json()))) == sentence
    assert sentence.as_json() == {
        "template": "{key} {why}.",
        "values": {"key": "{why}", "why": {"template": "must be {n}", "values": {"n": "3"}}},
    }


def test_sentences_in_json_are_not_deep() -> None:
    deep: dict[str, object] = {"template": "a"}
    for _ in range(300):
        deep = {"template": "a", "values": {"b": deep}}
    with pytest.raises(ValueError, match="no sentence"):
        Sentence.from_json(deep)


@pytest.mark.parametrize(
    "data", [{}, {"template": 3}, {"template": "a", "values": "b"}, {"template": "a", "values": {"b": {}}}]
)
def test_what_is_no_sentence_in_json_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no sentence"):
        Sentence.from_json(data)


ERRORS = [
    UserError("{name} is {what}.", name="{x} {0}", what=Sentence("a {kind}", {"kind": "{name}"})),
    SettingsError("must be {n}", n=3),
    EncodingError("{path} has bytes that its encoding does not give back.", path="{path}"),
    PathError("{folder} {{cannot}} be made.", folder="/a/{b}"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_can_be_copied_and_pickled(error: UserError) -> None:
    for other in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert type(other) is type(error)
        assert (str(other), other.args, other.sentence) == (str(error), error.args, error.sentence)


def fail(number: int) -> None:
    raise ERRORS[number]


@pytest.mark.parametrize("number", range(len(ERRORS)))
def test_errors_come_out_of_a_pool_of_processes(number: int) -> None:
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(type(ERRORS[number])) as caught,
    ):
        pool.submit(fail, number).result()
    assert caught.value.sentence == ERRORS[number].sentence
    assert str(caught.value) == str(ERRORS[number])
