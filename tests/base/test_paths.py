"""Paths that are named by a person: an empty name is none, and never the current folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from writer.base import paths
from writer.base.paths import can_be_path, holds_home, home_path, named_path


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_an_empty_name_is_no_path(text: str) -> None:
    assert named_path(text) is None
    assert home_path(text) is None


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("/a", True),
        ("/é 😀", True),
        ("/\udcff", True),
        ("/a\0", False),
        ("/\ud83d", False),
    ],
    ids=ascii,
)
def test_what_no_system_takes_cannot_be_a_path(text: str, possible: bool) -> None:
    assert can_be_path(text) == possible
    if not possible:
        with pytest.raises(ValueError, match=r"null|surrogates"):
            Path(text).stat()


def test_a_name_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert named_path(".") == home_path(".") == Path(".")
    assert named_path("~/a b ") == Path("~/a b ")
    assert home_path("~/a b") == tmp_path / "a b"
    assert home_path("~nobody-of-this-name/a") == Path("~nobody-of-this-name/a")


def test_a_folder_holds_a_home_where_it_is_one_or_is_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "users" / "ann"
    (home / "texts").mkdir(parents=True)
    (tmp_path / "link").symlink_to(home)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(home)
    for wide in (home, home.parent, Path(home.anchor), tmp_path / "link", Path("."), Path("texts/..")):
        assert holds_home(wide)
    for narrow in (home / "texts", Path("texts"), tmp_path / "users" / "bob", home / "not there"):
        assert not holds_home(narrow)


@pytest.fixture(scope="session")
def models_of_the_session() -> Path:
    return paths.models_dir()


def test_fixtures_of_a_session_stay_out_of_the_home_of_who_runs_the_tests(
    models_of_the_session: Path, real_models: Path
) -> None:
    assert real_models not in (models_of_the_session, *models_of_the_session.parents)
    assert models_of_the_session != paths.models_dir()
