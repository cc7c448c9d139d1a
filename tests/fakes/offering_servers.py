"""Stand-ins of servers that offer different things: what each answers on which endpoint, without a model.

Each function answers a question from its path and body, as `CompletionServer.answers` wants it. The words are
" sea" where a text is continued, and " by the" where the text after the cursor is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.fakes.completion_server import Trouble

Body = dict[str, Any]
Answers = Callable[[str, Body], Trouble]

COMPLETIONS, CHAT, FIM, INFILL = "/v1/completions", "/v1/chat/completions", "/v1/fim/completions", "/infill"


def _json(value: Any, status: int = 200) -> Trouble:
    return Trouble(status, json.dumps(value).encode(), headers={"Content-Type": "application/json"})


def _answer(value: Any, body: Body) -> Trouble:
    """A value as the whole answer, or as the only event where a stream was asked for."""
    if not body.get("stream"):
        return _json(value)
    events = f"data: {json.dumps(value)}\n\ndata: [DONE]\n\n".encode()
    return Trouble(body=events, headers={"Content-Type": "text/event-stream"})


def _completion(text: str, body: Body, tokens: int | None = None) -> Trouble:
    usage = {} if tokens is None else {"usage": {"prompt_tokens": tokens}}
    return _answer({"choices": [{"index": 0, "text": text}], **usage}, body)


def _chat(body: Body, text: str | None, **others: Any) -> Trouble:
    part = {"role": "assistant", "content": text, **others}
    return _answer({"choices": [{"index": 0, "delta" if body.get("stream") else "message": part}]}, body)


def _words(body: Body) -> int:
    return len(f"{body.get('prompt', '')} {body.get('suffix') or ''}".split())


def plain_vllm(path: str, body: Body) -> Trouble:
    """vLLM: completions, which refuse the text after the cursor."""
    if path != COMPLETIONS:
        return _json({"detail": "Not Found"}, 404)
    if body.get("suffix"):
        return _json({"object": "error", "message": "suffix is not currently supported", "code": 400}, 400)
    return _completion(" sea", body, _words(body))


def ignoring(path: str, body: Body) -> Trouble:
    """A server that ignores fields that it does not know, and counts no tokens."""
    return _completion(" sea", body) if path == COMPLETIONS else _json({"detail": "Not Found"}, 404)


def cutting(path: str, body: Body) -> Trouble:
    """A server that fails where it is asked for what it does not have."""
    if path == COMPLETIONS and not body.get("suffix"):
        return _completion(" sea", body)
    return Trouble(raw=lambda: iter(()))


def appending(path: str, body: Body) -> Trouble:
    """transformers serve, which writes the text after the cursor behind its answer."""
    if path != COMPLETIONS:
        return _json({"detail": "Not Found"}, 404)
    return _completion(" sea" + (body.get("suffix") or ""), body, len(body["prompt"].split()))


def appending_uncounted(path: str, body: Body) -> Trouble:
    """The same, but without numbers of tokens."""
    text = " sea" + (body.get("suffix") or "")
    return _completion(text, body) if path == COMPLETIONS else _json({}, 404)


def inserting(path: str, body: Body) -> Trouble:
    """OpenAI's older models and Ollama's with a template for insertion."""
    if path != COMPLETIONS:
        return _json({"error": {"message": f"Invalid URL (POST {path})"}}, 404)
    return _completion(" by the" if body.get("suffix") else " sea", body, _words(body))


def inserting_uncounted(path: str, body: Body) -> Trouble:
    """The same, but without numbers of tokens."""
    text = " by the" if body.get("suffix") else " sea"
    return _completion(text, body) if path == COMPLETIONS else _json({}, 404)


def llama_cpp(path: str, body: Body) -> Trouble:
    """llama.cpp's server: completions that ignore the text after the cursor, and /infill."""
    if path == COMPLETIONS:
        return _completion(" sea", body, len(body["prompt"].split()))
    if path != INFILL:
        return _json({"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}, 404)
    token = {"id": 7, "token": " by the", "bytes": [], "logprob": -0.5, "top_logprobs": []}
    known = {"completion_probabilities": [token]} if body.get("n_probs") else {}
    event = {"content": " by the", "stop": False, "tokens_evaluated": 20, **known}
    return _answer(event, body)


def llama_cpp_without_infill(path: str, body: Body) -> Trouble:
    """The same with a model that knows no infilling."""
    if path == INFILL:
        return _json({"error": {"code": 501, "message": "Infill is not supported by this model"}}, 501)
    return llama_cpp(path, body)


def mistral(path: str, body: Body) -> Trouble:
    """Mistral: no completions, but /fim/completions, which forbid fields that they do not know."""
    if path not in (FIM, CHAT):
        return _json({"message": "no Route matched with those values"}, 404)
    unknown = body.keys() - {
        "model",
        "prompt",
        "suffix",
        "max_tokens",
        "temperature",
        "stream",
        "stop",
        "messages",
    }
    if unknown:
        return _json({"detail": [{"type": "extra_forbidden", "loc": ["body", *unknown]}]}, 422)
    return _chat(body, " by the" if body.get("suffix") else " sea")


def deepseek(path: str, body: Body) -> Trouble:
    """DeepSeek: completions at another address, of which the refusal speaks."""
    if path == "/beta/completions":
        return _completion(" by the" if body.get("suffix") else " sea", body, _words(body))
    if path == COMPLETIONS:
        said = 'completions api is only available when using beta api (set base_url="https://x/beta")'
        return _json({"error": {"message": said, "type": "invalid_request_error"}}, 400)
    return _chat(body, "sea") if path == CHAT else _json({}, 404)


def chat_only(path: str, body: Body) -> Trouble:
    """A server of chats."""
    return _chat(body, "sea") if path == CHAT else _json({"error": "not found"}, 404)


def lm_studio(path: str, body: Body) -> Trouble:
    """LM Studio, which answers an unknown endpoint with an error and the status 200."""
    return _chat(body, "sea") if path == CHAT else _json({"error": f"Unexpected endpoint. (POST {path})"})


def page_for_all(path: str, body: Body) -> Trouble:
    """A server of chats behind a page that answers every other address."""
    if path == CHAT:
        return _chat(body, "sea")
    return Trouble(body=b"<!DOCTYPE html><html></html>", headers={"Content-Type": "text/html"})


def chat_model_refused(path: str, body: Body) -> Trouble:
    """OpenAI's chat models at /completions."""
    if path == CHAT:
        return _chat(body, "sea")
    said = "This is a chat model and not supported in the v1/completions endpoint."
    return _json({"error": {"message": said, "type": "invalid_request_error"}}, 404)


def wrapping(path: str, body: Body) -> Trouble:
    """Ollama with an instruct model: the prompt of a completion is put into a chat, as the tokens show."""
    if path == COMPLETIONS and body.get("suffix"):
        return _json({"error": {"message": "registry/llama3 does not support insert"}}, 400)
    if path == COMPLETIONS:
        return _completion("Sure! Here is", body, _words(body) + 12)
    return _chat(body, "sea") if path == CHAT else _json({}, 404)


def thinking(path: str, body: Body) -> Trouble:
    """A server of chats whose model writes its thoughts first, in a field of their own."""
    if path != CHAT:
        return _json({}, 404)
    return _chat(body, None, reasoning_content="Okay, the user")


def thinking_unless_asked(path: str, body: Body) -> Trouble:
    """The same with a model that can do without."""
    if path == CHAT and body.get("chat_template_kwargs") == {"enable_thinking": False}:
        return _chat(body, "<think>\n\n</think>\n\nsea")
    return thinking(path, body)


def thinking_aloud(path: str, body: Body) -> Trouble:
    """The same, but the thoughts stand in the answer."""
    return _chat(body, "<think>\nOkay, the user") if path == CHAT else _json({}, 404)


def chat_refused(path: str, body: Body) -> Trouble:
    """A server of chats that wants something else before."""
    if path != CHAT:
        return _json({"error": {"message": "This is not supported in the v1/completions endpoint."}}, 404)
    return _json({"error": {"message": "Accept the terms of this model first."}}, 400)


def choosy_chat(path: str, body: Body) -> Trouble:
    """OpenAI's newest models: another field for the number of tokens, no temperature, no probabilities."""
    if path != CHAT:
        return _json({"error": {"message": "This is not a chat model; use v1/chat/completions."}}, 404)
    for name, said in (
        ("max_tokens", "is not supported with this model. Use 'max_completion_tokens' instead."),
        ("temperature", "does not support 0.0 with this model. Only the default (1) value is supported."),
        ("logprobs", "is not supported with this model."),
    ):
        if name in body:
            message = f"Unsupported parameter: '{name}' {said}"
            error = {"message": message, "type": "invalid_request_error", "param": name}
            return _json({"error": error | {"code": "unsupported_parameter"}}, 400)
    return _chat(body, "sea") if body.get("max_completion_tokens") else _json({}, 400)


def strict_mistral(path: str, body: Body) -> Trouble:
    """A server of chats that names the field in the place of the error, and repeats its value."""
    if path != CHAT:
        return _json({"detail": "Not Found"}, 404)
    unknown = sorted(body.keys() & {"seed", "stop", "logprobs", "top_logprobs"})
    if unknown:
        loc = {
            "type": "extra_forbidden",
            "loc": ["body", unknown[0]],
            "msg": "Extra inputs are not permitted",
        }
        return _json({"detail": [loc | {"input": {"temperature": 0.0, "max_tokens": 1}}]}, 422)
    return _chat(body, "sea")


def refusing_with_200(path: str, body: Body) -> Trouble:
    """A server that says with the status 200 that it does not know a field."""
    if "logprobs" in body:
        return _json({"error": "Unknown field: logprobs"})
    return (
        _completion(" sea", body) if path == COMPLETIONS else _json({"error": f"Unexpected endpoint {path}"})
    )


def hiding_thoughts(path: str, body: Body) -> Trouble:
    """OpenAI's models that think where nobody sees it, and may be asked not to."""
    if "chat_template_kwargs" in body:
        return _json({"error": {"message": "Unknown parameter: 'chat_template_kwargs'."}}, 400)
    if path != CHAT or body.get("reasoning_effort") == "none":
        return choosy_chat(path, body)
    refusal = choosy_chat(path, body)
    if refusal.status == 400:
        return refusal
    part = {"role": "assistant", "content": ""}
    key = "delta" if body.get("stream") else "message"
    return _answer({"choices": [{"index": 0, key: part, "finish_reason": "length"}]}, body)


def nothing_at_all(path: str, body: Body) -> Trouble:
    """A server of something else."""
    return _json({"detail": "Not Found"}, 404)
