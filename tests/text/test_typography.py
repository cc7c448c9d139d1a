"""Typography: what the keys of a keyboard become, one after the other, and what suggestions become."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from writer.text.smart_quotes import CHINESE, CORNER_BRACKETS, ENGLISH, FRENCH, GERMAN, QuoteMarks
from writer.text.typography import Typography

NNBSP = "\u202f"


def typed(keys: str, marks: QuoteMarks | None = ENGLISH, dashes: bool = False) -> str:
    """What stands on a line after the keys were pressed."""
    rules, line = Typography(marks, dashes), ""
    for key in keys:
        line += key
        if found := rules.correction(line):
            line = line[: found.start] + found.text + line[found.end :]
    return line


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('"Hi," she said. "Go."', "“Hi,” she said. “Go.”"),
        ('"I never—"', "“I never—”"),
        ('He paused—"Go"', "He paused—“Go”"),
        ('He paused - "Go"', "He paused - “Go”"),
        ("'I never—'", "‘I never—’"),
        ("\"He said 'no—'\"", "“He said ‘no—’”"),
        ("don't, the dogs' bowls", "don’t, the dogs’ bowls"),
        ("the '90s and '98, ", "the ’90s and ’98, "),
        ("'tis 'twas 'Twasn't 'em.", "’tis ’twas ’Twasn’t ’em."),
        ('"\'Tis true"', "“’Tis true”"),
        ("*'em*", "*’em*"),
        ('"get \'em"', "“get ’em”"),
        ("'emphasis' 'tissue'", "‘emphasis’ ‘tissue’"),
        ("rock 'n' roll", "rock ’n’ roll"),
        ('*"Hello"*', "*“Hello”*"),
        ('"*really*"', "“*really*”"),
        ('"It\'s *"fine"*—"', "“It’s *“fine”*—”"),
        ('a **"bold"** b', "a **“bold”** b"),
        ('_"low"_ ("in")', "_“low”_ (“in”)"),
        ("\"'within'\"", "“‘within’”"),
        ('他说："好。"', "他说：“好。”"),
        ('他说"好"', "他说“好”"),
        ('`"code"` ``a`"b`` "c"', '`"code"` ``a`"b`` “c”'),
        ('[a](http://x "t") "b"', '[a](http://x "t") “b”'),
        ('<a title="b"> "c"', '<a title="b"> “c”'),
        ('\\" 5 > "4"', '\\" 5 > “4”'),
        ("http://x.org/it's it's", "http://x.org/it's it’s"),
    ],
)
def test_english_marks(keys, expected):
    assert typed(keys) == expected


@pytest.mark.parametrize(
    ("marks", "keys", "expected"),
    [
        (GERMAN, '"Gut", sagte er. "Ja—"', "„Gut“, sagte er. „Ja—“"),
        (GERMAN, "\"'Innen', 'geht's?'\"", "„‚Innen‘, ‚geht’s?‘“"),
        (GERMAN, "Wie geht's, 's ist 'ne Welt", "Wie geht’s, ’s ist ’ne Welt"),
        (FRENCH, '"Oui", dit-il', f"«{NNBSP}Oui{NNBSP}», dit-il"),
        (FRENCH, '" Oui " l\'homme', f"«{NNBSP}Oui{NNBSP}» l’homme"),
        (FRENCH, "« Oui » «Non»", f"«{NNBSP}Oui{NNBSP}» «{NNBSP}Non{NNBSP}»"),
        (CHINESE, '他说"好"，她说："不。"', "他说“好”，她说：“不。”"),
        (CHINESE, "it's \"'里'\"", "it’s “‘里’”"),
        (CORNER_BRACKETS, "他说\"好'里'don't\"", "他说「好『里』don’t」"),
        (CORNER_BRACKETS, 'Python"好"', "Python「好」"),
    ],
)
def test_marks_of_other_languages(marks, keys, expected):
    assert typed(keys, marks) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("word--word", "word—word"),
        ("word -- word", "word – word"),
        ("word --- word", "word — word"),
        ("word---word", "word—word"),
        ("他--她", "他——她"),
        ("wait... 等...", "wait… 等……"),
        ("等。。。", "等……"),
        ("---", "---"),
        ("| -- | --- |", "| -- | --- |"),
        ("<!-- a -->", "<!-- a -->"),
        ("`a -- b...` http://a--b", "`a -- b...` http://a--b"),
        ("a-b. c.d ..", "a-b. c.d .."),
        ('"it\'s"', '"it\'s"'),
    ],
)
def test_dashes_and_ellipses(keys, expected):
    assert typed(keys, None, dashes=True) == expected


def test_without_rules_nothing_changes():
    assert typed('"it\'s" -- ...', None) == '"it\'s" -- ...'


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("He said", " \"don't ask 'em\"", " “don’t ask ’em”"),
        ("“He paused—", '" and', "” and"),
        ("the", " '90s", " ’90s"),
        ("a `b", "'c\"", "'c\""),
        ("text\n```\n", 'x = "y"', 'x = "y"'),
        ("```\ncode\n```\n", '"y"', "“y”"),
        ("", "plain", "plain"),
        ("", "", ""),
    ],
)
def test_a_suggestion_stands_as_if_it_had_been_typed(before, text, expected):
    assert Typography(ENGLISH).typeset(before, text) == expected


def test_a_suggestion_takes_the_marks_that_are_wanted():
    assert Typography(GERMAN).typeset("Er sagte:", ' "gut" «ja» ‹so›') == " „gut“ „ja“ ‚so‘"
    assert Typography(CORNER_BRACKETS).typeset("他说：", "“好”") == "「好」"
    assert Typography(FRENCH).typeset("", "“oui”") == f"«{NNBSP}oui{NNBSP}»"
    assert Typography(FRENCH).typeset("", "« Oui », «") == f"«{NNBSP}Oui{NNBSP}», «{NNBSP}"
    assert Typography(FRENCH).typeset("Il", " a dit ") == " a dit "
    assert Typography(None, True).typeset("a", " -- b...") == " – b…"


def test_a_suggestion_that_grows_keeps_what_was_shown():
    rules, text = Typography(ENGLISH), " \"It's the '90s\" -- 'said' it"
    shown = [rules.typeset("x", text[: end + 1]) for end, c in enumerate(text) if c == " "]
    assert all(later.startswith(earlier.rstrip()) for earlier, later in pairwise(shown))


def test_a_long_line_costs_little():
    line = "a\"b'`c` " * 250 + '"'
    start = time.thread_time()
    for _ in range(20):
        Typography(ENGLISH, True).correction(line)
    assert (time.thread_time() - start) / 20 < 0.005
