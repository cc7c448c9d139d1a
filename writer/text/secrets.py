"""Whether a text holds what looks like a key, a password or a card number."""

from __future__ import annotations

import math
import re
from collections import Counter

_KNOWN = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|\bgh[opsur]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bsk-[\w-]{16,}|\b[sr]k_(?:live|test)_\w{10,}|\bxox[abeoprs]-[\w-]{10,}|\bAIza[\w-]{30,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY"
)
_PASSWORD = re.compile(
    r"\b(?:password|passwd|pwd|secret|token|api[_-]?key)\b[\"']?\s*[=:]\s*[\"']?(?=\S*\d)\S{6,}", re.I
)
_CARD = re.compile(r"(?<![\d.,])\d(?:[ -]?\d){12,18}(?![\d.,]*\d)")
_DENSE = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_HEX = re.compile(r"[0-9a-fA-F]{24,}")
_ENTROPY = 3.5
"""Bits a character above which letters and digits in a row look drawn by chance."""


def holds_secret(text: str, new: int = 0) -> bool:
    """Whether `text` holds something like a secret that reaches behind the place `new`."""
    known = (found for pattern in (_KNOWN, _PASSWORD) for found in pattern.finditer(text))
    if any(found.end() > new for found in known):
        return True
    if any(found.end() > new and is_card_number(found.group()) for found in _CARD.finditer(text)):
        return True
    return any(found.end() > new and _is_random(found.group()) for found in _DENSE.finditer(text))


def is_card_number(text: str) -> bool:
    """Whether 13 to 19 digits, with spaces or hyphens between them, pass the check of Luhn (ISO/IEC 7812)."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_random(text: str) -> bool:
    if _HEX.fullmatch(text):
        return any(c.isdigit() for c in text)
    kinds = (str.islower, str.isupper, str.isdigit)
    if not all(any(map(kind, text)) for kind in kinds):
        return False
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts) > _ENTROPY
