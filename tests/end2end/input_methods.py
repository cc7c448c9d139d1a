"""The input methods that the tests type Chinese with."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

PANEL = Path("/usr/libexec/ibus-ui-gtk3")
ENGINE = Path("/usr/libexec/ibus-engine-libpinyin")


@dataclass(frozen=True)
class InputMethod:
    """An input method: its name for Qt and for the class of its box, how it is started and what it shows."""

    name: str
    programs: tuple[str, ...]
    command: str
    composed: str
    """What stands in the text for nihao before a candidate is taken."""

    files: dict[str, str] = field(default_factory=dict)
    """Its settings, below the folder of all settings."""

    def lacking(self) -> list[str]:
        """Its programs that are not installed."""
        return [name for name in self.programs if not (shutil.which(name) or Path(name).exists())]

    def write_settings(self, home: Path) -> None:
        """Write its settings into a home folder."""
        for name, text in self.files.items():
            file = home / ".config" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)


IBUS = InputMethod(
    "ibus",
    ("dbus-run-session", "ibus-daemon", str(PANEL), str(ENGINE)),
    f"ibus-daemon --panel={PANEL} --cache=none & "
    # ibus puts another engine back while it starts, and `ibus engine NAME` ends with 1 even when done.
    '(while sleep 0.2; do [ "$(ibus engine)" = libpinyin ] || ibus engine libpinyin; done)',
    "你好",
)
FCITX = InputMethod(
    "fcitx",
    ("dbus-run-session", "fcitx5", "/usr/share/fcitx5/addon/pinyin.conf"),
    "fcitx5 --disable=cloudpinyin,wayland,waylandim",  # sway dies of its grab when a keyboard goes
    "ni hao",
    {
        "fcitx5/config": "[Behavior]\nActiveByDefault=True\n",
        "fcitx5/profile": "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n\n"
        "[Groups/0/Items/0]\nName=pinyin\n\n[GroupOrder]\n0=Default\n",
    },
)
