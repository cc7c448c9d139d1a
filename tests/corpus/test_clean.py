"""What documents share is learned once, secrets not at all, and nothing else is lost."""

from __future__ import annotations

import random
from datetime import date

import pytest

from tests.corpus.documents import CHINESE, SENTENCE
from writer.corpus.clean import clean, normalise, without_boilerplate
from writer.corpus.document import RejectionReason, SourceDocument, make_document
from writer.corpus.redact import redact

WORDS = (
    "ferry",
    "river",
    "kettle",
    "sing",
    "dark",
    "garden",
    "open",
    "walk",
    "never",
    "stone",
    "light",
    "door",
)


def prose(seed: int, count: int = 300) -> str:
    draw = random.Random(seed)
    return ". ".join(" ".join(draw.choices(WORDS, k=9)) for _ in range(count // 9)) + "."


def document(name: str, text: str, day: date | None = None) -> SourceDocument:
    return make_document(name, "txt", text, day, name)


def cleaned(*documents: SourceDocument):
    return clean(documents, lambda _step: None)


def test_text_is_made_one_form():
    assert normalise("cafe\u0301\r\nb\u200bc\u00a0d \t\r\r\n\n\n\ne\x00\ufeff") == "café\nbc d\n\ne"
    assert normalise("👩\u200d🚀 ok") == "👩\u200d🚀 ok"


def test_copies_and_drafts_are_learned_once_and_the_newest_stays():
    draft = prose(1)
    later = draft.replace("garden", "yard", 2) + " " + prose(2, 20)
    found = cleaned(
        document("a.txt", draft, date(2020, 1, 1)),
        document("b.txt", later, date(2021, 1, 1)),
        document("c.txt", draft.upper() + "\n\n", date(2019, 1, 1)),
        document("d.txt", prose(3)),
    )
    assert [d.name for d in found.documents] == ["b.txt", "d.txt"]
    assert [(r.name, r.reason, r.other) for r in found.rejections] == [
        ("a.txt", RejectionReason.CONTAINED, "b.txt"), ("c.txt", RejectionReason.CONTAINED, "b.txt")
    ]  # fmt: skip
    assert "b.txt" in str(found.rejections[0].sentence)


def test_an_exact_copy_names_its_twin():
    found = cleaned(document("a.txt", prose(1)), document("b.txt", prose(1) + "\n"))
    assert [(r.name, r.reason, r.other) for r in found.rejections] == [
        ("b.txt", RejectionReason.COPY, "a.txt")
    ]


def test_short_texts_that_differ_all_stay():
    found = cleaned(*(document(f"{i}.txt", f"A note about {word}.") for i, word in enumerate(WORDS)))
    assert len(found.documents) == len(WORDS)


def test_chinese_drafts_are_found_too():
    text = f"{CHINESE}岸上的人都听见了，却没有人回答。天黑以后，他把船系在柳树下，慢慢走回家去。"
    found = cleaned(document("a.txt", text), document("b.txt", text + "完。"))
    assert [d.name for d in found.documents] == ["b.txt"]


def test_lines_that_several_documents_repeat_stay_once():
    footer = "Thank you for reading; follow me for more of this."
    texts = [f"{prose(i, 40)}\n\n{footer}\n\nThe end" for i in range(4)]
    kept, gone = without_boilerplate(texts)
    assert gone == 3
    assert ["Thank you" in text for text in kept] == [True, False, False, False]
    assert all(text.endswith("The end") for text in kept)
    assert without_boilerplate(texts[:2])[1] == 0


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("My card is 4111 1111 1111 1111", "card number"),
        ("pay with 6222021234567890128 now", "card number"),
        ("my password is hunter2x", "password"),
        ("password: correct9horse", "password"),
        ("用户名 wang，密码：wang2008", "password"),
        ("他的身份证号是 11010519491231002X", "identity number"),
        ("my SSN is 078-05-1120", "identity number"),
        ("send it to GB82 WEST 1234 5698 7654 32", "identity number"),
        ("passport number K1234567", "identity number"),
        ("护照号码：E12345678", "identity number"),
        ("the key is AKIAIOSFODNN7EXAMPLE", "token"),
        ("use ghp_abcdefghijklmnopqrstuvwxyz0123456789", "token"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123", "token"),
        ("ask 13812345678 about it", "long number"),
        ("the code is 482913075", "long number"),
        ("postgres://anna:s3cretly@host/db", "password"),
    ],
)
def test_a_secret_goes_with_its_sentence(secret, kind):
    redacted = redact(f"{SENTENCE} Then he wrote: {secret}. After that he slept.\nAnd {SENTENCE}")
    assert redacted.secrets == {kind: 1}
    assert redacted.text.startswith(SENTENCE)
    assert redacted.text.endswith(f"\nAnd {SENTENCE}")
    assert not any(part in redacted.text for part in secret.split()[-2:] if any(map(str.isdigit, part)))


def test_a_private_key_goes_whole():
    key = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEAtu9\n" * 8 + "-----END RSA PRIVATE KEY-----"
    redacted = redact(f"{SENTENCE}\n{key}\n{SENTENCE}")
    assert redacted.secrets == {"private key": 1}
    assert "MII" not in redacted.text
    assert redacted.text.count(SENTENCE) == 2
    assert "MII" not in redact(key[:150]).text


@pytest.mark.parametrize(
    "text",
    [
        "In 2024 we sold 1,000,000,000 of them on 2024-01-02 at 10:30.",
        "The password is what you forgot. Your token is welcome.",
        "密码是什么？我不记得了。",
        "See https://example.org/2020/01/02/a-long-title-of-a-post.html for more.",
        "Call 911, or room 4411 at 7:45.",
        "3.14159265358979 is near enough",
    ],
)
def test_ordinary_text_is_left_alone(text):
    assert redact(text).text == text


def test_only_the_address_goes_where_the_secret_is_in_one():
    token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
    redacted = redact(f"Before [here](https://example.org/x?t={token}) after.")
    assert redacted.text == "Before [here]() after."
