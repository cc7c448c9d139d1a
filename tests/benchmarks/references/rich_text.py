"""The body text of RTF, straight from its control words (Rich Text Format Specification 1.9.1).

Headers, footers, comments, hidden and deleted text, the codes of fields, numbers of lists and optional groups
that hold no text of the document are none; text boxes and notes are.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace

_TOKEN = re.compile(rb"\\([a-zA-Z]+)(-?\d+)? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|([^\\{}\r\n]+)|[\r\n]+", re.S)
_NO_TEXT = frozenset(
    [
        *("fonttbl", "colortbl", "stylesheet", "info", "header", "headerl", "headerr", "headerf", "footer"),
        *("footerl", "footerr", "footerf", "pict", "fldinst", "annotation", "atnid", "atnauthor", "xe", "tc"),
        *(
            "pntext",
            "listtext",
            "listtable",
            "listoverridetable",
            "revtbl",
            "rsidtbl",
            "bkmkstart",
            "bkmkend",
        ),
        *("shprslt", "nonshppict", "objdata", "objclass", "objname", "themedata", "colorschememapping"),
        *("datafield",),
        *("generator", "latentstyles", "datastore", "filetbl", "template", "title", "author", "operator"),
        *("company", "doccomm", "xmlnstbl", "pgptbl", "sn", "sv", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc"),
        *(
            "ftncn",
            "aftncn",
            "userprops",
            "wgrffmtfilter",
            "mmath",
            "docvar",
            "rxe",
            "txe",
            "private",
            "pnseclvl",
        ),
        *("nonesttables", "listname", "listoverride", "list", "levelnumbers", "leveltext", "mmathPr"),
        *(
            "keywords",
            "subject",
            "category",
            "manager",
            "hlinkbase",
            "falt",
            "panose",
            "fname",
            "picprop",
            "sp",
        ),
    ]
)
_SHOWN_OPTIONAL = frozenset(
    ["shptxt", "shpinst", "do", "dptxbxtext", "background", "ud", "fldrslt", "result"]
)
_HIDING = frozenset(["v", "deleted", "webhidden"])
_TEXTS = {
    **dict.fromkeys(("par", "line", "sect", "page", "row", "column", "softline"), "\n"),
    **dict.fromkeys(("tab", "cell", "nestcell", "nestrow"), "\t"),
    "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"\n": "\n", b"\r": "\n", b"\\": "\\", b"{": "{", b"}": "}"}
_CHARSETS = {
    0: "cp1252", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
    77: "mac_roman",
}  # fmt: skip


@dataclass(frozen=True)
class _State:
    drops: bool = False
    hiding: frozenset[str] = frozenset()
    skip: int = 1
    font: int | None = None
    optional: bool = False
    fonts: bool = False


@dataclass
class _Rtf:
    pieces: list[str] = field(default_factory=list)
    codepage: str = "cp1252"
    charsets: dict[int, str] = field(default_factory=dict)
    pending: bytearray = field(default_factory=bytearray)
    state: _State = field(default_factory=_State)
    stack: list[_State] = field(default_factory=list)
    left: int = 0  # fallback characters that are still skipped

    def read(self, data: bytes) -> str:
        place = 0
        while place < len(data):
            token = _TOKEN.match(data, place)
            if token is None:
                place += 1
                continue
            place = token.end()
            if token[1] == b"bin":
                place += max(0, int(token[2] or 0))
                continue
            self._token(token)
            if not self.stack and self.pieces and token[5] == b"}":
                break
        self._flush()
        return "".join(self.pieces)

    def _token(self, token: re.Match[bytes]) -> None:
        word, number, hexadecimal, symbol, brace, text = token.groups()
        if hexadecimal or text:
            self._bytes(bytes.fromhex(hexadecimal.decode()) if hexadecimal else text)
            return
        if brace == b"{":
            self._flush()
            self.left = 0
            self.stack.append(self.state)
            self.state = replace(self.state, optional=False)
        elif brace == b"}":
            self._flush()
            self.left = 0
            self.state = self.stack.pop() if self.stack else _State()
        elif symbol == b"*":
            self.state = replace(self.state, optional=True)
        elif symbol:
            self._show(_SYMBOLS.get(symbol, ""))
        elif word:
            self._word(word.decode(), int(number) if number else None)

    def _bytes(self, data: bytes) -> None:
        if self.left:
            dropped = min(self.left, len(data))
            data, self.left = data[dropped:], self.left - dropped
        if not self.state.drops and not self.state.hiding:
            self.pending += data

    def _show(self, text: str) -> None:
        self._flush()
        if not self.state.drops and not self.state.hiding:
            self.pieces.append(text)

    def _flush(self) -> None:
        if self.pending:
            encoding = self.charsets.get(
                self.state.font if self.state.font is not None else -1, self.codepage
            )
            self.pieces.append(self.pending.decode(encoding, "replace"))
            self.pending = bytearray()

    def _word(self, word: str, number: int | None) -> None:
        if word == "u" and number is not None:
            self._show(chr(number & 0xFFFF))
            self.left = self.state.skip
            return
        if word in _TEXTS:
            self._show(_TEXTS[word])
            return
        if word in ("f", "plain", "fcharset", "ansicpg", "mac", "uc"):
            self._flush()
        if word == "fonttbl":
            self.state = replace(self.state, drops=True, fonts=True)
        elif word == "upr":
            self.state = replace(self.state, drops=True)
        elif word in _SHOWN_OPTIONAL and not (word == "fldrslt" and self.state.drops):
            self.state = replace(self.state, drops=word in ("shpinst", "do", "background"), optional=False)
        elif word in _NO_TEXT or (self.state.optional and word not in _TEXTS):
            self.state = replace(self.state, drops=True)
        elif word in _HIDING:
            hiding = self.state.hiding - {word} if number == 0 else self.state.hiding | {word}
            self.state = replace(self.state, hiding=hiding)
        elif word == "plain":
            self.state = replace(self.state, hiding=frozenset())
        else:
            self._encoding(word, number)
        self.state = replace(self.state, optional=False)

    def _encoding(self, word: str, number: int | None) -> None:
        if word == "uc":
            self.state = replace(self.state, skip=number or 0)
        elif word == "f":
            self.state = replace(self.state, font=number)
        elif word == "fcharset" and self.state.fonts and self.state.font is not None:
            if number in _CHARSETS:
                self.charsets[self.state.font] = _CHARSETS[number] if number else self.codepage
        elif word == "ansicpg" and number:
            self.codepage = _known(f"cp{number}")
        elif word == "mac":
            self.codepage = "mac_roman"


def _known(encoding: str) -> str:
    special = {"cp65001": "utf-8", "cp10000": "mac_roman", "cp936": "gb18030", "cp0": "cp1252"}
    try:
        return codecs.lookup(special.get(encoding, encoding)).name
    except LookupError:
        return "cp1252"


def rich_text(data: bytes) -> str:
    """The body text of RTF. Raises ValueError where it is none."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ValueError("no RTF")
    joined = _Rtf().read(data)
    return joined.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
