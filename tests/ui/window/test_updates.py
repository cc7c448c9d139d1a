"""A new version in the real window: off at first, told once it is wanted, shown in the About box."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.fakes.completion_server import CompletionServer, Trouble
from writer import __version__
from writer.settings.schema import UPDATES_ADDRESS, UPDATES_ENABLED
from writer.ui.window.about import AboutDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


@pytest.fixture
def server() -> Iterator[CompletionServer]:
    with CompletionServer({}).running() as running:
        running.always = Trouble(body=json.dumps({"tag_name": "v99.1"}).encode())
        yield running


def news(writing) -> str:
    """What the About box says about versions."""
    writing.actions["app.about"].trigger()
    about = writing.window.findChildren(AboutDialog)[-1]
    shown = about.news.text() if about.news.isVisible() else ""
    about.close()
    return shown


def test_nothing_is_asked_until_it_is_wanted(start, server):
    writing = start()
    writing.settings.set(UPDATES_ADDRESS, server.address)
    writing.run(0.3)
    assert server.keys == []
    assert news(writing) == ""


def test_a_newer_version_is_told_at_once_and_at_the_next_start(start, server):
    writing = start()
    writing.settings.set(UPDATES_ENABLED, True)
    assert "enter where to ask" in writing.window.status.message.text()
    writing.settings.set(UPDATES_ADDRESS, server.address)
    sentence = "Version 99.1 of Writer is out; get it where you got this one."
    writing.until(lambda: writing.window.status.message.text() == sentence)
    assert news(writing) == sentence
    again = start()
    again.until(lambda: again.window.status.message.text() == sentence)
    assert len(server.keys) == 2


def test_the_newest_is_told_only_to_who_has_just_asked(start, server):
    server.always = Trouble(body=json.dumps({"version": __version__}).encode())
    writing = start()
    writing.settings.set(UPDATES_ADDRESS, server.address)
    writing.settings.set(UPDATES_ENABLED, True)
    writing.until(lambda: "newest version" in writing.window.status.message.text())
    again = start()
    again.until(lambda: news(again) == "This is the newest version of Writer.")
    assert "newest" not in again.window.status.message.text()


def test_the_end_does_not_wait_for_a_slow_server(start, server):
    server.always = Trouble(silence=1)
    writing = start()
    writing.settings.set(UPDATES_ADDRESS, server.address)
    writing.settings.set(UPDATES_ENABLED, True)
    writing.until(lambda: server.keys)
    writing.program.loop.run_until_complete(writing.program.late.updates.close())
    writing.run(0.05)
    assert writing.program.late.updates.sentence == ""
