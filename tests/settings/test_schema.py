"""The declarations are sound, and code asks only for what is declared."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import writer
from writer.base.errors import Sentence
from writer.settings import editor_schema, personalise_schema, schema, server_schema
from writer.settings.schema import SCHEMA
from writer.settings.setting import Setting
from writer.settings.value_types import (
    BoolType,
    ChoiceType,
    FloatType,
    IntType,
    Option,
    SettingsError,
    TextList,
    TextType,
)

SOURCES = sorted(Path(writer.__file__).parent.rglob("*.py"))
MODULES = {module.__name__: module for module in (schema, editor_schema, personalise_schema, server_schema)}
"""The modules that declare settings; the schema holds all of them."""

DECLARED = {
    name: value
    for module in MODULES.values()
    for name, value in vars(module).items()
    if isinstance(value, Setting)
}


def prefixes() -> set[str]:
    keys = {setting.key for setting in SCHEMA.settings}
    return keys | {key.partition(".")[0] for key in keys} | {""}


def calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            found.append((getattr(node.func, "attr", None) or getattr(node.func, "id", ""), node))
    return found


def undeclared(source: str) -> list[str]:
    """Prefixes subscribed to, settings named, and settings made, that the schema does not know."""
    tree = ast.parse(source)
    wrong = []
    for name, call in calls(tree):
        first = call.args[0] if call.args else None
        if name == "subscribe" and isinstance(first, ast.Constant) and first.value not in prefixes():
            wrong.append(str(first.value))
        if name == "Setting":
            wrong.append("a setting made outside the schema")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in MODULES:
            wrong += [alias.name for alias in node.names if not hasattr(MODULES[node.module], alias.name)]
    return wrong


def test_code_uses_declared_settings_only() -> None:
    outside = set(SOURCES) - {Path(module.__file__) for module in MODULES.values()}
    assert {str(path): wrong for path in outside if (wrong := undeclared(path.read_text("utf-8")))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "store.subscribe('suggestions.speed', f)",
        "Setting(key='a.b')",
        "from writer.settings.schema import SUGGESTIONS_SPEED",
    ],
)
def test_undeclared_settings_are_found(source: str) -> None:
    assert undeclared(source)


def test_every_declared_setting_is_in_the_schema_once() -> None:
    assert sorted(setting.key for setting in DECLARED.values()) == sorted(s.key for s in SCHEMA.settings)
    assert len({setting.key for setting in SCHEMA.settings}) == len(SCHEMA.settings)


@pytest.mark.parametrize("name", DECLARED)
def test_names_follow_keys(name: str) -> None:
    assert DECLARED[name].key.replace(".", "_").upper() == name
    assert DECLARED[name].key.count(".") == 1


@pytest.mark.parametrize("setting", SCHEMA.settings, ids=lambda setting: setting.key)
def test_defaults_are_allowed_and_shown(setting: Setting[object]) -> None:
    assert setting.value_type.check(setting.default) == setting.default
    assert setting.page in {page.name for page in SCHEMA.pages}
    assert setting.label
    assert (setting in SCHEMA.on_page(setting.page)) is setting.has_row
    assert setting.label in list(SCHEMA.texts())


@given(st.integers())
def test_whole_accepts_its_range_only(number: int) -> None:
    kind = IntType(-3, 7)
    if -3 <= number <= 7:
        assert kind.check(number) == number
    else:
        with pytest.raises(SettingsError, match="from -3 to 7"):
            kind.check(number)


@given(st.floats())
def test_real_accepts_its_range_only(number: float) -> None:
    kind = FloatType(0.5, 2.5)
    if math.isfinite(number) and 0.5 <= number <= 2.5:
        assert kind.check(number) == number
    else:
        with pytest.raises(SettingsError, match=r"from 0\.5 to 2\.5"):
            kind.check(number)


@pytest.mark.parametrize("raw", [10**400, -(10**400), True, "1", None, []])
def test_real_takes_nothing_else(raw: object) -> None:
    with pytest.raises(SettingsError, match=r"from 0\.5 to 2\.5"):
        FloatType(0.5, 2.5).check(raw)


@pytest.mark.parametrize("raw", [1, 0, "true", None, [], 1.0])
def test_switch_takes_nothing_for_true(raw: object) -> None:
    with pytest.raises(SettingsError):
        BoolType().check(raw)


@pytest.mark.parametrize("raw", [True, 5.0, "5", None])
def test_whole_takes_integers_only(raw: object) -> None:
    with pytest.raises(SettingsError):
        IntType(0, 9).check(raw)


def test_real_takes_an_integer_for_a_number() -> None:
    assert FloatType(0, 9).check(5) == 5.0
    assert isinstance(FloatType(0, 9).check(5), float)
    with pytest.raises(SettingsError):
        FloatType(0, 9).check(True)


def test_choice_names_its_answers() -> None:
    kind = ChoiceType((Option("a", "First"), Option("b", "Second")))
    assert kind.check("b") == "b"
    with pytest.raises(SettingsError, match="one of a, b"):
        kind.check("First")


@pytest.mark.parametrize("raw", ["two\nlines", "x" * 5000, "nul\0", 3])
def test_text_is_one_short_line(raw: object) -> None:
    with pytest.raises(SettingsError):
        TextType().check(raw)


@pytest.mark.parametrize(
    ("raw", "entries"),
    [
        (["my diary.txt", "", "  ", "b\u3000\u00a0c"], ("my diary.txt", "b\u3000\u00a0c")),
        (("a",), ("a",)),
        ([], ()),
        ("", ()),
        (" drafts.md  secret.txt ", ("drafts.md", "secret.txt")),
    ],
)
def test_a_list_has_whole_texts_and_an_old_one_words(raw: object, entries: tuple[str, ...]) -> None:
    assert TextList().check(raw) == entries


@pytest.mark.parametrize(
    "raw",
    [
        3,
        True,
        {"a": 1},
        [3],
        ["a", ["b"]],
        ["two\nlines"],
        ["a\u2029b"],
        ["nul\0"],
        ["\ud800"],
        "a\nb",
        ["x" * 5000],
    ],
)
def test_a_list_takes_lines_only(raw: object) -> None:
    with pytest.raises(SettingsError, match="list of texts of one line each"):
        TextList().check(raw)


def test_sentences_are_translated_before_they_are_filled() -> None:
    words = {"{key} {why}.": "{key}{why}。", "must be {n}": "必须是 {n}"}
    sentence = Sentence("{key} {why}.", {"key": "a.b", "why": Sentence("must be {n}", {"n": 3})})
    assert str(sentence) == "a.b must be 3."
    assert sentence.render(words.__getitem__) == "a.b必须是 3。"
