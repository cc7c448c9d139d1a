"""Pasted addresses lead to the API, with or without its version or an endpoint."""

from __future__ import annotations

import pytest

from writer.engine.remote.addresses import endpoint_url


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("https://team.example", "https://team.example/v1"),
        (" https://team.example/ ", "https://team.example/v1"),
        ("https://team.example/v1/", "https://team.example/v1"),
        ("https://team.example/v1/completions", "https://team.example/v1"),
        ("https://team.example/v1/chat/completions/", "https://team.example/v1"),
        ("https://team.example/completions", "https://team.example/v1"),
        ("https://api.mistral.ai/v1/fim/completions", "https://api.mistral.ai/v1"),
        ("http://localhost:11434", "http://localhost:11434/v1"),
        ("http://127.0.0.1:1234/v1/models", "http://127.0.0.1:1234/v1"),
        ("https://api.deepseek.com/beta", "https://api.deepseek.com/beta"),
        ("https://api.deepseek.com/beta/completions", "https://api.deepseek.com/beta"),
        ("https://ark.example/api/v3", "https://ark.example/api/v3"),
        ("https://g.example/v1beta/openai/", "https://g.example/v1beta/openai"),
        ("https://openrouter.ai/api", "https://openrouter.ai/api/v1"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("https://api.groq.com/openai", "https://api.groq.com/openai/v1"),
        ("https://user:word@team.example:8000/v1#top", "https://user:word@team.example:8000/v1"),
        ("http://[::1]:8000/llm", "http://[::1]:8000/llm/v1"),
    ],
)
def test_an_address_leads_to_the_api(address: str, base: str) -> None:
    assert endpoint_url(address, "completions") == f"{base}/completions"


def test_a_query_stays() -> None:
    pasted = "https://azure.example/openai/v1/completions?api-version=preview"
    assert endpoint_url(pasted, "models") == "https://azure.example/openai/v1/models?api-version=preview"
