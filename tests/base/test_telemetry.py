"""Libraries write nothing of their own on the terminal, unless somebody asks for it."""

from __future__ import annotations

import os
import subprocess
import sys

from writer.base import telemetry

ASK = "import writer, huggingface_hub.utils as hub; print(hub.are_progress_bars_disabled())"


def test_libraries_show_no_bars_of_their_own() -> None:
    """The bars of transformers, too, follow the answer of the Hub's library."""
    own = {name: value for name, value in os.environ.items() if name not in telemetry.QUIET}
    for environment, answer in ((own, "True"), (own | {"HF_HUB_DISABLE_PROGRESS_BARS": "0"}, "False")):
        asked = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, check=True)
        assert asked.stdout.decode().strip() == answer
