"""The settings file on a real disk: what is kept, what is refused, who is told."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from writer.settings.editor_schema import EDITOR_FONT_SIZE
from writer.settings.schema import (
    APPEARANCE_THEME,
    MODEL_NAME,
    PERSONALISE_EXCLUDED,
    SCHEMA,
    SUGGESTIONS_DELAY,
    SUGGESTIONS_ENABLED,
    SUGGESTIONS_LENGTH,
)
from writer.settings.server_schema import SERVER_TRUSTED
from writer.settings.setting import Setting
from writer.settings.store import SettingsStore
from writer.settings.value_types import BoolType, SettingsError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def written(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def on_disk(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text("utf-8"))


def aside(path: Path) -> list[Path]:
    return sorted(path.parent.glob("settings.bad-*.toml"))


def test_without_a_file_defaults_hold_and_none_is_made(path: Path) -> None:
    store = SettingsStore(path)
    assert [store.get(setting) for setting in SCHEMA.settings] == [s.default for s in SCHEMA.settings]
    assert not path.exists()
    assert store.notices == []


def test_a_change_is_on_disk_and_in_the_next_store(path: Path) -> None:
    SettingsStore(path).set(SUGGESTIONS_LENGTH, 20)
    assert on_disk(path)["suggestions"] == {"length": 20}
    assert SettingsStore(path).get(SUGGESTIONS_LENGTH) == 20


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_only_the_owner_reads_the_file(path: Path) -> None:
    written(path, "").chmod(0o644)
    SettingsStore(path).set(SUGGESTIONS_LENGTH, 20)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_to_the_file_stays_one(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.toml"
    target.write_text("[editor]\nfont_size = 20\n")
    path.parent.mkdir()
    path.symlink_to(target)
    SettingsStore(path).set(SUGGESTIONS_LENGTH, 20)
    assert path.is_symlink()
    assert on_disk(target)["suggestions"] == {"length": 20}
    assert SettingsStore(path).get(EDITOR_FONT_SIZE) == 20


def test_unknown_keys_and_comments_stay(path: Path) -> None:
    text = "# mine\n[editor]\nfont_size = 20 # large\nfuture = [1, 2]\n\n[other]\nname = '中文'\n"
    SettingsStore(written(path, text)).set(EDITOR_FONT_SIZE, 22)
    now = path.read_text("utf-8")
    assert now.replace("22 # large", "20 # large").replace("version = 1\n\n", "") == text
    SettingsStore(path).reset(EDITOR_FONT_SIZE)
    assert "font_size" not in path.read_text("utf-8")
    assert on_disk(path)["other"] == {"name": "中文"}


def test_a_byte_order_mark_and_foreign_line_ends_do_no_harm(path: Path) -> None:
    written(path, b"\xef\xbb\xbf[editor]\r\nfont_size = 20\r\n")
    SettingsStore(path).set(SUGGESTIONS_LENGTH, 20)
    assert SettingsStore(path).get(EDITOR_FONT_SIZE) == 20
    assert aside(path) == []


@pytest.mark.parametrize(
    "bad",
    [
        b"suggestions = [",
        b"\xff\xfe\x00",
        b"suggestions = 3",
        b"a = " + b"[" * 100_000,
        b"a = 1\na = 2",
        b"\x00" * 64,
        b"a = " + b"9" * 9_000,
        b"suggestions.length." + b"a." * 50_000 + b"a = 1",
        b"[" + b"a." * 50_000 + b"a]",
        b"[[suggestions]]",
    ],
    ids=["cut off", "not utf-8", "no table", "deep", "twice", "zeros", "huge", "dots", "dots 2", "tables"],
)
def test_a_bad_file_is_set_aside_and_told(path: Path, bad: bytes) -> None:
    store = SettingsStore(written(path, bad))
    assert store.get(SUGGESTIONS_LENGTH) == SUGGESTIONS_LENGTH.default
    [kept] = aside(path)
    assert kept.read_bytes() == bad
    assert not path.exists()
    [notice] = store.notices
    assert str(kept) in str(notice)
    store.set(SUGGESTIONS_LENGTH, 20)
    assert SettingsStore(path).get(SUGGESTIONS_LENGTH) == 20


def test_a_file_without_end_is_set_aside(path: Path) -> None:
    os.truncate(written(path, "[suggestions]\nlength = 20\n"), 5 << 30)
    store = SettingsStore(path)
    assert store.get(SUGGESTIONS_LENGTH) == SUGGESTIONS_LENGTH.default
    assert len(aside(path)) == 1


def test_what_tomlkit_fails_on_costs_no_setting(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SettingsStore(written(path, "[suggestions]\nlength = 20\n"))
    real = tomlkit.parse

    def fails(text: str) -> object:
        if text:
            raise AttributeError
        return real(text)

    monkeypatch.setattr(tomlkit, "parse", fails)
    store.set(SUGGESTIONS_DELAY, 300)
    assert on_disk(path)["suggestions"] == {"length": 20, "delay": 300}
    assert len(aside(path)) == 1


def test_what_tomlkit_writes_badly_costs_no_setting(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SettingsStore(written(path, "[suggestions]\nlength = 20\n# mine\n"))
    real = tomlkit.dumps
    monkeypatch.setattr(tomlkit, "dumps", lambda d: "[[[" if "mine" in (text := real(d)) else text)
    store.set(SUGGESTIONS_DELAY, 300)
    assert on_disk(path)["suggestions"] == {"length": 20, "delay": 300}
    assert len(aside(path)) == 1


def test_a_file_that_turns_bad_costs_no_setting(path: Path) -> None:
    store = SettingsStore(path)
    store.set(SUGGESTIONS_LENGTH, 20)
    written(path, "[[[")
    store.set(SUGGESTIONS_DELAY, 300)
    assert on_disk(path)["suggestions"] == {"length": 20, "delay": 300}
    assert [kept.read_text() for kept in aside(path)] == ["[[["]


@pytest.mark.parametrize("value", ["900", "-1", "true", "'x'", "1.5", "[]"])
def test_a_bad_value_in_the_file_gives_the_default_and_stays(path: Path, value: str) -> None:
    text = f"[suggestions]\nlength = {value}\ndelay = 100\n"
    store = SettingsStore(written(path, text))
    assert store.get(SUGGESTIONS_LENGTH) == SUGGESTIONS_LENGTH.default
    assert store.get(SUGGESTIONS_DELAY) == 100
    assert [str(n) for n in store.notices] == [
        "suggestions.length in the settings file must be a whole number from 1 to 64. 16 is used."
    ]
    store.set(EDITOR_FONT_SIZE, 20)
    assert f"length = {value}\n" in path.read_text()
    assert len(store.notices) == 1


OLD_LISTS = (
    '[personalise]\nexcluded = "drafts.md secret.txt" # mine\n\n[server]\ntrusted = "a.example b.example"\n'
)
"""Lists as older versions wrote them: words with blanks between."""


def test_a_list_of_an_older_version_is_read_and_stays_until_it_is_changed(path: Path) -> None:
    store = SettingsStore(written(path, OLD_LISTS))
    assert store.get(PERSONALISE_EXCLUDED) == ("drafts.md", "secret.txt")
    assert store.get(SERVER_TRUSTED) == ("a.example", "b.example")
    assert store.notices == []
    store.set(SUGGESTIONS_LENGTH, 20)
    assert OLD_LISTS in path.read_text("utf-8")
    store.set(PERSONALISE_EXCLUDED, ("drafts.md", "my diary.txt"))
    assert 'excluded = ["drafts.md", "my diary.txt"] # mine\n' in path.read_text("utf-8")
    assert on_disk(path)["server"] == {"trusted": "a.example b.example"}
    assert SettingsStore(path).get(PERSONALISE_EXCLUDED) == ("drafts.md", "my diary.txt")


@pytest.mark.parametrize("value", ["7", "[7]", "[['a'], 'b']", "{a = 1}", "true", '"a\\nb"'])
def test_a_list_that_makes_no_sense_is_told_and_counts_as_empty(path: Path, value: str) -> None:
    store = SettingsStore(written(path, f"[personalise]\nexcluded = {value}\n"))
    assert store.get(PERSONALISE_EXCLUDED) == ()
    assert [str(n) for n in store.notices] == [
        "personalise.excluded in the settings file must be a list of texts of one line each, "
        "of at most 4096 characters. It counts as empty."
    ]
    store.set(SUGGESTIONS_LENGTH, 20)
    assert f"excluded = {value}\n" in path.read_text("utf-8")


def test_a_bad_value_from_code_changes_nothing(path: Path) -> None:
    store = SettingsStore(path)
    heard: list[str] = []
    store.subscribe("", heard.append)
    with pytest.raises(SettingsError, match="from 1 to 64"):
        store.set(SUGGESTIONS_LENGTH, 65)
    assert store.get(SUGGESTIONS_LENGTH) == SUGGESTIONS_LENGTH.default
    assert heard == []
    assert not path.exists()


def test_undeclared_settings_are_refused(path: Path) -> None:
    store = SettingsStore(path)
    stray = Setting("suggestions.stray", BoolType(), default=True, page="suggestions", label="Stray")
    with pytest.raises(KeyError):
        store.get(stray)
    with pytest.raises(KeyError):
        store.set(stray, False)
    assert not path.exists()


def test_two_windows_keep_each_others_changes(path: Path) -> None:
    one, other = SettingsStore(path), SettingsStore(path)
    one.set(SUGGESTIONS_LENGTH, 20)
    other.set(SUGGESTIONS_DELAY, 300)
    assert on_disk(path)["suggestions"] == {"length": 20, "delay": 300}
    assert other.get(SUGGESTIONS_LENGTH) == 20
    heard: list[str] = []
    one.subscribe("suggestions", heard.append)
    one.reload()
    assert heard == ["suggestions.delay"]
    assert one.get(SUGGESTIONS_DELAY) == 300


def test_listeners_hear_their_part_after_the_change(path: Path) -> None:
    store = SettingsStore(path)
    heard: list[tuple[str, object]] = []
    store.subscribe("suggestions", lambda key: heard.append((key, store.get(SUGGESTIONS_LENGTH))))
    end = store.subscribe("appearance.theme", lambda key: heard.append((key, store.get(APPEARANCE_THEME))))
    store.subscribe("suggest", lambda key: heard.append((key, "a part of a word is no section")))
    store.set(SUGGESTIONS_LENGTH, 20)
    store.set(SUGGESTIONS_LENGTH, 20)
    store.set(APPEARANCE_THEME, "dark")
    end()
    end()
    store.set(APPEARANCE_THEME, "light")
    store.reset(SUGGESTIONS_LENGTH, SUGGESTIONS_ENABLED)
    assert heard == [("suggestions.length", 20), ("appearance.theme", "dark"), ("suggestions.length", 16)]
    assert store.is_default(SUGGESTIONS_LENGTH)
    assert not store.is_default(APPEARANCE_THEME)


def test_where_nothing_can_be_written_the_change_holds_and_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "config"
    blocked.write_text("a file where the folder should be")
    store = SettingsStore(blocked / "settings.toml")
    with pytest.raises(SettingsError, match="could not be saved"):
        store.set(SUGGESTIONS_LENGTH, 20)
    assert store.get(SUGGESTIONS_LENGTH) == 20
    blocked.unlink()
    store.set(SUGGESTIONS_DELAY, 300)
    assert on_disk(store.path)["suggestions"] == {"length": 20, "delay": 300}


def test_what_cannot_be_read_is_left_alone(path: Path) -> None:
    path.mkdir(parents=True)
    store = SettingsStore(path)
    assert "could not be read" in str(store.notices[0])
    with pytest.raises(SettingsError):
        store.set(SUGGESTIONS_LENGTH, 20)
    assert path.is_dir()


VALUES = st.sampled_from(
    [(SUGGESTIONS_LENGTH, n) for n in (1, 16, 64)]
    + [(SUGGESTIONS_ENABLED, on) for on in (True, False)]
    + [(APPEARANCE_THEME, theme) for theme in ("system", "light", "dark")]
    + [(PERSONALISE_EXCLUDED, names) for names in ((), ("a b", "c"), ("'\"\\",))]
    + [(MODEL_NAME, name) for name in ("", "gpt2", "/a b/模型", 'quote " and \\')]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(VALUES, st.sampled_from(["set", "reset", "other", "reload"])), max_size=12))
def test_any_order_of_changes_agrees_with_a_plain_dictionary(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[tuple[Setting[object], object], str]]
) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    here, there = SettingsStore(path), SettingsStore(path)
    model = {setting.key: setting.default for setting in SCHEMA.settings}
    for (setting, value), step in steps:
        if step == "reload":
            here.reload()
        elif step == "reset":
            here.reset(setting)
            model[setting.key] = setting.default
        else:
            (there if step == "other" else here).set(setting, value)
            model[setting.key] = value
    here.reload()
    assert {s.key: here.get(s) for s in SCHEMA.settings} == model
    assert {s.key: SettingsStore(path).get(s) for s in SCHEMA.settings} == model
