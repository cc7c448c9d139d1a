"""Graphs beside models: built once, rebuilt when the model changes, whole after a kill. Damage is told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from writer.engine.loading import load
from writer.engine.protocol import EngineError, Parameters
from writer.suggestions.context import Context


@pytest.fixture
def folder(gpt2: Path, tmp_path: Path) -> Path:
    """A copy of the small GPT-2 that the test may harm."""
    copy = tmp_path / "model"
    shutil.copytree(gpt2, copy, ignore=shutil.ignore_patterns(".writer"))
    return copy


def answer(folder: Path) -> str:
    engine = load(folder, "cpu", threads=1)
    tokens = engine.continue_text(Context("The quick brown fox"), Parameters(max_tokens=4), lambda: False)
    text = b"".join(token.text for token in tokens).decode()
    engine.close()
    return text


def graphs(folder: Path) -> list[Path]:
    return sorted((folder / ".writer").glob("int8-*/decoder.onnx"))


def test_built_once_and_again_when_the_model_changes(folder: Path) -> None:
    first = answer(folder)
    (built,) = graphs(folder)
    time_of_build = built.stat().st_mtime_ns
    assert answer(folder) == first
    assert built.stat().st_mtime_ns == time_of_build
    os.utime(folder / "model.safetensors")
    assert answer(folder) == first
    (rebuilt,) = graphs(folder)
    assert rebuilt != built


def test_a_damaged_graph_is_built_again(folder: Path) -> None:
    first = answer(folder)
    (graph,) = graphs(folder)
    graph.write_bytes(graph.read_bytes()[:100])
    assert answer(folder) == first


def test_builds_killed_at_any_moment_leave_nothing_half(folder: Path) -> None:
    code = f"import pathlib, writer.engine.loading as l; l.load(pathlib.Path({str(folder)!r}), 'cpu')"
    for delay in (0.3, 0.5, 0.7, 0.9):
        process = subprocess.Popen([sys.executable, "-c", code])
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert answer(folder).startswith(" jumps")


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("config.json", b"{", "config.json"),
        ("config.json", b'{"model_type": "llama"}', "incomplete"),
        ("model.safetensors", b"\xff" * 64, "damaged"),
        ("model.safetensors", b"", "damaged"),
        ("tokenizer.json", b"[]", "tokenizer"),
    ],
)
def test_damage_is_a_sentence(folder: Path, file: str, content: bytes, complaint: str) -> None:
    (folder / file).write_bytes(content)
    with pytest.raises(EngineError, match=complaint) as caught:
        answer(folder)
    assert "\n" not in str(caught.value)


def test_missing_weights_are_a_sentence(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(EngineError, match="safetensors"):
        answer(folder)


def test_a_read_only_model_folder_keeps_its_graph_in_the_cache(folder: Path, own_folders: Path) -> None:
    folder.chmod(0o500)
    try:
        assert answer(folder).startswith(" jumps")
    finally:
        folder.chmod(0o700)


def test_neither_torch_nor_transformers_is_imported(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from writer.engine.loading import load\n"
        f"load(Path({str(folder)!r}), 'cpu')\n"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
