"""A detector of secrets in a text: private keys, tokens, passwords, card, account and identity numbers.

Patterns find the candidates; check digits (Luhn, ISO 13616, GB 11643) and entropy decide where there are any.
The time is linear in the length of any text: no pattern reads the same characters again from many starts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from writer.base.progress import CancelCheck, Cancelled, never


class SecretKind(StrEnum):
    """Kinds of secrets."""

    KEY = "private key"
    TOKEN = "token"
    PASSWORD = "password"
    CARD = "card number"
    IDENTITY = "identity number"
    NUMBER = "long number"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret in a text: code points `start` to `end`."""

    kind: SecretKind
    start: int
    end: int


_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----")
_KEY_LINES = re.compile(r"(?:\s*[\w+/=:]{16,}\s*)*")
"""The lines of a key that has no end."""

_WEB_TOKEN = re.compile(r"(?<![\w-])(?>[\w-]*?\b(?P<token>eyJ)[\w-]{8,})\.[\w-]{8,}(?:\.[\w-]+)?")
"""A JSON web token, and what touches it in front, so that it is looked for once in such a run."""

_KNOWN_TOKEN = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|\bgh[opsur]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bsk-[\w-]{16,}|\b[sr]k_(?:live|test)_\w{10,}|\bxox[abeoprs]-[\w-]{10,}|\bAIza[\w-]{30,}"
)
_PASSWORD = re.compile(
    r"\b(?:password|passwd|pwd|passphrase|passcode|secret|token|api[_ -]?key)\b[\"']?"
    r"(?:\s*[=:]\s*|\s+is\s+(?:now\s+)?)[\"'“`]?(?=[^\s，。；]{0,100}?\d)[^\s\"'”`，。；]{5,}[^\s\"'”`，。；.,;:!?)]"
    r"|(?:密码|密碼|口令|暗号)\s*(?:[:：=]|是|为|為)\s*[“「\"']?(?=[^\s。，；]*[0-9A-Za-z])[^\s。，；”」\"']{3,}[^\s。，；”」\"'.,;:!?)]"
    r"|://[^\s/:@]+:[^\s/@]{3,}(?=@)",
    re.I,
)
_CARD = re.compile(r"(?<![\d.,])\d(?:[ -]?\d){12,18}(?![\d.,]*\d)")
_CHINESE_IDENTITY = re.compile(r"(?<![\dA-Za-z])[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?![\dA-Za-z])")
_CHINESE_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_SOCIAL_SECURITY = re.compile(
    r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\d-])"
    r"|\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]\b"
)
_PASSPORT = re.compile(
    r"(?:\bpassport(?:\s+(?:no\.?|number))?|护照(?:号码?)?|護照(?:號碼?)?)\s*+(?:(?:is|[:：是为為])\s*+)?"
    r"(?=[A-Z0-9]*\d)[A-Z0-9]{7,9}\b",
    re.I,
)
_NUMBER = re.compile(
    r"(?<![\dA-Za-z_.,/-])(?:\d{9,}|\d{3}[ -]\d{3}[ -]\d{3,4})(?![\dA-Za-z_-]|[.,]\d)"  # Han may touch it
)
_SIX_DIGITS = re.compile(r"\d(?:[ -]?\d){5}")
"""What card, account and identity numbers have in common, but for those of banks and passports."""

_PASSWORD_SIGNS = ("pass", "pwd", "secret", "token", "key", "密", "口令", "暗号", "://")
"""What each password has beside it, in lower case."""

_TOKEN_CANDIDATE = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_HEX = re.compile(r"[0-9a-fA-F]{24,}")
_MIN_ENTROPY = 3.5
"""Bits per character above which a run of letters and digits counts as random."""


def contains_secret(text: str, new: int = 0) -> bool:
    """Whether `text` holds a secret that ends after position `new`; long numbers do not count."""
    return any(secret.end > new for secret in find_secrets(text) if secret.kind is not SecretKind.NUMBER)


def contains_new_number(text: str, new: int, known: str) -> bool:
    """Whether `text` holds a long number that ends after position `new` and does not occur in `known`."""
    ends = (found.span() for found in _NUMBER.finditer(text))
    return any(end > new and text[start:end] not in known for start, end in ends)


def find_secrets(text: str, cancelled: CancelCheck = never) -> Iterator[Secret]:
    """The secrets in `text`, ordered by kind; spans of several kinds may overlap. Raises Cancelled."""
    for found in _searches(text):
        if cancelled():
            raise Cancelled
        yield from found


def is_card_number(text: str) -> bool:
    """Whether the digits of `text` are 13 to 19 and pass the Luhn check (ISO/IEC 7812)."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_chinese_identity(text: str) -> bool:
    """Whether 17 digits and a check character are a Chinese resident identity number (GB 11643)."""
    total = sum(
        weight * int(digit) for weight, digit in zip(_CHINESE_IDENTITY_WEIGHTS, text[:17], strict=True)
    )
    return "10X98765432"[total % 11] == text[17].upper()


def is_iban(text: str) -> bool:
    """Whether `text` is an international bank account number with valid check digits (ISO 13616)."""
    plain = text.replace(" ", "")
    turned = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def _searches(text: str) -> Iterator[Iterator[Secret]]:
    """A search for each pattern that may match, which begins when it is asked.

    Most texts have nothing of what a pattern needs, and that is seen faster than the pattern reads them.
    """
    lower = text.casefold()
    is_numbered = _SIX_DIGITS.search(text) is not None
    yield _private_keys(text)
    if "eyJ" in text:
        yield _web_tokens(text)
    yield _matches(SecretKind.TOKEN, _KNOWN_TOKEN, text)
    if any(sign in lower for sign in _PASSWORD_SIGNS):
        yield _matches(SecretKind.PASSWORD, _PASSWORD, text)
    if is_numbered:
        yield _matches(SecretKind.CARD, _CARD, text, is_card_number)
        yield _matches(SecretKind.IDENTITY, _CHINESE_IDENTITY, text, is_chinese_identity)
    yield _matches(SecretKind.IDENTITY, _IBAN, text, is_iban)
    yield _matches(SecretKind.TOKEN, _TOKEN_CANDIDATE, text, _is_random)
    if is_numbered:
        yield _matches(SecretKind.IDENTITY, _SOCIAL_SECURITY, text)
    yield _matches(SecretKind.IDENTITY, _PASSPORT, text)
    if is_numbered:
        yield _matches(SecretKind.NUMBER, _NUMBER, text)


def _matches(
    kind: SecretKind,
    pattern: re.Pattern[str],
    text: str,
    is_valid: Callable[[str], bool] = bool,
) -> Iterator[Secret]:
    for found in pattern.finditer(text):
        if is_valid(found.group()):
            yield Secret(kind, *found.span())


def _private_keys(text: str) -> Iterator[Secret]:
    """Keys from their first to their last line, or to the last one that looks like a key's."""
    position, end = 0, _KEY_END.search(text)
    while begin := _KEY_BEGIN.search(text, position):
        if end is not None and end.start() < begin.end():
            end = _KEY_END.search(text, begin.end())
        last = end or _KEY_LINES.match(text, begin.end())
        position = last.end() if last else begin.end()
        yield Secret(SecretKind.KEY, begin.start(), position)


def _web_tokens(text: str) -> Iterator[Secret]:
    for found in _WEB_TOKEN.finditer(text):
        yield Secret(SecretKind.TOKEN, found.start("token"), found.end())


def _is_random(text: str) -> bool:
    if _HEX.fullmatch(text):
        return any(c.isdigit() for c in text)
    kinds = (str.islower, str.isupper, str.isdigit)
    if not all(any(map(kind, text)) for kind in kinds):
        return False
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts) > _MIN_ENTROPY
