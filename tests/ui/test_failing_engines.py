"""An engine that fails says so in the window, in one sentence; writing goes on, and so does the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from writer.base.errors import Sentence
from writer.engine.devices import choose_device
from writer.engine.engine_state import EngineFailed, EngineReady
from writer.engine.fake import FakeEngine
from writer.engine.protocol import EngineError, Parameters, Token
from writer.settings.schema import LANGUAGE_WINDOW
from writer.suggestions.context import Context

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")

SCRIPT = {"One": " first.", "Two": " second.", "Three": " third.", "Four": " fourth."}
MEMORY = "There is not enough memory for this model. Choose a smaller one in Settings."
INTERNAL = "The engine stopped on an internal error. Details are in the log."
TORCH = (
    "[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory: you tried to allocate"
)
ONNX = "[ONNXRuntimeError] : 1 : FAIL : Failed to allocate memory for requested buffer of size 40000000000000"


class OnnxError(Exception):
    """ONNX Runtime's errors have no other base."""


class Failing(FakeEngine):
    """Answers from the script, and raises `failure` instead once there is one."""

    failure: BaseException | None = None

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        if self.failure is not None:
            raise self.failure
        yield from super().continue_text(context, parameters, cancelled)

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        if self.failure is not None:
            raise self.failure


def said(writing) -> str:
    return writing.window.status.message.full_text()


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (EngineError("The model is damaged. Get it again."), "The model is damaged. Get it again."),
        (MemoryError(), MEMORY),
        (RuntimeError(TORCH), MEMORY),
        (OnnxError(ONNX), MEMORY),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."), MEMORY),
        (ZeroDivisionError(), INTERNAL),
    ],
)
def test_an_engine_that_fails_at_its_third_answer_says_so(start, failure, sentence, logged_errors) -> None:
    if sentence == INTERNAL:
        logged_errors.expect("the engine failed")
    engine = Failing(SCRIPT)
    writing = start(engine=engine)
    for word, ghost in (("One", " first."), (" Two", " second.")):
        writing.type(word)
        writing.until(lambda ghost=ghost: writing.editor.ghost == ghost)
        assert sentence not in said(writing)
    engine.failure = failure
    writing.type(" Three")
    writing.until(lambda: said(writing) == sentence)
    status = writing.window.status
    assert (status.model.text(), status.model.property("tone")) == ("fake", "warning")
    assert status.model.toolTip() == sentence
    engine.failure = None
    writing.type(" Four")
    writing.until(lambda: writing.editor.ghost == " fourth.")
    assert writing.text == "One Two Three Four"
    assert said(writing) == ""
    assert status.model.property("tone") == "muted"


def test_a_failure_is_told_in_the_language_of_the_window(start) -> None:
    engine = Failing(SCRIPT)
    writing = start(engine=engine)
    engine.failure = MemoryError()
    writing.type("One")
    writing.until(lambda: said(writing) == MEMORY)
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.until(lambda: said(writing) == "内存不足以运行这个模型。请在设置中选择小一些的。")


@pytest.mark.parametrize("failure", [MemoryError(), RuntimeError("std::bad_alloc")])
def test_a_model_for_which_memory_is_short_is_a_sentence_at_loading(start, failure) -> None:
    def load() -> FakeEngine:
        raise failure

    writing = start(SCRIPT)
    container = writing.program.container
    container._choose_model = lambda _settings, _language: (load, "large")
    container.load_engine()
    writing.until(lambda: isinstance(container.engine_state, EngineFailed))
    assert said(writing) == MEMORY
    assert writing.window.status.model.text() == "No model"
    writing.type("One")
    assert writing.text == "One"


def test_a_model_that_takes_the_slower_way_says_so_and_why(start) -> None:
    writing = start()
    reason = Sentence("There is no faster way for models of the type {kind}.", {"kind": "'mamba'"})
    slow = Sentence(
        "It runs through transformers, which takes several times as long. {reason}", {"reason": reason}
    )
    writing.program.container._set_engine_state(EngineReady("other", "cpu", choose_device("cpu").why, slow))
    model = writing.window.status.model
    assert model.text() == "other, slower"
    assert model.toolTip() == f"Runs on: cpu. The processor, as set. {slow}"
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.until(lambda: model.text() == "other，较慢")
    assert "对 'mamba' 类模型没有更快的方式。" in model.toolTip()
