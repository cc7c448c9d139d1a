"""The shape of the program: layers, sizes, style, types, light imports, one version, complete pins."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "writer").rglob("*.py"))
CHECKED = ["writer", "tests", "packaging"]
FUNCTION_LINES = 60
FOLDER_MODULES = 20
TWICE = {"_Bar", "_Child", "_Line", "_Reader", "_Word"}
"""Private classes whose names stand in two modules."""

OF_THEIR_OWN = ("benchmarks", "end2end", "fakes", "packaging", "trust", "upgrade")
"""Folders of tests about more than one part of the program."""

NO_FILE = ("journal.rename(", "self._journal.rename(")
"""Calls that rename no file: a journal keeps its folder when its document gets another name."""

PARSERS = re.compile(r"(json|tomllib|tomlkit)\.(loads?|parse|JSONDecoder)|msgspec\.(json|toml)\..*")
"""Calls that parse JSON or TOML without a look at size, depth and types."""

READS_AS_IT_IS = {
    "base/typed_data.py": "the reader of all data",
    "settings/toml_document.py": "tomlkit keeps comments; what it gives is read again by typed_data",
    "ui/common/translation.py": "the program's own file, read before the first key is taken",
}
"""The modules that may call a parser, and why."""

SHOWS_HTML = {
    "QLabel": "common/widgets.py",
    "QToolTip": "",
    "QMessageBox": "common/dialogs.py",
    "QFileDialog": "common/dialogs.py",
    "QProgressDialog": "common/progress_dialog.py",
    "QPrintDialog": "controllers/printing.py",
    "QErrorMessage": "",
    "QInputDialog": "",
    "QWhatsThis": "",
    "QTextBrowser": "",
    "setHtml": "panels/preview/rendering.py",
    "HtmlLabel": "settings_pages/personalise/sample_view.py",
}
"""What takes a text that looks like HTML for HTML, and the module of writer/ui that may make or call it."""

TOOLTIPS = ("setToolTip", "setTabToolTip", "setStatusTip", "setWhatsThis")
"""Methods whose last argument Qt shows as HTML where it looks like it."""

NAMES_SHOWN = ("name", "names", "path", "folder", "model", "base", "host")
"""What the window's texts call what a name from outside is put in for."""

PACKAGE_OF = {
    "PySide6": "PySide6_Essentials",
    "google": "protobuf",
    "hunspell": "chunspell",
    "pypandoc": "pypandoc_binary",
}
HEAVY = ("torch", "transformers", "pytorch_lightning", "onnxruntime", "PySide6")


def run(*command: str | Path) -> None:
    """Run a tool of the environment in the checkout; its output is the failure."""
    tool = Path(sys.executable).parent / command[0]
    result = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.fail(result.stdout + result.stderr, pytrace=False)


def file_limit(path: Path) -> int:
    return 600 if "ui" in path.relative_to(ROOT / "writer").parts else 400


def long_functions(source: str) -> list[str]:
    functions = (
        n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    lengths = ((f.name, (f.end_lineno or 0) - f.lineno + 1) for f in functions)
    return [f"{name} has {lines} lines" for name, lines in lengths if lines > FUNCTION_LINES]


def class_names(paths: list[Path]) -> list[str]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in paths)
    return [node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def renames(source: str) -> list[str]:
    """The calls that rename: of `os` and `shutil`, and of a path's methods, which take one argument."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    methods = ((call, call.func) for call in calls if isinstance(call.func, ast.Attribute))
    return [
        ast.unparse(call)
        for call, method in methods
        if ast.unparse(method) in ("os.replace", "os.rename", "os.renames", "shutil.move")
        or (method.attr in ("replace", "rename") and len(call.args) == 1 and not call.keywords)
    ]


def parses(source: str) -> list[str]:
    """The calls that parse JSON or TOML, whatever name they were imported by."""
    nodes = list(ast.walk(ast.parse(source)))
    calls = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    calls += [
        f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    return [call for call in calls if PARSERS.fullmatch(call)]


def html_shown(source: str, place: str = "") -> list[str]:
    """What Qt may show as HTML, though it may come from outside: classes at `place` that are not made safe
    there, tooltips of any text but a literal one, HTML in documents.
    """
    nodes = list(ast.walk(ast.parse(source)))
    made = [ast.unparse(n.func) for n in nodes if isinstance(n, ast.Call)]
    made += [ast.unparse(base) for n in nodes if isinstance(n, ast.ClassDef) for base in n.bases]
    found = [name for name in made if SHOWS_HTML.get(name.split(".")[0], place) != place and _makes(name)]
    tips = [
        ast.unparse(n)
        for n in nodes
        if isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr in TOOLTIPS
        and not _is_plain(n.args[-1])
    ]
    roles = ["ToolTipRole"] if "ToolTipRole" in source and "return plain_tooltip(" not in source else []
    methods = ("setHtml", "insertHtml", "appendHtml")
    texts = [name for name in made if name.rpartition(".")[2] in methods]
    texts = [] if place == SHOWS_HTML["setHtml"] else texts
    formats = [name for name in ("RichText", "MarkdownText") if f"TextFormat.{name}" in source]
    return found + tips + roles + texts + (formats if place != SHOWS_HTML["QLabel"] else [])


def unprintable(source: str) -> list[str]:
    """Names of files, models and hosts that are put into a text of the window without `printable`."""
    nodes = list(ast.walk(ast.parse(source)))
    safe = {
        ast.unparse(n.targets[0])
        for n in nodes
        if isinstance(n, ast.Assign) and "printable(" in ast.unparse(n.value)
    }
    return [
        ast.unparse(call)
        for call in nodes
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "format"
        for value in call.keywords
        if value.arg in NAMES_SHOWN
        and "printable(" not in (text := ast.unparse(value.value))
        and text not in safe
    ]


def _makes(name: str) -> bool:
    """Whether a call makes a window of the class or shows one: `QMessageBox(…)`, `QMessageBox.warning(…)`."""
    return "." not in name or name.split(".")[1][0].islower()


def _is_plain(tip: ast.expr) -> bool:
    """Whether a tooltip is a literal text, translated or not, or goes through `plain_tooltip`."""
    if not isinstance(tip, ast.Call):
        return isinstance(tip, ast.Constant)
    name = ast.unparse(tip.func)
    return name == "plain_tooltip" or (name == "self.tr" and isinstance(tip.args[0], ast.Constant))


def repeated(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def test_dependencies_point_down() -> None:
    run("lint-imports", "--no-cache")


def test_code_is_formatted() -> None:
    run("ruff", "format", "--check", *CHECKED)


def test_linter_is_content() -> None:
    run("ruff", "check", *CHECKED)


def test_types_are_strict(mypy_run: tuple[subprocess.Popen[bytes], IO[bytes]]) -> None:
    process, output = mypy_run
    if process.wait():
        output.seek(0)
        pytest.fail(output.read().decode(), pytrace=False)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_are_small(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= file_limit(path)
    assert long_functions(source) == []


def test_no_folder_is_crowded() -> None:
    count = Counter(path.parent for path in SOURCES if path.name != "__init__.py")
    assert [str(folder) for folder, modules in count.items() if modules > FOLDER_MODULES] == []


def test_no_module_lies_beside_the_folders() -> None:
    loose = {path.name for path in SOURCES if path.parent == ROOT / "writer"}
    assert loose == {"__init__.py", "__main__.py", "cli.py"}


def test_a_class_name_stands_for_one_thing() -> None:
    assert set(repeated(class_names(SOURCES))) - TWICE == set()


def test_repeated_names_are_seen() -> None:
    assert repeated(["Text", "Page", "Text"]) == ["Text"]


def test_names_on_the_disk_change_in_one_module() -> None:
    found = {str(path.relative_to(ROOT / "writer")): renames(path.read_text("utf-8")) for path in SOURCES}
    del found["base/atomic_file.py"]
    calls = [(name, call) for name, calls in found.items() for call in calls]
    assert [f"{name}: {call}" for name, call in calls if not call.startswith(NO_FILE)] == []


def test_renames_are_seen() -> None:
    code = "os.replace(a, b); shutil.move(a, b); a.rename(b); (a / 'b').replace(c); 'a'.replace('b', c)"
    assert len(renames(code)) == 4


def test_data_is_parsed_in_one_module() -> None:
    """`base/typed_data.py` checks size, depth and types, and raises one error for all that is wrong."""
    found = {
        path.relative_to(ROOT / "writer").as_posix(): parses(path.read_text("utf-8")) for path in SOURCES
    }
    calls = {place: calls for place, calls in found.items() if calls}
    assert {place: what for place, what in calls.items() if place not in READS_AS_IT_IS} == {}
    assert [place for place in READS_AS_IT_IS if place not in calls] == []


def test_parsers_are_seen() -> None:
    code = "from json import loads; json.load(a); tomllib.loads(b); tomlkit.parse(c); msgspec.json.decode(d)"
    assert len(parses(code)) == 5
    assert parses("json.dumps(a); read_json(b); tomlkit.dumps(c); msgspec.convert(d)") == []


def test_what_comes_from_outside_is_no_html_in_the_window() -> None:
    places = {path: path.relative_to(ROOT / "writer").as_posix() for path in SOURCES}
    assert {
        place: found
        for path, place in places.items()
        if place.startswith("ui/")
        and (found := html_shown(path.read_text("utf-8"), place.removeprefix("ui/")))
    } == {}


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("QLabel(name)", 1),
        ("class Line(QLabel): pass", 1),
        ("QMessageBox.warning(self, title, text)", 1),
        ("QMessageBox.ButtonRole.AcceptRole; QMessageBox.Icon(1)", 0),
        ("self.setToolTip(path); bar.setTabToolTip(0, f'{path}')", 2),
        ("self.setToolTip(self.tr('Close')); self.setToolTip(plain_tooltip(path)); self.setToolTip('')", 0),
        ("self.setToolTip(self.tr('Close {name}').format(name=name))", 1),
        ("if role == Qt.ItemDataRole.ToolTipRole: return name", 1),
        ("label.setTextFormat(Qt.TextFormat.RichText)", 1),
        ("self.text.setHtml(text)", 1),
    ],
)
def test_html_in_the_window_is_seen(code: str, count: int) -> None:
    assert len(html_shown(code)) == count


def test_names_in_the_window_are_printable() -> None:
    found = {str(path.relative_to(ROOT)): unprintable(path.read_text("utf-8")) for path in SOURCES}
    assert {path: calls for path, calls in found.items() if "/ui/" in path and calls} == {}


def test_names_that_are_not_printable_are_seen() -> None:
    code = "name = printable(path); text.format(name=name); text.format(name=path.name, path=printable(path))"
    assert unprintable(code) == ["text.format(name=path.name, path=printable(path))"]


def test_the_tests_follow_the_folders() -> None:
    folders = {p.parent.relative_to(ROOT / "tests") for p in (ROOT / "tests").rglob("test_*.py")}
    mirrored = {folder for folder in folders if folder.parts and folder.parts[0] not in OF_THEIR_OWN}
    assert [str(folder) for folder in mirrored if not (ROOT / "writer" / folder).is_dir()] == []


def test_long_functions_are_seen() -> None:
    body = "\n".join("    x = 1" for _ in range(FUNCTION_LINES))
    assert long_functions(f"def short():\n    pass\n\ndef long():\n{body}\n") == ["long has 61 lines"]


def test_modules_say_what_they_are_for() -> None:
    assert [str(p) for p in SOURCES if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))] == []


def test_command_line_is_light() -> None:
    code = f"import sys, writer.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_version_stands_in_one_place() -> None:
    from writer import __version__

    files = [*SOURCES, ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "README.md"]
    pattern = re.compile(rf"(?<![\d.]){re.escape(__version__)}(?![\d.])")
    found = [p.name for p in files if pattern.search(p.read_text(encoding="utf-8"))]
    assert found == ["__init__.py"]


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wanted = project["project"]["dependencies"] + groups["build"] + groups["test"] + groups["package"]
    names = {canonical(re.split(r"[<>=!~;\[ ]", line)[0]) for line in wanted}
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pins = [block for block in re.split(r"^(?=[\w])", text, flags=re.MULTILINE) if not block.startswith("#")]
    pattern = r"[\w.-]+==[\w.]+( ; [^\n]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\s+(# section: \w+\s+)?"
    assert [pin for pin in pins if not re.fullmatch(pattern, pin)] == []
    assert names - {canonical(pin.split("==")[0]) for pin in pins} == set()


def test_every_imported_package_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {re.split(r"[<>=!~;\[ ]", line)[0] for line in project["project"]["dependencies"]}
    known = {canonical(name) for name in declared} | {"writer"}
    imported = set().union(*(imports(path.read_text(encoding="utf-8")) for path in SOURCES))
    third_party = imported - set(sys.stdlib_module_names)
    assert {canonical(PACKAGE_OF.get(name, name)) for name in third_party} - known == set()


def imports(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {
        name.split(".")[0]
        for name in plain | {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
    }


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
