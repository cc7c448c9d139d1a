"""What Markdown's marks mean in one line, in Latin and in Chinese text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.text.markdown import SpanKind, closes_fence, fence, heading, spans


def told(line: str, kind: SpanKind) -> list[str]:
    return [line[span.start : span.end] for span in spans(line) if span.kind is kind]


@pytest.mark.parametrize(
    ("line", "kind", "expected"),
    [
        ("a **b** c", SpanKind.STRONG, ["**b**"]),
        ("a *b* c", SpanKind.EMPHASIS, ["*b*"]),
        ("**中文**字和*强调*的", SpanKind.STRONG, ["**中文**"]),
        ("**中文**字和*强调*的", SpanKind.EMPHASIS, ["*强调*"]),
        ("他说**“好”**。", SpanKind.STRONG, ["**“好”**"]),
        ("***both***", SpanKind.STRONG, ["***both***"]),
        ("***both***", SpanKind.EMPHASIS, ["***both***"]),
        ("**a *b***", SpanKind.STRONG, ["**a *b***"]),
        ("**a *b***", SpanKind.EMPHASIS, ["*b*"]),
        ("_a_ snake_case_name __b__", SpanKind.EMPHASIS, ["_a_"]),
        ("_a_ snake_case_name __b__", SpanKind.STRONG, ["__b__"]),
        ("a * b * c, 2 * 3", SpanKind.EMPHASIS, []),
        (r"\*no\* `*no*`", SpanKind.EMPHASIS, []),
        ("~~gone~~", SpanKind.STRIKETHROUGH, ["~~gone~~"]),
        ("`a` and ``b ` c``", SpanKind.CODE, ["`a`", "``b ` c``"]),
        ("see [here](https://a.example)", SpanKind.LINK, ["here"]),
        ("> *quoted*", SpanKind.QUOTE, ["> *quoted*"]),
        ("> *quoted*", SpanKind.EMPHASIS, ["*quoted*"]),
        ("- [x] done", SpanKind.MARKUP, ["- [x]"]),
        ("12. twelve", SpanKind.MARKUP, ["12."]),
        ("* * *", SpanKind.MARKUP, ["* * *"]),
        ("a note.[^1] 和[^二]", SpanKind.MARKUP, ["[^1]", "[^二]"]),
        ("[^1]: Written *once*", SpanKind.MARKUP, ["[^1]:", "*", "*"]),
        ("`[^1]` [^a b] [^]", SpanKind.MARKUP, []),
        ("**open", SpanKind.STRONG, []),
    ],
)
def test_parts_of_a_line(line: str, kind: SpanKind, expected: list[str]) -> None:
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
    assert closes_fence("````", "```")
    assert not closes_fence("```python", "```")
    assert not closes_fence("~~~", "```")
    assert [span.kind for span in spans("# not a heading", in_code=True)] == [SpanKind.CODE]


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
