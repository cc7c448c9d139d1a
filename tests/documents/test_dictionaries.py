"""Dictionaries are found on the system and added by the user, whatever lies beside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from writer.base.errors import UserError
from writer.documents import dictionaries
from writer.documents.dictionaries import (
    add_dictionary,
    choose_dictionary,
    distinct,
    find_dictionaries,
    system_folders,
)


def pair(folder: Path, name: str, words: bytes = b"1\nHaus\n", affixes: bytes = b"SET UTF-8\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.aff").write_bytes(affixes)
    (folder / f"{name}.dic").write_bytes(words)
    return folder / f"{name}.dic"


def test_pairs_are_found_by_name_and_the_first_counts(tmp_path: Path) -> None:
    own, system = tmp_path / "own", tmp_path / "system"
    pair(own, "de_DE")
    for name in ("de_DE", "fr-classique", "ru_RU", "en_US", "hyph_de_DE", "th_de_DE", "notes"):
        pair(system, name)
    (system / "pl_PL.dic").write_bytes(b"1\nx\n")  # without its other file
    (system / "it_IT.dic").mkdir()
    (system / "it_IT.aff").mkdir()
    found = find_dictionaries((own, system, tmp_path / "nowhere", system / "ru_RU.dic"))
    assert set(found) == {"en_US", "en_GB", "de_DE", "fr-classique", "ru_RU"}
    assert found["de_DE"].folder == own
    assert found["en_US"].shipped
    assert not found["ru_RU"].shipped
    assert [found[name].language for name in ("de_DE", "fr-classique", "en_GB")] == ["de", "fr", "en"]


def test_the_usual_folders_are_those_of_the_environment(tmp_path: Path) -> None:
    given = {"DICPATH": f"{tmp_path / 'one'}{os.pathsep}{tmp_path / 'two'}", "XDG_DATA_DIRS": str(tmp_path)}
    folders = list(system_folders(given))
    assert folders[:2] == [tmp_path / "one", tmp_path / "two"]
    if os.name == "posix" and os.uname().sysname == "Linux":
        assert tmp_path / "hunspell" in folders
        assert {Path("/usr/share/hunspell"), Path("/usr/share/myspell/dicts")} <= set(system_folders({}))


def test_a_language_gets_the_dictionary_that_fits_best(tmp_path: Path) -> None:
    for name in (
        "de_AT",
        "de_CH",
        "de_DE",
        "fr_CA",
        "fr",
        "pt_BR",
        "pt_PT",
        "nn_NO",
        "no_NO",
        "es_MX",
        "es_AR",
    ):
        pair(tmp_path, name)
    found = find_dictionaries((tmp_path,))

    def chosen(language: str, *preferred: str) -> str:
        one = choose_dictionary(language, preferred, found)
        return one.name if one else ""

    assert chosen("de") == "de_DE"
    assert chosen("de", "zh_CN", "de_AT") == "de_AT"
    assert chosen("fr", "de_AT") == "fr"
    assert [chosen(code) for code in ("pt", "en", "nb", "nn", "es", "it")] == [
        *("pt_PT", "en_US", "no_NO", "nn_NO", "es_AR", ""),
    ]


def test_links_for_further_countries_are_listed_once(tmp_path: Path) -> None:
    pair(tmp_path, "de_DE")
    pair(tmp_path, "fr")
    for name, target in (("de_BE", "de_DE"), ("de_LU", "de_DE"), ("fr_FR", "fr")):
        for ending in (".dic", ".aff"):
            (tmp_path / f"{name}{ending}").symlink_to(tmp_path / f"{target}{ending}")
    found = find_dictionaries((tmp_path,))
    assert {"de_BE", "de_LU", "fr_FR"} <= set(found)
    assert [one.name for one in distinct(found.values()) if not one.shipped] == ["de_DE", "fr"]


@pytest.mark.parametrize("ending", [".dic", ".aff", ".DIC"])
def test_a_dictionary_is_added_by_either_file(tmp_path: Path, ending: str) -> None:
    file = pair(tmp_path / "下载", "de_DE", b"\xef\xbb\xbf1\nHaus\n").with_suffix(ending)
    folder = tmp_path / "kept" / "dictionaries"
    if ending == ".DIC":
        file.write_bytes(b"")  # another file on most systems
    assert add_dictionary(file, folder) == "de_DE"
    assert sorted(found.name for found in folder.iterdir()) == ["de_DE.aff", "de_DE.dic"]
    assert (folder / "de_DE.dic").read_bytes() == b"\xef\xbb\xbf1\nHaus\n"


@pytest.mark.parametrize(
    ("words", "affixes"),
    [
        (b"", b"SET UTF-8\n"),
        (b"Haus\nHof\n", b"SET UTF-8\n"),
        (b"\x7fELF\0\0", b"SET UTF-8\n"),
        (b"1\nHa\0us\n", b"SET UTF-8\n"),
        (b"1\nHaus\n", b"PK\x03\x04\0\0"),
        (b"<html>1</html>", b""),
    ],
)
def test_what_is_no_dictionary_is_not_added(tmp_path: Path, words: bytes, affixes: bytes) -> None:
    file = pair(tmp_path, "de_DE", words, affixes)
    with pytest.raises(UserError, match="no dictionary of Hunspell"):
        add_dictionary(file, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("name", ["words", "x", "../de_DE", "hyph_de_DE", "th_de", "de DE", "de\nDE", "德语"])
def test_names_that_say_no_language_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"no dictionary|two files"):
        add_dictionary(tmp_path / f"{name}.dic", tmp_path / "kept")


def test_lonely_large_and_odd_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pair(tmp_path, "de_DE")
    file.with_suffix(".aff").unlink()
    with pytest.raises(UserError, match=r"de_DE\.aff is not beside"):
        add_dictionary(file, tmp_path / "kept")
    file.with_suffix(".aff").symlink_to("/dev/zero")
    with pytest.raises(UserError, match="could not be added"):
        add_dictionary(file, tmp_path / "kept")
    monkeypatch.setattr(dictionaries, "LIMIT", 10)
    with pytest.raises(UserError, match="too large"):
        add_dictionary(pair(tmp_path, "fr_FR", b"1\n" + b"x" * 20), tmp_path / "kept")
    with pytest.raises(UserError, match="no dictionary"):
        add_dictionary(tmp_path / "letter.docx", tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
