"""Stand-ins of published layouts beside plain transformers: the same start, stops, tokens and first words."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer

from tests.fakes.small_models import one_thread
from tests.fakes.stand_ins.gguf_models import GGUF_MODELS, GgufModel
from tests.fakes.stand_ins.layout import Layout
from tests.fakes.stand_ins.layouts import LAYOUTS
from writer.engine.generation.prompt import PromptBuilder
from writer.engine.infill.masked_model import load_masked
from writer.engine.loading import load
from writer.engine.local_engine import LocalEngine
from writer.engine.protocol import Parameters
from writer.engine.tokenizer.vocabulary import Vocabulary, load_vocabulary
from writer.models.convert import gguf_transformers
from writer.models.facts.token_check import why_tokens_do_not_fit
from writer.suggestions.context import Context
from writer.suggestions.gap import Gap

TEXTS = (
    "the cat in a hat, 123's",
    "The Cat.\n\n  in    the\tcat",
    "我喜欢 the 😀",
    "a</s><s>b <|endoftext|>the",
)
FIRST = 6
"""First tokens that are compared."""

SPACED = [layout for layout in LAYOUTS if layout.kind in ("prepend", "metaspace")]
CAUSAL = [layout for layout in LAYOUTS if not layout.is_masked]
MASKED = [layout for layout in LAYOUTS if layout.is_masked]


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


@pytest.mark.parametrize("layout", SPACED, ids=by_name)
def test_a_space_stands_only_before_the_beginning_of_a_text(layout: Layout, tmp_path: Path) -> None:
    """Llama 2 puts it there by itself: it is no part of a text that follows another, nor of a suggestion."""
    vocabulary = load_vocabulary(layout.make(tmp_path))
    builder = PromptBuilder(vocabulary, 100)
    for text in (" the cat", "the", "我喜欢", "\n\nthe"):
        assert vocabulary.decode(vocabulary.encode_after(text)) == text.encode()
    assert builder.prompt(Context(""), heal=True).healed_prefix == b" "
    assert builder.prompt(Context("th"), heal=True).healed_prefix == b" th"
    assert builder.prompt(Context("the cat"), heal=True).healed_prefix == b" cat"
    titled = builder.prompt(Context("the cat", title="a"), heal=True)
    assert vocabulary.decode(titled.ids) + titled.healed_prefix == b" # a\n\nthe cat"


def weights_for(layout: Layout, folder: Path) -> Any:
    """The model of a stand-in with random weights, large enough that every layer shows in what it writes."""
    layout.make(folder)
    torch.manual_seed(0)
    kind = AutoModelForMaskedLM if layout.is_masked else AutoModelForCausalLM
    model = kind.from_config(AutoConfig.from_pretrained(folder))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    model.eval().save_pretrained(folder)
    return model


def first_tokens(engine: LocalEngine, text: str) -> list[int]:
    """The ids that the program writes behind `text`."""
    greedy = Parameters(max_tokens=FIRST, heal=False)
    return [token.id for token in engine.continue_text(Context(text), greedy, lambda: False)]


def plain_tokens(model: Any, vocabulary: Vocabulary, text: str) -> list[int]:
    """Those that transformers writes, as far as they are text: without marks, and rows that have no token."""
    ids = list(PromptBuilder(vocabulary, 100).prompt(Context(text), heal=False).ids)
    without_text = range(len(vocabulary.token_bytes), model.config.vocab_size)
    with torch.inference_mode():
        whole = model.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            max_new_tokens=FIRST,
            do_sample=False,
            pad_token_id=0,
            suppress_tokens=[*sorted(vocabulary.special.unoffered), *without_text],
        )
    return list(takewhile(lambda i: i not in vocabulary.special_ids, whole[0].tolist()[len(ids) :]))


@pytest.mark.parametrize("layout", CAUSAL, ids=by_name)
def test_first_tokens_equal_those_of_transformers(layout: Layout, tmp_path: Path) -> None:
    compared = 0
    with one_thread():
        model = weights_for(layout, tmp_path)
        vocabulary = load_vocabulary(tmp_path)
        engine = load(tmp_path, "cpu", threads=1, precision="float32")
        try:
            for text in TEXTS[:2]:
                found = first_tokens(engine, text)
                assert found == plain_tokens(model, vocabulary, text)
                compared += len(found)
        finally:
            engine.close()
    assert compared > FIRST or layout.kind == "words"  # so few words end soon


@pytest.mark.parametrize("layout", MASKED, ids=by_name)
def test_a_gap_is_filled_as_by_transformers(layout: Layout, tmp_path: Path) -> None:
    with one_thread():
        model = weights_for(layout, tmp_path)
        plain = AutoTokenizer.from_pretrained(tmp_path)
        masks = plain.mask_token * 2
        ids = plain(f"The cat in{masks} hat, a cat", return_tensors="pt").input_ids
        with torch.inference_mode():
            logits = model(ids).logits[ids == plain.mask_token_id]
        filler = load_masked(tmp_path, threads=1, precision="float32")
        try:
            found = filler.log_probabilities(Gap("The cat in ", " hat, a cat"), masks=2)
        finally:
            filler.close()
    np.testing.assert_allclose(found, torch.log_softmax(logits, -1), atol=1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("made", GGUF_MODELS, ids=lambda made: made.name)
def test_gguf_files_keep_their_tokens_and_write_the_same(made: GgufModel, tmp_path: Path) -> None:
    folder = tmp_path / "converted"
    folder.mkdir()
    made.write(tmp_path / "made.gguf")
    gguf_transformers.convert(tmp_path / "made.gguf", folder)
    assert why_tokens_do_not_fit(folder) == ""
    vocabulary = load_vocabulary(folder)
    assert vocabulary.special.start == (made.tokens.index(made.start),)
    assert made.tokens.index(made.stop) in vocabulary.special.stops
    with one_thread():
        engine = load(folder, "cpu", threads=1, precision="float32")
        model = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="made.gguf", dtype=torch.float32)
        try:
            assert first_tokens(engine, "the cat in") == plain_tokens(model, vocabulary, "the cat in")
        finally:
            engine.close()
