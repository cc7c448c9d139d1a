"""The architectures of the causal language models that transformers can run, by their model type.

They are listed in `resources/architectures.toml`, so that no library is imported to look one up.
"""

from __future__ import annotations

from writer.base import paths
from writer.base.typed_data import DamagedError, read_toml
from writer.models.manifest import ModelError


def causal_architectures() -> dict[str, str]:
    """The class of transformers that generates text, by model type. Raises ModelError."""
    path = paths.resources_dir() / "architectures.toml"
    try:
        return read_toml(path.read_bytes(), dict[str, str])
    except (OSError, DamagedError) as error:
        raise ModelError(
            "The list of models {path} cannot be read ({reason}); install Writer again.",
            path=path,
            reason=error,
        ) from error
