"""Work in the background: its threads end, its failures are told, and the loop goes on while it is closed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

import pytest

from writer.base.progress import Cancelled
from writer.base.task_pool import TaskPool

Body = Callable[[TaskPool], Awaitable[None]]


def pooled(body: Body, threads: int = 1) -> None:
    """Run `body` on a loop with a pool."""

    async def main() -> None:
        await body(TaskPool(asyncio.get_running_loop(), "work", threads))

    asyncio.run(main())


def running(name: str = "work") -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(name)]


def fail(error: Exception) -> None:
    raise error


def test_a_call_runs_in_a_named_thread_and_gives_what_it_returns_or_raises() -> None:
    async def body(pool: TaskPool) -> None:
        assert running() == []
        assert await pool.run(lambda: threading.current_thread().name) == "work_0"
        with pytest.raises(KeyError):
            await pool.run(fail, KeyError("key"))
        await pool.close()
        assert running() == []

    pooled(body)


def test_the_failure_of_a_coroutine_is_logged(logged_errors, caplog: pytest.LogCaptureFixture) -> None:
    async def body(pool: TaskPool) -> None:
        task = pool.start(pool.run(fail, KeyError("key")))
        assert pool.busy
        await asyncio.wait([task])
        await asyncio.sleep(0)
        assert not pool.busy
        assert [record.exc_info[0] for record in caplog.records] == [KeyError]
        await pool.close()

    logged_errors.expect("a task of work failed")
    pooled(body)


def test_the_failure_of_a_call_that_is_not_awaited_any_more_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(error: Exception) -> None:
        begun.set()
        go_on.wait(5)
        raise error

    async def body(pool: TaskPool) -> None:
        for run in (pool.run, pool.run_daemon):
            for error in (KeyError("key"), Cancelled()):
                begun.clear()
                go_on.clear()
                task = pool.start(run(work, error))
                while not begun.is_set():
                    await asyncio.sleep(0.01)
                task.cancel()
                await asyncio.wait([task])
                go_on.set()
        await pool.close()

    pooled(body)
    until(lambda: running() == [])
    assert [(record.message, record.exc_info[0]) for record in caplog.records] == [
        ("an abandoned call of work failed", KeyError)
    ] * 2


def test_closing_waits_for_what_was_started_and_the_loop_goes_on() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        time.sleep(0.2)
        done.append(number)

    async def body(pool: TaskPool) -> None:
        for number in range(3):
            pool.start(pool.run(work, number))
        late = asyncio.get_running_loop().create_task(ticks())
        await pool.close()
        await pool.close()
        late.cancel()
        assert done == [0, 1, 2]
        assert running() == []
        assert max(lateness) < 0.15

    lateness: list[float] = []

    async def ticks() -> None:
        while True:
            begin = time.monotonic()
            await asyncio.sleep(0.01)
            lateness.append(time.monotonic() - begin - 0.01)

    pooled(body)


def test_closing_with_cancel_drops_what_has_not_begun() -> None:
    done: list[int] = []
    begun = threading.Event()

    def work(number: int) -> None:
        begun.set()
        time.sleep(0.2)
        done.append(number)

    async def body(pool: TaskPool) -> None:
        tasks = [pool.start(pool.run(work, number)) for number in range(3)]
        endless = pool.start(asyncio.sleep(1000))
        while not begun.is_set():
            await asyncio.sleep(0.01)
        await pool.close(cancel=True)
        assert all(task.cancelled() for task in (*tasks, endless))
        assert done == [0]
        assert running() == []

    pooled(body)


def test_nothing_starts_after_closing() -> None:
    async def body(pool: TaskPool) -> None:
        await pool.close()
        with pytest.raises(RuntimeError):
            await pool.run(time.sleep, 0)
        assert pool.start(asyncio.sleep(0)).cancelled()
        assert not pool.busy

    pooled(body)


def test_nobody_waits_for_a_daemon_thread() -> None:
    go_on = threading.Event()

    async def body(pool: TaskPool) -> None:
        assert await pool.run_daemon(lambda: threading.current_thread().daemon)
        task = pool.start(pool.run_daemon(go_on.wait, 5))
        await asyncio.sleep(0.05)
        begin = time.monotonic()
        await pool.close(cancel=True)
        assert time.monotonic() - begin < 4
        assert task.cancelled()

    pooled(body)
    assert running() == ["work"]
    go_on.set()
    until(lambda: running() == [])


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)
