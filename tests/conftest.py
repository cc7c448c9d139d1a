"""What holds for every test: folders of its own, no leaked threads, no errors logged that nobody expected.

Warnings and Qt's messages fail tests through `pyproject.toml`.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import hypothesis
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # small models take three times as long with two threads

hypothesis.settings.register_profile(
    "writer",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],  # a busy machine is no fault of a test
)
hypothesis.settings.load_profile("writer")

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
TYPES_TEST = "test_types_are_strict"
THREAD_SECONDS = 20.0
"""How long a test's threads may take to end after it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that uses the fixtures `starter` or `shared_data` carries the marker of that name."""
    for item in items:
        for name in ("starter", "shared_data"):
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("shared_data") and not SHARED.is_dir():
        pytest.skip("the folder ../shared/data is not here, so what it holds is not checked")


def pytest_collection_finish() -> None:
    """Hide what was imported and collected from the garbage collector: a pass over it takes half a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def no_syncs() -> Iterator[None]:
    """No test sees whether a file has reached the disk, and each wait for that takes milliseconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: os.fstat(descriptor) and None)
        yield


@pytest.fixture(scope="session", autouse=True)
def mypy_run(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]] | None]:
    """mypy with its output, beside the other tests from the first one on: it takes a core for a minute.

    None where the test that waits for it was not chosen.
    """
    if not any(item.name == TYPES_TEST for item in request.session.items):
        yield None
        return
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [Path(sys.executable).parent / "mypy"]
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        yield process, output
        process.kill()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder ../shared/data."""
    return SHARED


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all tests' own folders; their names are random, as numbers take a look at all others."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(scope="session", autouse=True)
def real_models(homes: Path) -> Iterator[Path]:
    """The models folder of the person who runs the tests; no fixture, of a session either, writes there."""
    from writer.base import paths

    found = paths.models_dir()
    with pytest.MonkeyPatch.context() as patch:
        _move_home(homes / "session", patch)
        yield found


def _move_home(home: Path, patch: pytest.MonkeyPatch) -> None:
    """Data, settings, caches and logs below `home`, also in the processes that are started."""
    for name in ("DATA", "CONFIG", "CACHE", "STATE"):
        patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))


@pytest.fixture(autouse=True)
def own_folders(homes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Data, settings, caches, logs and sockets of this test alone, also in the processes it starts."""
    home = Path(tempfile.mkdtemp(dir=homes))
    _move_home(home, monkeypatch)
    runtime = tempfile.mkdtemp(prefix="wt-")  # short: the path of a socket has 107 characters at most
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    yield home
    shutil.rmtree(runtime, ignore_errors=True)


@pytest.fixture
def own_record_of_dialogs(own_folders: Path) -> Iterator[Path]:
    """The file in which Qt's dialogs note the folders that are visited in this test."""
    from PySide6.QtCore import QSettings

    form, scope = QSettings.Format.NativeFormat, QSettings.Scope.UserScope
    before = Path(QSettings(scope, "QtProject").fileName()).parent
    QSettings.setPath(form, scope, str(own_folders / "config"))
    yield Path(QSettings(scope, "QtProject").fileName())
    QSettings.setPath(form, scope, str(before))


@pytest.fixture
def starter(real_models: Path, own_folders: Path) -> Path:
    """The starter model's folder, reachable under its id in this test's own models folder as well."""
    from writer.base import paths
    from writer.models.store import DEFAULT_MODEL, ModelError, ModelStore

    try:
        model = ModelStore(real_models).find(DEFAULT_MODEL)
    except ModelError as error:
        pytest.fail(f"The starter model cannot be used; run `make setup` ({error})", pytrace=False)
    link = paths.models_dir() / DEFAULT_MODEL
    link.symlink_to(model.path, target_is_directory=True)
    return link


@pytest.fixture(autouse=True)
def no_leaked_threads(own_folders: Path) -> Iterator[None]:
    """Fail a test that leaves a Python thread running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_SECONDS
    while leaked := [t for t in threading.enumerate() if t not in before and _ours(t)]:
        if time.monotonic() > deadline:
            pytest.fail(f"threads are still running: {[t.name for t in leaked]}", pytrace=False)
        time.sleep(0.01)


def _ours(thread: threading.Thread) -> bool:
    """Not a thread of Qt that ran Python once, nor a progress bar's watcher."""
    return not isinstance(thread, threading._DummyThread) and type(thread).__name__ != "TMonitor"


class ErrorLog(logging.Handler):
    """Collects what is logged as an error or worse."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []
        self._expected: list[re.Pattern[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def expect(self, pattern: str) -> None:
        """Messages in which this pattern is found are what the test is about."""
        self._expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        """The messages that no pattern was given for."""
        messages = [f"{r.name}: {r.getMessage()}" for r in self.records]
        return [m for m in messages if not any(p.search(m) for p in self._expected)]


@pytest.fixture(autouse=True)
def logged_errors(no_leaked_threads: None) -> Iterator[ErrorLog]:
    """Fail a test in which an error is logged that it did not announce with `logged_errors.expect(...)`."""
    handler = ErrorLog()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
    if messages := handler.unexpected():
        pytest.fail("errors were logged: " + "; ".join(messages), pytrace=False)
