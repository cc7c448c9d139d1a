"""A kind that cannot be read says once for all of its files what to do."""

from __future__ import annotations

from writer.commands.train_output import preview_text
from writer.corpus.document import PLURALS, Rejection, RejectionReason, by_kind
from writer.training.events import Previewed

PAGES = tuple(Rejection(f"old/{n}.Pages", RejectionReason.OLD_FORMAT) for n in range(37))
OTHERS = (
    Rejection("a.docx", RejectionReason.DAMAGED),
    Rejection("b.docx", RejectionReason.DAMAGED),
    Rejection("c.wps", RejectionReason.OLD_FORMAT),
)


def test_files_of_a_kind_are_grouped_and_single_ones_and_damaged_ones_are_not() -> None:
    [kind], others = by_kind([*OTHERS, *PAGES])
    assert (kind.ending, len(kind.names)) == (".pages", 37)
    assert "Export To" in str(kind.sentence)
    assert tuple(others) == OTHERS
    mails = [Rejection(f"{n}.eml", reason) for n in range(2) for reason in PLURALS]
    assert {str(kind.sentence) for kind in by_kind(mails)[0]} == set(PLURALS.values())


def test_the_preview_tells_them_in_one_line_and_names_them_on_request() -> None:
    refusals = tuple({"name": r.name, "reason": r.reason, "other": r.other} for r in (*OTHERS, *PAGES))
    event = Previewed("/", {}, {}, 0, refusals, {}, 0, {}, None, obstacle="Too little.")
    lines = preview_text(event).splitlines()
    assert "Left out: 40" in lines
    how = "They cannot be read here; in Pages, choose File, Export To, Word for each of them."
    assert [line for line in lines if "ages" in line] == [f"  37 .pages files: {how}"]
    assert sum(".docx: It is damaged" in line for line in lines) == 2
    assert sum(line.endswith(".Pages") for line in preview_text(event, list_others=True).splitlines()) == 37
