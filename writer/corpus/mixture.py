"""The mixture of a corpus: how often the texts of its subfolders are read in an epoch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated

import msgspec

from writer.base.errors import UserError
from writer.base.typed_data import Count
from writer.corpus.document import CorpusError, SourceDocument
from writer.corpus.scan import ScanRules

MOST = 100
"""The most readings in an epoch; whoever wants more takes more epochs."""

Readings = Annotated[float, msgspec.Meta(gt=0, le=MOST)]
"""How often a text is read in an epoch; of half a reading, each epoch has another half of the texts."""


@dataclass(frozen=True, slots=True)
class SourceWeight:
    """The readings of the texts that `pattern` covers: their files or folders (`scan.ScanRules`)."""

    pattern: str
    readings: Readings

    def covers(self, name: str) -> bool:
        """Whether the text with this path below the folder, or a folder that it lies in, is meant."""
        rules = ScanRules((self.pattern,))
        return any(rules.excluding(str(path)) for path in (name, *PurePosixPath(name).parents))


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that follow each other and are read equally often: their number, and that of their tokens."""

    rows: Count
    tokens: Count
    readings: Readings = 1.0


def parse_weight(text: str) -> SourceWeight:
    """The weight that a person writes as PATTERN=NUMBER. Raises UserError."""
    pattern, _, number = text.rpartition("=")
    try:
        return msgspec.convert({"pattern": pattern.rstrip("/"), "readings": float(number)}, SourceWeight)
    except (ValueError, msgspec.ValidationError):
        raise UserError(
            "{text} is no weight; write the name of a folder and how often its texts are read, up to {most} "
            "times: letters=2.",
            text=text,
            most=MOST,
        ) from None


def require_covering(weights: Iterable[SourceWeight], documents: Sequence[SourceDocument]) -> None:
    """Raise CorpusError where a weight is that of no document."""
    for weight in weights:
        if not any(weight.covers(document.name) for document in documents):
            raise CorpusError(
                "There is no text in {pattern}, which was given a weight; write its name as it stands below "
                "the folder of the texts.",
                pattern=weight.pattern,
            )


def by_readings(
    documents: Iterable[SourceDocument], weights: Sequence[SourceWeight]
) -> dict[float, list[SourceDocument]]:
    """The documents by their readings, each group in their order; of several weights the first one counts."""
    groups: dict[float, list[SourceDocument]] = {}
    for document in documents:
        covering = (weight.readings for weight in weights if weight.covers(document.name))
        groups.setdefault(next(covering, 1.0), []).append(document)
    return groups


def epoch_tokens(groups: Iterable[RowGroup]) -> int:
    """The tokens of an epoch."""
    return round(sum(group.tokens * group.readings for group in groups))
