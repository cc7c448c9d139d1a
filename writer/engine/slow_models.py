"""Why a model takes longer than others of its size: there is no graph for it, and transformers runs it."""

from __future__ import annotations

from pathlib import Path

from writer.base.errors import Message, Sentence
from writer.engine.protocol import EngineError
from writer.engine.weights.decoder_config import UnsupportedError
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.encoder_config import read_encoder_config
from writer.models import compatibility


def why_slow(folder: Path) -> Message:
    """The sentence why the model in `folder` is slow, "" where it is not, or its config cannot be read."""
    masked = compatibility.kind_of(folder) == "masked"
    try:
        read_encoder_config(folder) if masked else read_decoder_config(folder)
    except UnsupportedError as reason:
        return slow_sentence(reason)
    except EngineError:
        pass
    return ""


def slow_sentence(reason: UnsupportedError) -> Sentence:
    """The sentence for the user about a model that has no graph because of `reason`."""
    return Sentence(
        "It runs through transformers, which takes several times as long. {reason}", {"reason": reason}
    )
