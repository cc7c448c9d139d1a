"""Not one packet leaves the machine that nobody asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import watched_network
from writer.base import telemetry

pytestmark = pytest.mark.skipif(not watched_network.possible(), reason="this system allows no namespaces")

ASKS = """
import socket
try:
    socket.create_connection(("example.org", 443), 1)
except OSError:
    pass
"""

LOADS_A_MODEL = """
import sys, time
from pathlib import Path
from writer.engine.loading import load
engine = load(Path(sys.argv[1]), "cpu")
time.sleep(14)
engine.close()
"""
"""onnxruntime sends its first events about ten seconds after a model was loaded."""


def test_what_is_sent_is_seen() -> None:
    seen = watched_network.watch([sys.executable, "-c", ASKS], 20)
    assert set(seen.names) == {"example.org"}
    assert set(seen.packets) == {"protocol 6 to 10.8.8.77"}


@pytest.mark.slow
def test_a_loaded_model_sends_nothing_and_leaves_no_trace(own_folders: Path, starter: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in telemetry.SWITCHES}
    seen = watched_network.watch([sys.executable, "-c", LOADS_A_MODEL, str(starter)], 60, env)
    assert seen.status == 0, seen.output
    assert seen.silent, seen
    assert not list(own_folders.rglob("Microsoft"))


def test_what_earlier_versions_left_is_removed_and_nothing_else(own_folders: Path) -> None:
    tools = own_folders / "cache" / "Microsoft" / "DeveloperTools"
    (tools / ".onnxruntime").mkdir(parents=True)
    (tools / ".onnxruntime" / "deviceid").write_text("x")
    (tools / "deviceid").write_text("another program's")
    telemetry.remove_leftovers()
    assert [path.name for path in tools.iterdir()] == ["deviceid"]
    (tools / "deviceid").unlink()
    (tools / ".onnxruntime").mkdir()
    telemetry.remove_leftovers()
    assert not tools.parent.exists()
    telemetry.remove_leftovers()


def test_the_switches_are_set_before_anything_of_the_program_runs() -> None:
    env = {name: value for name, value in os.environ.items() if name not in telemetry.SWITCHES}
    code = "import os, writer; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
