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
        ("localhost:11434", "http://localhost:11434/v1"),
        ("127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("192.168.1.5:8080", "http://192.168.1.5:8080/v1"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        ("nas:8080/v1/", "http://nas:8080/v1"),
        ("box.local", "http://box.local/v1"),
        ("api.example.org/v1", "https://api.example.org/v1"),
        ("api.example.org:8443/v1/chat/completions", "https://api.example.org:8443/v1"),
        ("8.8.8.8:8000", "https://8.8.8.8:8000/v1"),
        ("//team.example/v1", "https://team.example/v1"),
        ("HTTPS://Team.example/v1", "https://Team.example/v1"),
        ("“https://team.example/v1”,", "https://team.example/v1"),
        ("<http://localhost:1234/v1/>", "http://localhost:1234/v1"),
        ("http://0.0.0.0:8000", "http://127.0.0.1:8000/v1"),
        ("0.0.0.0:8000/docs", "http://127.0.0.1:8000/v1"),
        ("http://localhost:11434/api/generate", "http://localhost:11434/v1"),
        ("http://localhost:8080/infill", "http://localhost:8080/v1"),
        ("https://models.example/inference/chat/completions", "https://models.example/inference"),
        ("http://localhost:1234/v1/chat", "http://localhost:1234/v1"),
    ],
)
def test_an_address_leads_to_the_api(address: str, base: str) -> None:
    assert endpoint_url(address, "completions") == f"{base}/completions"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://localhost:8080/v1", "http://localhost:8080/infill"),
        ("localhost:8080", "http://localhost:8080/infill"),
        ("http://localhost/llm/v1/completions", "http://localhost/llm/infill"),
        ("https://api.deepseek.com/beta", "https://api.deepseek.com/infill"),
    ],
)
def test_an_endpoint_beside_the_api(address: str, url: str) -> None:
    assert endpoint_url(address, "/infill") == url


def test_a_query_stays() -> None:
    pasted = "https://azure.example/openai/v1/completions?api-version=preview"
    assert endpoint_url(pasted, "models") == "https://azure.example/openai/v1/models?api-version=preview"
