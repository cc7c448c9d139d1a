"""Detection of the encoding of a text file.

Valid UTF-8 is certain. Other encodings are proposed by charset-normalizer and are certain only where the text
has the frequent characters of its language: frequent Han characters, kana, accented letters. Otherwise the
caller has to ask the user, or to reject the file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff\u3001\u3002\u30fb-\u30fe]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_CYRILLIC = re.compile(r"[\u0400-\u045f\u0490\u0491]")
_FREQUENT_CYRILLIC = re.compile(r"[оеаинтсрвл]")
_FREQUENT_HANGUL = re.compile(
    r"[이다는을를의가에고은로하지한사기도인자어나리아그서대시있일제정들해것스라수보]"
)
_ASCII_LETTER = re.compile(r"[A-Za-z]")
_FREQUENT_HAN = frozenset(
    "的一是不了在人有我他这中大来上个国和也子时道那要出得里后自以会家可下而过天去能对小多然于心么之都好看起发成只如"
    "事把还用第样想作种开此手到说为们年就地生这個國來時裡後會過對於麼發還樣種開說為們從學無與點進沒長現經頭間動兩"
    "从学无与点进没长现经头间动两日本月前行方定公同名文新面明其全高部分法主理力水化電电東东實实政三二十五四，。、：？！「」"
)
_WESTERN_CHARACTERS = frozenset(
    "àâäáãåæçéèêëíìîïñóòôöõøœúùûüýÿßÀÂÄÁÅÆÇÉÈÊËÍÎÏÑÓÖØÜ‘’“”„«»–—…•€£§©®°·¡¿´ªº½¼²³±×\xa0\xad"
)
_SINGLE_BYTE = ("cp125", "iso8859", "mac_", "cp4", "cp7", "cp8", "hp_", "koi8", "latin", "tis", "ptcp", "kz")
_ALWAYS_TRIED = ("gb18030", "big5", "cp1251", "koi8_r")
"""The encodings that are tried even where they are not proposed, which happens with short texts."""

_PREFERRED = {
    **dict.fromkeys(("euc_jis_2004", "euc_jisx0213"), "euc_jp"),
    **dict.fromkeys(("shift_jis", "shift_jis_2004", "shift_jisx0213"), "cp932"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("euc_kr", "johab"), "cp949"),
    "big5hkscs": "big5",
}
"""The encoding to prefer by a proposed one, where both give the same text."""

CHOICES = (
    *(
        "gb18030",
        "big5",
        "cp932",
        "euc_jp",
        "cp949",
        "cp1252",
        "cp1250",
        "cp1251",
        "koi8_r",
        "cp1253",
        "cp1254",
    ),
    *("cp1255", "cp1256", "cp1257", "cp1258", "cp874", "mac_roman", "cp437", "cp850", "cp866", "iso2022_jp"),
    *("utf-16-le", "utf-16-be", "cp037"),
)
"""The encodings that the user may choose from, besides the proposed ones."""

_UTF_8_CONTROL_SHARE = 20
"""In text that is valid UTF-8, one in so many characters may be a control character."""

_MIN_NON_ASCII = 4
"""The least number of characters outside ASCII for evidence of an encoding."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file without its byte order mark, its codec in Python, and whether that is certain."""

    text: str
    encoding: str
    certain: bool


def detect_and_decode(data: bytes) -> Decoded | None:
    """The text of `data` in its likeliest encoding; None where it is no text (a picture, a program)."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = _decode_or_none(data[len(mark) :], encoding)
            if text is not None:
                return Decoded(text, encoding, True) if encoding == "utf-8" or _is_text(text) else None
    if b"\x1b$" in data and (text := _decode_or_none(data, "iso2022_jp")) is not None and _KANA.search(text):
        return Decoded(text, "iso2022_jp", True)
    text = _decode_or_none(data, "utf-8")
    if text is not None and ("\0" not in text or _is_text(text, _UTF_8_CONTROL_SHARE)):
        return Decoded(text, "utf-8", True)
    if b"\0" in data and (wide := _utf_16_or_32(data)):
        return wide
    if text is not None:
        return None
    return _damaged_utf_8(data) or (None if b"\0" in data else _best_proposal(data))


def possible_decodings(data: bytes) -> list[Decoded]:
    """All decodings of `data` that give different texts, the likeliest first."""
    found: dict[str, Decoded] = {}
    first = detect_and_decode(data)
    for encoding, text in [
        *([(first.encoding, first.text)] if first else []),
        *_proposals(data),
        *((encoding, _decode_or_none(data, encoding)) for encoding in CHOICES),
        ("utf-8", data.decode("utf-8", "replace").removeprefix("\ufeff")),
    ]:
        if text is None or not _is_text(text, _UTF_8_CONTROL_SHARE):
            continue
        if text not in found or (encoding in CHOICES and found[text].encoding not in CHOICES):
            found[text] = Decoded(text.removeprefix("\ufeff"), encoding, False)
    return list(found.values())


def _decode_or_none(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _is_text(text: str, share: int = 500) -> bool:
    """Whether at most one character in `share` is a control character; ESC does not count."""
    return len(_CONTROL.findall(text)) <= len(text) // share


def _damaged_utf_8(data: bytes) -> Decoded | None:
    """The text of UTF-8 with a few invalid bytes, never certain; None where there are too many."""
    text = data.decode("utf-8", "replace")
    whole = len(_NON_ASCII.findall(text)) - text.count("\ufffd")
    broken = text.count("\ufffd") - data.count("\ufffd".encode())
    if whole > _MIN_NON_ASCII * broken and _is_text(text, _UTF_8_CONTROL_SHARE):
        return Decoded(text.removeprefix("\ufeff"), "utf-8", False)
    return None


def _utf_16_or_32(data: bytes) -> Decoded | None:
    """The text of UTF-16 or UTF-32 without a byte order mark; None where neither gives a text."""
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        text = _decode_or_none(data, encoding)
        if text and _is_text(text) and _has_script(text):
            return Decoded(text, encoding, True)
    return None


def _has_script(text: str) -> bool:
    """Whether the text is mostly ASCII, or has evidence of Chinese, Japanese or Korean."""
    non_ascii = len(_NON_ASCII.findall(text))
    return (
        2 * non_ascii < len(text)
        or _chinese(text)
        or _share(_KANA, text) > 0.2
        or _share(_HANGUL, text) > 0.5
    )


def _best_proposal(data: bytes) -> Decoded | None:
    first: Decoded | None = None
    for encoding, text in _proposals(data):
        if _has_evidence(encoding, text):
            return Decoded(text, encoding, True)
        first = first or Decoded(text, encoding, False)
    return first if first and _is_text(first.text) else None


def _proposals(data: bytes) -> Iterator[tuple[str, str]]:
    """Codecs and their texts, the likeliest first; cp1252 comes before the other single-byte codecs."""
    from charset_normalizer import from_bytes  # some 20 ms to import: only where UTF-8 does not do

    western = _decode_or_none(data, "cp1252")
    for match in from_bytes(data):
        if match.encoding.startswith(_SINGLE_BYTE) and western is not None:
            yield "cp1252", western
            western = None
        usual = _PREFERRED.get(match.encoding, match.encoding)
        text = str(match)
        yield (usual if _decode_or_none(data, usual) == text else match.encoding), text
    for encoding in _ALWAYS_TRIED:
        if (always := _decode_or_none(data, encoding)) is not None:
            yield encoding, always


def _has_evidence(encoding: str, text: str) -> bool:
    """Whether the text has the frequent characters of the language that this encoding is used for."""
    if len(_NON_ASCII.findall(text)) < _MIN_NON_ASCII:
        return False
    if encoding in ("gb18030", "gbk", "gb2312", "big5", "big5hkscs", "hz"):
        return _chinese(text)
    if encoding in ("cp932", "shift_jis", "euc_jp", "iso2022_jp", "shift_jis_2004", "euc_jis_2004"):
        return _share(_KANA, text) > 0.3
    if encoding in ("cp949", "euc_kr", "johab", "iso2022_kr"):
        return _share(_HANGUL, text) > 0.8 and _share(_FREQUENT_HANGUL, text) > 0.25
    if encoding in ("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866"):
        return _share(_CYRILLIC, text) > 0.9 and _share(_FREQUENT_CYRILLIC, text) > 0.42
    return encoding == "cp1252" and _western(text)


def _western(text: str) -> bool:
    """Whether the text has Western characters outside ASCII, and few of them among its letters."""
    non_ascii = _NON_ASCII.findall(text)
    usual = sum(c in _WESTERN_CHARACTERS for c in non_ascii)
    return usual > 0.98 * len(non_ascii) and len(non_ascii) < 0.3 * len(_ASCII_LETTER.findall(text))


def _chinese(text: str) -> bool:
    han = _HAN.findall(text)
    frequent = sum(c in _FREQUENT_HAN for c in han)
    needed = 0.2 if len(han) > 30 else 0.35
    return len(han) >= _MIN_NON_ASCII and frequent > needed * len(han) and _share(_KANA, text) < 0.4


def _share(script: re.Pattern[str], text: str) -> float:
    """The share of `script` among the characters outside ASCII, 0 to 1."""
    non_ascii = len(_NON_ASCII.findall(text))
    return len(script.findall(text)) / non_ascii if non_ascii else 0.0
