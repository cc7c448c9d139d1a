"""The kept request of a personal model: what was asked for, so that another base can learn the same texts.

It lies in the model's folder, readable by its owner alone. It is no part of the manifest, so that the paths
and mail addresses in it do not leave this computer with an exported model.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from writer.base import atomic_file, paths
from writer.base.typed_data import DamagedError, read_json_file
from writer.training.events import TrainingRequest
from writer.training.retraining.request_file import FILE

log = logging.getLogger(__name__)

_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """The request that a personal model was trained by, and the time of that, as ISO 8601.

    `again` has the bases for which its texts were to be learned again, each with the id of the run, or ""
    where that has ended.
    """

    request: TrainingRequest
    made: str
    again: dict[str, str] = field(default_factory=dict)

    def with_run(self, base: str, run: str) -> KeptRequest:
        """The same with a run for another base."""
        return replace(self, again={**self.again, base: run})


def keep_request(folder: Path, request: TrainingRequest) -> None:
    """Keep the request of the model in `folder`, which has just been made. Raises OSError."""
    made = datetime.now(UTC).isoformat(timespec="microseconds")
    write(folder, KeptRequest(replace(request, later=()), made))


def write(folder: Path, kept: KeptRequest) -> None:
    """Write what is kept of the model in `folder`. Raises OSError."""
    text = json.dumps(asdict(kept), indent=2, ensure_ascii=False) + "\n"
    atomic_file.replace(folder / FILE, text.encode(errors="backslashreplace"))


def read(folder: Path) -> KeptRequest | None:
    """What is kept of the model in `folder`; None where nothing is, or it cannot be read."""
    try:
        kept = read_json_file(folder / FILE, KeptRequest, _LIMIT)
    except FileNotFoundError:
        return None
    except (OSError, DamagedError) as error:
        log.warning("the request of a personal model cannot be read: %s", type(error).__name__)
        return None
    request = kept.request
    if not request.folder or not paths.can_be_path(request.folder + request.proof):
        log.warning("the request of a personal model names no folder")
        return None
    return kept
