"""The origins of a text through edits, moves, undo and redo, held against a list with one tag a character."""

from __future__ import annotations

import random

import pytest

from writer.documents.authorship.batches import DAY_SECONDS
from writer.documents.authorship.carried_origins import carried_origins
from writer.documents.authorship.origin import FIRST_BATCH, Origin, Run
from writer.documents.authorship.tracked_text import (
    Authorship,
    TrackedChange,
    TrackedText,
    imported,
    replay,
    without_batches,
)
from writer.documents.authorship.unit_text import UnitText
from writer.documents.journal.records import Edit

T, K, P = Origin.TYPED, Origin.TAKEN, Origin.PASTED


def spread(runs: list[Run] | tuple[Run, ...]) -> str:
    """One letter a character: t, k for what was taken, p, i."""
    return "".join("tkpi"[tag if tag < FIRST_BATCH else 1] * length for length, tag in runs)


class Text:
    """A text whose undo steps are counted as Qt does."""

    def __init__(self, text: str = "") -> None:
        self.tracked = TrackedText(imported(len(text)), UnitText(text))
        self.text = text
        self.steps = 0

    def change(
        self, start: int, removed: int, added: str, origin: Origin | None = T, step: int = 1, now: float = 0.0
    ) -> None:
        self.steps += step
        edit = Edit(start, removed, added.encode("utf-16-le"))
        self.text = self.text[:start] + added + self.text[start + removed :]
        self.tracked.apply(TrackedChange(edit, origin, self.steps, step > 0), now)

    def go_to(self, steps: int, text: str) -> None:
        """Undo or redo until there are `steps` steps."""
        self.steps = steps
        edit = Edit(0, len(self.text), text.encode("utf-16-le"))
        self.text = text
        self.tracked.apply(TrackedChange(edit, None, steps, False), 0.0)

    @property
    def origins(self) -> str:
        return spread(self.tracked.runs.runs())


def test_each_origin_is_recorded() -> None:
    text = Text("from a file. ")
    text.change(13, 0, "Hel", T)
    text.change(16, 0, "lo world", K)
    text.change(24, 0, " copied", P)
    assert text.origins == "i" * 13 + "ttt" + "k" * 8 + "p" * 7
    text.change(3, 20, "")
    assert text.origins == "iiik" + "p" * 7


def test_undo_and_redo_bring_origins_back() -> None:
    text = Text("old text")
    text.change(4, 4, "a", T)
    text.change(5, 0, "b", T, step=0)
    text.change(6, 0, "cd", K)
    before = text.origins
    text.go_to(1, "old ab")
    text.go_to(0, "old text")
    assert text.origins == "i" * 8
    text.go_to(1, "old ab")
    assert text.origins == "iiiitt"
    text.go_to(2, "old abcd")
    assert text.origins == before == "iiiittkk"
    text.go_to(1, "old ab")
    text.change(6, 0, "xy", P)
    assert text.origins == "iiiittpp"
    text.go_to(0, "old text")
    assert text.origins == "i" * 8


def test_random_edits_with_undo_are_those_of_a_list() -> None:
    chance = random.Random(11)
    for _ in range(40):
        text = Text("abc")
        states = [("abc", text.origins)]
        for _ in range(60):
            if chance.random() < 0.3:
                steps = chance.randrange(len(states))
                if steps != text.steps:
                    text.go_to(steps, states[steps][0])
            else:
                start = chance.randint(0, len(text.text))
                removed = chance.choice((0, 0, chance.randint(0, len(text.text) - start)))
                added = "".join(chance.choice("xyz") for _ in range(chance.randint(0 if removed else 1, 4)))
                origin = chance.choice((T, K, P))
                del states[text.steps + 1 :]
                kept = text.origins
                kept = kept[:start] + "tkp"[origin] * len(added) + kept[start + removed :]
                text.change(start, removed, added, origin)
                states.append((text.text, kept))
            assert text.origins == states[text.steps][1]


@pytest.mark.parametrize(
    ("before", "origins", "after", "expected"),
    [
        ("one\ntwo\n", "ttttkkkk", "two\none\n", "kkkktttt"),
        ("first\nlast", "tttttipppp", "last\nfirst", "pppp?ttttt"),
        ("- a\n- b", "pppttpp", "1. a\n2. b", "??pp???pp"),
        ("a colour b", "kkkkkkkkkk", "a color b", "kkkkkkkkk"),
        ("x recieve y", "ppkkkkkkkpp", "x receive y", "ppkkk??kkpp"),
        ("ab", "pp", "", ""),
        ("", "", "ab", "tt"),
    ],
)
def test_what_stays_keeps_its_origin(before: str, origins: str, after: str, expected: str) -> None:
    runs = [(1, "tkpi".index(one)) for one in origins]
    found = spread(carried_origins(before, runs, after, T))
    assert len(found) == len(after)
    if "?" in expected and len(expected) == len(found):
        found = "".join("?" if e == "?" else f for e, f in zip(expected, found, strict=True))
        assert found == expected
    elif "?" not in expected:
        assert found == expected


def test_a_moved_line_keeps_its_origins_without_a_line_end_behind_it() -> None:
    before, after = "head\nthe first line\nthe last one\n\ntail", "head\nthe last one\n\nthe first line\ntail"
    origins = "".join("k" if 5 <= at < 19 else "p" if 20 <= at < 32 else "t" for at in range(len(before)))
    runs = [(1, "tkpi".index(one)) for one in origins]
    found = spread(carried_origins(before, runs, after, T))
    assert found[after.index("the first") :][:14] == "k" * 14
    assert found[after.index("the last") :][:12] == "p" * 12


def test_replacing_in_a_long_text_keeps_the_rest() -> None:
    line = "the cat sat on the mat, number {}\n"
    before = "".join(line.format(n) for n in range(400))
    after = before.replace("cat", "lion")
    found = spread(carried_origins(before, [(len(before), P)], after, T))
    assert len(found) == len(after)
    new = [at for at in range(len(after)) if found[at] == "t"]
    assert [after[at] for at in new] == list("lion") * 400


def test_a_block_that_was_moved_far_keeps_its_origins() -> None:
    lines = [f"line {n} of a text with {n * n} words\n" for n in range(200)]
    moved = [*lines[:20], *lines[60:150], *lines[20:60], *lines[150:]]
    before, after = "".join(lines), "".join(moved)
    runs = [(len(line), (T, K, P)[n % 3]) for n, line in enumerate(lines)]
    expected = "".join("tkp"[lines.index(line) % 3] * len(line) for line in moved)
    assert spread(carried_origins(before, runs, after, T)) == expected


def test_a_paragraph_that_only_looks_different_keeps_its_origins() -> None:
    text = Text("abc")
    text.change(1, 1, "x", P)
    text.change(0, 3, "axc", None, step=0)
    assert text.origins == "ipi"
    text.go_to(0, "abc")
    assert text.origins == "iii"


def test_an_undo_that_fits_to_nothing_is_an_edit() -> None:
    text = Text("abc")
    text.change(0, 0, "x")
    text.steps = 0
    text.tracked.apply(TrackedChange(Edit(0, 4, b"z\0"), None, 0, False), 0.0)
    assert text.tracked.runs.length == 1


def test_an_edit_outside_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="text"):
        Text("abc").change(7, 1, "")


def test_what_was_taken_is_looked_at_when_it_is_saved_and_a_day_later() -> None:
    text = Text()
    text.change(0, 0, "taken words", K, now=1000.0)
    text.change(5, 6, "")
    assert text.tracked.judge(2000.0, saving=False) == []
    (saved,) = text.tracked.judge(2000.0, saving=True)
    assert (saved.taken, saved.kept, saved.later, saved.time) == (11, 5, False, 1000.0)
    assert text.tracked.judge(3000.0, saving=True) == []
    text.change(5, 0, " again", K, now=4000.0)
    text.change(0, 2, "")
    again = TrackedText(text.tracked.authorship())
    later = again.judge(1000.0 + DAY_SECONDS, saving=True)
    assert [(one.taken, one.kept, one.later) for one in later] == [(11, 3, True), (6, 6, False)]
    rest = again.authorship()
    assert rest.runs == ((3, K), (6, FIRST_BATCH))
    assert len(rest.batches) == 1


def test_changes_of_the_runs_can_be_replayed() -> None:
    text = Text("abc")
    begin = text.tracked.authorship()
    splices = text.tracked.apply(TrackedChange(Edit(1, 1, b"x\0y\0"), P, 1), 0.0)
    assert replay(begin, splices).runs == text.tracked.authorship().runs
    assert without_batches([(2, FIRST_BATCH + 3), (1, 1), (1, 0)]) == ((3, K), (1, T))
    assert Authorship().length == 0
