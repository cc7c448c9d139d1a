"""What Qt is told about input methods, for each that a desktop may name and each that may run."""

from __future__ import annotations

from pathlib import Path

import pytest

from writer.app.desktop.input_method import adapt_input_method


def adapted(
    folder: Path, installed: tuple[str, ...] = ("fcitx5",), is_running: bool = False, **variables: str
) -> dict[str, str]:
    """The variables after the choice; `folder` has Qt's plugins."""
    (folder / "platforminputcontexts").mkdir(exist_ok=True)
    environment = dict(variables)
    adapt_input_method(environment, installed.__contains__, lambda: is_running, folder)
    return environment


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"QT_IM_MODULE": "fcitx"}, "ibus"),
        ({"QT_IM_MODULE": "fcitx5"}, "ibus"),
        ({"QT_IM_MODULE": "fcitx", "WAYLAND_DISPLAY": "wayland-0"}, "ibus"),
        ({"QT_IM_MODULES": "wayland;fcitx;ibus", "QT_IM_MODULE": "xim"}, "wayland;ibus"),
        ({"QT_IM_MODULES": "", "QT_IM_MODULE": "ibus"}, "ibus"),
        ({"XMODIFIERS": "@im=fcitx"}, "ibus"),
    ],
)
def test_fcitx_is_reached_as_ibus(tmp_path: Path, variables: dict[str, str], expected: str) -> None:
    changes = {"QT_IM_MODULES": expected, "IBUS_USE_PORTAL": "1"}
    assert adapted(tmp_path, **variables) == variables | changes
    assert adapted(tmp_path, (), is_running=True, **variables) == variables | changes
    assert adapted(tmp_path, (), **variables) == variables


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"QT_IM_MODULE": "xim"},
        {"QT_IM_MODULE": "compose", "XMODIFIERS": "@im=fcitx"},
        {"QT_IM_MODULES": "wayland"},
        {"XMODIFIERS": "@im=fcitx", "WAYLAND_DISPLAY": "wayland-0"},
        {"XMODIFIERS": "@im="},
        {"XMODIFIERS": "fcitx"},
    ],
)
def test_other_wishes_stay(tmp_path: Path, variables: dict[str, str]) -> None:
    assert adapted(tmp_path, is_running=True, **variables) == variables


def test_running_ibus_is_reached_as_before(tmp_path: Path) -> None:
    both = ("ibus-daemon", "fcitx5")
    assert adapted(tmp_path, both, QT_IM_MODULE="ibus") == {"QT_IM_MODULE": "ibus"}


def test_a_plugin_for_fcitx_is_taken(tmp_path: Path) -> None:
    plugin = tmp_path / "platforminputcontexts" / "libfcitx5platforminputcontextplugin.so"
    plugin.parent.mkdir()
    plugin.touch()
    assert adapted(tmp_path, QT_IM_MODULE="fcitx") == {"QT_IM_MODULE": "fcitx"}


def test_the_bus_is_asked_where_no_program_is_seen(monkeypatch, tmp_path: Path) -> None:
    """Without a bus there is no service, and no error."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'none'}")
    environment = {"QT_IM_MODULE": "fcitx"}
    adapt_input_method(environment, lambda _name: None)
    assert environment == {"QT_IM_MODULE": "fcitx"}
