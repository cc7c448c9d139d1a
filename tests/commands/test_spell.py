"""The worker that checks spelling, in a real process, with dictionaries that anybody may have made."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from writer.base import paths


def ask(folder: Path, *requests: dict[str, object]) -> tuple[int, list[dict[str, list[str]]]]:
    """The worker's exit status, and its answers, with the dictionary de_DE of a folder."""
    lines = "".join(json.dumps(request) + "\n" for request in requests).encode()
    command = [*paths.program(), "spell", "de_DE", "--folder", str(folder)]
    done = subprocess.run(command, input=lines, capture_output=True, check=False, timeout=60)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def put(folder: Path, words: bytes, affixes: bytes) -> Path:
    (folder / "de_DE.dic").write_bytes(words)
    (folder / "de_DE.aff").write_bytes(affixes)
    return folder


def test_words_are_asked_in_the_encoding_of_the_dictionary(tmp_path: Path) -> None:
    put(tmp_path, "2\nStraße\nüber\n".encode("latin-1"), b"SET ISO8859-1\nTRY e\n")
    status, answers = ask(tmp_path, {"check": ["Straße", "Strase", "über", "дом"]}, {"suggest": "Straß"})
    assert status == 0
    assert answers == [{"wrong": ["Strase"]}, {"words": ["Straße"]}]  # what it cannot write is not wrong


@pytest.mark.parametrize(
    ("words", "affixes"),
    [
        (b"no number\n", b"SET UTF-8\n"),
        (b"1\nD\0as\n", b"SET UTF-8\n"),
    ],
    ids=["no number", "NUL"],
)
def test_what_is_no_dictionary_answers_nothing(tmp_path: Path, words: bytes, affixes: bytes) -> None:
    status, answers = ask(put(tmp_path, words, affixes), {"check": ["Das"]})
    assert (status != 0, answers) == (True, [])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such device")
def test_a_device_is_no_dictionary(tmp_path: Path) -> None:
    (tmp_path / "de_DE.aff").write_bytes(b"SET UTF-8\n")
    (tmp_path / "de_DE.dic").symlink_to("/dev/zero")
    status, answers = ask(tmp_path, {"check": ["Das"]})
    assert (status != 0, answers) == (True, [])


@pytest.mark.parametrize(
    ("words", "affixes"),
    [
        (b"2\nDas\nist\n", b"SET x-nothing-such\n"),
        (b"99999999999\n" + bytes(range(1, 256)) * 50, b"PFX A Y 4000000000\n"),
        (b"1\nDas/A\n", b"SET UTF-8\n" + b"SFX A Y 1\nSFX A 0 x/A .\n" * 500),
    ],
    ids=["encoding", "rubbish", "rules"],
)
def test_hostile_dictionaries_answer_or_end(tmp_path: Path, words: bytes, affixes: bytes) -> None:
    status, answers = ask(put(tmp_path, words, affixes), {"check": ["Das", "Straße"]}, {"suggest": "Straße"})
    assert len(answers) == 2 or status != 0
    assert all(isinstance(word, str) for answer in answers for found in answer.values() for word in found)
