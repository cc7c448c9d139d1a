"""Whether the tensors of a model folder have the shapes that its `config.json` speaks of.

Graphs and KV caches are made by the config's numbers. Compared with the tensors, which lie in the file, those
numbers cannot make anybody reserve more memory than the file has, or read beyond an array.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from writer.engine.protocol import EngineError
from writer.engine.weights.weights import Weights, require_read_types

Shape = tuple[int, ...]
Shapes = Iterator[tuple[str, Shape]]
"""Names of tensors, without the prefix, and the shape of each."""


class ShapeCheck:
    """Compares the tensors of the model in `folder`, whose names begin with `prefix`."""

    def __init__(self, folder: Path, weights: Weights, prefix: str) -> None:
        self._folder = folder
        self._weights = weights
        self._prefix = prefix
        self._known: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether there is such a tensor."""
        return self._prefix + name in self._weights

    def require(self, tensors: Iterable[tuple[str, Shape]]) -> None:
        """Raise EngineError where one of `tensors` is missing, of an unknown type, or of another shape."""
        for name, shape in tensors:
            whole = self._prefix + name
            self._known.add(whole)
            if whole not in self._weights:
                require_read_types(self._folder)
                raise EngineError(
                    "The weights in {folder} lack {weight}. Get the model again.",
                    folder=self._folder,
                    weight=repr(whole),
                )
            if self._weights[whole].shape != shape:
                raise self._does_not_fit(whole)

    def require_all_or_none(self, tensors: Iterable[tuple[str, Shape]]) -> None:
        """Raise EngineError where some of `tensors` are there, but not all, or one has another shape."""
        tensors = list(tensors)
        if any(self.has(name) for name, _ in tensors):
            self.require(tensors)

    def require_no_others(self, begin: str) -> None:
        """Raise EngineError where a weight or bias whose name begins with `begin` was not required.

        Masks and rotary frequencies, which older files hold, are neither: they have more dimensions, or
        other names.
        """
        for name in self._weights:
            is_used = name.startswith(self._prefix + begin) and name.endswith((".weight", ".bias"))
            if is_used and name not in self._known and len(self._weights[name].shape) in (1, 2):
                raise self._does_not_fit(name)

    def _does_not_fit(self, name: str) -> EngineError:
        return EngineError(
            "The weights in {folder} do not fit its config.json ({weight}). Get the model again.",
            folder=self._folder,
            weight=name,
        )
