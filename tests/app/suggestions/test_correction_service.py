"""A correction is looked for in a pause, offered until it is cleared, and never again once declined."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from writer.app.suggestions import correction_service
from writer.app.suggestions.correction_service import CorrectionService
from writer.app.suggestions.cursor_state import CursorState
from writer.app.suggestions.engine_client import EngineClient, EngineState
from writer.base.word_lists import confusable_words
from writer.engine.engine_state import EngineReady
from writer.engine.fake import FakeEngine
from writer.suggestions.context import Context
from writer.suggestions.corrections.confusable_words import ConfusableWords

KNOWN = frozenset(("it", "was", "the", "tea", "cat", "on", "end", "a", "house"))


class Mute(FakeEngine):
    """An engine that cannot compare texts."""

    text_scores = None  # type: ignore[assignment]


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

    def do(body: Body, engine: FakeEngine, spelling: Words | None = None) -> None:
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
            service = CorrectionService(client, spelling or Words(), words, loop)
            try:
                await body(service)
            finally:
                await service.close()
                client.close()

        asyncio.run(main())

    return do


def at(text: str, document: str = "", **state: bool) -> Callable[[], CursorState]:
    return lambda: CursorState(Context(text, document=document), **state)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


def shown(service: CorrectionService) -> tuple[str, str] | None:
    return (service.offered.suspect.written, service.offered.text) if service.offered else None


def test_a_typo_is_offered_until_it_is_cleared(run) -> None:
    async def body(service: CorrectionService) -> None:
        seen = []
        service.changed.connect(seen.append)
        service.typed(at("It was teh "))
        await until(lambda: shown(service) == ("teh", "the"))
        service.typed(at("It was teh end "))
        await until(lambda: not service.busy)
        assert shown(service) == ("teh", "the")
        service.clear()
        assert shown(service) is None
        assert [bool(one) for one in seen] == [True, False]

    run(body, FakeEngine({}, likely=["the "]))


def test_a_context_has_what_was_meant_while_that_is_offered(run) -> None:
    async def body(service: CorrectionService) -> None:
        service.typed(at("It was teh ", document="a"))
        await until(lambda: service.offered is not None)
        for written, meant in (("It was teh e", "It was the e"), ("It was ten", "It was ten")):
            assert service.as_meant(Context(written, document="a")).before == meant
        other = Context("It was teh e", document="b")
        assert service.as_meant(other) is other
        service.clear()
        assert service.as_meant(Context("It was teh ", document="a")).before == "It was teh "

    run(body, FakeEngine({}, likely=["the "]))


def test_a_pause_begins_again_with_each_key(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correction_service, "PAUSE", 0.2)
    spelling = Words()

    async def body(service: CorrectionService) -> None:
        loop = asyncio.get_running_loop()
        states: list[float] = []

        def state() -> CursorState:
            states.append(loop.time())
            return at("It was teh ")()

        for _ in range(3):
            service.typed(state)
            last = loop.time()
            await asyncio.sleep(0.05)
        await until(lambda: service.offered is not None)
        assert len(states) == 1
        assert states[0] - last >= 0.19

    run(body, FakeEngine({}, likely=["the "]), spelling)


def test_a_suspect_is_asked_about_once(run) -> None:
    engine = FakeEngine({}, likely=["teh "])

    async def body(service: CorrectionService) -> None:
        for _ in range(3):
            service.typed(at("It was teh "))
            await until(lambda: not service.busy)

    run(body, engine)
    assert len(engine.compared) == 1


def test_the_engine_is_ready_for_the_next_key_where_it_was_asked_in_vain(run) -> None:
    engine = FakeEngine({}, likely=["teh "])

    async def body(service: CorrectionService) -> None:
        service.typed(at("It was teh "))
        await until(lambda: bool(engine.prefetched))
        assert engine.prefetched[-1].before == "It was teh "

    run(body, engine)
    assert engine.compared


def test_what_more_urgent_work_replaced_is_asked_again(run) -> None:
    engine = FakeEngine({}, likely=["the "])

    async def body(service: CorrectionService) -> None:
        client, replaced = service._client, []

        async def run_once(work: object, urgent: bool = True) -> object:
            if not replaced:
                replaced.append(work)
                return None
            return await EngineClient.run_in_engine(client, work, urgent)

        client.run_in_engine = run_once
        service.typed(at("It was teh "))
        await until(lambda: shown(service) == ("teh", "the"))
        assert len(replaced) == 1

    run(body, engine)


def test_what_was_declined_is_not_offered_again_for_that_word_in_this_document(run) -> None:
    async def body(service: CorrectionService) -> None:
        service.typed(at("It was teh ", document="a"))
        await until(lambda: service.offered is not None)
        service.decline()
        for text in ("It was teh ", "It was on teh "):
            service.typed(at(text, document="a"))
            await until(lambda: not service.busy)
            assert service.offered is None
        service.typed(at("It was on teh ", document="b"))
        await until(lambda: service.offered is not None)

    run(body, FakeEngine({}, likely=["the "]))


def test_an_article_is_declined_before_its_word_alone(run) -> None:
    async def body(service: CorrectionService) -> None:
        service.typed(at("It was a end "))
        await until(lambda: shown(service) == ("a", "an"))
        service.decline()
        service.typed(at("On a end "))
        await until(lambda: not service.busy)
        assert service.offered is None
        service.typed(at("It was a end on a apple "))
        await until(lambda: shown(service) == ("a", "an"))

    run(body, FakeEngine({}, likely=["an "]))


def test_only_a_sure_correction_is_offered(run) -> None:
    engine = FakeEngine({}, likely=["teh "])

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
        lambda: CursorState(Context("It was teh ", language="zh")),
        lambda: None,
    ],
)
def test_the_model_is_not_asked_where_nothing_is_to_be_mended(
    run, cursor: Callable[[], CursorState | None]
) -> None:
    engine = FakeEngine({}, likely=["the "])

    async def body(service: CorrectionService) -> None:
        service.typed(cursor)
        await until(lambda: not service.busy)
        assert engine.compared == []

    run(body, engine)


def test_without_a_dictionary_nothing_is_asked(run) -> None:
    engine, silent = FakeEngine({}, likely=["the "]), Words(answers=False)

    async def body(service: CorrectionService) -> None:
        service.typed(at("It was teh "))
        await until(lambda: not service.busy)
        assert engine.compared == []

    run(body, engine, silent)
    assert silent.asked == 1


def test_an_engine_that_cannot_compare_texts_offers_nothing(run) -> None:
    words = Words()

    async def body(service: CorrectionService) -> None:
        service.typed(at("It was teh "))
        await until(lambda: words.asked > 1 and not service.busy)
        assert service.offered is None

    run(body, Mute({}), words)
