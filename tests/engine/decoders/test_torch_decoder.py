"""The torch decoders beside transformers, on the CPU: the same code runs on CUDA and MPS."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks import gpu_decode
from tests.engine.decoders.test_equality import FAMILIES, reference, some_ids
from writer.engine.decoders.decoder import Decoder
from writer.engine.decoders.torch_decoder import TorchDecoder
from writer.engine.decoders.transformers_model import load_decoder
from writer.engine.devices import choose_device
from writer.engine.generation.prefix_cache import PrefixCache
from writer.engine.loading import load
from writer.engine.protocol import EngineError, Parameters
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights
from writer.suggestions.context import Context


def static(folder: Path) -> Decoder:
    return TorchDecoder("small", read_decoder_config(folder), Weights(folder), device="cpu", capacity=128)


def generic(folder: Path) -> Decoder:
    return load_decoder(folder, device="cpu", capacity=128)


@pytest.mark.parametrize(
    ("name", "make"),
    [*((name, static) for name in FAMILIES), *((name, generic) for name in ("gpt2", "llama", "qwen3"))],
)
def test_logits_equal_transformers(name: str, make, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(name)
    ids = some_ids(folder, 60)
    expected = reference(folder, ids)
    decoder = make(folder)
    kv_cache = decoder.new_kv_cache()
    first = decoder.forward(ids[:40], 0, 40, kv_cache)
    rest = decoder.forward(ids[40:], 40, 20, kv_cache)
    assert np.abs(np.concatenate([first, rest]) - expected).max() < 2e-4
    again = decoder.forward(ids[10:12], 10, 1, kv_cache)
    assert np.abs(again[0] - expected[11]).max() < 2e-4


@pytest.mark.parametrize("make", [static, generic])
def test_the_cache_serves_torch_as_well(gpt2: Path, make) -> None:
    ids = some_ids(gpt2, 60)
    cache = PrefixCache(make(gpt2))
    for end in (60, 20, 21, 60):
        kept = cache.logits(ids[:end], 1, lambda: False)
        assert np.abs(kept[0] - reference(gpt2, ids[:end])[-1]).max() < 2e-4


def test_a_type_without_a_graph_runs_through_transformers(tmp_path: Path) -> None:
    from transformers import BloomConfig, BloomForCausalLM

    from tests.fakes.small_models import make_tokenizer

    size = make_tokenizer(tmp_path).get_vocab_size()
    config = BloomConfig(vocab_size=size, hidden_size=32, n_layer=1, n_head=2)
    BloomForCausalLM(config).save_pretrained(tmp_path)
    engine = load(tmp_path, "cpu")
    tokens = list(engine.continue_text(Context("The quick brown"), Parameters(max_tokens=3), lambda: False))
    assert tokens
    engine.close()


def test_a_pickle_is_not_loaded(tmp_path: Path, gpt2: Path) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((gpt2 / name).read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    with pytest.raises(EngineError, match="not complete"):
        load(tmp_path, "cpu")


def test_a_missing_card_is_a_sentence() -> None:
    assert choose_device("auto").why
    import torch

    if not torch.cuda.is_available():
        with pytest.raises(EngineError, match="NVIDIA"):
            choose_device("cuda")


def test_the_card_is_measured_beside_transformers_and_chooses_what_it_chooses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OUT", str(tmp_path))
    assert gpu_decode.main(["--device", "cpu", "--tokens", "2", "--rounds", "1"]) == 0
    result = json.loads((tmp_path / "gpu_decode.json").read_text("utf-8"))
    engines = [row["engine"] for row in result["rows"]]
    assert engines == ["writer", "transformers generate", "transformers eager"]
    assert {row["model"] for row in result["truth"]} == {"gpt2", "llama", "qwen3"}
    assert "greedy tokens equal" in capsys.readouterr().out
