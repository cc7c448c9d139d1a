"""A model is measured in a child that may hang, or take all memory, without harm to the program."""

from __future__ import annotations

import json
import sys
import time

import pytest

from tests.fakes.processes import children
from writer.app.models import model_service
from writer.app.models.model_service import measure
from writer.base import paths
from writer.base.progress import ignore_progress, never
from writer.models.manifest import ModelError
from writer.models.memory_estimate import SystemMemory


@pytest.mark.parametrize(
    ("code", "limit"), [("import time; time.sleep(60)", "time"), ("bytearray(10**9); input()", "memory")]
)
def test_a_model_that_does_harm_stays_unmeasured(
    code: str, limit: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(paths, "program", lambda: (sys.executable, "-c", code))
    monkeypatch.setattr(model_service, "MEASURE_SECONDS", 20.0 if limit == "memory" else 0.3)
    monkeypatch.setattr(model_service, "system_memory", lambda: SystemMemory(300 << 20, 300 << 20))
    caplog.set_level("INFO")
    began = time.monotonic()
    measure("some-model", ignore_progress, never)
    assert time.monotonic() - began < 15
    assert f"some-model was not measured: the child's {limit} ran out" in caplog.text
    assert children() == []


def test_a_refusal_of_the_child_is_an_error_with_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = {"refused": True, "template": "{model} is refused.", "values": {"model": "some-model"}}
    code = f"print({json.dumps(refusal)!r}); raise SystemExit(2)"
    monkeypatch.setattr(paths, "program", lambda: (sys.executable, "-c", code))
    with pytest.raises(ModelError, match="some-model is refused"):
        measure("some-model", ignore_progress, never)
