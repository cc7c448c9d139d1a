"""A child that hangs, dies, answers rubbish or endlessly is an error for one question, and leaves nothing."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.fakes.processes import children, running
from writer.base.child_process import ChildError, Limit, LimitError, Limits
from writer.base.json_lines_child import InvalidAnswerError, JsonLinesChild
from writer.base.progress import Cancelled

ANSWERING = """
import json, os, signal, subprocess, sys, time
HANG = [sys.executable, "-c", "{hang}"]
def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()
{first}
for line in sys.stdin:
    question = json.loads(line)
    if "do" in question:
        exec(question["do"])
    say(json.dumps({{"pid": os.getpid()}}) + "\\n")
"""
"""A child that does what it is asked before it answers with its number."""

HANGS = 60
"""Seconds; what takes less than half of them has not waited for a child that hangs."""

HANG = f"import time; time.sleep({HANGS})  # {os.getpid()}"

SECONDS = 30.0
"""The limit of a question, where it is not what the test is about."""


def command(first: str = "") -> list[str]:
    return [sys.executable, "-c", ANSWERING.format(first=first, hang=HANG)]


def child_of(first: str = "", **more) -> JsonLinesChild:
    return JsonLinesChild(command(first), Limits(SECONDS, 300 << 20, 100_000), **more)


def open_files() -> int:
    gc.collect()
    return psutil.Process().num_fds() if os.name != "nt" else 0


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Each test leaves no process, no zombie and no pipe."""
    before = open_files()
    yield
    assert children() == []
    assert open_files() <= before  # what tests before this one held may be closed meanwhile


@pytest.fixture
def child() -> Iterator[JsonLinesChild]:
    child = child_of()
    yield child
    child.close()


def test_one_child_answers_one_question_after_the_other(child: JsonLinesChild) -> None:
    assert child.pid == 0
    numbers = {child.ask({"number": number})["pid"] for number in range(5)}
    assert numbers == {child.pid}


def test_a_question_larger_than_a_pipe_is_asked(child: JsonLinesChild) -> None:
    assert child.ask({"text": "x" * 1_000_000})["pid"] == child.pid


@pytest.mark.parametrize(
    ("do", "status"),
    [
        ("sys.exit(3)", 3),
        ("os.abort()", -6),
        ("say('{\"half\": '); sys.exit(0)", 0),
        ("os.close(1); time.sleep(60)", None),
    ],
)
def test_a_child_that_dies_or_falls_silent_is_an_error(
    child: JsonLinesChild, do: str, status: int | None
) -> None:
    first = child.ask({})["pid"]
    with pytest.raises(ChildError) as caught:
        child.ask({"do": do})
    assert caught.value.status == status
    assert child.ask({})["pid"] != first


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_child_that_the_system_killed_wanted_too_much_memory(child: JsonLinesChild) -> None:
    with pytest.raises(LimitError) as caught:
        child.ask({"do": "os.kill(os.getpid(), signal.SIGKILL)"})
    assert caught.value.limit is Limit.MEMORY


@pytest.mark.parametrize(
    "answer", ["rubbish", "", "[]", "7", '"text"', "null", "[" * 90_000, '{"a": 1', '{"a": 1} {}', "\\xff"]
)
def test_rubbish_is_an_error_and_a_new_child_answers_next(child: JsonLinesChild, answer: str) -> None:
    first = child.ask({})["pid"]
    with pytest.raises(InvalidAnswerError, match="damaged"):
        child.ask({"do": f"sys.stdout.buffer.write({answer!r}.encode('latin-1') + b'\\n')"})
    assert child.ask({})["pid"] != first


@pytest.mark.parametrize(
    ("do", "limit"),
    [
        ("time.sleep(60)", Limit.TIME),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", Limit.TIME),
        ("subprocess.run(HANG)", Limit.TIME),
        ("[(say(' '), time.sleep(0.1)) for _ in range(600)]", Limit.TIME),
        ("kept = [bytearray(os.urandom(4096)) * 1024 for _ in range(100)]; time.sleep(60)", Limit.MEMORY),
        ("[say('x' * 4096) for _ in range(10_000)]; time.sleep(60)", Limit.OUTPUT),
        ("say('x' * 100_001 + '\\n')", Limit.OUTPUT),
    ],
)
def test_a_child_that_hangs_grows_or_answers_without_end_is_killed(
    child: JsonLinesChild, do: str, limit: Limit
) -> None:
    child.ask({})
    begin = time.monotonic()
    with pytest.raises(LimitError) as caught:
        child.ask({"do": do}, 1.0 if limit is Limit.TIME else None)
    assert caught.value.limit is limit
    assert time.monotonic() - begin < HANGS / 2
    assert children() == []
    assert child.ask({})


def test_lines_that_nobody_asked_for_do_not_fill_the_memory(child: JsonLinesChild) -> None:
    spam = "[say('x' * 100 + '\\n') for _ in range(10_000_000)]"
    child.ask({"do": f"os.fork() or (time.sleep(0.5), {spam})"})
    before = psutil.Process().memory_info().rss
    time.sleep(1.5)
    assert psutil.Process().memory_info().rss - before < 10 << 20
    with pytest.raises(InvalidAnswerError):
        child.ask({})


def test_a_child_that_ended_meanwhile_is_started_again(child: JsonLinesChild) -> None:
    ended = psutil.Process(child.ask({})["pid"])
    ended.kill()
    while ended.is_running() and ended.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert child.ask({})["pid"] != ended.pid


@pytest.mark.skipif(os.name == "nt", reason="there are no process groups")
def test_what_a_dead_child_has_left_behind_is_killed_with_it(child: JsonLinesChild) -> None:
    begin = time.monotonic()
    with pytest.raises(ChildError) as caught:
        child.ask({"do": "subprocess.Popen(HANG); os._exit(4)"})
    assert caught.value.status == 4
    assert time.monotonic() - begin < HANGS / 2
    child.close()
    assert not running(HANG)


def test_nobody_waits_for_an_answer_that_is_not_wanted_any_more() -> None:
    stop = threading.Event()
    child = child_of(cancelled=stop.is_set)
    child.ask({})
    threading.Timer(0.2, stop.set).start()
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        child.ask({"do": "time.sleep(60)"})
    assert time.monotonic() - begin < HANGS / 2
    child.close()


def test_closing_from_another_thread_ends_a_question_and_is_for_good() -> None:
    child = child_of()
    child.ask({})
    threading.Timer(0.2, child.close).start()
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        child.ask({"do": "time.sleep(60)"})
    assert time.monotonic() - begin < HANGS / 2
    with pytest.raises(Cancelled):
        child.ask({})
    child.close()


def test_a_child_has_its_own_time_to_get_ready() -> None:
    child = JsonLinesChild(command("time.sleep(1.5); say('{}\\n')"), Limits(1), ready_seconds=20)
    assert child.ask({})
    child.close()
    slow = child_of("time.sleep(60)", ready_seconds=0.3)
    with pytest.raises(LimitError):
        slow.ask({})
    slow.close()


def test_another_command_is_started_instead(child: JsonLinesChild) -> None:
    child.ask({})
    child.restart([sys.executable, "-c", "input(); print('{\"other\": true}')"])
    assert child.ask({}) == {"other": True}


def test_a_program_that_is_not_there_is_an_error() -> None:
    child = JsonLinesChild(["/nowhere/program"], Limits())
    with pytest.raises(FileNotFoundError):
        child.ask({})
    child.close()
