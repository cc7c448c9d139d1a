"""Logs are private, keep what was written out of them, and hold what nobody caught, from any thread."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from writer.base import log as logs
from writer.base import paths
from writer.base.errors import UserError

SECRET = "dear diary"


@pytest.fixture
def started() -> Iterator[logs.Logging]:
    root, level = logging.getLogger(), logging.getLogger().level
    started = logs.start()
    yield started
    started.close()
    root.setLevel(level)
    logging.getLogger("writer").setLevel(logging.NOTSET)


def child(code: str, measured: bool = True) -> subprocess.CompletedProcess[str]:
    """Run code in a process whose log was started; `measured` says whether it may write its coverage."""
    code = f"from writer.base import log\nstarted = log.start()\n{code}"
    env = {name: value for name, value in os.environ.items() if measured or not name.startswith("COV")}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)


def log_text() -> str:
    return (paths.log_dir() / logs.FILE).read_text(encoding="utf-8")


def test_file_is_private_and_rotates(started: logs.Logging) -> None:
    assert started.path is not None
    writer = logging.getLogger("writer.test")
    for _ in range(4000):
        writer.info("x" * 1000)
    files = sorted(paths.log_dir().glob("writer.log*"))
    assert [path.name for path in files] == ["writer.log", "writer.log.1", "writer.log.2"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert sum(path.stat().st_size for path in files) <= logs.FILES * logs.BYTES
    assert paths.log_dir().stat().st_mode & 0o777 == 0o700


def test_libraries_are_heard_from_warnings_up(started: logs.Logging) -> None:
    logging.getLogger("library").info("chatter")
    logging.getLogger("library").warning("important")
    logging.getLogger("writer.x").info("ours")
    assert [line.split(": ")[1] for line in log_text().splitlines()] == ["important", "ours"]


def test_tracebacks_keep_texts_out(started: logs.Logging, logged_errors) -> None:
    logged_errors.expect("failed")
    for error in (ValueError(SECRET), KeyError(SECRET), UnicodeEncodeError("ascii", SECRET, 0, 1, "no")):
        try:
            try:
                raise error
            except Exception as inner:
                raise LookupError(SECRET) from inner
        except LookupError:
            logging.getLogger("writer.x").exception("it failed")
    text = log_text()
    assert SECRET not in text
    assert "test_log.py" in text
    assert text.count("builtins.LookupError\ncaused by:\n") == 3
    assert text.count("builtins.KeyError") == 1


def test_what_asyncio_says_of_an_exception_keeps_texts_out(started: logs.Logging, logged_errors) -> None:
    """Its messages hold the representation of the exception, with the bytes of a damaged document in it."""
    logged_errors.expect("never retrieved|Exception in callback")

    async def fail() -> None:
        SECRET.encode("utf-16")[:-1].decode("utf-8")

    def fail_with(text: str) -> None:
        raise ValueError(text)

    async def forget() -> None:
        asyncio.get_running_loop().call_soon(fail_with, SECRET)
        task = asyncio.create_task(fail())
        await asyncio.sleep(0.01)
        del task
        gc.collect()

    asyncio.run(forget())
    text = log_text()
    assert SECRET not in text
    assert "d\\x00e\\x00a\\x00r" not in text
    assert text.count("UnicodeDecodeError") == text.count("builtins.UnicodeDecodeError") == 1
    assert "builtins.ValueError" in text


def test_of_a_library_only_what_its_code_says_is_kept(started: logs.Logging) -> None:
    library = logging.getLogger("library")
    library.warning("odd value %s", SECRET)
    library.warning(f"odd value {SECRET}")
    library.warning(SECRET)
    assert SECRET not in log_text()
    assert log_text().count("odd value %s (test_log:") == 1


def test_exceptions_among_our_values_keep_texts_out(started: logs.Logging) -> None:
    ours = logging.getLogger("writer.x")
    ours.warning("%s not read: %s", "a.txt", ValueError(SECRET))
    ours.warning("%s not read: %s", "a.txt", FileNotFoundError(2, "No such file", SECRET))
    ours.warning("%s not read: %s", "a.txt", UserError("It is a folder; choose another."))
    lines = [line.split(": ", 1)[1] for line in log_text().splitlines()]
    assert lines == [
        "a.txt not read: ValueError",
        "a.txt not read: FileNotFoundError: No such file",
        "a.txt not read: It is a folder; choose another.",
    ]


def test_messages_about_code_stay(started: logs.Logging, logged_errors) -> None:
    logged_errors.expect("failed")
    try:
        None.nothing  # type: ignore[attr-defined]  # noqa: B018
    except AttributeError:
        logging.getLogger("writer.x").exception("it failed")
    try:
        open("/no/such/file")  # noqa: SIM115
    except OSError:
        logging.getLogger("writer.x").exception("it failed")
    assert "has no attribute 'nothing'" in log_text()
    assert "FileNotFoundError: No such file or directory" in log_text()


@pytest.mark.parametrize(
    ("code", "place"),
    [
        (f"raise ValueError({SECRET!r})", "the main thread"),
        (
            "import threading\ndef f(): raise ValueError('dear diary')\n"
            "t = threading.Thread(target=f, name='pool'); t.start(); t.join()",
            "pool",
        ),
        ("class A:\n  def __del__(self): raise ValueError('dear diary')\nA()", "a finaliser"),
    ],
)
def test_the_uncaught_is_logged_and_told_in_one_sentence(code: str, place: str) -> None:
    result = child(code)
    assert f"uncaught in {place}" in log_text()
    assert "ValueError" in log_text()
    assert SECRET not in log_text() + result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("Writer met an internal error; details are in ")


def test_interrupt_is_no_error() -> None:
    result = child("raise KeyboardInterrupt")
    assert result.returncode in (130, -signal.SIGINT)
    assert "uncaught" not in log_text()


def test_crash_leaves_its_stacks() -> None:
    assert logs.crashes() == ()
    result = child("import os, signal\ndef crash_here(): os.kill(os.getpid(), signal.SIGSEGV)\ncrash_here()")
    assert result.returncode == -signal.SIGSEGV
    (crash,) = logs.crashes()
    assert "crash_here" in crash.read_text()
    assert crash.stat().st_mode & 0o777 == 0o600


def test_clean_end_leaves_no_crash_file() -> None:
    child("started.close()")
    assert not list(paths.log_dir().glob("crash-*"))


def test_killed_processes_crash_files_are_swept_in_time() -> None:
    old, recent, full = (paths.log_dir() / f"crash-{n}.txt" for n in (1, 2, 3))
    for path in (old, recent, full):
        path.touch()
    full.write_text("stacks")
    for path in (old, full):
        os.utime(path, (1, 1))
    child("started.close()")
    assert [path.exists() for path in (old, recent, full)] == [False, True, True]


def test_no_place_for_a_log_is_no_reason_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    result = child("import logging; logging.getLogger('writer').warning('heard'); print('went on')")
    assert result.stdout == "went on\n"
    assert "There will be no log file: Writer cannot make its folder" in result.stderr
    assert "heard" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_line_that_the_disk_does_not_take_is_not_printed_instead() -> None:
    done = child(
        "import logging, resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        f"logging.getLogger('library').warning('of the library %s', {SECRET!r})\n"
        "print('went on')\n",
        measured=False,
    )
    assert (done.stdout, done.stderr) == ("went on\n", "")
