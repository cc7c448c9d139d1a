"""What programs keep in Markdown for themselves goes, and the text stays."""

from __future__ import annotations

import pytest

from writer.corpus.formats.markdown_prose import prose_of, without_front_matter

YAML = "---\ntitle: x\ntags:\n- a\n- b\ndate: 2022-07-08\n---\n"


@pytest.mark.parametrize(
    "front_matter",
    [
        YAML,
        "\n\n" + YAML,
        "\ufeff" + YAML,
        '+++\ntitle = "x"\n[extra]\ndate = 2022-07-08\n+++\n',
        '{\n  "title": "x",\n  "menu": {\n    "a": 1\n  }\n}\n',
    ],
)
def test_front_matter_goes(front_matter):
    body, found = without_front_matter(front_matter + "The text.\n")
    assert body == "The text.\n"
    assert "title" in found


@pytest.mark.parametrize(
    "text",
    [
        "---\nIt was cold: nobody came.\n\nShe slept.\n\n---\nMore.\n",
        "---\nAnna: I came late.\nNobody had waited for her, the lamp was out.\nShe sat down.\n---\nMore.\n",
        "---\n\n# One\n\nThe first scene.\n\n---\n\nThe second.\n",
        "+++\nThree pluses and a sentence.\n+++\n",
        "{\nA brace.\n}\n",
    ],
)
def test_a_chapter_that_begins_with_a_rule_keeps_its_first_scene(text):
    assert without_front_matter(text) == (text, "")


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("See [[The ferry]] and [[ferry#Winter|that winter]].", "See The ferry and that winter."),
        ("See [[#Winter]].", "See Winter."),
        ("A ![[map.png]]B", "A B"),
        ("> [!note]- Ice\n> It holds.", "> Ice\n> It holds."),
        ("> [!note]\n> It holds.", "> It holds."),
        ("A\n```dataview\nTABLE x\n```\nB", "A\nB"),
        ("A\n~~~~\n```\n~~~~\nB", "A\nB"),
        ("A\n```\nnever closed", "A\n```\nnever closed"),
        ("A<!-- a\nb -->B %%hidden%%C\n%%\nx\n%%\nD", "AB C\n\nD"),
        ("Seen `= this.file` on [day:: 2]", "Seen  on "),
        ("rating:: 5\nA sentence. ^a1b2\n", "A sentence.\n"),
        ("C++ uses std::vector `code` and [[1, 2], [3]].", "C++ uses std::vector `code` and [[1, 2], [3]]."),
        ("Go [on](:/" + "a" * 32 + ") ![](:/" + "b" * 32 + ").", "Go on ."),
        ("Title\n\nText.\n\nid: " + "a" * 32 + "\nparent_id: \nbody:\ntype_: 1", "Title\n\nText.\n\n"),
        ("A folder\n\nid: " + "a" * 32 + "\nparent_id: \ntype_: 2", ""),
    ],
)
def test_marks_of_programs_go(text, prose):
    assert prose_of(text) == prose
