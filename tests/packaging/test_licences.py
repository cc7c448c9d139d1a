"""The licences of all that the program installs, against a list of those that fit its own, Apache-2.0.

The package pypandoc_binary is MIT; the pandoc in it is GPL, and a program of its own that is started.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from writer.app.desktop.system_report import licence

ROOT = Path(__file__).resolve().parents[2]

ACCEPTED = {
    *("MIT", "MIT-0", "MIT License", "ISC License (ISCL)", "Zlib", "BSL-1.0", "CC0-1.0", "0BSD"),
    *("BSD License", "BSD-2-Clause", "BSD-3-Clause", "3-Clause BSD License"),
    *("Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Apache Software License", "Apache 2.0 License"),
    *("PSF-2.0", "Python Software Foundation License", "CNRI-Python"),
    *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"),  # files of theirs stay as they are
    "LGPL-3.0-only",  # Qt, linked as libraries that users can replace
    "dependency licenses",  # PDFium's, which its wheel carries
}
NVIDIA = re.compile(r"(nvidia|cuda|triton)\b")
"""What CUDA builds of torch ask for is under NVIDIA's terms; it is installed beside such a build alone."""


def pinned() -> list[str]:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    text = text[: text.index("# section: test")]
    lines = re.findall(r"^[\w.-]+==[^\\\n]+", text, re.MULTILINE)
    requirements = [Requirement(line.strip()) for line in lines]
    return [r.name for r in requirements if r.marker is None or r.marker.evaluate()]


def accepted(expression: str) -> bool:
    """Every part that AND or a comma joins has to be accepted, and one of those that OR joins."""
    parts = re.split(r" AND |, ", expression.replace("(", "").replace(")", ""))
    plain = {licence.replace("(", "").replace(")", "") for licence in ACCEPTED}
    return all(any(choice in plain for choice in part.split(" OR ")) for part in parts)


def test_every_licence_fits_the_programs_own() -> None:
    names = [name for name in pinned() if not NVIDIA.match(name)]
    assert len(names) > 80
    assert {name: licence(name) for name in names if not accepted(licence(name))} == {}


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("LGPL-3.0-only OR GPL-2.0-only", True),
        ("MIT AND GPL-2.0-only", False),
        ("see its own files", False),
    ],
)
def test_licences_are_told_apart(expression: str, fits: bool) -> None:
    assert accepted(expression) is fits
