"""The real program, killed while it is written in: not a character is lost but the one in flight."""

from __future__ import annotations

import random

from tests.benchmarks.crash_recovery import in_turn, run
from tests.fakes.typist import Step

WORDS = "The rain 雨 fell on 😀 the old harbour, “and” nobody spoke.\n"


def some_steps(generator: random.Random, count: int) -> list[Step]:
    """Typing mostly; taking back, pasting, deleting, accepting and saving now and then."""
    steps: list[Step] = []
    before, after = "", ""
    while len(steps) < count:
        kind = generator.choices(["key", "back", "paste", "delete", "accept", "save"], [40, 4, 1, 2, 1, 1])[0]
        if generator.random() < 0.03:
            text = before + after
            cut = generator.randrange(len(text) + 1)
            before, after = text[:cut], text[cut:]
        place = units(before)
        if kind == "back" and before and units(before[-1]) == 1:
            steps.append(("back", place, 1, 0))
            before = before[:-1]
        elif kind == "delete":
            gone, after = after[:9], after[9:]
            steps.append(("delete", place, units(gone), 0))
        elif kind == "save":
            steps.append(("save", 0, "", 0))
        elif kind != "back":
            added = WORDS[len(steps) % len(WORDS)] if kind == "key" else WORDS * generator.randrange(1, 9)
            steps.append((kind, place, added, 0))
            before += added
    return steps


def units(text: str) -> int:
    """The length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def test_five_kills_lose_nothing_but_what_is_in_flight(tmp_path):
    generator = random.Random(7)
    file = tmp_path / "text.txt"
    file.touch()
    others = [[step for step in some_steps(generator, 1000) if step[0] != "save"] for _tab in range(2)]
    steps = in_turn([some_steps(generator, 3000), *others])
    result = run(steps, 5, tmp_path, generator, file)
    assert (result.kills, result.lost) == (5, 0)
    assert result.steps > 50
