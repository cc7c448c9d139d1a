"""The child with the dictionary may die, hang or answer rubbish: then no word is wrong, and nobody waits."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.processes import children
from writer.app.documents import spelling_service
from writer.app.documents.spelling_service import SpellingService
from writer.base import paths
from writer.base.child_process import Limits
from writer.documents.dictionaries import Dictionary
from writer.settings.editor_schema import EDITOR_SPELLING
from writer.settings.schema import SCHEMA
from writer.settings.store import SettingsStore

Body = Callable[[SpellingService], Awaitable[None]]

ANSWERING = """
import json, sys, time
open({starts!r}, "a").write("x")
for line in sys.stdin:
    {answer}
    sys.stdout.flush()
"""
RIGHT = """print(json.dumps({"wrong": ["teh"], "words": ["the"]}))"""


@pytest.fixture(autouse=True)
def no_child_stays() -> Iterator[None]:
    yield
    assert children() == []


@pytest.fixture
def starts(tmp_path: Path) -> Path:
    """A file with one letter for each child that was started."""
    return tmp_path / "starts"


@pytest.fixture
def ask(qapp, tmp_path: Path, starts: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Body], None]:
    """Do something with a service whose child runs a line of Python for each question, and close it twice."""

    def do(answer: str, body: Body) -> None:
        code = ANSWERING.format(starts=str(starts), answer=answer)
        monkeypatch.setattr(paths, "program", lambda: [sys.executable, "-c", code])

        async def main() -> None:
            settings = SettingsStore(tmp_path / "settings.toml", SCHEMA)
            service = SpellingService(settings, asyncio.get_running_loop(), tmp_path / "dictionary.txt")
            await body(service)
            await service.close()
            await service.close()

        asyncio.run(main())

    return do


def test_of_many_words_the_last_are_kept(ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling_service, "_MAX_WORDS", 10)

    async def body(service: SpellingService) -> None:
        for number in range(5):
            assert await service.first_misspelled([f"{number}a", f"{number}b", f"{number}c", "teh"]) == 3
            assert len(service._misspelled) <= 10

    ask(RIGHT, body)


def test_each_dictionary_has_its_child_and_its_answers(ask, tmp_path: Path, starts: Path) -> None:
    german = Dictionary("de_DE", tmp_path)

    async def body(service: SpellingService) -> None:
        english = service.dictionary
        assert await service.first_misspelled(["teh"]) == 0
        service.use(german)
        assert not service.is_misspelled("teh")  # not asked yet
        assert await service.first_misspelled(["teh"]) == 0
        assert service._child._command[-4:] == ["spell", "de_DE", "--folder", str(tmp_path)]
        service.use(None)
        assert not service.enabled
        assert await service.first_misspelled(["teh"]) is None
        service.use(english)
        assert service.is_misspelled("teh")  # known from before
        service._settings.set(EDITOR_SPELLING, "off")
        assert not service.enabled
        service._settings.set(EDITOR_SPELLING, "xx_XX")
        assert not service.enabled

    ask(RIGHT, body)
    assert starts.read_text() == "xx"


def test_an_answer_for_a_dictionary_that_was_left_is_not_that_of_another(ask, tmp_path: Path) -> None:
    async def body(service: SpellingService) -> None:
        asking = asyncio.ensure_future(service.first_misspelled(["teh"]))
        await asyncio.sleep(0)
        service.use(Dictionary("de_DE", tmp_path))
        await asking
        assert "teh" not in service._misspelled

    ask(RIGHT, body)


def test_answers_are_words(ask, starts: Path) -> None:
    async def body(service: SpellingService) -> None:
        assert await service.first_misspelled(["the", "teh"]) == 1
        assert await service.suggestions("teh") == ["the"]

    ask(RIGHT, body)
    assert starts.read_text() == "x"


@pytest.mark.parametrize(
    "answer", ["print('[]')", "print('rubbish')", "sys.exit(1)", "print('x' * 2_000_000)"]
)
def test_a_child_that_fails_three_times_is_left_alone(ask, starts: Path, answer: str) -> None:
    async def body(service: SpellingService) -> None:
        for number in range(5):
            assert await service.first_misspelled([f"word{number}"]) is None
            assert await service.suggestions("teh") == []

    ask(answer, body)
    assert starts.read_text() == "xxx"


@pytest.mark.parametrize("answer", ["""print('{"wrong": 7}')""", """print('{"wrong": [["teh"], null]}')"""])
def test_an_answer_of_another_shape_finds_nothing_wrong(ask, answer: str) -> None:
    async def body(service: SpellingService) -> None:
        assert await service.first_misspelled(["teh"]) is None

    ask(answer, body)


def test_a_child_that_hangs_is_given_up(ask, starts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling_service, "_LIMITS", Limits(seconds=0.5))

    async def body(service: SpellingService) -> None:
        begin = time.monotonic()
        assert await service.first_misspelled(["teh"]) is None
        assert time.monotonic() - begin < 20

    ask("time.sleep(60)", body)


@pytest.mark.parametrize("damage", [b"\xff\xfe\x80", None], ids=["no text", "unreadable"])
def test_a_damaged_list_of_own_words_is_set_aside_before_a_word_is_added(
    ask, tmp_path: Path, damage: bytes | None
) -> None:
    file = tmp_path / "dictionary.txt"
    if damage is None:
        file.mkdir()
    else:
        file.write_bytes(b"Wortal\n" + damage + b"\nZyx\n")

    async def body(service: SpellingService) -> None:
        notice = service.add_word("Quux")
        [aside] = tmp_path.glob("dictionary.bad-*.txt")
        assert notice is not None
        assert notice.values == {"aside": str(aside)}
        if damage is None:
            assert file.read_text() == "Quux\n"
        else:
            assert aside.read_bytes() == b"Wortal\n" + damage + b"\nZyx\n"
            assert file.read_text() == "Quux\nWortal\nZyx\n"
        assert service.add_word("more") is None

    ask(RIGHT, body)


def test_closing_does_not_wait_for_a_child_that_hangs(ask) -> None:
    async def body(service: SpellingService) -> None:
        asking = asyncio.ensure_future(service.suggestions("teh"))
        await asyncio.sleep(0.5)
        begin = time.monotonic()
        await service.close()
        assert time.monotonic() - begin < 20
        assert await asking == []

    ask("time.sleep(60)", body)


def test_no_answer_is_told_from_the_answer_that_all_words_are_right(ask) -> None:
    async def body(service: SpellingService) -> None:
        assert await service.misspelled(["teh", "the"]) == {"teh"}
        service.ignore("teh")
        assert await service.misspelled(["teh", "the"]) == set()

    async def unanswered(service: SpellingService) -> None:
        assert await service.misspelled(["teh"]) is None

    ask(RIGHT, body)
    ask('print("{}")', unanswered)
