"""Sentences for what a hub refuses: which page to open, and where to enter a token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from writer.models.download.http_client import AccessRefusedError
from writer.models.download.hub_token import token_for
from writer.models.manifest import ModelError

GATED = "GatedRepo"
"""The Hub's code for a model whose terms are to be accepted first."""


@contextmanager
def explained_refusals(address: str, repository: str) -> Iterator[None]:
    """Replace AccessRefusedError by a ModelError about the model `repository` of the hub at `address`."""
    try:
        yield
    except AccessRefusedError as error:
        raise _explained(error, f"{address}/{repository}", repository, bool(token_for(address))) from error


def _explained(error: AccessRefusedError, page: str, model: str, has_token: bool) -> ModelError:
    values = {"host": error.host, "model": model, "page": page}
    if not has_token:
        if error.code == GATED:
            return ModelError(
                "{host} gives {model} only to those who accept its terms: do so at {page}, then enter your "
                "token in Settings, Model (or set HF_TOKEN).",
                **values,
            )
        return ModelError(
            "{host} does not give {model} to everybody: check its name; if {page} asks you to accept terms, "
            "do so, and enter your token in Settings, Model (or set HF_TOKEN).",
            **values,
        )
    if error.code == GATED or error.status == 403:
        return ModelError(
            "{host} does not give you {model} yet: accept its terms at {page}, and see that your token may "
            "read such models.",
            **values,
        )
    return ModelError(
        "{host} does not give {model} to you: check its name at {page}, and that your token is still valid.",
        **values,
    )
