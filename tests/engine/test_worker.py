"""The engine thread: the newest wins, cancelling is quick, and errors become sentences."""

from __future__ import annotations

import threading
import time

import pytest
from tokenizers import Tokenizer

from tests.fakes.hostile_models import panicking_tokenizer
from writer.engine.engine_state import EngineFailed, EngineLoading, EngineReady
from writer.engine.fake import FakeEngine
from writer.engine.protocol import (
    EngineError,
    EngineEvent,
    Parameters,
    Request,
    RequestFinished,
    TokenProduced,
)
from writer.engine.worker import Worker
from writer.suggestions.context import Context


class Log:
    """Collects the worker's events and waits for them."""

    def __init__(self) -> None:
        self.events: list[EngineEvent] = []
        self.threads: set[str] = set()
        self._changed = threading.Condition()

    def __call__(self, event: EngineEvent) -> None:
        with self._changed:
            self.events.append(event)
            self.threads.add(threading.current_thread().name)
            self._changed.notify_all()

    def wait_for(self, kind: type, request: int | None = None, seconds: float = 30.0) -> EngineEvent:
        def found() -> EngineEvent | None:
            for event in self.events:
                if isinstance(event, kind) and (request is None or event.request == request):
                    return event
            return None

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, seconds), self.events
            event = found()
            assert event is not None
            return event


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def worker(log: Log):
    worker = Worker(log)
    yield worker
    worker.close()


def ask(number: int, text: str = "The ", tokens: int = 50) -> Request:
    return Request(number, Context(text), Parameters(max_tokens=tokens))


def test_answers_come_from_the_engine_thread_in_order(worker: Worker, log: Log) -> None:
    worker.submit(ask(1))
    worker.load(lambda: FakeEngine({"The ": "answer to it"}), "fake")
    log.wait_for(RequestFinished, 1)
    kinds = [type(event) for event in log.events]
    assert kinds[:2] == [EngineLoading, EngineReady]
    assert b"".join(e.token.text for e in log.events if isinstance(e, TokenProduced)) == b"answer to it"
    assert log.threads == {"engine"}


def test_the_newest_request_cancels_the_running_one_within_a_token(worker: Worker, log: Log) -> None:
    worker.load(lambda: FakeEngine({"The ": "x" * 3000}, token_seconds=0.01), "fake")
    worker.submit(ask(1, tokens=1000))
    log.wait_for(TokenProduced, 1)
    asked = time.perf_counter()
    for number in range(2, 20):
        worker.submit(ask(number, tokens=2))
    log.wait_for(RequestFinished, 19)
    assert time.perf_counter() - asked < 5  # all 1,000 tokens take 10 seconds
    first = log.wait_for(RequestFinished, 1)
    assert isinstance(first, RequestFinished)
    assert first.cancelled
    answered = {e.request for e in log.events if isinstance(e, RequestFinished)}
    assert len(answered) < 19, "waiting requests are replaced, not answered one after the other"


def test_cancel_forgets_the_waiting_request(worker: Worker, log: Log) -> None:
    worker.submit(ask(1))
    worker.cancel()
    worker.load(lambda: FakeEngine({"The ": "x"}), "fake")
    log.wait_for(EngineReady)
    worker.submit(ask(2))
    log.wait_for(RequestFinished, 2)
    assert not any(isinstance(e, TokenProduced) and e.request == 1 for e in log.events)


def test_a_model_that_cannot_load_is_a_sentence_and_the_next_one_works(worker: Worker, log: Log) -> None:
    def broken() -> FakeEngine:
        raise EngineError("The model is damaged. Get it again.")

    worker.load(broken, "broken")
    failed = log.wait_for(EngineFailed)
    assert isinstance(failed, EngineFailed)
    assert str(failed.message) == "The model is damaged. Get it again."
    worker.load(lambda: FakeEngine({"The ": "x"}), "fake")
    worker.submit(ask(1))
    log.wait_for(RequestFinished, 1)


def test_an_unexpected_error_is_logged_and_told(worker: Worker, log: Log, logged_errors) -> None:
    def broken() -> FakeEngine:
        raise ZeroDivisionError

    logged_errors.expect("the engine failed")
    worker.load(broken, "broken")
    failed = log.wait_for(EngineFailed)
    assert isinstance(failed, EngineFailed)
    assert "log" in str(failed.message)


def test_warming_waits_for_requests(worker: Worker, log: Log) -> None:
    engine = FakeEngine({"The ": "x"})
    worker.load(lambda: engine, "fake")
    log.wait_for(EngineReady)
    worker.prefetch(Context("The end"))
    worker.submit(ask(1))
    log.wait_for(RequestFinished, 1)
    worker.prefetch(Context("Elsewhere"))
    deadline = time.monotonic() + 5
    while not engine.prefetched and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [c.before for c in engine.prefetched][-1] == "Elsewhere"


def test_reading_ahead_waits_for_a_pause_of_typing(worker: Worker, log: Log, monkeypatch) -> None:
    """What is read between two keys would keep the second one waiting."""
    monkeypatch.setattr("writer.engine.worker.PAUSE_SECONDS", 30.0)
    prepared = threading.Event()

    class Preparing(FakeEngine):
        def prepare_idle(self, cancelled) -> None:
            prepared.set()

    worker.load(lambda: Preparing({"The ": "x"}), "fake")
    for number in (1, 2, 3):
        worker.submit(ask(number))
        log.wait_for(RequestFinished, number)
        assert not prepared.wait(0.05)
    monkeypatch.setattr("writer.engine.worker.PAUSE_SECONDS", 0.05)
    worker.submit(ask(4))
    assert prepared.wait(5)


def test_an_engine_that_is_given_back_prepares_nothing(worker: Worker, log: Log, monkeypatch) -> None:
    """Nor does its thread wake up for it."""
    monkeypatch.setattr("writer.engine.worker.PAUSE_SECONDS", 30.0)
    worker.load(lambda: FakeEngine({"The ": "x"}), "fake")
    worker.submit(ask(1))
    log.wait_for(RequestFinished, 1)
    monkeypatch.setattr("writer.engine.worker.PAUSE_SECONDS", 0.01)
    worker.load(_broken, "broken")
    log.wait_for(EngineFailed)
    waits: list[float | None] = []
    real = worker._condition.wait
    worker._condition.wait = lambda limit=None: waits.append(limit) or real(limit)
    worker.unload_after(None)
    time.sleep(0.1)
    assert waits == [None]


def _broken() -> FakeEngine:
    raise EngineError("The model is damaged. Get it again.")


def test_the_engine_tends_to_what_is_next_when_nobody_asks(worker: Worker, log: Log) -> None:
    tended = threading.Event()

    class Tending(FakeEngine):
        def prepare_idle(self, cancelled) -> None:
            tended.set()

    worker.load(lambda: Tending({"The ": "x"}), "fake")
    worker.submit(ask(1))
    assert tended.wait(5)
    assert log.wait_for(RequestFinished, 1)


def test_after_long_idleness_the_model_is_given_back_and_the_next_request_loads_it_again(
    worker: Worker, log: Log
) -> None:
    engines: list[FakeEngine] = []
    closed = threading.Event()

    class Closing(FakeEngine):
        def close(self) -> None:
            closed.set()

    def loader() -> FakeEngine:
        engines.append(Closing({"The ": "x"}))
        return engines[-1]

    worker.load(loader, "fake")
    worker.submit(ask(1))
    log.wait_for(RequestFinished, 1)
    worker.unload_after(0.1)
    assert closed.wait(5)
    worker.submit(ask(2))
    log.wait_for(RequestFinished, 2)
    assert len(engines) == 2


def test_a_model_that_failed_is_not_tried_again_by_itself(worker: Worker, log: Log) -> None:
    tries: list[int] = []

    def broken() -> FakeEngine:
        tries.append(1)
        raise EngineError("The model is damaged. Get it again.")

    worker.load(broken, "broken")
    log.wait_for(EngineFailed)
    worker.submit(ask(1))
    time.sleep(0.2)
    assert len(tries) == 1


def test_the_thread_lives_on_after_a_panic(worker: Worker, log: Log, logged_errors) -> None:
    """What a library in Rust raises is no Exception; its message may quote the text: it is not logged."""
    tokenizer = Tokenizer.from_str(panicking_tokenizer())

    class Panicking(FakeEngine):
        def continue_text(self, *_values):
            tokenizer.encode("a" * 5000)
            return iter(())

    logged_errors.expect(r"the engine failed: PanicException\n(?!.*retry-limit)")
    worker.load(lambda: Panicking({}), "fake")
    worker.submit(ask(1))
    failed = log.wait_for(EngineFailed, 1)
    assert "internal error" in str(failed.message)
    worker.load(lambda: FakeEngine({"The ": "answer"}), "fake")
    worker.submit(ask(2))
    log.wait_for(RequestFinished, 2)


def test_an_engine_that_cannot_prepare_itself_still_answers(worker: Worker, log: Log) -> None:
    tried = threading.Event()

    class Unprepared(FakeEngine):
        def prefetch(self, context, cancelled) -> None:
            tried.set()
            raise MemoryError

    worker.load(lambda: Unprepared({"The ": "answer"}), "fake")
    log.wait_for(EngineReady)
    worker.prefetch(Context("The "))
    assert tried.wait(60)
    worker.submit(ask(1))
    log.wait_for(RequestFinished, 1)
    assert not any(isinstance(event, EngineFailed) for event in log.events)
