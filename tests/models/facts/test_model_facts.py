"""Limits and licence of a model, read from its config and its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from writer.models.facts.model_facts import facts_in, model_facts


@pytest.mark.parametrize(
    ("config", "length", "window"),
    [
        ({"model_type": "gpt2", "n_positions": 1024, "n_ctx": 512}, 1024, None),
        ({"model_type": "mistral", "max_position_embeddings": 32768, "sliding_window": 4096}, 32768, 4096),
        ({"model_type": "qwen2", "max_position_embeddings": 4096, "sliding_window": 1024}, 4096, None),
        ({"model_type": "qwen2", "sliding_window": 1024, "use_sliding_window": True}, None, 1024),
        (
            {
                "model_type": "gemma3",
                "text_config": {"sliding_window": 512, "layer_types": ["sliding_attention"]},
            },
            None,
            512,
        ),
        ({"model_type": "olmo2", "sliding_window": 512, "layer_types": ["full_attention"]}, None, None),
        (
            {"model_type": 5, "max_position_embeddings": -1, "sliding_window": "x", "layer_types": {}},
            None,
            None,
        ),
    ],
)
def test_limits(config: dict[str, Any], length: int | None, window: int | None) -> None:
    facts = facts_in(config)
    assert (facts.context_length, facts.sliding_window) == (length, window)


def test_the_licence_of_a_card(tmp_path: Path) -> None:
    assert model_facts(tmp_path).licence == ""
    (tmp_path / "README.md").write_text("---\nlanguage: en\nlicense: 'apache-2.0'\n---\nlicense: other\n")
    assert model_facts(tmp_path).licence == "apache-2.0"
    (tmp_path / "README.md").write_text("---\nlicense: other\nlicense_name: small-research\n---\n")
    assert model_facts(tmp_path).licence == "small-research"
    (tmp_path / "README.md").write_text("---\nlicense: mit\nlicense_name: none-of-it\n---\n")
    assert model_facts(tmp_path).licence == "mit"
    (tmp_path / "README.md").write_text("license: mit\n")
    assert model_facts(tmp_path).licence == ""
