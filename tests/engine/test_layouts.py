"""Stand-ins of published layouts beside plain transformers: the same start, stops, tokens and first words."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from tests.fakes.stand_ins.layout import Layout
from tests.fakes.stand_ins.layouts import LAYOUTS
from tests.fakes.small_models import one_thread
from writer.engine.generation.prompt import PromptBuilder
from writer.engine.loading import load
from writer.engine.protocol import Parameters
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.suggestions.context import Context

TEXTS = (
    "the cat in a hat, 123's",
    "The Cat.\n\n  in    the\tcat",
    "我喜欢 the 😀",
    "a</s><s>b <|endoftext|>the",
)
FIRST = 6
"""First tokens that are compared."""

MODELS = [layout for layout in LAYOUTS if layout.sizes]


def by_name(layout: Layout) -> str:
    return layout.name


@pytest.mark.parametrize("layout", LAYOUTS, ids=by_name)
def test_tokens_equal_those_of_transformers(layout: Layout, tmp_path: Path) -> None:
    plain = AutoTokenizer.from_pretrained(layout.make(tmp_path))
    vocabulary = load_vocabulary(tmp_path)
    start = [plain.convert_tokens_to_ids(layout.start)] if layout.start else []
    special = vocabulary.special
    assert list(special.start) == start
    assert special.stops == set(plain.convert_tokens_to_ids(list(layout.stops)))
    assert set(plain.all_special_ids) <= special.hidden | set(special.start)
    for text in TEXTS:
        ids = vocabulary.encode(text)
        assert ids == plain(text, add_special_tokens=False).input_ids
        assert plain(text).input_ids in ([*start, *ids, *special.end], ids)
        if "words" not in layout.kind:
            written = vocabulary.decode(ids).decode("utf-8", "replace")
            assert written.strip() == plain.decode(ids, skip_special_tokens=True).strip()


def weights_for(layout: Layout, folder: Path) -> Any:
    """The model of a stand-in with random weights, large enough that every layer shows in what it writes."""
    layout.make(folder)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    model.eval().save_pretrained(folder)
    return model


@pytest.mark.parametrize("layout", MODELS, ids=by_name)
def test_first_tokens_equal_those_of_transformers(layout: Layout, tmp_path: Path) -> None:
    with one_thread():
        model = weights_for(layout, tmp_path)
        vocabulary = load_vocabulary(tmp_path)
        without_text = range(len(vocabulary.token_bytes), model.config.vocab_size)
        compared = 0
        engine = load(tmp_path, "cpu", threads=1, precision="float32")
        try:
            for text in TEXTS[:2]:
                ids = list(PromptBuilder(vocabulary, 100).prompt(Context(text), heal=False).ids)
                with torch.inference_mode():
                    whole = model.generate(
                        torch.tensor([ids]),
                        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                        max_new_tokens=FIRST,
                        do_sample=False,
                        pad_token_id=0,
                        suppress_tokens=[*sorted(vocabulary.special.unoffered), *without_text],
                    )
                following = whole[0].tolist()[len(ids) :]
                expected = list(takewhile(lambda i: i not in vocabulary.special_ids, following))
                greedy = Parameters(max_tokens=FIRST, heal=False)
                found = [token.id for token in engine.continue_text(Context(text), greedy, lambda: False)]
                assert found == expected
                compared += len(found)
        finally:
            engine.close()
    assert compared > FIRST
