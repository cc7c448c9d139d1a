"""Bytes to text, where nobody says which encoding they are in.

UTF-8 proves itself. For everything else charset-normalizer proposes, and the text must then look like its
language: the characters that every Chinese text is full of, kana in Japanese, the accents of the West. What
has no such evidence is `sure` for nobody: whoever calls shows it and asks, or leaves it, and writes nothing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff\u3001\u3002\u30fb-\u30fe]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_CYRILLIC = re.compile(r"[\u0400-\u045f\u0490\u0491]")
_OFTEN_CYRILLIC = re.compile(r"[оеаинтсрвл]")
_OFTEN_HANGUL = re.compile(r"[이다는을를의가에고은로하지한사기도인자어나리아그서대시있일제정들해것스라수보]")
_ORDINARY = re.compile(r"[A-Za-z]")
_OFTEN = frozenset(
    "的一是不了在人有我他这中大来上个国和也子时道那要出得里后自以会家可下而过天去能对小多然于心么之都好看起发成只如"
    "事把还用第样想作种开此手到说为们年就地生这個國來時裡後會過對於麼發還樣種開說為們從學無與點進沒長現經頭間動兩"
    "从学无与点进没长现经头间动两日本月前行方定公同名文新面明其全高部分法主理力水化電电東东實实政三二十五四，。、：？！「」"
)
_WESTERN = frozenset(
    "àâäáãåæçéèêëíìîïñóòôöõøœúùûüýÿßÀÂÄÁÅÆÇÉÈÊËÍÎÏÑÓÖØÜ‘’“”„«»–—…•€£§©®°·¡¿´ªº½¼²³±×\xa0\xad"
)
_SINGLE = ("cp125", "iso8859", "mac_", "cp4", "cp7", "cp8", "hp_", "koi8", "latin", "tis", "ptcp", "kz")
_ALWAYS = ("gb18030", "big5", "cp1251", "koi8_r")
"""Tried even where they are not proposed, which happens to short texts."""

_USUAL = {
    **dict.fromkeys(("euc_jis_2004", "euc_jisx0213"), "euc_jp"),
    **dict.fromkeys(("shift_jis", "shift_jis_2004", "shift_jisx0213"), "cp932"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("euc_kr", "johab"), "cp949"),
    "big5hkscs": "big5",
}
"""The encoding that is meant, where another one gives the same text."""

KNOWN = (
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
"""What a writer may choose from, besides what is proposed."""

_CONTROLS_IN_UTF_8 = 20
"""In what proves to be UTF-8 by its other characters, one in so many may be for control."""

_LITTLE = 4
"""Foreign characters below which nothing proves an encoding."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file without its mark of byte order, the codec of Python that gives it, and whether that
    is beyond doubt.
    """

    text: str
    encoding: str
    sure: bool


def detect_and_decode(data: bytes) -> Decoded | None:
    """The text that `data` holds; None where it is none (a picture, a program)."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = _try(data[len(mark) :], encoding)
            if text is not None:
                return Decoded(text, encoding, True) if encoding == "utf-8" or _is_text(text) else None
    if b"\x1b$" in data and (text := _try(data, "iso2022_jp")) is not None and _KANA.search(text):
        return Decoded(text, "iso2022_jp", True)
    text = _try(data, "utf-8")
    if text is not None and ("\0" not in text or _is_text(text, _CONTROLS_IN_UTF_8)):
        return Decoded(text, "utf-8", True)
    if b"\0" in data and (wide := _wide(data)):
        return wide
    if text is not None:
        return None
    return _damaged(data) or (None if b"\0" in data else _proposed(data))


def candidates(data: bytes) -> list[Decoded]:
    """Every way to read `data` that gives a text, the likeliest first."""
    found: dict[str, Decoded] = {}
    first = detect_and_decode(data)
    for encoding, text in [
        *([(first.encoding, first.text)] if first else []),
        *_proposals(data),
        *((encoding, _try(data, encoding)) for encoding in KNOWN),
        ("utf-8", data.decode("utf-8", "replace").removeprefix("\ufeff")),
    ]:
        if text is None or not _is_text(text, _CONTROLS_IN_UTF_8):
            continue
        if text not in found or (encoding in KNOWN and found[text].encoding not in KNOWN):
            found[text] = Decoded(text.removeprefix("\ufeff"), encoding, False)
    return list(found.values())


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _is_text(text: str, share: int = 500) -> bool:
    """Whether at most one character in `share` is for control (terminals' escapes are not)."""
    return len(_CONTROL.findall(text)) <= len(text) // share


def _damaged(data: bytes) -> Decoded | None:
    """UTF-8 with a few bytes that are none: what other programs cut or mixed. Never sure."""
    text = data.decode("utf-8", "replace")
    whole = len(_FOREIGN.findall(text)) - text.count("\ufffd")
    broken = text.count("\ufffd") - data.count("\ufffd".encode())
    if whole > _LITTLE * broken and _is_text(text, _CONTROLS_IN_UTF_8):
        return Decoded(text.removeprefix("\ufeff"), "utf-8", False)
    return None


def _wide(data: bytes) -> Decoded | None:
    """UTF-16 or UTF-32 without a mark: the one that makes sense of the zero bytes."""
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        text = _try(data, encoding)
        if text and _is_text(text) and _has_script(text):
            return Decoded(text, encoding, True)
    return None


def _has_script(text: str) -> bool:
    """Whether the characters are those of texts: ASCII, or one of the scripts that have evidence here."""
    foreign = len(_FOREIGN.findall(text))
    return (
        2 * foreign < len(text) or _chinese(text) or _share(_KANA, text) > 0.2 or _share(_HANGUL, text) > 0.5
    )


def _proposed(data: bytes) -> Decoded | None:
    first: Decoded | None = None
    for encoding, text in _proposals(data):
        if _proves(encoding, text):
            return Decoded(text, encoding, True)
        first = first or Decoded(text, encoding, False)
    return first if first and _is_text(first.text) else None


def _proposals(data: bytes) -> Iterator[tuple[str, str]]:
    """Codecs and their texts, the likeliest first; before other codecs of one byte, the West's usual one."""
    from charset_normalizer import from_bytes  # some 20 ms to import: only where UTF-8 does not do

    western = _try(data, "cp1252")
    for match in from_bytes(data):
        if match.encoding.startswith(_SINGLE) and western is not None:
            yield "cp1252", western
            western = None
        usual = _USUAL.get(match.encoding, match.encoding)
        text = str(match)
        yield (usual if _try(data, usual) == text else match.encoding), text
    for encoding in _ALWAYS:
        if (always := _try(data, encoding)) is not None:
            yield encoding, always


def _proves(encoding: str, text: str) -> bool:
    """Whether the text looks like the language that this encoding is used for."""
    if len(_FOREIGN.findall(text)) < _LITTLE:
        return False
    if encoding in ("gb18030", "gbk", "gb2312", "big5", "big5hkscs", "hz"):
        return _chinese(text)
    if encoding in ("cp932", "shift_jis", "euc_jp", "iso2022_jp", "shift_jis_2004", "euc_jis_2004"):
        return _share(_KANA, text) > 0.3
    if encoding in ("cp949", "euc_kr", "johab", "iso2022_kr"):
        return _share(_HANGUL, text) > 0.8 and _share(_OFTEN_HANGUL, text) > 0.25
    if encoding in ("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866"):
        return _share(_CYRILLIC, text) > 0.9 and _share(_OFTEN_CYRILLIC, text) > 0.42
    return encoding == "cp1252" and _western(text)


def _western(text: str) -> bool:
    """Accents are few among the letters of any language of the West."""
    foreign = _FOREIGN.findall(text)
    usual = sum(c in _WESTERN for c in foreign)
    return usual > 0.98 * len(foreign) and len(foreign) < 0.3 * len(_ORDINARY.findall(text))


def _chinese(text: str) -> bool:
    han = _HAN.findall(text)
    often = sum(c in _OFTEN for c in han)
    needed = 0.2 if len(han) > 30 else 0.35
    return len(han) >= _LITTLE and often > needed * len(han) and _share(_KANA, text) < 0.4


def _share(script: re.Pattern[str], text: str) -> float:
    """The share of a script among the characters outside ASCII."""
    foreign = len(_FOREIGN.findall(text))
    return len(script.findall(text)) / foreign if foreign else 0.0
