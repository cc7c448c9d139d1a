"""Texts of some subfolders are read more often than others, or less."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from writer.base.errors import UserError
from writer.corpus.build import Corpus, build_corpus
from writer.corpus.document import CorpusError
from writer.corpus.mixture import RowGroup, SourceWeight, epoch_tokens, parse_weight, require_covering
from writer.corpus.pack import PackedCorpus, PackSettings, open_rows, pack

END = 0


def quiet(_progress: object) -> None:
    """Nothing to show."""


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Texts in three subfolders; those of a folder are made of its first letter."""
    for folder in ("letters/old", "mail", "notes"):
        (tmp_path / "texts" / folder).mkdir(parents=True)
        for day in range(1, 13):
            name = f"{folder}/2020-01-{day:02}.txt"
            words = " ".join(f"{folder[0]}{day}{number}" for number in range(60))
            (tmp_path / "texts" / name).write_text(words)
    return build_corpus(tmp_path / "texts", tmp_path / "cache", quiet)


def packed(corpus: Corpus, cache: Path, *weights: SourceWeight) -> PackedCorpus:
    settings = PackSettings(lambda text: [ord(one) for one in text], END, 64, "characters", weights=weights)
    return pack(corpus, settings, cache, quiet)


def test_each_group_has_rows_of_its_own(corpus: Corpus, tmp_path: Path) -> None:
    weights = (SourceWeight("letters", 2.0), SourceWeight("mail/*", 0.5), SourceWeight("mail", 7.0))
    found = packed(corpus, tmp_path / "packed", *weights)
    rows = ["".join(map(chr, row["input_ids"])) for row in open_rows(found.training)]
    start, firsts = 0, {}
    for group in found.groups:
        some = rows[start : start + group.rows]
        assert sum(map(len, some)) == group.tokens
        firsts[group.readings] = {word[0] for row in some[:1] for word in row.split()[1:]}
        start += group.rows
    assert firsts == {2.0: {"l"}, 0.5: {"m"}, 1.0: {"n"}}
    assert start == len(rows)
    assert found.tokens == sum(group.tokens for group in found.groups)
    assert found.epoch_tokens == round(sum(group.tokens * group.readings for group in found.groups))


def test_other_weights_are_packed_again_and_the_same_ones_are_kept(corpus: Corpus, tmp_path: Path) -> None:
    first, plain = packed(corpus, tmp_path / "a", SourceWeight("mail", 2.0)), packed(corpus, tmp_path / "b")
    assert packed(corpus, tmp_path / "a", SourceWeight("mail", 2.0)) == first
    assert (
        len({first.sha256, plain.sha256, packed(corpus, tmp_path / "c", SourceWeight("mail", 3.0)).sha256})
        == 3
    )
    assert plain.groups == (RowGroup(len(open_rows(plain.training)), plain.tokens),)
    assert plain.epoch_tokens == plain.tokens


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("letters", True),
        ("letters/old", True),
        ("old", True),
        ("let*", True),
        ("*.txt", True),
        ("a.txt", True),
        ("letter", False),
        ("letters/new", False),
        ("texts", False),
    ],
)
def test_a_weight_covers_files_and_folders_as_an_exclusion_does(pattern: str, covered: bool) -> None:
    assert SourceWeight(pattern, 2.0).covers("letters/old/a.txt") is covered


def test_a_weight_is_written_as_a_name_and_a_number() -> None:
    assert parse_weight("a=b/c/=0.5") == SourceWeight("a=b/c", 0.5)


@pytest.mark.parametrize(
    "text", ["letters", "letters=", "letters=x", "letters=0", "letters=-1", "letters=nan", "l=1e9"]
)
def test_what_is_no_weight_is_one_sentence(text: str) -> None:
    with pytest.raises(UserError, match=r"is no weight; .*letters=2\.$"):
        parse_weight(text)


def test_a_weight_of_no_text_is_one_sentence(corpus: Corpus) -> None:
    require_covering((SourceWeight("mail", 2.0),), corpus.documents)
    with pytest.raises(CorpusError, match="no text in males"):
        require_covering((SourceWeight("mail", 2.0), SourceWeight("males", 2.0)), corpus.documents)


def test_groups_that_do_not_fit_the_rows_are_packed_again(corpus: Corpus, tmp_path: Path) -> None:
    first = packed(corpus, tmp_path / "packed", SourceWeight("mail", 2.0))
    about = first.folder / "packed.json"
    content = json.loads(about.read_text())
    content["groups"][0]["rows"] += 1
    about.write_text(json.dumps(content))
    assert packed(corpus, tmp_path / "packed", SourceWeight("mail", 2.0)) == first


def test_the_tokens_of_an_epoch_count_the_readings() -> None:
    assert epoch_tokens([RowGroup(1, 100, 2.5), RowGroup(1, 40, 0.25)]) == 260
