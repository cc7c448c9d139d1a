"""What of a source's texts is prose: paragraphs are kept or dropped, texts with too little of it refused."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from writer.corpus.clean import normalise
from writer.text.characters import HAN

LEAST = {"en": 400, "zh": 150}
"""The least characters of a text."""

MOST_DROPPED = 0.6
"""The share of its characters that a text may lose and still be taken for prose."""

MOST_ITEMS = 0.4
"""The share of its characters that may be items of lists without a sentence."""

_LINK = re.compile(r"!?\[([^\[\]\n]*)\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])")
_ADDRESS = re.compile(r"<?\b(?:https?://|www\.)[^\s<>()，。]+>?")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]*>|\{[%{].*?[%}]\}|\{[:#.][^{}\n]*\}")
_CODE_MARKS = re.compile(r"[{}<>=;|\\_$&~^`\[\]]|::|->|\(\)")
_ESCAPED = re.compile(r"\\([\[\]()*_#.!>`~-])")
_EMPTY_HEADING = re.compile(r"^#+[ \t]*$", re.M)
_REFERENCE = re.compile(r"^\s*\[[^\]\n]+\]:\s.*$", re.M)
_HANS = re.compile(f"[{HAN}]")
_LETTERS = re.compile(r"[^\W\d_]")
_MACHINE = re.compile(
    r"\bas an ai (?:language )?model\b"
    r"|\b(?:written|generated|translated) (?:by|with|using) (?:chatgpt|gpt-?\d|claude|gemini|an? ai|an llm)\b"
    r"|由\s*(?:ChatGPT|AI|GPT-?4)\s*(?:生成|翻译|撰写)|由机器翻译|作为一个人工智能",
    re.I,
)
_TRADITIONAL = re.compile(
    "[們這個來說會國時過對學為與東車長門開關義無書樂電點種樣實現發經動從邊還給讓話嗎麼應該]"
)
_MOST_TRADITIONAL = 0.02
_SYMBOLS = 0.06
"""The share of a paragraph's characters that code marks may have."""

_LEAST_LETTERS = 0.55
"""The share of letters among the characters of a paragraph, its blanks left out."""

_LEAST_HAN = 0.3
"""The share of Han characters among the letters of a paragraph in Chinese."""

_LIST_ITEM = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+", re.M)
_SENTENCE_END = re.compile(r"[.!?。！？…:：;；][\"'”’)）」』*_]*$")


@dataclass(frozen=True, slots=True)
class Filtered:
    """The prose of a text, or "" and the `reason` why it is none."""

    text: str
    reason: str = ""


def filter_text(text: str, language: str, drops: str = "") -> Filtered:
    """The prose of a text in a language ("en" or "zh"); paragraphs that begin with the pattern `drops` go."""
    if _MACHINE.search(text):
        return Filtered("", "machine-written")
    plain = _TAG.sub("", _REFERENCE.sub("", _LINK.sub(r"\1", normalise(text))))
    plain = _EMPTY_HEADING.sub("", _ESCAPED.sub(r"\1", html.unescape(plain)))
    paragraphs = re.split(r"\n\s*\n", plain)
    kept = _kept(paragraphs, language, drops)
    result = "\n\n".join(kept)
    before = sum(map(len, paragraphs))
    if before >= LEAST[language] and len(result) < (1 - MOST_DROPPED) * before:
        return Filtered("", "code, tables or links")
    if len(result) < LEAST[language]:
        return Filtered("", "short")
    if _share_of_items(result) > MOST_ITEMS:
        return Filtered("", "list")
    return _in_language(result, language)


def _kept(paragraphs: list[str], language: str, drops: str) -> list[str]:
    """The paragraphs that are prose, without those that only announce or head what is dropped."""
    kept: list[str] = []
    for paragraph in paragraphs:
        if not _is_prose(paragraph, language):
            if kept and kept[-1].endswith((":", "：")):
                kept.pop()
        elif paragraph.strip() not in kept[-1:] and not (drops and re.match(drops, paragraph)):
            kept.append(paragraph.strip())
    while kept and kept[-1].startswith("#"):
        kept.pop()
    return kept


def _in_language(text: str, language: str) -> Filtered:
    letters, han = len(_LETTERS.findall(text)), len(_HANS.findall(text))
    if language == "en":
        latin = sum(one.isascii() for one in _LETTERS.findall(text))
        return Filtered(text) if latin > 0.97 * letters else Filtered("", "language")
    if han < 0.5 * letters or han < LEAST["zh"]:
        return Filtered("", "language")
    if len(_TRADITIONAL.findall(text)) > _MOST_TRADITIONAL * han:
        return Filtered("", "traditional")
    return Filtered(text)


def _is_prose(paragraph: str, language: str) -> bool:
    """Whether a paragraph is a sentence, a heading or a list of such; not code, a table, or links.

    Texts in Chinese are without the English ones of which they are translations.
    """
    text = paragraph.strip()
    if not text or "\t" in text or text.startswith(("|", ">>>", "$ ", "#!", "import ", "```")):
        return False
    without = _ADDRESS.sub("", text)
    if len(without) < 0.6 * len(text):
        return False
    dense = re.sub(r"\s", "", without)
    letters = len(_LETTERS.findall(dense))
    if language == "zh" and len(_HANS.findall(dense)) < _LEAST_HAN * letters:
        return False
    marks = sum(map(len, _CODE_MARKS.findall(dense)))
    return letters >= _LEAST_LETTERS * len(dense) and marks <= _SYMBOLS * len(dense)


def _share_of_items(text: str) -> float:
    """The share of a text's characters in items of lists that are no sentences."""
    lines = text.split("\n")
    items = sum(len(line) for line in lines if _LIST_ITEM.match(line) and not _SENTENCE_END.search(line))
    return items / max(1, len(text))
