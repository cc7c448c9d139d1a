"""Lists that replace each other."""

from __future__ import annotations

import asyncio
import gc
import time

import pytest

from writer.app.project import project_service
from writer.app.project.project_service import ProjectService
from writer.base.progress import Cancelled


def test_a_list_that_is_asked_for_twice_ends_for_both(tmp_path):
    async def ask() -> None:
        service = ProjectService(asyncio.get_running_loop())
        first = asyncio.create_task(service.list(tmp_path))
        await asyncio.sleep(0)
        (tmp_path / "one.md").touch()
        lists = await asyncio.gather(first, service.list(tmp_path), service.list(tmp_path))
        await service.close()
        assert {listing.names for listing in lists} == {("one.md",)}

    asyncio.run(ask())


def endless(_folder, cancelled):
    while not cancelled():
        time.sleep(0.001)
    raise Cancelled


def test_a_list_ends_with_the_service(tmp_path, monkeypatch):
    monkeypatch.setattr(project_service, "list_texts", endless)

    async def ask() -> None:
        service = ProjectService(asyncio.get_running_loop())
        lists = [asyncio.create_task(service.list(tmp_path)) for _ in range(2)]
        await asyncio.sleep(0.01)
        await service.close()
        for listing in lists:
            with pytest.raises(Cancelled):
                await listing

    asyncio.run(ask())


def test_a_list_that_nobody_awaits_any_more_is_no_error(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(project_service, "list_texts", endless)

    async def ask() -> None:
        service = ProjectService(asyncio.get_running_loop())
        listing = asyncio.create_task(service.list(tmp_path))
        await asyncio.sleep(0.01)
        listing.cancel()
        await service.close()
        del listing
        gc.collect()

    asyncio.run(ask())
    assert caplog.records == []
