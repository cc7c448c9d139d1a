"""Models with sliding windows and recurrent states, tiny and random, read in parts as in one piece.

Each is compared with the same model read by transformers at once, far beyond its window.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from tests.fakes.small_models import one_thread
from writer.engine.decoders.decoder import KeepsStates
from writer.engine.decoders.recurrent_decoder import MAX_STATES, _most_dispensable
from writer.engine.decoders.step_check import EXACT, StepMismatchError, random_text, require_equal_steps
from writer.engine.decoders.transformers_model import load_decoder
from writer.engine.generation.prefix_cache import PrefixCache

VOCABULARY = 300
WINDOW = 16

SMALL: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 256,
    "sliding_window": WINDOW,
    "pad_token_id": None,
    "bos_token_id": 1,
    "eos_token_id": 2,
    # Random weights of the usual size hardly depend on the tokens before; these do.
    "initializer_range": 0.3,
}

KINDS: dict[str, dict[str, Any]] = {
    "gemma2": {},
    "gemma3_text": {"layer_types": ["sliding_attention"] * 3 + ["full_attention"]},
    "lfm2": {"layer_types": ["conv", "full_attention"] * 2},
    "qwen3_5_text": {
        "layer_types": ["linear_attention", "full_attention"] * 2,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 2,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
    },
    "mamba": {"state_size": 8, "time_step_rank": 4},
    "mamba2": {"state_size": 8, "num_heads": 8, "head_dim": 8, "n_groups": 1, "chunk_size": 8},
    "rwkv": {"attention_hidden_size": 32, "context_length": 256},
    "recurrent_gemma": {
        "block_types": ["recurrent", "attention"],
        "num_key_value_heads": 1,
        "lru_width": 32,
        "attention_window_size": WINDOW,
        "w_init_variance_scale": 1.0,
    },
    "openai-gpt": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256},
}
KEEP_STATES = ("lfm2", "qwen3_5_text", "mamba", "mamba2", "rwkv", "recurrent_gemma", "openai-gpt")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for kind, changes in KINDS.items():
        torch.manual_seed(0)
        config = AutoConfig.for_model(kind, **{**SMALL, **changes})
        made[kind] = tmp_path_factory.mktemp(kind)
        with one_thread():
            AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(made[kind])
    return made


@pytest.fixture(autouse=True)
def single_thread():
    with one_thread():
        yield


class Whole:
    """The logits of transformers for a whole text, without any cache."""

    def __init__(self, folder: Path) -> None:
        self._model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    @torch.inference_mode()
    def __call__(self, ids: list[int]) -> np.ndarray:
        return self._model(torch.tensor([ids]), use_cache=False).logits[0].numpy()


def distance(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected - expected.mean()))


def never() -> bool:
    return False


@pytest.mark.parametrize("kind", KINDS)
def test_accepting_deleting_and_typing_on_equal_a_whole_pass(kind: str, folders: dict[str, Path]) -> None:
    decoder, whole = load_decoder(folders[kind], device="cpu", capacity=128), Whole(folders[kind])
    assert isinstance(decoder, KeepsStates) is (kind in KEEP_STATES)
    cache = PrefixCache(decoder)
    text = [int(i) for i in np.random.default_rng(1).integers(3, VOCABULARY, 90)]
    other = [int(i) for i in np.random.default_rng(2).integers(3, VOCABULARY, 90)]
    written = [
        text[:70],  # a text is opened, many times as long as the window
        [*text[:70], 5],  # branches of a search from the same place
        [*text[:70], 6],
        [*text[:70], 6, 7],
        [*text[:70], 8],
        text[:76],  # a suggestion is accepted
        text[:73],  # a part of it is deleted
        [*text[:73], *other[:4]],  # and others are typed
        text[:40],  # a paragraph is deleted
        [*text[:40], *other[:50]],
        text[:2],
        text,
    ]
    for ids in written:
        found = cache.next_logits(ids, never)
        assert distance(found, whole(ids)[-1]) < 1e-3, len(ids)
    last = cache.branches(text[:60], [[4], [5, 6]], never)
    assert distance(last[1], whole([*text[:60], 5, 6])[-2:]) < 1e-3
    rows = cache.logits(text[:80], 30, never)
    assert distance(rows, whole(text[:80])[-30:]) < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_the_models_pass_the_check_beyond_their_window(kind: str, folders: dict[str, Path]) -> None:
    decoder = load_decoder(folders[kind], device="cpu", capacity=128)
    require_equal_steps(decoder, random_text(decoder, 5 * WINDOW), EXACT)


def test_a_model_that_continues_with_single_tokens_only_gets_single_tokens(folders: dict[str, Path]) -> None:
    modes = {kind: load_decoder(folders[kind], device="cpu", capacity=64) for kind in ("mamba", "lfm2")}
    assert {kind: decoder.one_by_one for kind, decoder in modes.items()} == {"mamba": True, "lfm2": False}


def test_what_was_kept_is_not_read_again(folders: dict[str, Path]) -> None:
    decoder = load_decoder(folders["mamba"], device="cpu", capacity=512)
    assert isinstance(decoder, KeepsStates)
    kv_cache = decoder.new_kv_cache()
    text = [5 + i % 200 for i in range(400)]
    for start in range(0, 400, 40):
        decoder.forward(text[start : start + 40], start, 1, kv_cache)
    assert len(kv_cache.kept) <= MAX_STATES
    assert decoder.kept_length(400, kv_cache) == 400
    assert decoder.kept_length(399, kv_cache) == 360
    assert decoder.kept_length(200, kv_cache) > 0


def test_a_pass_that_fails_leaves_nothing_half_read(folders: dict[str, Path]) -> None:
    for kind in ("mamba", "gemma3_text"):
        decoder, whole = load_decoder(folders[kind], device="cpu", capacity=128), Whole(folders[kind])
        cache = PrefixCache(decoder)
        text = [int(i) for i in np.random.default_rng(3).integers(3, VOCABULARY, 40)]
        cache.next_logits(text[:30], never)
        last = list(decoder._model.modules())[-1]
        handle = last.register_forward_pre_hook(_fail)
        with pytest.raises(RuntimeError, match="memory"):
            cache.next_logits(text[:33], never)
        handle.remove()
        assert distance(cache.next_logits(text[:36], never), whole(text[:36])[-1]) < 1e-3


def _fail(_module: object, _inputs: object) -> None:
    raise RuntimeError("not enough memory")


def test_of_close_states_the_far_ones_are_dropped_first() -> None:
    assert _most_dispensable([10, 20, 30, 100]) == 0
    assert _most_dispensable([50, 90, 96, 100]) == 2


class Forgetful:
    """A decoder that forgets what it read before a pass, as a model whose state is not passed on."""

    name, device, capacity, vocabulary = "forgetful", "cpu", 64, 50

    def new_kv_cache(self) -> dict[int, int]:
        return {}

    def forward(self, ids: list[int], past: int, logits_to_keep: int, kv_cache: dict[int, int]) -> Any:
        rows = [np.cos(np.arange(50) * (1 + sum(ids[: at + 1]))) for at in range(len(ids))]
        return np.array(rows[-logits_to_keep:], np.float32)

    def close(self) -> None:
        pass


class Broken(Forgetful):
    """A decoder whose logits are no numbers."""

    def forward(self, ids: list[int], past: int, logits_to_keep: int, kv_cache: dict[int, int]) -> Any:
        return np.full((logits_to_keep, 50), np.nan, np.float32)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (Forgetful, r"^The model forgetful contradicts itself: .*\.$"),
        (Broken, r"^The weights of the model forgetful are damaged: .*\.$"),
    ],
)
def test_a_model_that_contradicts_itself_is_refused_in_one_sentence(
    make: type[Forgetful], sentence: str
) -> None:
    with pytest.raises(StepMismatchError, match=sentence):
        require_equal_steps(make(), random_text(make(), 24), EXACT)
