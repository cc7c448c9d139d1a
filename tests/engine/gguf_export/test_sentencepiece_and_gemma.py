"""Tokenizers of SentencePiece's kind go out with scores that cut a text in the same way; Gemma as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFReader
from safetensors.numpy import load_file

from tests.fakes.sentencepiece_tokenizer import make_sentencepiece
from tests.fakes.small_models import SENTENCES, make_gemma
from writer.engine.gguf_export.export_gguf import export_gguf
from writer.engine.gguf_export.refusal import NotExpressibleError
from writer.models.model_folder import open_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small Gemma 3 with a tokenizer of SentencePiece's kind."""
    local = ["sliding_attention"] * 5 + ["full_attention"]
    changes = {"vocab_size": 600, "num_hidden_layers": 6, "layer_types": local, "query_pre_attn_scalar": 32}
    made = make_gemma(tmp_path / "small", "gemma3", **changes)
    make_sentencepiece(made)
    return made


def _fields(file: Path) -> dict[str, Any]:
    return {name: field.contents() for name, field in GGUFReader(file).fields.items()}


def _cut(text: str, fields: dict[str, Any]) -> list[str]:
    """The tokens of a text as llama.cpp finds them: the neighbours with the highest score are joined."""
    known = dict(zip(fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.scores"], strict=True))
    parts = list(text.replace(" ", "▁"))
    while pairs := [(-known["".join(parts[i : i + 2])], i) for i in _joinable(parts, known)]:
        at = min(pairs)[1]
        parts[at : at + 2] = ["".join(parts[at : at + 2])]
    return parts


def _joinable(parts: list[str], known: dict[str, float]) -> list[int]:
    return [i for i in range(len(parts) - 1) if "".join(parts[i : i + 2]) in known]


def test_the_scores_cut_a_text_as_the_merges_do(folder: Path, tmp_path: Path) -> None:
    fields = _fields(export_gguf(open_folder(folder), tmp_path / "out"))
    assert fields["tokenizer.ggml.model"] == "llama"
    assert fields["tokenizer.ggml.add_space_prefix"] is False
    kinds = dict(zip(fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"], strict=True))
    assert (kinds["<bos>"], kinds["<0x0A>"], kinds["t"]) == (3, 6, 1)
    tokenizer = make_sentencepiece(folder)
    for text in (*SENTENCES[:6], "other words, in another order: the dog over the garden"):
        assert _cut(text, fields) == tokenizer.encode(text, add_special_tokens=False).tokens


def test_gemma_goes_out_with_its_windows_and_norms(folder: Path, tmp_path: Path) -> None:
    file = export_gguf(open_folder(folder), tmp_path / "out", "F16")
    fields = _fields(file)
    assert fields["general.architecture"] == "gemma3"
    assert fields["gemma3.attention.sliding_window"] == 12
    assert fields["gemma3.attention.key_length"] == 32
    assert fields["gemma3.rope.freq_base"] == 1_000_000.0
    assert fields["gemma3.rope.freq_base_swa"] == 10_000.0
    found = {tensor.name: np.array(tensor.data) for tensor in GGUFReader(file).tensors}
    weights = load_file(folder / "model.safetensors")
    assert len(found) == len(weights)
    norm = weights["model.layers.4.post_feedforward_layernorm.weight"]
    assert np.allclose(found["blk.4.post_ffw_norm.weight"], norm + 1)
    query = weights["model.layers.4.self_attn.q_proj.weight"]
    assert np.allclose(found["blk.4.attn_q.weight"], query, atol=1e-3)


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("config.json", lambda c: c.update(query_pre_attn_scalar=24), "its attention has another scale"),
        ("config.json", lambda c: c.update(layer_types=["full_attention"] * 6, sliding_window=9), ""),
        ("config.json", lambda c: c["layer_types"].reverse(), "its layers with windows are others"),
        ("tokenizer.json", lambda c: c["model"]["merges"].pop(5), "its words are cut"),
        ("tokenizer.json", lambda c: c.update(normalizer=None), "its words are cut"),
    ],
)
def test_what_llama_cpp_takes_for_granted_is_compared(
    folder: Path, tmp_path: Path, file: str, change: Callable[[Any], object], sentence: str
) -> None:
    content = json.loads((folder / file).read_text())
    change(content)
    (folder / file).write_text(json.dumps(content))
    if not sentence:  # without windows all layers are alike
        assert "gemma3.attention.sliding_window" not in _fields(
            export_gguf(open_folder(folder), tmp_path / "out")
        )
        return
    with pytest.raises(NotExpressibleError, match=sentence):
        export_gguf(open_folder(folder), tmp_path / "out")
    assert not (tmp_path / "out").exists()
