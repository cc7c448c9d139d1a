"""One token on a graphics card: our decoder beside transformers' `generate` and its plain eager loop.

    python -m tests.benchmarks.gpu_decode [--device cuda] [--tokens 128]

The model is GPT-2 124M in its default shape with random weights from a fixed seed, at batch 1 behind 512
tokens. Truth is shown too, for GPT-2 and for small models of the Llama type: the same greedy tokens as
transformers in float32, and how far the logits lie apart. Prints a table; writes `gpu_decode.json` into the
folder $OUT if set. Needs torch, transformers and numpy only.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from writer.engine.decoders.torch_decoder import TorchDecoder
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights

CONTEXT = 512
TARGET_MS = 1.5
_SEED = 20_251_123
_CAPACITY = 768

Row = dict[str, Any]
Run = Callable[[], list[float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 where every float32 model chose the same tokens as transformers, else 1."""
    parser = argparse.ArgumentParser(prog="gpu_decode", description=__doc__)
    parser.add_argument("--device", default="cuda", help="cuda, mps, or cpu to try the program itself (cuda)")
    parser.add_argument("--tokens", type=int, default=128, help="tokens decoded in each visit (128)")
    parser.add_argument("--rounds", type=int, default=5, help="visits to each way (5)")
    options = parser.parse_args(arguments)
    device = options.device
    if device == "cuda" and not torch.cuda.is_available():
        print("gpu_decode: there is no NVIDIA graphics card that torch can use", file=sys.stderr)
        return 2
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory(prefix="writer-gpu-") as folder:
        made = {name: _make(config, Path(folder) / name) for name, config in _configs(device).items()}
        speed = speeds(made["gpt2"], device, options.tokens, options.rounds)
        truth = [row for name, model in made.items() for row in truths(name, model, device)]
    result = {"machine": machine(device), "rows": speed, "truth": truth}
    print(table(result))
    if os.environ.get("OUT"):
        (Path(os.environ["OUT"]) / "gpu_decode.json").write_text(json.dumps(result, indent=1), "utf-8")
    return 0 if all(row["equal"] == row["tokens"] for row in truth if row["type"] == "float32") else 1


def speeds(folder: Path, device: str, tokens: int, rounds: int) -> list[Row]:
    """Milliseconds a token of each way, visited in turn, its order reversed every round."""
    ways = _ways(folder, device, tokens)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for run in ways.values():
        run()  # the first time allocates, and records the graph
    for number in range(rounds):
        for name in list(ways)[:: -1 if number % 2 else 1]:
            times[name] += ways[name]()
    return [
        {
            "model": "gpt2",
            "workload": "decode",
            "engine": name,
            "median_ms": round(statistics.median(values), 3),
            "min_ms": round(min(values), 3),
            "max_ms": round(max(values), 3),
        }
        for name, values in times.items()
    ]


def _ways(folder: Path, device: str, tokens: int) -> dict[str, Run]:
    """Each gives milliseconds a token; every token is chosen on the processor, as the program does."""
    half = _half(device)
    decoder = _decoder(folder, device, None)
    model = _reference(folder, device, half)
    ids = _ids(model.config.vocab_size, CONTEXT)
    buffer = decoder.new_kv_cache()

    def ours() -> list[float]:
        token = int(decoder.forward(ids, 0, 1, buffer)[-1].argmax())
        times = []
        for past in range(CONTEXT, CONTEXT + tokens):
            started = time.perf_counter()
            token = int(decoder.forward([token], past, 1, buffer)[-1].argmax())
            times.append((time.perf_counter() - started) * 1e3)
        return times

    def plain() -> list[float]:
        cache = transformers.DynamicCache(config=model.config)
        token = _step(model, ids, cache, device)
        times = []
        for _ in range(tokens):
            started = time.perf_counter()
            token = _step(model, [token], cache, device)
            times.append((time.perf_counter() - started) * 1e3)
        return times

    def generate() -> list[float]:
        return [(_generate(model, ids, 1 + tokens, device) - _generate(model, ids, 1, device)) / tokens]

    return {"writer": ours, "transformers generate": generate, "transformers eager": plain}


def truths(name: str, folder: Path, device: str) -> list[Row]:
    """Greedy tokens beside transformers' own in float32; in half precision both beside that reference.

    Each choice is made behind the reference's own tokens, so that one near tie counts once.
    """
    reference = _reference(folder, device, torch.float32)
    ids = _greedy(reference, _ids(reference.config.vocab_size, 48), 48, device)
    expected = _logits(reference, ids, device)
    half = _half(device)
    rows = []
    for label, kind in (("float32", torch.float32), ("half", half)):
        logits = _by_passes(_decoder(folder, device, kind), ids)
        rows.append(_compared(name, "writer", label, logits, expected))
    rows.append(
        _compared(
            name,
            "transformers eager",
            "half",
            _logits(_reference(folder, device, half), ids, device),
            expected,
        )
    )
    return rows


def _by_passes(decoder: TorchDecoder, ids: list[int]) -> np.ndarray[Any, Any]:
    """Logits after each of `ids`: the first half in one pass, then token after token."""
    buffer = decoder.new_kv_cache()
    start = len(ids) // 2
    logits = np.zeros((len(ids), decoder.vocabulary), np.float32)
    logits[:start] = decoder.forward(ids[:start], 0, start, buffer)
    for _ in range(2):  # the tokens are taken back once
        for past in range(start, len(ids)):
            logits[past] = decoder.forward([ids[past]], past, 1, buffer)[0]
    return logits


def _compared(name: str, engine: str, label: str, logits: Any, expected: Any) -> Row:
    equal = int((logits.argmax(-1) == expected.argmax(-1)).sum())
    apart = float(np.abs(logits - expected).max())
    return {
        "model": name,
        "engine": engine,
        "type": label,
        "tokens": len(expected),
        "equal": equal,
        "apart": round(apart, 5),
    }


def _configs(device: str) -> dict[str, Any]:
    """GPT-2 in its default shape and two small Llama types; all tiny on the processor."""
    tiny = device == "cpu"
    small = {
        "vocab_size": 500 if tiny else 2000,
        "hidden_size": 64 if tiny else 256,
        "intermediate_size": 128 if tiny else 512,
        "num_hidden_layers": 2 if tiny else 3,
        "num_attention_heads": 4 if tiny else 8,
        "num_key_value_heads": 2,
        "max_position_embeddings": 1024,
    }
    gpt2 = {"n_layer": 2, "n_embd": 64, "n_head": 2, "vocab_size": 500} if tiny else {}
    return {
        "gpt2": transformers.GPT2Config(**gpt2),
        "llama": transformers.LlamaConfig(**small),
        "qwen3": transformers.Qwen3Config(
            **small, head_dim=small["hidden_size"] // small["num_attention_heads"]
        ),
    }


def _make(config: Any, folder: Path) -> Path:
    torch.manual_seed(_SEED)
    transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(folder)
    return folder


def _decoder(folder: Path, device: str, kind: torch.dtype | None) -> TorchDecoder:
    config, weights = read_decoder_config(folder), Weights(folder)
    return TorchDecoder("bench", config, weights, device=device, capacity=_CAPACITY, dtype=kind)


def _reference(folder: Path, device: str, kind: torch.dtype) -> Any:
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=kind, use_safetensors=True)
    return model.to(device).eval()


def _half(device: str) -> torch.dtype:
    return torch.float16 if device == "mps" else torch.bfloat16


def _ids(vocabulary: int, count: int) -> list[int]:
    generator = torch.Generator().manual_seed(_SEED)
    return torch.randint(0, vocabulary, (count,), generator=generator).tolist()


@torch.inference_mode()
def _step(model: Any, ids: list[int], cache: Any, device: str) -> int:
    tokens = torch.tensor([ids], device=device)
    logits = model(tokens, past_key_values=cache, use_cache=True, logits_to_keep=1).logits
    return int(logits[0, -1].float().cpu().numpy().argmax())


@torch.inference_mode()
def _generate(model: Any, ids: list[int], new: int, device: str) -> float:
    """Milliseconds that `generate` takes for exactly `new` tokens."""
    tokens = torch.tensor([ids], device=device)
    started = time.perf_counter()
    model.generate(
        tokens,
        attention_mask=torch.ones_like(tokens),
        max_new_tokens=new,
        min_new_tokens=new,
        do_sample=False,
        pad_token_id=0,
    )[0].tolist()
    return (time.perf_counter() - started) * 1e3


def _greedy(model: Any, ids: list[int], new: int, device: str) -> list[int]:
    cache = transformers.DynamicCache(config=model.config)
    found = [_step(model, ids, cache, device)]
    while len(found) < new:
        found.append(_step(model, found[-1:], cache, device))
    return [*ids, *found]


@torch.inference_mode()
def _logits(model: Any, ids: list[int], device: str) -> np.ndarray[Any, Any]:
    return model(torch.tensor([ids], device=device)).logits[0].float().cpu().numpy()


def machine(device: str) -> str:
    """The card, torch and transformers."""
    card = torch.cuda.get_device_name() if device == "cuda" else device
    return f"{card}, torch {torch.__version__}, transformers {transformers.__version__}"


def table(result: Row) -> str:
    """The figures as lines of text."""
    lines = [result["machine"], "", f"GPT-2 124M, one token behind {CONTEXT}, ms (at most {TARGET_MS})"]
    for row in result["rows"]:
        figures = f"{row['median_ms']:8.3f} [{row['min_ms']:.3f}-{row['max_ms']:.3f}]"
        lines.append(f"  {row['engine']:<24}{figures}")
    lines += ["", "greedy tokens equal to transformers in float32, and the largest difference of logits"]
    for row in result["truth"]:
        equal = f"{row['equal']}/{row['tokens']}"
        lines.append(f"  {row['model']:<7}{row['engine']:<20}{row['type']:<9}{equal:>8}  {row['apart']:.5f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
