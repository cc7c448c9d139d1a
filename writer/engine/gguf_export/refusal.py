"""The error where a model cannot be written as GGUF."""

from __future__ import annotations

from writer.base.errors import Message
from writer.models.manifest import ModelError


class NotExpressibleError(ModelError):
    """A model is of a kind that a GGUF file cannot hold exactly; `reason` says which part of it."""

    def __init__(self, reason: Message) -> None:
        super().__init__(
            "This model cannot be written as GGUF ({reason}); export it as a folder instead.", reason=reason
        )
