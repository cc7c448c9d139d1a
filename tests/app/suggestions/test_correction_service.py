"""A correction is looked for in a pause, offered while it fits the text, and never again once declined."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from writer.app.suggestions import correction_service
from writer.app.suggestions.correction_service import CorrectionService
from writer.app.suggestions.cursor_state import CursorState
from writer.app.suggestions.engine_client import EngineClient, EngineState
from writer.base.word_lists import confusable_words
from writer.engine.fake import FakeEngine
from writer.engine.protocol import EngineReady
from writer.suggestions.context import Context
from writer.suggestions.corrections.confusable_words import ConfusableWords

KNOWN = frozenset(("it", "was", "the", "tea", "cat", "on", "end", "a", "house"))


class Taste(FakeEngine):
    """An engine to which texts that begin with one of `liked` are likely."""

    def __init__(self, liked: Sequence[str]) -> None:
        super().__init__({})
        self._liked = tuple(liked)
        self.compared: list[Sequence[str]] = []

    def text_scores(
        self, _context: Context, texts: Sequence[str], _cancelled: Callable[[], bool], _behind: float
    ) -> list[float]:
        self.compared.append(texts)
        return [-5.0 if text.startswith(self._liked) else -60.0 for text in texts]


class Words:
    """A dictionary of `KNOWN`; one that does not answer where `answers` is false."""

    def __init__(self, answers: bool = True) -> None:
        self._answers = answers
        self.asked = 0

    async def misspelled(self, words: list[str]) -> set[str] | None:
        self.asked += 1
        return {word for word in words if word.lower() not in KNOWN} if self._answers else None

    async def suggestions(self, _word: str) -> list[str]:
        return []


Body = Callable[[CorrectionService], Awaitable[None]]


@pytest.fixture
def run(qapp, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Do something with a service whose engine is loaded, and close all."""
    monkeypatch.setattr(correction_service, "PAUSE", 0.0)

    def do(body: Body, engine: FakeEngine, spelling: Words | None = None, enabled: bool = True) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            ready: asyncio.Future[None] = loop.create_future()

            def note(state: EngineState) -> None:
                if isinstance(state, EngineReady):
                    ready.set_result(None)

            client = EngineClient(loop, note)
            client.load(lambda: engine, "fake")
            await ready
            words = ConfusableWords(confusable_words())
            service = CorrectionService(client, spelling or Words(), words, lambda: enabled, loop)
            try:
                await body(service)
            finally:
                await service.close()
                client.close()

        asyncio.run(main())

    return do


def at(text: str, **state: bool) -> CursorState:
    return CursorState(Context(text), **state)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


def shown(service: CorrectionService) -> tuple[str, str] | None:
    return (service.offered.suspect.written, service.offered.text) if service.offered else None


def test_a_typo_is_offered_and_stays_while_one_types_on(run) -> None:
    async def body(service: CorrectionService) -> None:
        seen = []
        service.changed.connect(seen.append)
        service.typed(at("It was teh "))
        await until(lambda: shown(service) == ("teh", "the"))
        service.typed(at("It was teh e"))
        assert shown(service) == ("teh", "the")
        service.typed(at("It was the "))
        assert shown(service) is None
        assert [bool(one) for one in seen] == [True, False]

    run(body, Taste(["the "]))


def test_what_was_declined_is_not_offered_again_at_its_place(run) -> None:
    engine = Taste(["the "])

    async def body(service: CorrectionService) -> None:
        service.typed(at("It was teh "))
        await until(lambda: service.offered is not None)
        service.decline()
        assert service.offered is None
        count = len(engine.compared)
        service.typed(at("It was teh "))
        await until(lambda: len(engine.compared) > count and not service.busy)
        assert service.offered is None
        service.typed(at("It was on teh "))
        await until(lambda: service.offered is not None)

    run(body, engine)


def test_only_a_sure_correction_is_offered(run) -> None:
    engine = Taste(["teh "])

    async def body(service: CorrectionService) -> None:
        service.typed(at("It was teh "))
        await until(lambda: bool(engine.compared) and not service.busy)
        assert service.offered is None

    run(body, engine)


@pytest.mark.parametrize(
    "cursor",
    [
        at("It was teh"),  # not finished
        at("It was teh ", composing=True),
        at("It was teh ", selection=True),
        at("It was teh ", read_only=True),
        at("It was teh ", suggestions_off=True),
        CursorState(Context("It was teh ", language="zh")),
    ],
)
def test_the_model_is_not_asked_where_nothing_is_to_be_mended(run, cursor: CursorState) -> None:
    engine = Taste(["the "])

    async def body(service: CorrectionService) -> None:
        service.typed(cursor)
        await until(lambda: not service.busy)
        assert engine.compared == []

    run(body, engine)


def test_without_the_setting_or_a_dictionary_nothing_is_asked(run) -> None:
    engine, silent, unused = Taste(["the "]), Words(answers=False), Words()

    async def body(service: CorrectionService) -> None:
        service.typed(at("It was teh "))
        await until(lambda: not service.busy)
        assert engine.compared == []

    run(body, engine, silent)
    run(body, engine, unused, enabled=False)
    assert silent.asked == 1
    assert unused.asked == 0


def test_an_engine_that_cannot_compare_texts_offers_nothing(run) -> None:
    words = Words()

    async def body(service: CorrectionService) -> None:
        service.typed(at("It was teh "))
        await until(lambda: words.asked > 1 and not service.busy)
        assert service.offered is None

    run(body, FakeEngine({}), words)
