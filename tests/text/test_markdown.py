"""What Markdown's marks mean in one line, in Latin and in Chinese text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.text.markdown import Kind, closes, fence, heading, spans


def told(line: str, kind: Kind) -> list[str]:
    return [line[span.start : span.end] for span in spans(line) if span.kind is kind]


@pytest.mark.parametrize(
    ("line", "kind", "expected"),
    [
        ("a **b** c", Kind.STRONG, ["**b**"]),
        ("a *b* c", Kind.EMPHASIS, ["*b*"]),
        ("**中文**字和*强调*的", Kind.STRONG, ["**中文**"]),
        ("**中文**字和*强调*的", Kind.EMPHASIS, ["*强调*"]),
        ("他说**“好”**。", Kind.STRONG, ["**“好”**"]),
        ("***both***", Kind.STRONG, ["***both***"]),
        ("***both***", Kind.EMPHASIS, ["***both***"]),
        ("**a *b***", Kind.STRONG, ["**a *b***"]),
        ("**a *b***", Kind.EMPHASIS, ["*b*"]),
        ("_a_ snake_case_name __b__", Kind.EMPHASIS, ["_a_"]),
        ("_a_ snake_case_name __b__", Kind.STRONG, ["__b__"]),
        ("a * b * c, 2 * 3", Kind.EMPHASIS, []),
        (r"\*no\* `*no*`", Kind.EMPHASIS, []),
        ("~~gone~~", Kind.STRUCK, ["~~gone~~"]),
        ("`a` and ``b ` c``", Kind.CODE, ["`a`", "``b ` c``"]),
        ("see [here](https://a.example)", Kind.LINK, ["here"]),
        ("> *quoted*", Kind.QUOTE, ["> *quoted*"]),
        ("> *quoted*", Kind.EMPHASIS, ["*quoted*"]),
        ("- [x] done", Kind.MARK, ["- [x]"]),
        ("12. twelve", Kind.MARK, ["12."]),
        ("* * *", Kind.MARK, ["* * *"]),
        ("**open", Kind.STRONG, []),
    ],
)
def test_parts_of_a_line(line: str, kind: Kind, expected: list[str]) -> None:
    assert told(line, kind) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("# One", (1, "One")),
        ("###### 第六级 ##", (6, "第六级")),
        ("####### seven", None),
        ("#tag", None),
        ("    # code", None),
        ("#", (1, "")),
    ],
)
def test_headings(line: str, expected: tuple[int, str] | None) -> None:
    assert heading(line) == expected


def test_fences_open_and_close() -> None:
    assert [fence(line) for line in ("```python", "~~~", "`` ` ``", "``` a ` b", "text")] == [
        "```",
        "~~~",
        "",
        "",
        "",
    ]
    assert closes("````", "```")
    assert not closes("```python", "```")
    assert not closes("~~~", "```")
    assert [span.kind for span in spans("# not a heading", in_code=True)] == [Kind.CODE]


@given(st.text("a *_`~[]()#>中\\", max_size=40))
def test_spans_lie_in_their_line(line: str) -> None:
    assert all(0 <= span.start <= span.end <= len(line) for span in spans(line))


@pytest.mark.parametrize(
    "piece", ["*a ", "**a* ", "*a *", "_a _", "`a``b", "[", "***a", "~~a", "a*b_c`[", "\\"]
)
def test_no_line_takes_long(piece: str) -> None:
    line = (piece * 8000)[:8000]
    best = min(_seconds(line) for _ in range(3))
    assert best < 0.2


def _seconds(line: str) -> float:
    start = time.process_time()
    spans(line)
    return time.process_time() - start
