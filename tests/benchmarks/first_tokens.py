"""The first token after each context, in plain transformers and in the program, both in float32.

    python -m tests.benchmarks.first_tokens MODEL TEXT_FILE [--contexts 200] [--seed 1]

MODEL is the id of a model here, or a folder; a personal model that is an adapter is merged for the time. The
contexts end behind a word. The exit status is 1 where a first token differs.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

CHARACTERS = 600
"""The longest context; it has no more tokens than that."""


def contexts_of(text: str, count: int, seed: int = 1) -> list[str]:
    """`count` contexts of a text; each ends behind a word, or in Chinese behind any character."""
    ends = [place for place in range(1, len(text)) if text[place].isspace() or ord(text[place]) > 0x2E80]
    ends = [place for place in ends if not text[place - 1].isspace()]
    chosen = random.Random(seed).sample(ends, min(count, len(ends)))
    return [text[max(0, end - CHARACTERS) : end].lstrip() for end in chosen]


def agreement(folder: Path, contexts: list[str]) -> int:
    """The number of contexts after which both name the same token as the likeliest.

    Transformers reads each context with its own tokenizer; the token that the program puts before a prompt
    goes before its tokens. Where it is likeliest that the text ends, the program shows nothing.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from writer.engine import loading
    from writer.engine.generation.prompt import PromptBuilder
    from writer.engine.protocol import Parameters
    from writer.engine.tokenizer.vocabulary import load_vocabulary
    from writer.models.adapters.widened import widened
    from writer.suggestions.context import Context

    tokenizer = AutoTokenizer.from_pretrained(folder)
    with widened(folder) as whole:
        plain = AutoModelForCausalLM.from_pretrained(whole, dtype=torch.float32).eval()
    builder = PromptBuilder(load_vocabulary(folder), CHARACTERS)
    front = list(builder.prompt(Context(""), heal=False).ids)
    engine = loading.load(folder, "cpu", precision="float32")
    greedy = Parameters(max_tokens=1, heal=False)
    equal = 0
    try:
        for context in contexts:
            ids = front + tokenizer(context, add_special_tokens=False).input_ids
            with torch.inference_mode():
                likeliest = int(plain(torch.tensor([ids])).logits[0, -1].argmax())
            tokens = list(engine.continue_text(Context(context), greedy, lambda: False))
            equal += likeliest == tokens[0].id if tokens else likeliest in builder.stops
    finally:
        engine.close()
    return equal


def main() -> int:
    """Compare, and print the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("text", type=Path)
    parser.add_argument("--contexts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    from writer.models.adapters.whole_model import whole_for_use
    from writer.models.store import installed_store

    store = installed_store()
    contexts = contexts_of(options.text.read_text("utf-8"), options.contexts, options.seed)
    with whole_for_use(store, store.find(options.model)) as model:
        equal = agreement(model.path, contexts)
    print(f"{model.id}: the same first token after {equal} of {len(contexts)} contexts (float32)")
    return 0 if contexts and equal == len(contexts) else 1


if __name__ == "__main__":
    sys.exit(main())
