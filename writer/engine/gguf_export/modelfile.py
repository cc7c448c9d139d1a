"""The Modelfile by which Ollama takes in a GGUF file (https://docs.ollama.com/modelfile)."""

from __future__ import annotations

from collections.abc import Sequence

_CONTEXT = 4096
"""The most tokens for which Ollama is asked to reserve memory."""


def modelfile(gguf: str, before: str, stops: Sequence[str], positions: int, terms: str = "") -> str:
    """The text of a Modelfile for the file `gguf` beside it: the model continues the text that it is given.

    `before` is what the model needs before each text, `stops` end an answer, `positions` is the most tokens,
    `terms` are the terms of use that go with each copy, "" for none.
    """
    lines = [f"FROM ./{gguf}", f'TEMPLATE """{before}{{{{ .Prompt }}}}"""']
    lines += [f'PARAMETER stop """{stop}"""' for stop in stops]
    lines.append(f"PARAMETER num_ctx {min(positions, _CONTEXT)}")
    if terms:
        lines.append(f'LICENSE """{terms}"""')
    return "\n".join(lines) + "\n"
