"""The replay of recorded sessions, on a small one that is made up."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.authorship import Replay, Result, read_session, replay
from writer.documents.authorship.origin import Origin


def session() -> list[str]:
    """Lines as CoAuthor writes them: a text is there, keys, a suggestion, and what becomes of it."""
    events: list[dict[str, object]] = [{"t": 1, "e": "system-initialize", "doc": "Once upon a \U0001f600\n"}]
    place = 14
    for number in range(140):
        added = "taken words " if number % 9 == 0 else "ab"[number % 2]
        source = "api" if number % 9 == 0 else "user"
        events.append({"s": source, "ops": [{"retain": place}, {"insert": added}]})
        place += len(added)
        if number % 7 == 0:
            events.append({"s": "user", "ops": [{"retain": place - 5}, {"delete": 3}]})
            place -= 3
    return [json.dumps(event) for event in events]


def test_all_characters_of_a_session_are_right(tmp_path: Path) -> None:
    begin, steps = read_session(session())
    assert len(steps) == 160
    result = Result()
    replay(begin, steps, tmp_path, result)
    assert result.edits == 160
    assert result.looked_at > 3_000
    assert result.right == result.looked_at


def test_a_wrong_character_is_seen(tmp_path: Path) -> None:
    result = Result()
    wrong = Replay("abc", tmp_path / "log", result)
    wrong.edit((0, 0, "x", Origin.TYPED))
    wrong._origins = [1, 3, 3, 3]
    wrong.close()
    assert (result.right, result.looked_at) == (9, 12)
