"""Small real models, made and trained in the test run: no weights can be fetched here.

The tokenizer is a byte-level BPE as GPT-2's, trained on the same text as the model, so continuations are
real ones: the model has learned them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GemmaConfig,
    GemmaForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    XLNetConfig,
    XLNetLMHeadModel,
)

SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "She opened the door and walked into the garden.",
    "Writing is easy: you only cross out the wrong words.",
    "A great book is a great friend, and the greatest teacher.",
    "我喜欢吃苹果，也喜欢喝茶。",
    "今天天气很好，我们去公园散步。",
    "Smile 😀 and the world smiles with you.",
)
END = "<|endoftext|>"


def make_tokenizer(folder: Path, size: int = 600, specials: Sequence[str | AddedToken] = (END,)) -> Tokenizer:
    """Train a byte-level BPE on the sentences and write `tokenizer.json`."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(specials),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES * 4, trainer)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer


RUSSIAN = "Сегодня хорошая погода, мы идём в парк."


def make_sentencepiece(folder: Path, size: int = 700) -> Tokenizer:
    """Train a BPE as Gemma's on the sentences and a Russian one: with "▁" for spaces, and bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    specials, codes = ["<eos>", "<bos>", "<unk>"], [f"<0x{code:02X}>" for code in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=[*specials, *codes], show_progress=False)
    tokenizer.train_from_iterator([*SENTENCES, RUSSIAN, "ﬁ Ω é"] * 4, trainer)
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = content["added_tokens"][: len(specials)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(content), "utf-8")
    return Tokenizer.from_str(json.dumps(content))


def make_gpt2(folder: Path, steps: int = 120, positions: int = 128) -> Path:
    """A GPT-2 of two layers that has learned the sentences by heart; some seconds on a CPU."""
    tokenizer = make_tokenizer(folder)
    config = GPT2Config(
        vocab_size=tokenizer.get_vocab_size(),
        n_positions=positions,
        n_embd=64,
        n_layer=2,
        n_head=4,
        bos_token_id=0,
        eos_token_id=0,
    )
    return _train(GPT2LMHeadModel, config, tokenizer, folder, steps)


_LLAMA_SETTINGS: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "bos_token_id": 0,
    "eos_token_id": 0,
}


def make_llama(folder: Path, steps: int = 60, **changes: Any) -> Path:
    """A Llama of two layers with grouped heads and a tied output."""
    tokenizer = make_tokenizer(folder)
    settings = {**_LLAMA_SETTINGS, "vocab_size": tokenizer.get_vocab_size(), "tie_word_embeddings": True}
    return _train(LlamaForCausalLM, LlamaConfig(**{**settings, **changes}), tokenizer, folder, steps)


def make_qwen3(folder: Path, head_size: int = 32) -> Path:
    """A Qwen 3 of two layers, untrained: its heads are normalised."""
    tokenizer = make_tokenizer(folder)
    config = Qwen3Config(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        intermediate_size=160,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=head_size,
        max_position_embeddings=128,
    )
    return _train(Qwen3ForCausalLM, config, tokenizer, folder, 0)


GEMMAS = {
    "gemma": (GemmaConfig, GemmaForCausalLM),
    "gemma2": (Gemma2Config, Gemma2ForCausalLM),
    "gemma3": (Gemma3TextConfig, Gemma3ForCausalLM),
}


def make_gemma(
    folder: Path, name: str, make: Callable[[Path], Tokenizer] = make_tokenizer, **changes: Any
) -> Path:
    """A Gemma of three layers, untrained: the third is a global one, the others see some tokens only."""
    tokenizer = make(folder)
    config, kind = GEMMAS[name]
    settings: dict[str, Any] = {
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": 64,
        "intermediate_size": 160,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "max_position_embeddings": 128,
        "bos_token_id": 0,
        "eos_token_id": 0,
    }
    if name != "gemma":
        local, whole = "sliding_attention", "full_attention"
        settings |= {
            "sliding_window": 12,
            "layer_types": [local, local, whole],
            "query_pre_attn_scalar": 24,
        }
    if name == "gemma2":  # small caps, which tell their absence
        settings |= {"attn_logit_softcapping": 0.1, "final_logit_softcapping": 0.5}
    folder = _train(kind, config(**{**settings, **changes}), tokenizer, folder, 0)
    return scatter(folder)


def scatter(folder: Path) -> Path:
    """Give the norms and biases of an untrained model random weights instead of those that change nothing."""
    from safetensors.torch import load_file, save_file

    file, random = folder / "model.safetensors", torch.Generator().manual_seed(1)
    weights = load_file(file)
    for name, weight in weights.items():
        if "norm" in name or name.endswith(".bias"):
            weights[name] = weight + 0.5 * torch.rand(weight.shape, generator=random)
    save_file(weights, file, metadata={"format": "pt"})
    return folder


RELATIVES: dict[str, dict[str, Any]] = {
    "smollm3": {"no_rope_layer_interval": 2},
    "granite": {
        "embedding_multiplier": 3.0,
        "attention_multiplier": 0.1,
        "residual_multiplier": 0.4,
        "logits_scaling": 2.0,
    },
    "ernie4_5": {"head_dim": 32, "use_bias": True},
    "phi3": {
        "max_position_embeddings": 512,
        "original_max_position_embeddings": 128,
        "pad_token_id": 0,
        "rope_parameters": {
            "rope_type": "longrope",
            "rope_theta": 10_000.0,
            "partial_rotary_factor": 0.75,
            "short_factor": [1.0, 1.25, 1.5, 2.0, 2.5, 3.0],
            "long_factor": [4.0] * 6,
            "original_max_position_embeddings": 128,
        },
    },
    "olmo2": {},
}
"""Relatives of Llama, with what makes each another model."""


def make_relative(folder: Path, kind: str) -> Path:
    """A small model of the type `kind`, untrained."""
    tokenizer = make_tokenizer(folder)
    settings = {**_LLAMA_SETTINGS, "vocab_size": tokenizer.get_vocab_size(), "pad_token_id": 0}
    config = AutoConfig.for_model(kind, **{**settings, **RELATIVES[kind]})
    return scatter(_train(AutoModelForCausalLM.from_config, config, tokenizer, folder, 0))


def make_neox(folder: Path, steps: int = 0, **changes: Any) -> Path:
    """A GPT-NeoX of two layers, whose heads are rotated in part, with an output of its own."""
    tokenizer = make_tokenizer(folder)
    settings: dict[str, Any] = {
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": 64,
        "intermediate_size": 160,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 128,
        "bos_token_id": 0,
        "eos_token_id": 0,
    }
    folder = _train(GPTNeoXForCausalLM, GPTNeoXConfig(**{**settings, **changes}), tokenizer, folder, steps)
    return folder if steps else scatter(folder)


def make_opt(folder: Path, steps: int = 0, **changes: Any) -> Path:
    """An OPT of two layers; its positions begin at the third row."""
    tokenizer = make_tokenizer(folder)
    settings: dict[str, Any] = {
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": 64,
        "ffn_dim": 160,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 128,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "pad_token_id": 1,
    }
    folder = _train(OPTForCausalLM, OPTConfig(**{**settings, **changes}), tokenizer, folder, steps)
    return folder if steps else scatter(folder)


def make_xlnet(folder: Path) -> Path:
    """An XLNet, untrained: it sees the tokens behind each, and so reads a text otherwise in parts."""
    tokenizer = make_tokenizer(folder)
    config = XLNetConfig(
        vocab_size=tokenizer.get_vocab_size(),
        d_model=32,
        n_layer=2,
        n_head=4,
        d_inner=64,
        initializer_range=0.3,
    )
    return _train(XLNetLMHeadModel, config, tokenizer, folder, 0)


def _train(kind: Any, config: Any, tokenizer: Tokenizer, folder: Path, steps: int) -> Path:
    torch.manual_seed(0)
    model = kind(config)
    rows = [[0, *tokenizer.encode(sentence).ids, 0] for sentence in SENTENCES]
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    labels = torch.tensor([row + [-100] * (longest - len(row)) for row in rows])
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    with one_thread():
        for _ in range(steps):
            loss = model(ids, labels=labels).loss
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    model.eval()
    model.save_pretrained(folder)
    return folder


@contextmanager
def one_thread() -> Iterator[None]:
    """For models this small: threads that wait for each other take fifty times as long on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
