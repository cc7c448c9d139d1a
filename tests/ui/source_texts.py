"""Every English text that the window may show, found in the source.

`python -m tests.ui.source_texts` prints those that a language lacks, ready to be filled into its table.
"""

from __future__ import annotations

import ast
import functools
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
    "settings/personalise_schema.py",
    "suggestions/reasons.py",
    "settings/toml_document.py",
)
"""Their texts are taken from the objects; the last one's only text is a comment in a file."""

TRANSLATING = {"tr": 0, "translated": 0, "localised": 0, "translate": 1, "translatable": 1}
"""Functions that translate, and which of their arguments."""

ERROR = "UserError"
"""What, with all that derives from it, takes a template as its first argument and its values by name."""

SAYING = {"Sentence": 0, "_notice": 0, "_damaged": 1, "StoredItem": 1}
"""What else takes a text for the user, and which of its arguments."""

NAMING = {"_notice"}
"""What, beside errors, takes the values of a template by name."""

NOT_SHOWN = re.compile(r"^log(ger|ging)?$|^parser$|^argparse$")
PRINTING = ("print", "on_message")
"""Functions whose texts go to the terminal."""

NAME = re.compile(r"\{(\w+)\}")
_NO_WORDS = re.compile(r"https://\S*|[^A-Za-z]*")
_SENTENCE = re.compile(r"[A-Z“{][^\n]* [^\n]* [^\n]*[.…?]")


@functools.cache
def texts() -> dict[tuple[str, str], str]:
    """(context, English text) of everything the window may show, and where each stands."""
    found: dict[tuple[str, str], str] = {}
    saying = SAYING | dict.fromkeys(_errors(), 0)
    for place, module in _modules().items():
        if not set(ELSEWHERE) & set(Path(place).parts) and place not in DECLARED:
            for context, text in _Reader(saying).read(module):
                found.setdefault((context, text), place)
    found |= {("settings", text): "settings/schema.py" for text in SCHEMA.texts()}
    found |= {(BELOW, text): "suggestions/reasons.py" for text in SENTENCES.values()}
    found |= {(BELOW, entry.about): "models.toml" for entry in load().values()}
    return {key: place for key, place in found.items() if not _NO_WORDS.fullmatch(NAME.sub("", key[1]))}


def missing(language: str) -> dict[tuple[str, str], str]:
    """The texts that have no translation in `language`."""
    table = TranslationTable(LANGUAGES / f"{language}.toml")
    return {key: place for key, place in texts().items() if not table.find(*key)}


def faults(source: str = "") -> list[str]:
    """Places where what is said to a user is no fixed template, or its names are not those of the values.

    They are looked for in `source`, or in the whole program.
    """
    errors = _errors()
    modules = {"source": ast.parse(source)} if source else _modules()
    return [
        f"{place}:{call.lineno}: {ast.unparse(call)}"
        for place, module in modules.items()
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and not _is_sound(call, errors)
    ]


def _is_sound(call: ast.Call, errors: set[str]) -> bool:
    name = _names(call)[0]
    if name not in errors | SAYING.keys() or len(call.args) <= SAYING.get(name, 0):
        return True
    text = call.args[SAYING.get(name, 0)]
    if _is_built(text):
        return False
    templates, values = list(_literals(text)), _values(call, name in errors | NAMING)
    return not templates or values is None or {n for t in templates for n in NAME.findall(t)} == values


def _is_built(text: ast.expr) -> bool:
    """Whether a text is put together where it is used: by an f-string, `+`, `%`, `format` or `str`."""
    if isinstance(text, ast.IfExp):
        return _is_built(text.body) or _is_built(text.orelse)
    if isinstance(text, ast.Call):
        return _names(text)[0] in ("format", "join", "str")
    return isinstance(text, (ast.JoinedStr, ast.BinOp))


def _values(call: ast.Call, by_name: bool) -> set[str] | None:
    """The names of the values, given by name or as a dictionary; None where that cannot be seen."""
    if by_name:
        names = [keyword.arg for keyword in call.keywords]
        return None if None in names else {name for name in names if name is not None}
    if _names(call)[0] != "Sentence" or call.keywords:
        return None
    given = call.args[1] if len(call.args) > 1 else ast.Dict(keys=[], values=[])
    if not isinstance(given, ast.Dict):
        return None
    return {str(key.value) for key in given.keys if isinstance(key, ast.Constant)}


@functools.cache
def _modules() -> dict[str, ast.Module]:
    """The modules of the program, by their place in it."""
    return {
        file.relative_to(ROOT / "writer").as_posix(): ast.parse(file.read_text("utf-8"))
        for file in sorted((ROOT / "writer").rglob("*.py"))
    }


@functools.cache
def _errors() -> set[str]:
    """The names of `UserError` and of all classes in the program that derive from it."""
    classes = [
        node for module in _modules().values() for node in ast.walk(module) if isinstance(node, ast.ClassDef)
    ]
    found = {ERROR}
    while more := {c.name for c in classes if any(_base(b) in found for b in c.bases)} - found:
        found |= more
    return found


def _base(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


class _Reader:
    """Walks through a module and knows the class it is in, which is the context of `tr`."""

    def __init__(self, saying: dict[str, int]) -> None:
        self._saying = saying

    def read(self, node: ast.AST, context: str = "") -> Iterator[tuple[str, str]]:
        if isinstance(node, ast.ClassDef):
            context = node.name
        if isinstance(node, ast.Call):
            name, owner = _names(node)
            if NOT_SHOWN.match(owner) or (isinstance(node.func, ast.Name) and name in PRINTING):
                return
            if name in TRANSLATING:
                yield from self._translating(node, name, context)
            elif name in self._saying and len(node.args) > self._saying[name]:
                yield from ((BELOW, text) for text in _literals(node.args[self._saying[name]]))
        text = _constant(node)
        if _SENTENCE.fullmatch(text):
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
    elif text := _constant(node):
        yield text


def _constant(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_docstring(node: ast.AST, child: ast.AST) -> bool:
    """A string that stands alone documents something."""
    return isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant) and hasattr(node, "body")


def _is_translated(node: ast.AST, child: ast.AST) -> bool:
    return isinstance(node, ast.Call) and child in node.args and _names(node)[0] in TRANSLATING


if __name__ == "__main__":
    for _language in sys.argv[1:] or [file.stem for file in sorted(LANGUAGES.glob("*.toml"))]:
        for _text, _place in {text: place for (_, text), place in missing(_language).items()}.items():
            print(f'{json.dumps(_text, ensure_ascii=False)} = ""  # {_place}')
