"""Every English text that the window may show, found in the source.

`python -m tests.ui.source_texts` prints those that a language lacks, ready to be filled into its table.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from writer.models.catalogue import load
from writer.settings.schema import SCHEMA
from writer.suggestions.reasons import SENTENCES
from writer.ui.common.translation import SENTENCES as BELOW
from writer.ui.common.translation import TranslationTable

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ROOT / "resources" / "i18n"
ELSEWHERE = ("cli.py", "commands", "evaluation", "tour.py", "__main__.py")
"""What only the command line says stays English."""

DECLARED = (
    "settings/schema.py",
    "settings/editor_schema.py",
    "suggestions/reasons.py",
    "settings/toml_document.py",
)
"""Their texts are taken from the objects; the last one's only text is a comment in a file."""

TRANSLATING = {"tr": 0, "translated": 0, "localised": 0, "translate": 1, "translatable": 1}
"""Functions that translate, and which of their arguments."""

ERRORS = {"UserError", "SettingsError", "DocumentError"}
"""What, with all that derives from it, takes a sentence for the user as its first argument."""

SAYING = {"Sentence": 0, "_notice": 0, "Device": 1, "_damaged": 1, "StoredItem": 1}
"""What else takes a text for the user, and which of its arguments."""

NOT_SHOWN = re.compile(r"^log(ger|ging)?$|^parser$|^argparse$")
PRINTING = ("print", "on_message")
"""Functions whose texts go to the terminal."""

NAME = re.compile(r"\{\w+\}")
_NO_WORDS = re.compile(r"https://\S*|[^A-Za-z]*")
_SENTENCE = re.compile(r"[A-Z“{][^\n]* [^\n]* [^\n]*[.…?]")


def texts() -> dict[tuple[str, str], str]:
    """(context, English text) of everything the window may show, and where each stands."""
    found: dict[tuple[str, str], str] = {}
    errors = SAYING | dict.fromkeys(ERRORS | _derived(ERRORS), 0)
    for file in sorted((ROOT / "writer").rglob("*.py")):
        place = file.relative_to(ROOT / "writer")
        if not set(ELSEWHERE) & set(place.parts) and place.as_posix() not in DECLARED:
            for context, text in _in_module(ast.parse(file.read_text("utf-8")), errors):
                found.setdefault((context, text), str(place))
    found |= {("settings", text): "settings/schema.py" for text in SCHEMA.texts()}
    found |= {(BELOW, text): "suggestions/reasons.py" for text in SENTENCES.values()}
    found |= {(BELOW, entry.about): "models.toml" for entry in load().values()}
    return {key: place for key, place in found.items() if not _NO_WORDS.fullmatch(NAME.sub("", key[1]))}


def missing(language: str) -> dict[tuple[str, str], str]:
    """The texts that have no translation in `language`."""
    table = TranslationTable(LANGUAGES / f"{language}.toml")
    return {key: place for key, place in texts().items() if not table.find(*key)}


def _derived(bases: set[str]) -> set[str]:
    """The names of all classes in the program that derive from these."""
    classes = [
        node
        for file in (ROOT / "writer").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    found: set[str] = set()
    while True:
        known = bases | found
        more = {c.name for c in classes if any(getattr(b, "id", "") in known for b in c.bases)} - known
        if not more:
            return found
        found |= more


def _in_module(module: ast.Module, errors: dict[str, int]) -> Iterator[tuple[str, str]]:
    yield from _Reader(errors).read(module)


class _Reader:
    """Walks through a module and knows the class it is in, which is the context of `tr`."""

    def __init__(self, errors: dict[str, int]) -> None:
        self._errors = errors

    def read(self, node: ast.AST, context: str = "") -> Iterator[tuple[str, str]]:
        if isinstance(node, ast.ClassDef):
            context = node.name
        if isinstance(node, ast.Call):
            name, owner = _names(node)
            if NOT_SHOWN.match(owner) or (isinstance(node.func, ast.Name) and name in PRINTING):
                return
            if name in TRANSLATING:
                yield from self._translating(node, name, context)
            elif name in self._errors and len(node.args) > self._errors[name]:
                yield from ((BELOW, text) for text in _literals(node.args[self._errors[name]]))
        text = _template(node)
        if text is not None and _SENTENCE.fullmatch(text):
            yield BELOW, text
        if not isinstance(node, ast.JoinedStr):
            for child in ast.iter_child_nodes(node):
                if not _is_docstring(node, child) and not _is_translated(node, child):
                    yield from self.read(child, context)

    def _translating(self, node: ast.Call, name: str, context: str) -> Iterator[tuple[str, str]]:
        if len(node.args) <= TRANSLATING[name]:
            return
        contexts = {"translated": "settings", "localised": BELOW}
        if name in ("translate", "translatable"):
            context = getattr(node.args[0], "value", "")
        for text in _literals(node.args[TRANSLATING[name]]):
            yield contexts.get(name, context), text


def _names(call: ast.Call) -> tuple[str, str]:
    """The called function's name, and that of the object it belongs to."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr, getattr(function.value, "id", "")
    return getattr(function, "id", ""), ""


def _literals(node: ast.AST) -> Iterator[str]:
    """The texts that an argument may be."""
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif (text := _template(node)) is not None and text:
        yield text


def _template(node: ast.AST) -> str | None:
    """A string as it is, an f-string with the names of its values in braces."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(
        f"{{{_name(part.value)}}}" if isinstance(part, ast.FormattedValue) else str(part.value)
        for part in node.values
    )


def _name(value: ast.expr) -> str:
    words = (word.strip("_") for word in re.findall(r"[A-Za-z_]\w*", ast.unparse(value)))
    return "_".join(word for word in words if word != "self")


def _is_docstring(node: ast.AST, child: ast.AST) -> bool:
    """A string that stands alone documents something."""
    return isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant) and hasattr(node, "body")


def _is_translated(node: ast.AST, child: ast.AST) -> bool:
    return isinstance(node, ast.Call) and child in node.args and _names(node)[0] in TRANSLATING


if __name__ == "__main__":
    for _language in sys.argv[1:] or [file.stem for file in sorted(LANGUAGES.glob("*.toml"))]:
        for _text, _place in {text: place for (_, text), place in missing(_language).items()}.items():
            print(f'{json.dumps(_text, ensure_ascii=False)} = ""  # {_place}')
