"""Names with control characters and undecodable bytes are shown as escapes; the rest stays as it is."""

from __future__ import annotations

import io
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.base.errors import Sentence, UserError
from writer.base.printable import print_any_text, printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (os.fsdecode(b"\xff\xfe.txt"), "\\xff\\xfe.txt"),
        ("a\nb.txt", "a\\nb.txt"),
        ("a\r\tb\0", "a\\r\\tb\\x00"),
        ("\x1b[31mred.txt", "\\x1b[31mred.txt"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("a\u2028b\u2029", "a\\u2028b\\u2029"),
        ("invoice\u202etxt.exe", "invoice\\u202etxt.exe"),
        ("\ud83d", "\\ud83d"),
        ("C:\\new\\x1b", "C:\\new\\x1b"),
        ("a\u00a0b\u3000c\u200dd\u00ad 👩\u200d💻 信.txt", "a\u00a0b\u3000c\u200dd\u00ad 👩\u200d💻 信.txt"),
    ],
)
def test_what_is_not_printable_is_an_escape(name: str, shown: str) -> None:
    assert printable(name) == shown


@given(st.text(st.characters()))
def test_any_name_is_one_line_that_can_be_encoded(name: str) -> None:
    shown = printable(name)
    assert len(shown.splitlines()) <= 1
    assert shown.encode().decode() == shown
    assert printable(shown) == shown


def test_a_sentence_shows_its_values_so_and_keeps_them() -> None:
    name = os.fsdecode(b"\x1b\xff\n")
    error = UserError("{path} is bad ({reason}).", path=name, reason=Sentence("{x}", {"x": name}))
    assert str(error) == "\\x1b\\xff\\n is bad (\\x1b\\xff\\n)."
    assert error.sentence.render(lambda template: template) == str(error)
    assert error.sentence.values["path"] == name
    assert Sentence.from_json(json.loads(json.dumps(error.sentence.as_json()))) == error.sentence


def test_a_strict_stream_prints_everything() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "ascii", errors="strict")
    print_any_text(stream, None, io.StringIO())
    print("é \udcff", file=stream, flush=True)
    assert stream.buffer.getvalue() == b"\\xe9 \\udcff\n"
