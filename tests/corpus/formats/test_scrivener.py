"""Of a project of Scrivener the draft is read, in its order, as one document."""

from __future__ import annotations

from pathlib import Path

import pytest

from writer.corpus.document import RejectedFile, RejectionReason
from writer.corpus.extraction_pool import Extracted, extract
from writer.corpus.formats.scrivener import RULE, read_draft
from writer.corpus.scan import scan

YES, NO = "<IncludeInCompile>Yes</IncludeInCompile>", "<IncludeInCompile>No</IncludeInCompile>"


def item(name: str, kind: str, metadata: str = YES, children: str = "", key: str = "UUID") -> str:
    inner = f"<Title>T {name}</Title><MetaData>{metadata}</MetaData><Children>{children}</Children>"
    return f'<BinderItem {key}="{name}" Type="{kind}">{inner}</BinderItem>'


def rtf(text: str) -> bytes:
    return ("{\\rtf1\\ansi " + text + "}").encode()


def make(
    folder: Path, binder: str, texts: dict[str, str], pattern: str = "Files/Data/{}/content.rtf"
) -> Path:
    for name, text in texts.items():
        file = folder / pattern.format(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(rtf(text))
    folder.mkdir(exist_ok=True)
    (folder / "book.scrivx").write_text(f"<ScrivenerProject><Binder>{binder}</Binder></ScrivenerProject>")
    return folder


def book(folder: Path) -> Path:
    scenes = (
        item("B", "Text")
        + item("A", "Text")
        + item("X", "Text", NO)
        + item("Z", "Text", "<LabelID>1</LabelID>")
    )
    binder = (
        item("R", "ResearchFolder", "", item("N", "Text"))
        + item("D", "DraftFolder", YES, item("F", "Folder", "", scenes) + item("C", "Text"))
        + item("G", "TrashFolder", "", item("W", "Text"))
    )
    texts = {name: f"Words of {name}." for name in "ABCFNWXZ"} | {"B": "<$Scr_Ps::0>Words of B."}
    project = make(folder, binder, texts)
    (project / "Files/Data/A/notes.rtf").write_bytes(rtf("A note."))
    (project / "Snapshots").mkdir()
    (project / "Snapshots" / "old.rtf").write_bytes(rtf("An older scene."))
    return project


def read(folder: Path) -> Extracted:
    cache = folder.parent / "cache"
    cache.mkdir(exist_ok=True)
    return extract(scan(folder), cache, lambda _step: None)


def test_the_draft_is_one_document_and_scenes_that_are_left_out_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    project = book(folder / "book.scriv")
    found = read(folder)
    [document] = found.documents
    assert (document.name, document.kind) == ("book.scriv", "scriv")
    assert document.text == "Words of F.\n\nWords of B.\n\nWords of A.\n\nWords of C."
    assert [(r.name, r.reason, r.other) for r in found.rejections] == [
        ("book.scriv/T X", RejectionReason.EXCLUDED, RULE), ("book.scriv/T Z", RejectionReason.EXCLUDED, RULE)
    ]  # fmt: skip
    assert read(folder) == found
    (project / "Files/Data/C/content.rtf").write_bytes(rtf("Other words."))
    assert read(folder).documents[0].text.endswith("Other words.")
    before = scan(folder).snapshot()
    (project / "Files/Data/A/content.rtf").write_bytes(rtf("More words, and more."))
    assert before.changes(scan(folder).snapshot()).changed == ("book.scriv",)


def test_projects_of_older_versions_are_read(tmp_path: Path) -> None:
    children = item("12", "Text", "", key="ID") + item("3", "Text", "", key="ID")
    binder = item("0", "DraftFolder", "", children, key="ID")
    folder = make(tmp_path / "old.scriv", binder, {"3": "Last.", "12": "First."}, "Files/Docs/{}.rtf")
    assert read_draft(folder, 1 << 20, _plain).text == "First.\n\nLast."


def _plain(data: bytes) -> str:
    return data.decode()[12:-1]


@pytest.mark.parametrize(
    "source",
    [
        '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<a><b></a>",
        "<a>" * 1000,
        "",
    ],
)
def test_bombs_of_entities_and_damaged_binders_are_refused(tmp_path: Path, source: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "book.scrivx").write_text(source, encoding)
        with pytest.raises(RejectedFile) as refused:
            read_draft(tmp_path, 1 << 20, _plain)
        assert refused.value.reason is RejectionReason.DAMAGED


def test_nothing_outside_of_the_project_is_read(tmp_path: Path) -> None:
    binder = item("D", "DraftFolder", "", item("../../x", "Text") + item("L", "Text") + item("A", "Text"))
    folder = make(tmp_path / "b.scriv", binder, {"A": "Inside."})
    (tmp_path / "x.rtf").write_bytes(rtf("Outside."))
    (folder / "Files/Data/L").mkdir()
    (folder / "Files/Data/L/content.rtf").symlink_to(tmp_path / "x.rtf")
    assert read_draft(folder, 1 << 20, _plain).text == "Inside."


def test_a_damaged_scene_costs_only_itself(tmp_path: Path) -> None:
    def read_scene(data: bytes) -> str:
        if b"bad" in data:
            raise RejectedFile(RejectionReason.DAMAGED)
        return _plain(data)

    binder = item("D", "DraftFolder", "", item("A", "Text") + item("B", "Text"))
    folder = make(tmp_path / "b.scriv", binder, {"A": "bad", "B": "Good."})
    draft = read_draft(folder, 1 << 20, read_scene)
    assert draft.text == "Good."
    assert draft.left_out == (("T A", RejectionReason.DAMAGED),)
