"""Children are killed at their limits, with all that they have started; a confined one has no network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from tests.fakes.processes import children, running
from writer.base import child_process
from writer.base.child_process import ChildError, Limit, LimitError, Limits
from writer.base.progress import Cancelled

HANGS = 60
"""Seconds."""

HANG = f"import time; time.sleep({HANGS})  # {os.getpid()}"
GROW = "x = bytearray(700 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1\nimport time; time.sleep(60)"
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
SHOUT = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
NEPHEW = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HANG!r}])"


def python(code: str, data: bytes = b"", limits: Limits | None = None, **more) -> bytes:
    return child_process.run([sys.executable, "-c", code], data, limits, **more)


def test_what_is_given_comes_back_changed():
    data = b"word " * 400_000
    assert python("import sys; sys.stdout.write(sys.stdin.read().upper())", data) == data.upper()


def test_a_child_that_waits_for_the_processor_has_patience():
    slow = "import time; time.sleep(2); print('done')"
    assert python(slow, limits=Limits(seconds=1.0, patience=60)).strip() == b"done"
    with pytest.raises(LimitError) as stopped:
        python("while True: pass", limits=Limits(seconds=0.5, patience=10_000))
    assert stopped.value.limit is Limit.TIME
    with pytest.raises(LimitError):
        python(HANG, limits=Limits(seconds=0.2, patience=2))
    assert children() == []


def test_the_time_of_the_processor_is_asked_for_at_the_first_check_alone(monkeypatch):
    asked: list[int] = []
    monkeypatch.setattr(child_process, "processor_seconds", lambda _process: asked.append(1) or 0.0)
    process = child_process.start([sys.executable, "-c", HANG])
    try:
        monitor = child_process.LimitMonitor(process, Limits(seconds=1e6, patience=6))
        assert asked == []
        monitor.check()
        monitor.check()
        assert asked == [1]
    finally:
        child_process.kill(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


@pytest.mark.parametrize(
    ("code", "limits", "limit"),
    [
        (HANG, Limits(seconds=0.5), Limit.TIME),
        (NEPHEW, Limits(seconds=1.5), Limit.TIME),
        (GROW, Limits(seconds=20, memory=200 << 20), Limit.MEMORY),
        (SHOUT, Limits(seconds=20, output=1 << 20), Limit.OUTPUT),
    ],
    ids=["hangs", "its child hangs", "grows", "shouts"],
)
def test_limits_end_a_child_and_its_children(code, limits, limit):
    begin = time.monotonic()
    with pytest.raises(LimitError) as caught:
        python(code, limits=limits)
    assert caught.value.limit is limit
    assert time.monotonic() - begin < HANGS / 2
    assert children() == []


def test_a_failure_says_how():
    with pytest.raises(ChildError) as caught:
        python("import sys; sys.exit('no such thing')")
    assert (caught.value.status, caught.value.stderr) == (1, "no such thing")


def test_a_child_that_crashes_is_an_error_and_no_more():
    with pytest.raises(ChildError):
        python("import os, signal; os.kill(os.getpid(), signal.SIGABRT)")


def test_nobody_waits_for_what_is_not_wanted():
    with pytest.raises(Cancelled):
        python(HANG, cancelled=lambda: True)


@pytest.mark.parametrize(
    "code",
    [
        NEPHEW,
        f"import signal; {DEAF}\n" + HANG,
        "import os; os.close(1)\n" + HANG,
    ],
    ids=["its child hangs", "is deaf", "is mute"],
)
def test_a_child_is_stopped_with_all_its_children_whatever_it_does(code):
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        python(code, limits=Limits(seconds=20), cancelled=stop.is_set)
    assert time.monotonic() - begin < HANGS / 2
    assert children() == []
    assert not running(HANG)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
def test_a_child_is_asked_to_end_before_it_is_killed():
    follow = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))"
    for handle, status in ((follow, 7), (DEAF, -9)):
        code = f"import signal, sys, time; {handle}; print(flush=True); time.sleep({HANGS})"
        process = child_process.start([sys.executable, "-c", code])
        process.stdout.readline()
        begin = time.monotonic()
        assert child_process.wait_or_kill(process, 0.5) == status
        assert time.monotonic() - begin < HANGS / 2
        assert child_process.wait_or_kill(process) == status
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


def test_of_a_long_complaint_the_end_is_kept():
    with pytest.raises(ChildError) as caught:
        python("import sys\nfor i in range(5_000): print('step', i, file=sys.stderr)\nsys.exit('the reason')")
    assert caught.value.stderr.endswith("the reason")
    assert len(caught.value.stderr) <= 1 << 14


def test_what_a_child_wrote_before_it_failed_is_kept():
    with pytest.raises(ChildError) as caught:
        python("import sys; print('so far', flush=True); sys.exit(2)")
    assert (caught.value.status, caught.value.output.split()) == (2, [b"so", b"far"])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no niceness")
def test_a_child_runs_gently_in_an_environment_with_more_in_it():
    code = "import os; print(os.getpriority(os.PRIO_PROCESS, 0), os.environ['MORE'], len(os.environ) > 1)"
    begin = "import time; time.sleep(0.2); "
    told = python(begin + code, environment={"MORE": "more"}, low_priority=True)
    assert told.split() == [b"10", b"more", b"True"]


def test_a_confined_child_reaches_nobody():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        reach = f"import socket; socket.create_connection({address!r}, 2); print('there')"
        free = subprocess.run([sys.executable, "-c", reach], capture_output=True, text=True, check=True)
        assert free.stdout.strip() == "there"
        confine = "from writer.base.confinement import confine; confine(500 << 20)\n"
        with pytest.raises(ChildError, match="ended"):
            python(confine + reach)
        if sys.platform == "linux" and _namespaces():
            curl = f"exec 3<>/dev/tcp/{address[0]}/{address[1]}"  # no Python that could refuse
            native = f"import subprocess; subprocess.run(['bash', '-c', {curl!r}], check=True)"
            python(native)
            with pytest.raises(ChildError):
                python(confine + native)


def _namespaces() -> bool:
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's own memory")
def test_a_confined_child_cannot_take_more_memory_than_it_may():
    confine = "from writer.base.confinement import confine; confine(200 << 20)\n"
    with pytest.raises(ChildError) as caught:
        python(confine + GROW)
    assert "MemoryError" in caught.value.stderr
