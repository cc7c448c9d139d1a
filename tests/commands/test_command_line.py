"""Options stand before, between and behind what they are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from writer.cli import parser


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("evaluate a --against b x.txt y.txt", {"paths": ["a", "x.txt", "y.txt"], "against": "b"}),
        ("evaluate --limit 9 a x.txt --against b", {"paths": ["a", "x.txt"], "against": "b", "limit": 9}),
        ("models export m --gguf out", {"name": "m", "target": Path("out"), "gguf": True}),
        ("models export --gguf m out", {"name": "m", "target": Path("out"), "gguf": True}),
        ("models export m --gguf", {"name": "m", "target": None, "gguf": True}),
        ("train --rank 4 texts --seed 2", {"folder": Path("texts"), "rank": 4, "seed": 2}),
        ("gui a.md -- -b.md", {"files": [Path("a.md"), Path("-b.md")]}),
        ("models remove -- -odd", {"name": "-odd"}),
    ],
)
def test_options_may_stand_anywhere(line: str, expected: dict[str, object]) -> None:
    found = vars(parser().parse_args(line.split()))
    assert {name: _plain(found[name], value) for name, value in expected.items()} == expected


@pytest.mark.parametrize(
    "line", ["evaluate --against b", "models export --gguf", "models nothing", "train --odd"]
)
def test_what_is_missing_or_unknown_is_told(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args(line.split())
    assert end.value.code == 2
    assert "writer" in capsys.readouterr().err


def _plain(value: object, like: object) -> object:
    """A list of paths as texts where texts are expected."""
    if isinstance(value, list) and isinstance(like, list) and all(isinstance(one, str) for one in like):
        return [str(one) for one in value]
    return value
