"""The modules of this folder, which the suite does not run, keep up with the names of the program."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
FILES = sorted(file for file in FOLDER.rglob("*.py") if not file.name.startswith("test_"))
OURS = ("writer", "tests")


def own_imports(file: Path) -> list[tuple[str, str]]:
    """Module and name of each `from … import …` of ours in a file, also within functions."""
    nodes = [
        node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)
    ]
    return [
        (node.module, alias.name)
        for node in nodes
        if node.module is not None and node.module.partition(".")[0] in OURS
        for alias in node.names
    ]


def is_there(module: str, name: str) -> bool:
    """Whether a module has the name, or is a package with such a module."""
    if hasattr(importlib.import_module(module), name):
        return True
    try:
        importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        return False
    return True


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FOLDER)))
def test_what_a_module_imports_is_there(file: Path) -> None:
    if file.parent == FOLDER:
        importlib.import_module(f"tests.benchmarks.{file.stem}")
    assert [f"{module}.{name}" for module, name in own_imports(file) if not is_there(module, name)] == []
