"""Masked models beside transformers: the same logits, the same probabilities; and the words they find."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer, pipeline

from tests.fakes import small_masked
from tests.fakes.small_masked import GAPS, WHO
from writer.engine.infill.masked_model import MaskedModel, load_masked
from writer.engine.infill.onnx_encoder import OnnxEncoder
from writer.engine.protocol import EngineError
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.suggestions.alternatives import ranked
from writer.suggestions.gap import Gap

ALL = [(language, before, word, after) for language, gaps in GAPS.items() for before, word, after in gaps]


KINDS = {
    "roberta": small_masked.make_roberta,
    "distilbert": small_masked.make_distilbert,
    "xlm-roberta": small_masked.make_xlm_roberta,
    "electra": small_masked.make_electra,
}


@pytest.fixture(scope="module")
def folders(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small model of each kind."""
    home = tmp_path_factory.mktemp("models")
    return {"bert": bert} | {kind: make(home / kind) for kind, make in KINDS.items()}


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "xlm-roberta"])
def test_float32_logits_equal_transformers(kind: str, folders: dict[str, Path]) -> None:
    folder = folders[kind]
    encoder = OnnxEncoder(folder, threads=1, precision="float32")
    sequences = [[5, 6, 7, 8, 9, 10, 11, 12], [13, 14, 15]]
    places = [(0, 2), (0, 7), (1, 0), (1, 2)]
    model = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        whole = [model(torch.tensor([ids])).logits[0].numpy() for ids in sequences]
    expected = np.stack([whole[row][token] for row, token in places])
    assert np.abs(encoder.logits(sequences, places) - expected).max() < 1e-5
    small = OnnxEncoder(folder, threads=1).logits(sequences, places)
    assert (small.argmax(-1) == expected.argmax(-1)).mean() >= 0.75
    assert np.abs(small - expected).max() < 0.05 * np.abs(expected).max()


@pytest.mark.parametrize("kind", ["bert", *KINDS])
@pytest.mark.parametrize("text", ["she opened the {} and walked in.", "{} opened the box.", "这个苹果{}甜。"])
def test_probabilities_equal_the_fill_mask_pipeline(kind: str, text: str, folders: dict[str, Path]) -> None:
    folder = folders[kind]
    ours = load_masked(folder, threads=1, precision="float32")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    fill = pipeline("fill-mask", model=str(folder), tokenizer=tokenizer, top_k=len(tokenizer))
    theirs = {one["token"]: one["score"] for one in fill(text.format(tokenizer.mask_token))}
    before, _, after = text.partition("{}")
    found = np.exp(ours.log_probabilities(Gap(before, after), 1)[0])
    assert len(theirs) == len(found)
    assert max(abs(found[i] - score) for i, score in theirs.items()) < 1e-5


@pytest.mark.parametrize(("language", "before", "word", "after"), ALL)
def test_words_of_one_to_four_pieces_are_found_by_what_follows(
    language: str, before: str, word: str, after: str, filler: MaskedModel, bert: Path
) -> None:
    vocabulary = load_vocabulary(bert)

    def token_count(text: str) -> int:
        return len(vocabulary.encode(text))

    for seconds in (None, 0.2):
        for who in WHO[language]:
            gap = Gap(before.format(who=who), after)
            offered = ranked(filler.alternatives(gap, seconds, lambda: False), gap)
            as_long = [one.text for one in offered if token_count(one.text) == token_count(word)]
            assert as_long[0] == word
            assert token_count(word) > 1 or offered[0].text == word


def test_the_word_itself_is_not_offered_and_its_form_is_kept(filler: MaskedModel) -> None:
    gap = Gap("she saw the ", " of the house.", "windows")
    offered = [word.text for word in ranked(filler.alternatives(gap, None, lambda: False), gap)]
    assert offered[0] == "doors"
    assert "windows" not in offered


def test_a_text_longer_than_the_model_is_read_near_the_gap(filler: MaskedModel) -> None:
    long = "she opened the box and walked in. " * 40
    gap = Gap(long + "she opened the ", " and walked in. " + long)
    assert ranked(filler.alternatives(gap, None, lambda: False), gap)


def test_nothing_comes_once_cancelled(filler: MaskedModel) -> None:
    assert filler.alternatives(Gap("she opened the ", "."), None, lambda: True) == []


def test_what_lacks_is_a_sentence(bert: Path, gpt2: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be loaded"):
        load_masked(gpt2, threads=1)
    for file in bert.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "tokenizer.json").write_bytes((gpt2 / "tokenizer.json").read_bytes())
    with pytest.raises(EngineError, match="no mark for a missing word"):
        load_masked(tmp_path, threads=1)
    (tmp_path / "model.safetensors").write_bytes((gpt2 / "model.safetensors").read_bytes())
    with pytest.raises(EngineError, match="lack"):
        load_masked(tmp_path, threads=1)


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "electra"])
def test_a_config_that_leaves_out_layers_is_a_sentence(
    kind: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    for file in folders[kind].iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    config["n_layers" if kind == "distilbert" else "num_hidden_layers"] = 1
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(EngineError, match=r"do not fit its config.json .*layer\.1\."):
        load_masked(tmp_path, threads=1)


def test_neither_torch_nor_transformers_is_imported(bert: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from writer.engine.infill.masked_model import load_masked\n"
        f"load_masked(Path({str(bert)!r}), threads=1)\n"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
